// Files by wasi:filesystem; only in components that import wasm-connect/files.

import preopens, { type Descriptor } from "wasi:filesystem/preopens@0.2.0";
import type { OutputStream } from "wasi:io/streams@0.2.0";
import { FileError, type OpenFile } from "../files.js";
import { addToHost } from "../host.js";
import { payloadOf } from "./calls.js";
import { writeAll } from "./streams.js";

addToHost({ files: { open: (path, mode) => new WasiFile(path, mode) } });

/** The directory that all granted paths are under. */
let root: Descriptor | null = null;

function rootDirectory(): Descriptor {
  const directory = root ?? preopens.getDirectories()[0]?.[0];
  if (directory === undefined) throw new FileError("not-permitted", "cannot open files");
  root = directory;
  return directory;
}

class WasiFile implements OpenFile {
  private readonly path: string;
  private readonly descriptor: Descriptor;
  private stream: OutputStream | null = null;

  constructor(path: string, mode: "read" | "append") {
    this.path = path;
    const relative = path.replace(/^\/+/, "");
    const write = mode === "append";
    this.descriptor = this.attempt("open", () =>
      rootDirectory().openAt({ symlinkFollow: true }, relative, { create: write }, { read: true, write }),
    );
  }

  read(position: number, length: number): Uint8Array {
    return this.attempt("read", () => this.descriptor.read(length, position)[0]);
  }

  append(bytes: Uint8Array): void {
    this.attempt("append to", () => writeAll((this.stream ??= this.descriptor.appendViaStream()), bytes));
  }

  size(): number {
    return this.attempt("stat", () => this.descriptor.stat().size);
  }

  sync(): void {
    this.attempt("sync", () => this.descriptor.syncData());
  }

  close(): void {
    this.stream?.[Symbol.dispose]();
    this.descriptor[Symbol.dispose]();
  }

  private attempt<T>(verb: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      const payload = payloadOf(error);
      const code = typeof payload === "string" ? payload : (payload as { tag?: unknown } | undefined)?.tag;
      throw typeof code === "string" ? new FileError(code, `cannot ${verb} ${this.path}`) : error;
    }
  }
}
