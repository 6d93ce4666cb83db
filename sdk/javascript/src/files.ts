// Files, those that the configuration's grants lead to.

import { encodeUtf8 } from "./batch/utf8.js";
import { host } from "./host.js";

/** An open file. */
export interface OpenFile {
  /** Up to `length` bytes from `position` on; none: the file ends there, for now. */
  read(position: number, length: number): Uint8Array;
  /** Writes all the bytes at the end. */
  append(bytes: Uint8Array): void;
  /** Bytes. */
  size(): number;
  /** Makes what was written durable. */
  sync(): void;
  close(): void;
}

/** @internal */
export interface FileSystem {
  open(path: string, mode: "read" | "append"): OpenFile;
}

/** What went wrong: `code` is WASI's name of it, such as `no-entry`, and `not-permitted` where there is no grant. */
export class FileError extends Error {
  readonly code: string;

  constructor(code: string, attempt: string) {
    super(`${attempt}: ${code}`);
    this.code = code;
  }

  override get name(): string {
    return "FileError";
  }
}

/** Opens a file to read, by the path as it stands in the configuration. Throws {@link FileError}. */
export function openToRead(path: string): OpenFile {
  return host().files.open(path, "read");
}

/** Opens a file to be appended to, and makes it if it is not there. Throws {@link FileError}. */
export function openToAppend(path: string): OpenFile {
  return host().files.open(path, "append");
}

/** The UTF-8 of a text, for {@link OpenFile.append}. */
export function toBytes(text: string): Uint8Array {
  return encodeUtf8(text);
}
