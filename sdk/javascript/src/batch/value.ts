// Values: which JavaScript values stand for Connect's, structs, and whether a value is one of a schema.
//
// int8, int16, int32, float32, float64: number; int64: bigint; boolean, string: the same; bytes: Uint8Array; array: Array;
// map: Map; struct: Struct; null: null. Logical types are their base type's value; logical.ts converts.

import { DataError } from "./errors.js";
import type { Schema } from "./schema.js";
import { Type } from "./type.js";

/** A number of a schemaless value whose type is said; without a schema a plain number is an int64 if it is whole, else a float64. */
abstract class Typed {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  valueOf(): number {
    return this.value;
  }

  toString(): string {
    return String(this.value);
  }

  toJSON(): number {
    return this.value;
  }
}

/** An int8 of a schemaless value. */
export class Int8 extends Typed {
  /** Tells the classes apart for TypeScript. */
  readonly type = "int8";
}

/** An int16 of a schemaless value. */
export class Int16 extends Typed {
  readonly type = "int16";
}

/** An int32 of a schemaless value. */
export class Int32 extends Typed {
  readonly type = "int32";
}

/** A float32 of a schemaless value. */
export class Float32 extends Typed {
  readonly type = "float32";
}

/** A float64 of a schemaless value that happens to be whole. It is read as a plain number. */
export class Float64 extends Typed {
  readonly type = "float64";
}

/** A map as a list of keys and values: one with equal keys, which a `Map` cannot hold. */
export class Entries extends Array<[unknown, unknown]> {
  /** An array's own constructor takes a length, so this one takes the pairs. */
  static ofPairs(pairs: Iterable<[unknown, unknown]>): Entries {
    const made = new Entries();
    for (const pair of pairs) made.push(pair);
    return made;
  }

  // What `map` and `filter` answer is an array of anything.
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/** A map if one can hold all the pairs. */
export function mapping(pairs: [unknown, unknown][]): Map<unknown, unknown> | Entries {
  const map = new Map(pairs);
  // A map holds -0 as 0.
  return map.size === pairs.length && !pairs.some(([key]) => Object.is(key, -0)) ? map : Entries.ofPairs(pairs);
}

/**
 * A struct: a value a field of its schema, null where none was put (`org.apache.kafka.connect.data.Struct`).
 *
 * `new Struct(schema, { name: "Ada" })` makes one. Values are checked when they are put. Throws {@link DataError} with Java's texts.
 */
export class Struct {
  readonly schema: Schema;
  /** The values in the order of the fields, defaults not substituted; not to be changed. */
  readonly values: readonly unknown[];

  constructor(schema: Schema, values: Readonly<Record<string, unknown>> = {}) {
    mustBeStruct(schema);
    this.schema = schema;
    this.values = new Array<unknown>(schema.fields.length).fill(null);
    for (const name in values) this.put(name, values[name]);
  }

  /** A struct of one value a field, in the order of the fields, which it keeps. They are not checked: see {@link validate}. */
  static fromValues(schema: Schema, values: readonly unknown[]): Struct {
    mustBeStruct(schema);
    if (values.length !== schema.fields.length) {
      throw new DataError(`${values.length} values for the ${schema.fields.length} fields of ${schema}`);
    }
    return structOf(schema, values);
  }

  /** The field's value, or its schema's default where it is null (`Struct.get`). */
  get(name: string): unknown {
    const position = this.position(name);
    return this.values[position] ?? this.schema.fields[position]?.schema.default ?? null;
  }

  /** The field's value as it was put (`Struct.getWithoutDefault`). */
  getWithoutDefault(name: string): unknown {
    return this.values[this.position(name)];
  }

  /** Sets a field; undefined is null. */
  put(name: string, value: unknown): this {
    const position = this.position(name);
    const given = value ?? null;
    validateValue((this.schema.fields[position] as { schema: Schema }).schema, given, name);
    (this.values as unknown[])[position] = given;
    return this;
  }

  has(name: string): boolean {
    return this.schema.position(name) !== undefined;
  }

  /** Names and values, defaults substituted. */
  *[Symbol.iterator](): Iterator<[string, unknown]> {
    for (const { name } of this.schema.fields) yield [name, this.get(name)];
  }

  /** A plain object of the fields, structs and maps inside of it too, defaults substituted. */
  toObject(): Record<string, unknown> {
    return Object.fromEntries([...this].map(([name, value]) => [name, plain(value)]));
  }

  /** Whether every required field without a default has a value (`Struct.validate`). */
  validate(): void {
    this.schema.fields.forEach((field, i) => {
      const value = this.values[i];
      if (value !== null || !(field.schema.optional || field.schema.default !== null)) {
        validateValue(field.schema, value, field.name);
      }
    });
  }

