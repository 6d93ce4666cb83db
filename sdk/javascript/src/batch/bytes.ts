// Bytes that grow as they are written, and bytes that are read one after the other.

import { EncodeError, Fault } from "./errors.js";
import { MAX_BYTES } from "./layout.js";
import { decodeUtf8, encodeUtf8 } from "./utf8.js";

const FIRST_CAPACITY = 1024;

/** Bytes that are read, with the view that reads their numbers. */
export class Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The text between two positions; throws {@link Fault}. */
  text(start: number, end: number): string {
    return start === end ? "" : decodeUtf8(this.bytes.subarray(start, end));
  }

  /** Whether all bytes between two positions are zero. */
  isZero(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (this.bytes[at] !== 0) return false;
    return true;
  }
}

/** Bytes that are written, at their end or where room was left. */
export class Sink {
  bytes = new Uint8Array(FIRST_CAPACITY);
  view = new DataView(this.bytes.buffer);
  /** How many there are. */
  length = 0;

  /** Makes room for so many more, which are zero; answers where they start. */
  reserve(count: number): number {
    const start = this.length;
    const end = start + count;
    if (end > this.bytes.length) this.grow(end);
    this.length = end;
    return start;
  }

  /** Forgets what was written from `length` on. */
  truncate(length: number): void {
    // What is reserved again has to be zero.
    this.bytes.fill(0, length, this.length);
    this.length = length;
  }

  put(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length); // first: it may be others that are written then
    this.bytes.set(bytes, at);
  }

  u8(number: number): void {
    const at = this.reserve(1);
    this.bytes[at] = number;
  }

  u32(number: number): void {
    const at = this.reserve(4);
    this.view.setUint32(at, number, true);
  }

  /** A text with its length. */
  text(text: string): void {
    const bytes = encodeUtf8(text);
    this.u32(bytes.length);
    this.put(bytes);
  }

  /** The bytes, as their own. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private grow(least: number): void {
    if (least > MAX_BYTES) throw new EncodeError("batch would be larger than 2 GiB");
    const bytes = new Uint8Array(Math.max(least, 2 * this.bytes.length));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

/** Reads on and on; each read says what it wanted if the bytes end. */
export class Cursor {
  readonly source: Source;
  at: number;
  readonly end: number;

  constructor(source: Source, start: number, end: number) {
    this.source = source;
    this.at = start;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** Passes over so many bytes; answers where they start. */
  take(count: number, noun: string): number {
    if (count > this.left) throw new Fault(`${noun} wants ${count} bytes, ${this.left} are left`);
    const start = this.at;
    this.at += count;
    return start;
  }

  u8(noun: string): number {
    return this.source.view.getUint8(this.take(1, noun));
  }

  u32(noun: string): number {
    return this.source.view.getUint32(this.take(4, noun), true);
  }

  i32(noun: string): number {
    return this.source.view.getInt32(this.take(4, noun), true);
  }

  /** A text with its length. */
  text(noun: string): string {
    const length = this.u32(noun);
    const start = this.take(length, noun);
    try {
      return this.source.text(start, start + length);
    } catch (error) {
      throw error instanceof Fault ? error.within(noun) : error;
    }
  }

  /** A count of things that take at least `least` bytes each. */
  count(least: number, noun: string): number {
    const count = this.u32(noun);
    if (count > Math.floor(this.left / least)) {
      throw new Fault(`${noun} ${count} does not fit into the ${this.left} bytes that are left`);
    }
    return count;
  }
}

/** Bytes as text of which each character is one: to find them by. */
export function binaryText(bytes: Uint8Array): string {
  let text = "";
  // Each one is an argument of a call.
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}
