// Rows: values of a schema as bytes. What reads and writes them is made once a schema and kept with it.

import type { Sink, Source } from "./bytes.js";
import { EncodeError, Fault, within } from "./errors.js";
import { SCALARS, type Scalar } from "./scalars.js";
import type { Decoder, Encoder, Field, Schema } from "./schema.js";
import { Type } from "./type.js";
import { encodeUtf8 } from "./utf8.js";
import { className, mapping, Struct, structOf } from "./value.js";

/** Bytes of a slot that says where a nested row is. */
const NESTED_SLOT = 8;

/** What stands in a row for one value: in place, or a row of its own that the slot points at. */
interface Slot {
  readonly width: number;
  readonly scalar: Scalar | undefined;
  readonly schema: Schema;
}

function slotOf(schema: Schema): Slot {
  const scalar = SCALARS[schema.type];
  return { width: scalar?.width ?? NESTED_SLOT, scalar, schema };
}

function bitmapBytes(slots: number): number {
  return (slots + 7) >> 3;
}

// === reading

/** Reads the row of a value that is not null. It throws {@link Fault}. */
export function decoder(schema: Schema): Decoder {
  return (schema.decoder ??= makeDecoder(schema));
}

function makeDecoder(schema: Schema): Decoder {
  switch (schema.type) {
    case Type.STRING:
      return (source, start, end) => source.text(start, end);
    case Type.BYTES:
      return (source, start, end) => source.bytes.slice(start, end);
    case Type.ARRAY:
      return arrayDecoder(schema);
    case Type.MAP:
      return mapDecoder(schema);
    case Type.STRUCT:
      return structDecoder(schema);
    default:
      return scalarDecoder(SCALARS[schema.type] as Scalar);
  }
}

function scalarDecoder(scalar: Scalar): Decoder {
  return (source, start, end) => {
    if (end - start !== scalar.width) throw new Fault(`has ${end - start} bytes instead of ${scalar.width}`);
    return scalar.read(source, start);
  };
}

/** Reads slot after slot of one row, and keeps where the variable part goes on. */
class SlotReader {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
  /** Where the next nested row has to start. */
  cursor: number;

  constructor(source: Source, start: number, end: number, cursor: number) {
    this.source = source;
    this.start = start;
    this.end = end;
    this.cursor = cursor;
  }

  read(slot: Slot, at: number, isNull: boolean): unknown {
    if (isNull) {
      if (!this.source.isZero(at, at + slot.width)) throw new Fault("slot of a null is not zero");
      return null;
    }
    if (slot.scalar !== undefined) return slot.scalar.read(this.source, at);
    const { view } = this.source;
    const start = this.cursor;
    const offset = this.start + view.getUint32(at, true);
    if (offset !== start) throw new Fault(`variable part starts at ${offset - this.start} instead of ${start - this.start}`);
    const length = view.getUint32(at + 4, true);
    if (length > this.end - start) throw new Fault(`variable part has ${length} bytes, ${this.end - start} are left`);
    this.cursor = start + length;
    return decoder(slot.schema)(this.source, start, this.cursor);
  }

  /** Reads `count` slots of one kind. */
  readAll(slot: Slot, count: number, bitmapAt: number, slotsAt: number): unknown[] {
    checkSpareBits(this.source, bitmapAt, count);
    const values = new Array<unknown>(count);
    let i = 0;
    try {
      for (; i < count; i++) values[i] = this.read(slot, slotsAt + i * slot.width, isNull(this.source, bitmapAt, i));
    } catch (error) {
      throw within(error, () => `item ${i}`);
    }
    return values;
  }

  finish(): void {
    if (this.cursor !== this.end) throw new Fault(`has ${this.end - this.cursor} bytes after its end`);
  }
}

function isNull(source: Source, bitmapAt: number, i: number): boolean {
  return (((source.bytes[bitmapAt + (i >> 3)] as number) >> (i & 7)) & 1) === 1;
}

