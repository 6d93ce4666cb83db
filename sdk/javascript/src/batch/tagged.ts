// Schemaless values: a tag byte and the value, nested; Connect's Map<String, ?> and friends.

import { Cursor, type Sink, type Source } from "./bytes.js";
import { EncodeError, Fault, within } from "./errors.js";
import { DEPTH, NULL_TAG } from "./layout.js";
import { SCALARS, type Scalar } from "./scalars.js";
import { Type, typeName } from "./type.js";
import { encodeUtf8 } from "./utf8.js";
import { className, Entries, Float32, Float64, Int8, Int16, Int32, mapping } from "./value.js";

// === reading

/** Reads the row of a schemaless value that is not null; throws {@link Fault}. */
export function decodeTagged(source: Source, start: number, end: number, maxDepth: number): unknown {
  const cursor = new Cursor(source, start, end);
  const value = next(cursor, maxDepth);
  if (value === null) throw new Fault("null has a row");
  if (cursor.left > 0) throw new Fault(`has ${cursor.left} bytes after its end`);
  return value;
}

/** The types that a plain value would not be read as. */
const WRAPPERS: Partial<Record<Type, new (value: number) => unknown>> = {
  [Type.INT8]: Int8,
  [Type.INT16]: Int16,
  [Type.INT32]: Int32,
  [Type.FLOAT32]: Float32,
};

function next(cursor: Cursor, depth: number): unknown {
  const tag = cursor.u8("tag");
  if (tag === NULL_TAG) return null;
  if (depth === 0) throw new Fault("nested too deep");
  if (tag > Type.MAP) throw new Fault(`unknown tag ${tag}`);
  const type = tag as Type;
  const scalar = SCALARS[type];
  if (scalar !== undefined) {
    const value = scalar.read(cursor.source, cursor.take(scalar.width, typeName(type)));
    const Wrapper = WRAPPERS[type];
    return Wrapper === undefined ? value : new Wrapper(value as number);
  }
  const length = cursor.u32(typeName(type));
  const start = cursor.take(length, typeName(type));
  const end = start + length;
  switch (type) {
    case Type.STRING:
      return cursor.source.text(start, end);
    case Type.BYTES:
      return cursor.source.bytes.slice(start, end);
    default:
      return collection(new Cursor(cursor.source, start, end), type, depth - 1);
  }
}

function collection(cursor: Cursor, type: Type, depth: number): unknown {
  const each = type === Type.MAP ? 2 : 1;
  const count = cursor.count(each, "count");
  const values: unknown[] = [];
  try {
    while (values.length < count * each) values.push(next(cursor, depth));
  } catch (error) {
    throw within(error, () => `item ${Math.floor(values.length / each)}`);
  }
  if (cursor.left > 0) throw new Fault(`${typeName(type)} has ${cursor.left} bytes after its end`);
  if (type === Type.ARRAY) return values;
  const pairs: [unknown, unknown][] = [];
  for (let i = 0; i < values.length; i += 2) pairs.push([values[i], values[i + 1]]);
  return mapping(pairs);
}

// === writing

/**
 * Appends the row of a schemaless value that is not null; throws {@link EncodeError}.
 *
 * A number is an int64 if it is whole and exact, else a float64, as in JSON; a plain object is a map with texts as keys.
 */
export function encodeTagged(sink: Sink, value: unknown): void {
  write(sink, value, DEPTH);
}

function write(sink: Sink, value: unknown, depth: number): void {
  if (value === null || value === undefined) {
    sink.u8(NULL_TAG);
    return;
  }
  if (depth === 0) throw new EncodeError(`value is nested deeper than ${DEPTH}`);
  switch (typeof value) {
    case "string":
      return content(sink, Type.STRING, encodeUtf8(value));
    case "number":
      return scalar(sink, Number.isSafeInteger(value) && !Object.is(value, -0) ? Type.INT64 : Type.FLOAT64, value);
    case "bigint":
      return scalar(sink, Type.INT64, value);
    case "boolean":
      return scalar(sink, Type.BOOLEAN, value);
    case "object":
      return writeObject(sink, value, depth);
    default:
      throw noForm(value);
  }
}

function writeObject(sink: Sink, value: object, depth: number): void {
  if (value instanceof Uint8Array) return content(sink, Type.BYTES, value);
  if (value instanceof Map) return items(sink, Type.MAP, value.size, value, depth);
  if (value instanceof Entries) return items(sink, Type.MAP, value.length, value, depth);
  if (Array.isArray(value)) return items(sink, Type.ARRAY, value.length, value, depth);
  for (const [Wrapper, type] of TYPED) if (value instanceof Wrapper) return scalar(sink, type, value.value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw noForm(value);
  const pairs = Object.entries(value);
  items(sink, Type.MAP, pairs.length, pairs, depth);
}

const TYPED = [
  [Int8, Type.INT8],
  [Int16, Type.INT16],
  [Int32, Type.INT32],
  [Float32, Type.FLOAT32],
  [Float64, Type.FLOAT64],
] as const;

function noForm(value: unknown): EncodeError {
  return new EncodeError(`${className(value)} has no schemaless form`);
}

function scalar(sink: Sink, type: Type, value: unknown): void {
  const { width, write } = SCALARS[type] as Scalar;
  const at = sink.reserve(1 + width);
  sink.bytes[at] = type;
  write(sink.view, at + 1, value);
}

function content(sink: Sink, type: Type, bytes: Uint8Array): void {
  sink.u8(type);
  sink.u32(bytes.length);
  sink.put(bytes);
}

function items(sink: Sink, type: Type, count: number, values: Iterable<unknown>, depth: number): void {
  const at = sink.reserve(9);
  sink.bytes[at] = type;
  for (const item of values) {
    if (type === Type.MAP) for (const part of item as [unknown, unknown]) write(sink, part, depth - 1);
    else write(sink, item, depth - 1);
  }
  sink.view.setUint32(at + 1, sink.length - at - 5, true);
  sink.view.setUint32(at + 5, count, true);
}
