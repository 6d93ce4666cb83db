// Writing to WASI's streams.

import type { OutputStream } from "wasi:io/streams@0.2.0";

/** Writes all the bytes, as fast as they are taken. */
export function writeAll(stream: OutputStream, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    const room = stream.checkWrite();
    if (room === 0) {
      using pollable = stream.subscribe();
      pollable.block();
      continue;
    }
    const end = Math.min(at + room, bytes.length);
    stream.write(bytes.subarray(at, end));
    at = end;
  }
  stream.blockingFlush();
}
