// What plugins expect to find and QuickJS has not: console, TextEncoder and TextDecoder; and random numbers that are ones.

import random from "wasi:random/random@0.2.0";
import { decodeUtf8, encodeUtf8 } from "../batch/utf8.js";
import { Logger } from "../log.js";

class Utf8Encoder {
  readonly encoding = "utf-8";

  encode(text = ""): Uint8Array {
    return encodeUtf8(text.toWellFormed());
  }
}

/** Only UTF-8, and always strictly: what is no UTF-8 throws. */
class Utf8Decoder {
  readonly encoding = "utf-8";
  readonly fatal = true;

  constructor(label = "utf-8") {
    if (!/^utf-?8$/i.test(label)) throw new RangeError(`only UTF-8 can be decoded, not ${label}`);
  }

  decode(bytes: ArrayBuffer | ArrayBufferView = new Uint8Array()): string {
    if (bytes instanceof ArrayBuffer) return decodeUtf8(new Uint8Array(bytes));
    return decodeUtf8(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }
}

const log = new Logger("console");
const shown = (args: unknown[]): string => args.map((arg) => (arg instanceof Error ? `${arg}\n${arg.stack}` : String(arg))).join(" ");

Object.assign(globalThis, {
  console: {
    trace: (...args: unknown[]) => log.trace(shown(args)),
    debug: (...args: unknown[]) => log.debug(shown(args)),
    log: (...args: unknown[]) => log.info(shown(args)),
    info: (...args: unknown[]) => log.info(shown(args)),
    warn: (...args: unknown[]) => log.warn(shown(args)),
    error: (...args: unknown[]) => log.error(shown(args)),
  },
  TextEncoder: Utf8Encoder,
  TextDecoder: Utf8Decoder,
});

let isSeeded = false;

/**
 * Seeds `Math.random` once in an instance.
 *
 * The engine's generator is part of the memory that the build keeps, so that all instances would have the same numbers.
 */
export function seedRandom(): void {
  if (isSeeded) return;
  isSeeded = true;
  const seed = new DataView(random.getRandomBytes(16).slice().buffer);
  Math.random = sfc32(seed.getInt32(0), seed.getInt32(4), seed.getInt32(8), seed.getInt32(12));
}

/** Chris Doty-Humphrey's small fast counting generator. */
function sfc32(a: number, b: number, c: number, counter: number): () => number {
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // 53 bits, as every float64 below 1 has.
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}
