// The task: asks, and brings what is new.

import {
  type Config,
  FatalError,
  type Idle,
  idle,
  Logger,
  metrics,
  type ParsedConfig,
  Records,
  Route,
  type Scalar,
  Schema,
  SourceTask,
} from "wasm-connect";
import { HttpError, type HttpResponse, request } from "wasm-connect/http";
import { type Document, type Format, readDocument } from "./document.js";
import { CONFIG, headersOf } from "./keys.js";

const log = new Logger("http-poll-source");

/** What another try may help against. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];
const NO_GRANT = ["HTTP-request-denied", "destination-IP-prohibited"];
/** After a failure the first try comes this soon, then it takes twice as long each time, up to the interval. */
const FIRST_RETRY_MS = 500;

/** Where the task is: which version of the document it has brought last, and how many of its records. */
interface Position {
  version: string;
  etag: string | null;
  lastModified: string | null;
  next: number;
  /** All of them, so that it is known whether something is left. */
  records: number;
}

export class HttpPollSourceTask extends SourceTask {
  private config!: ParsedConfig;
  private url!: string;
  private format!: Format;
  private headers!: Record<string, string>;
  private route!: Route;
  private position: Position | null = null;
  /** The document whose records are being brought. */
  private document: Document | null = null;
  /** When to ask again. */
  private nextRequest = 0;
  private failures = 0;

  start(given: Config): void {
    this.config = CONFIG.parse(given);
    this.url = this.config.get("url");
    this.format = this.config.get("format");
    this.headers = headersOf(this.config);
    const partition = { url: this.url };
    this.route = new Route(this.config.get("topic"), partition);
    this.position = readPosition(this.context.offset(partition));
    const { position } = this;
    log.info(position === null ? "starts anew" : `goes on after record ${position.next} of ${position.records} of ${position.version}`);
  }

  poll(records: Records): Idle | void {
    if (this.document === null) {
      const wait = this.nextRequest - Date.now();
      if (wait > 0) return idle(wait);
      this.document = this.ask();
    }
    if (this.document !== null) this.bring(this.document, records);
    return this.document === null ? idle(Math.max(this.nextRequest - Date.now(), 0)) : undefined;
  }

  /** A version of the document of which something is left to be brought; null: there is none now. */
  private ask(): Document | null {
    this.nextRequest = Date.now() + this.config.get<number>("interval.ms");
    let response;
    try {
      response = request({
        url: this.url,
        headers: { ...this.headers, ...this.conditions() },
        timeout: this.config.get("timeout.ms"),
        maxBytes: this.config.get("max.bytes"),
      });
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      if (NO_GRANT.includes(error.code) || error.code === "HTTP-response-body-size") throw new FatalError(error.message);
      return this.failed(error.message);
    }
    if (PASSING.includes(response.status)) return this.failed(`${this.url} answered ${response.status}`);
    this.failures = 0;
    return response.status === 304 ? null : this.read(response);
  }

  private read(response: HttpResponse): Document | null {
    if (!response.ok) throw new FatalError(`${this.url} answered ${response.status}`);
    const document = readDocument(response, this.format, this.config.get("records.pointer"));
    const { version, etag, lastModified } = document;
    if (this.position?.version !== version) {
      this.position = { version, etag, lastModified, next: 0, records: document.records.length };
    }
    metrics.add("http.documents", 1);
    return this.position.next < document.records.length ? document : null;
  }

  /** What makes a server answer 304 if nothing has changed; nothing while a version has been brought in part. */
  private conditions(): Record<string, string> {
    const { position } = this;
    const conditions: Record<string, string> = {};
    if (position === null || position.next < position.records) return conditions;
    if (position.etag !== null) conditions["If-None-Match"] = position.etag;
    if (position.lastModified !== null) conditions["If-Modified-Since"] = position.lastModified;
    return conditions;
  }

  /** Tries again later: a source should outlive the restart of its server. */
  private failed(why: string): null {
    const wait = Math.min(FIRST_RETRY_MS * 2 ** this.failures, this.config.get<number>("interval.ms"));
    this.failures++;
    this.nextRequest = Date.now() + wait;
    metrics.add("http.failures", 1);
    log.warn(`${why}; trying again in ${wait} ms`);
    return null;
  }

  private bring(document: Document, records: Records): void {
    const position = this.position as Position;
    const schema = this.format === "json" ? null : Schema.string();
    while (position.next < document.records.length && !records.isFull) {
      const value = document.records[position.next];
      position.next++;
      const sourceOffset = offsetOf(position);
      const key = this.keyOf(value);
      if (key === null) records.add(this.route, value, schema, { sourceOffset });
      else records.add(this.route, value, schema, { sourceOffset, key, keySchema: typeof key === "string" ? Schema.string() : null });
    }
    if (position.next >= document.records.length) this.document = null;
  }

  private keyOf(value: unknown): unknown {
    const field = this.config.nonEmpty("key.field");
    if (field === null || this.format !== "json" || typeof value !== "object" || value === null) return null;
    return Object.hasOwn(value, field) ? Reflect.get(value, field) : null;
  }
}

function offsetOf({ version, etag, lastModified, next, records }: Position): Record<string, Scalar> {
  return { version, etag, last_modified: lastModified, next, records };
}

function readPosition(offset: Record<string, Scalar> | null): Position | null {
  if (offset === null) return null;
  const text = (name: string): string | null => (offset[name] === undefined || offset[name] === null ? null : String(offset[name]));
  return {
    version: text("version") ?? "",
    etag: text("etag"),
    lastModified: text("last_modified"),
    next: Number(offset["next"] ?? 0),
    records: Number(offset["records"] ?? 0),
  };
}