/** The bits of a bitmap's last byte that belong to no slot are zero. */
function checkSpareBits(source: Source, bitmapAt: number, count: number): void {
  if ((count & 7) !== 0 && (source.bytes[bitmapAt + (count >> 3)] as number) >> (count & 7) !== 0) {
    throw new Fault("spare bits of the null bitmap are set");
  }
}

function structDecoder(schema: Schema): Decoder {
  const slots = schema.fields.map((field) => slotOf(field.schema));
  const count = slots.length;
  const bitmap = bitmapBytes(count);
  const fixed = slots.reduce((sum, slot) => sum + slot.width, bitmap);
  return (source, start, end) => {
    if (end - start < fixed) throw new Fault(`struct wants ${fixed} bytes, has ${end - start}`);
    checkSpareBits(source, start, count);
    const reader = new SlotReader(source, start, end, start + fixed);
    const values = new Array<unknown>(count);
    let at = start + bitmap;
    let i = 0;
    try {
      for (; i < count; i++) {
        const slot = slots[i] as Slot;
        values[i] = reader.read(slot, at, isNull(source, start, i));
        at += slot.width;
      }
    } catch (error) {
      throw within(error, () => fieldName(schema.fields[i]));
    }
    reader.finish();
    return structOf(schema, values);
  };
}

function fieldName(field: Field | undefined): string {
  return `field "${field?.name}"`;
}

/** The count at the start of a collection, whose bitmaps and slots must fit into the row. */
function countOf(source: Source, start: number, end: number, bitmaps: number, width: number): number {
  if (end - start < 4) throw new Fault("count is cut off");
  const count = source.view.getUint32(start, true);
  if (4 + bitmaps * Math.ceil(count / 8) + width * count > end - start) {
    throw new Fault(`${count} items do not fit into ${end - start} bytes`);
  }
  return count;
}

function arrayDecoder(schema: Schema): Decoder {
  const item = slotOf(schema.valueSchema as Schema);
  return (source, start, end) => {
    const count = countOf(source, start, end, 1, item.width);
    const slots = start + 4 + bitmapBytes(count);
    const reader = new SlotReader(source, start, end, slots + count * item.width);
    const items = reader.readAll(item, count, start + 4, slots);
    reader.finish();
    return items;
  };
}

function mapDecoder(schema: Schema): Decoder {
  const key = slotOf(schema.keySchema as Schema);
  const value = slotOf(schema.valueSchema as Schema);
  return (source, start, end) => {
    const count = countOf(source, start, end, 2, key.width + value.width);
    const bitmap = bitmapBytes(count);
    const keysAt = start + 4 + 2 * bitmap;
    const valuesAt = keysAt + count * key.width;
    const reader = new SlotReader(source, start, end, valuesAt + count * value.width);
    let keys;
    try {
      keys = reader.readAll(key, count, start + 4, keysAt);
    } catch (error) {
      throw within(error, () => "key");
    }
    const values = reader.readAll(value, count, start + 4 + bitmap, valuesAt);
    reader.finish();
    return mapping(keys.map((of, i) => [of, values[i]]));
  };
}

// === writing

/** Appends the row of a value that is not null. It throws {@link EncodeError}. */
export function encoder(schema: Schema): Encoder {
  return (schema.encoder ??= makeEncoder(schema));
}

function makeEncoder(schema: Schema): Encoder {
  switch (schema.type) {
    case Type.STRING:
      return (sink, value) => {
        if (typeof value !== "string") throw mismatch(schema, value);
        sink.put(encodeUtf8(value));
      };
    case Type.BYTES:
      return (sink, value) => {
        if (!(value instanceof Uint8Array)) throw mismatch(schema, value);
        sink.put(value);
      };
    case Type.ARRAY:
      return arrayEncoder(schema);
    case Type.MAP:
      return mapEncoder(schema);
    case Type.STRUCT:
      return structEncoder(schema);
    default:
      return scalarEncoder(SCALARS[schema.type] as Scalar);
  }
}

