// Requests by wasi:http; only in components that import wasm-connect/http.

import handler from "wasi:http/outgoing-handler@0.2.0";
import http, { type FutureIncomingResponse, type IncomingResponse, type OutgoingBody, type Tagged } from "wasi:http/types@0.2.0";
import type { InputStream } from "wasi:io/streams@0.2.0";
import { decodeUtf8, encodeUtf8 } from "../batch/utf8.js";
import { addToHost } from "../host.js";
import { HttpError, type HttpRequest, HttpResponse, methodOf } from "../http.js";
import { payloadOf } from "./calls.js";
import { writeAll } from "./streams.js";

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
const METHODS = ["get", "head", "post", "put", "delete", "connect", "options", "trace", "patch"];

addToHost({
  request(request) {
    try {
      return send(request);
    } catch (error) {
      const code = error instanceof Failed ? error.code : payloadOf(error);
      const { tag, val } = (code ?? {}) as Partial<Tagged>;
      throw typeof tag === "string" ? new HttpError(tag, request, detailOf(val)) : error;
    }
  },
});

/** An error code that was not thrown by a call. */
class Failed extends Error {
  readonly code: Tagged;

  constructor(code: Tagged) {
    super(code.tag);
    this.code = code;
  }
}

function detailOf(value: unknown): string {
  return value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
}

function send(request: HttpRequest): HttpResponse {
  const outgoing = newRequest(request);
  const body = outgoing.body();
  using options = timeouts(request.timeout ?? DEFAULT_TIMEOUT_MS);
  using future = handler.handle(outgoing, options);
  writeBody(body, request.body);
  using response = answerOf(future);
  return new HttpResponse(response.status(), headersOf(response), bodyOf(response, request));
}

function newRequest(request: HttpRequest) {
  const url = /^(https?):\/\/([^/?#]+)([^#]*)/i.exec(request.url);
  if (url === null) throw new HttpError("HTTP-request-URI-invalid", request);
  const [, scheme, authority, path] = url as unknown as [string, string, string, string];
  const headers = new http.Fields();
  for (const [name, value] of Object.entries(request.headers ?? {})) headers.append(name, encodeUtf8(value));
  const outgoing = new http.OutgoingRequest(headers);
  const method = methodOf(request).toLowerCase();
  outgoing.setMethod(METHODS.includes(method) ? { tag: method } : { tag: "other", val: methodOf(request) });
  outgoing.setScheme({ tag: scheme.toUpperCase() });
  outgoing.setAuthority(authority);
  outgoing.setPathWithQuery(path.startsWith("/") ? path : `/${path}`);
  return outgoing;
}

function timeouts(milliseconds: number) {
  const options = new http.RequestOptions();
  const nanoseconds = Math.round(milliseconds * 1_000_000);
  options.setConnectTimeout(nanoseconds);
  options.setFirstByteTimeout(nanoseconds);
  options.setBetweenBytesTimeout(nanoseconds);
  return options;
}

function writeBody(body: OutgoingBody, content: Uint8Array | string | undefined): void {
  if (content !== undefined) {
    using stream = body.write();
    writeAll(stream, typeof content === "string" ? encodeUtf8(content) : content);
  }
  http.OutgoingBody.finish(body, null);
}

function answerOf(future: FutureIncomingResponse): IncomingResponse {
  let answer = future.get();
  if (answer === null) {
    using pollable = future.subscribe();
    pollable.block();
    answer = future.get();
  }
  if (answer === null || answer.tag === "err") throw new Failed({ tag: "internal-error" });
  if (answer.val.tag === "err") throw new Failed(answer.val.val);
  return answer.val.val;
}

function headersOf(response: IncomingResponse): [string, string][] {
  using headers = response.headers();
  return headers.entries().map(([name, value]) => [name, textOf(value)]);
}

/** A header may be anything; what is no UTF-8 is taken as Latin 1, as it was in HTTP's beginnings. */
function textOf(value: Uint8Array): string {
  try {
    return decodeUtf8(value);
  } catch {
    return String.fromCharCode(...value);
  }
}

function bodyOf(response: IncomingResponse, request: HttpRequest): Uint8Array {
  const most = request.maxBytes ?? DEFAULT_MAX_BYTES;
  using body = response.consume();
  using stream = body.stream();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let chunk = read(stream); chunk !== null; chunk = read(stream)) {
    length += chunk.length;
    if (length > most) throw new HttpError("HTTP-response-body-size", request, `more than ${most} bytes`);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** What there is, at least a byte; null: the end. */
function read(stream: InputStream): Uint8Array | null {
  try {
    return stream.blockingRead(CHUNK_BYTES);
  } catch (error) {
    if ((payloadOf(error) as Tagged | undefined)?.tag === "closed") return null;
    throw new Failed({ tag: "HTTP-response-incomplete" });
  }
}
