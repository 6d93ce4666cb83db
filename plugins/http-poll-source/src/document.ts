// An answer as the records that are in it.

import { FatalError, parseJson } from "wasm-connect";
import type { HttpResponse } from "wasm-connect/http";

/** What an answer is. */
export type Format = "json" | "lines" | "text";

/** An answer's records, and how to recognise the answer again. */
export interface Document {
  readonly records: readonly unknown[];
  /** The server's own name of this version, to ask for changes with; null: it has none. */
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Differs if the content does: the name above, or one made of the content. */
  readonly version: string;
}

/** Reads an answer. Throws {@link FatalError} if it is not of its format. */
export function readDocument(response: HttpResponse, format: Format, pointer: string): Document {
  const etag = response.header("etag");
  const lastModified = response.header("last-modified");
  let records: readonly unknown[];
  try {
    records = recordsOf(response.text(), format, pointer);
  } catch (error) {
    throw new FatalError(`the answer is no ${format === "json" ? "JSON" : "text"}: ${(error as Error).message}`);
  }
  return { records, etag, lastModified, version: etag ?? lastModified ?? digest(response.body) };
}

function recordsOf(text: string, format: Format, pointer: string): readonly unknown[] {
  if (format === "text") return text === "" ? [] : [text];
  if (format === "lines") return text.split(/\r?\n/).filter((line) => line !== "");
  const found = at(parseJson(text), pointer);
  if (found === undefined || found === null) return [];
  return Array.isArray(found) ? found : [found];
}

/** What a JSON pointer points at; undefined if nothing. */
function at(json: unknown, pointer: string): unknown {
  const names = pointer.split("/").slice(1);
  return names.reduce<unknown>((found, escaped) => {
    const name = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
    return typeof found === "object" && found !== null && Object.hasOwn(found, name) ? Reflect.get(found, name) : undefined;
  }, json);
}

/** Two FNV-1a hashes of 32 bits, from different starts, and the length. */
function digest(bytes: Uint8Array): string {
  let some = 0x811c9dc5;
  let other = 0xc9dc5811;
  for (const byte of bytes) {
    some = Math.imul(some ^ byte, 0x01000193);
    other = Math.imul(other ^ byte, 0x01000193);
  }
  return [some, other, bytes.length].map((part) => (part >>> 0).toString(16)).join("-");
}