function mismatch(schema: Schema, value: unknown): EncodeError {
  return new EncodeError(`${className(value)} is no value of ${schema}`);
}

function scalarEncoder(scalar: Scalar): Encoder {
  return (sink, value) => {
    const at = sink.reserve(scalar.width);
    scalar.write(sink.view, at, value);
  };
}

/** Writes what stands for one value; nested rows go to the end of the sink. */
function writeSlot(sink: Sink, row: number, slot: Slot, at: number, value: unknown): void {
  if (slot.scalar !== undefined) {
    slot.scalar.write(sink.view, at, value);
    return;
  }
  const start = sink.length;
  encoder(slot.schema)(sink, value);
  sink.view.setUint32(at, start - row, true);
  sink.view.setUint32(at + 4, sink.length - start, true);
}

function setNull(sink: Sink, bitmapAt: number, i: number): void {
  const at = bitmapAt + (i >> 3);
  sink.bytes[at] = (sink.bytes[at] as number) | (1 << (i & 7));
}

function structEncoder(schema: Schema): Encoder {
  const slots = schema.fields.map((field) => slotOf(field.schema));
  const bitmap = bitmapBytes(slots.length);
  const fixed = slots.reduce((sum, slot) => sum + slot.width, bitmap);
  return (sink, value) => {
    if (!(value instanceof Struct)) throw mismatch(schema, value);
    // A default's own schema is the one without the default.
    if (value.schema !== schema && value !== schema.default && !value.schema.equals(schema)) {
      throw new EncodeError("Struct schemas do not match.");
    }
    const row = sink.reserve(fixed);
    let at = row + bitmap;
    let i = 0;
    try {
      for (; i < slots.length; i++) {
        const slot = slots[i] as Slot;
        const field = value.values[i] ?? null;
        if (field === null) setNull(sink, row, i);
        else writeSlot(sink, row, slot, at, field);
        at += slot.width;
      }
    } catch (error) {
      throw within(error, () => fieldName(schema.fields[i]));
    }
  };
}

function writeAll(sink: Sink, row: number, slot: Slot, bitmapAt: number, slotsAt: number, items: readonly unknown[]): void {
  let i = 0;
  try {
    for (; i < items.length; i++) {
      const item = items[i] ?? null;
      if (item === null) setNull(sink, bitmapAt, i);
      else writeSlot(sink, row, slot, slotsAt + i * slot.width, item);
    }
  } catch (error) {
    throw within(error, () => `item ${i}`);
  }
}

function arrayEncoder(schema: Schema): Encoder {
  const item = slotOf(schema.valueSchema as Schema);
  return (sink, value) => {
    if (!Array.isArray(value)) throw mismatch(schema, value);
    const bitmap = bitmapBytes(value.length);
    const row = sink.reserve(4 + bitmap + value.length * item.width);
    sink.view.setUint32(row, value.length, true);
    writeAll(sink, row, item, row + 4, row + 4 + bitmap, value);
  };
}

function mapEncoder(schema: Schema): Encoder {
  const key = slotOf(schema.keySchema as Schema);
  const value = slotOf(schema.valueSchema as Schema);
  return (sink, given) => {
    if (!(given instanceof Map || Array.isArray(given))) throw mismatch(schema, given);
    const pairs = [...(given as Iterable<[unknown, unknown]>)];
    const bitmap = bitmapBytes(pairs.length);
    const row = sink.reserve(4 + 2 * bitmap + pairs.length * (key.width + value.width));
    sink.view.setUint32(row, pairs.length, true);
    const keysAt = row + 4 + 2 * bitmap;
    try {
      writeAll(sink, row, key, row + 4, keysAt, pairs.map(([of]) => of));
    } catch (error) {
      throw within(error, () => "key");
    }
    const valuesAt = keysAt + pairs.length * key.width;
    writeAll(sink, row, value, row + 4 + bitmap, valuesAt, pairs.map(([, of]) => of));
  };
}
