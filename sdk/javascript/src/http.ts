// Requests over HTTP, to where the configuration's grants lead. The worker does the TLS.

import { decodeUtf8, encodeUtf8 } from "./batch/utf8.js";
import { host } from "./host.js";

/** What is asked for. */
export interface HttpRequest {
  /** `http://` or `https://`. */
  readonly url: string;
  /** GET, or POST with a body. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Milliseconds for connecting, for the first byte, and between any two of them; by default 30,000. */
  readonly timeout?: number;
  /** Bytes of the answer's body beyond which the request fails; by default 64 MiB. */
  readonly maxBytes?: number;
  /** How many redirects of a GET or HEAD are followed; by default 5. Each needs a grant as the first one does. */
  readonly maxRedirects?: number;
}

const DEFAULT_MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/** The answer to a request, whatever its status. */
export class HttpResponse {
  readonly status: number;
  readonly body: Uint8Array;
  private readonly headers: readonly (readonly [string, string])[];

  constructor(status: number, headers: Iterable<readonly [string, string]> = [], body: Uint8Array | string = "") {
    this.status = status;
    this.headers = Array.from(headers, ([name, value]) => [name.toLowerCase(), value] as const);
    this.body = typeof body === "string" ? encodeUtf8(body) : body;
  }

  /** Whether the status is one of 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** The first header of that name, in whatever case. */
  header(name: string): string | null {
    const lower = name.toLowerCase();
    return this.headers.find(([of]) => of === lower)?.[1] ?? null;
  }

  /** The body as text in UTF-8; throws if it is none. */
  text(): string {
    return decodeUtf8(this.body);
  }

  /** The body as JSON; throws if it is none. */
  json(): unknown {
    return JSON.parse(this.text());
  }
}

/** No answer: what `wasi:http` calls it, such as `connection-refused`, and `HTTP-request-denied` where there is no grant. */
export class HttpError extends Error {
  readonly code: string;

  constructor(code: string, request: HttpRequest, detail = "") {
    super(`cannot ${methodOf(request)} ${request.url}: ${code}${detail === "" ? "" : ` (${detail})`}`);
    this.code = code;
  }

  override get name(): string {
    return "HttpError";
  }
}

/** Sends a request and waits for its whole answer. Throws {@link HttpError}. */
export function request(request: HttpRequest): HttpResponse {
  let url = request.url;
  for (let left = request.maxRedirects ?? DEFAULT_MAX_REDIRECTS; ; left--) {
    const asked = { ...request, url };
    const response = host().request(asked);
    const location = response.header("location");
    const isRedirect = REDIRECTS.includes(response.status) && ["GET", "HEAD"].includes(methodOf(request));
    if (!isRedirect || location === null || left <= 0) return response;
    url = resolveUrl(location, asked);
  }
}

/** What a `Location` means: a URL, or a path on the same server. */
function resolveUrl(location: string, asked: HttpRequest): string {
  if (/^https?:\/\//i.test(location)) return location;
  const [origin, scheme] = /^(https?:)\/\/[^/?#]+/i.exec(asked.url) ?? [];
  if (origin === undefined || scheme === undefined) throw new HttpError("HTTP-request-URI-invalid", asked);
  if (location.startsWith("//")) return scheme + location;
  if (location.startsWith("/")) return origin + location;
  const path = /^[^?#]*\//.exec(asked.url.slice(origin.length))?.[0] ?? "/";
  return origin + path + location;
}

/** @internal */
export function methodOf(request: HttpRequest): string {
  return (request.method ?? (request.body === undefined ? "GET" : "POST")).toUpperCase();
}