  equals(other: Struct): boolean {
    return this.schema.equals(other.schema) && sameValue(this.values, other.values);
  }

  /** As Java prints a struct: `Struct{name=Ada,age=36}`, nulls left out. */
  toString(): string {
    const fields = this.schema.fields.map((field, i) => [field.name, this.values[i]]);
    return `Struct{${fields.filter(([, value]) => value !== null).map(([name, value]) => `${name}=${value}`)}}`;
  }

  private position(name: string): number {
    const position = this.schema.position(name);
    if (position === undefined) throw new DataError(`${name} is not a valid field name`);
    return position;
  }
}

/** A struct of values that are known to be those of the fields. */
export function structOf(schema: Schema, values: readonly unknown[]): Struct {
  const struct = Object.create(Struct.prototype) as { schema: Schema; values: readonly unknown[] };
  struct.schema = schema;
  struct.values = values;
  return struct as Struct;
}

function mustBeStruct(schema: Schema): void {
  if (schema.type !== Type.STRUCT) throw new DataError(`Not a struct schema: ${schema}`);
}

function plain(value: unknown): unknown {
  if (value instanceof Struct) return value.toObject();
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

/** Whether two values are equal, however deep. */
export function sameValue(some: unknown, other: unknown): boolean {
  if (Object.is(some, other)) return true;
  if (some instanceof Struct && other instanceof Struct) return some.equals(other);
  if (some instanceof Uint8Array && other instanceof Uint8Array) return sameItems([...some], [...other]);
  if (some instanceof Map && other instanceof Map) return sameItems([...some], [...other]);
  return Array.isArray(some) && Array.isArray(other) && sameItems(some, other);
}

function sameItems(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((item, i) => sameValue(item, others[i]));
}

// === whether a value is one of a schema

const INT_BITS: Partial<Record<Type, number>> = { [Type.INT8]: 8, [Type.INT16]: 16, [Type.INT32]: 32 };

/** Whether a value is a whole number that an int64 holds: a bigint, or a number that is exact. */
export function isInt64(value: unknown): value is bigint | number {
  return typeof value === "bigint" ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
}

/** Whether a value is one of an integer of at most 32 bits. */
export function isInt(value: unknown, bits: number): value is number {
  const most = 2 ** (bits - 1);
  return Number.isInteger(value) && (value as number) >= -most && (value as number) < most;
}

/**
 * Checks `value` as `ConnectSchema.validateValue` does; `field` is the name that the error gives.
 *
 * Throws {@link DataError}.
 */
export function validateValue(schema: Schema, value: unknown, field?: string): void {
  validate(schema, value, field === undefined ? "value" : `field: "${field}"`);
}

function validate(schema: Schema, value: unknown, where: string): void {
  if (value === null || value === undefined) {
    if (!schema.optional) {
      throw new DataError(`Invalid value: null used for required ${where}, schema type: ${Type[schema.type]}`);
    }
    return;
  }
  if (!isOf(schema.type, value)) {
    const name = schema.name === null ? "" : ` "${schema.name}"`;
    const found = className(value);
    throw new DataError(`Invalid JavaScript object for schema${name} with type ${Type[schema.type]}: ${found} for ${where}`);
  }
  if (value instanceof Struct) {
    if (!value.schema.equals(schema)) throw new DataError("Struct schemas do not match.");
    value.validate();
  } else if (schema.type === Type.ARRAY) {
    for (const item of value as unknown[]) validate(schema.valueSchema as Schema, item, `element of array ${where}`);
  } else if (schema.type === Type.MAP) {
    for (const [key, item] of value as Iterable<[unknown, unknown]>) {
      validate(schema.keySchema as Schema, key, `key of map ${where}`);
      validate(schema.valueSchema as Schema, item, `value of map ${where}`);
    }
  }
}

function isOf(type: Type, value: unknown): boolean {
  switch (type) {
    case Type.INT8:
    case Type.INT16:
    case Type.INT32:
      return isInt(value, INT_BITS[type] as number);
    case Type.INT64:
      return isInt64(value);
    case Type.FLOAT32:
    case Type.FLOAT64:
      return typeof value === "number";
    case Type.BOOLEAN:
      return typeof value === "boolean";
    case Type.STRING:
      return typeof value === "string";
    case Type.BYTES:
      return value instanceof Uint8Array;
    case Type.ARRAY:
      return Array.isArray(value) && !(value instanceof Entries);
    case Type.MAP:
      return value instanceof Map || value instanceof Entries;
    case Type.STRUCT:
      return value instanceof Struct;
  }
}

/** What a value is called in an error. */
export function className(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint") return `${typeof value} ${value}`;
  return typeof value === "object" && value !== null ? (value.constructor?.name ?? "object") : typeof value;
}
