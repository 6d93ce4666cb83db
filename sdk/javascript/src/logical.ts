// Connect's logical types (org.apache.kafka.connect.data.Decimal and so on): schemas, and values from and to JavaScript's.
//
// A batch holds the base type's value; the functions here convert: `logical.fromDate(new Date())`, `logical.toDate(record.value)`.

import { Schema, type SchemaOptions } from "./batch/index.js";

export const DECIMAL = "org.apache.kafka.connect.data.Decimal";
export const DATE = "org.apache.kafka.connect.data.Date";
export const TIME = "org.apache.kafka.connect.data.Time";
export const TIMESTAMP = "org.apache.kafka.connect.data.Timestamp";

const DAY_MS = 24 * 60 * 60 * 1000;

/** What a schema of a logical type may have: not its name, version and parameters. */
export type LogicalOptions = Pick<SchemaOptions, "optional" | "doc" | "default">;

/** Numbers of `scale` digits behind the point. */
export function decimalSchema(scale: number, options: LogicalOptions = {}): Schema {
  return Schema.bytes({ ...options, name: DECIMAL, version: 1, parameters: { scale: String(scale) } });
}

/** Days. */
export function dateSchema(options: LogicalOptions = {}): Schema {
  return Schema.int32({ ...options, name: DATE, version: 1 });
}

/** Times of the day, in milliseconds. */
export function timeSchema(options: LogicalOptions = {}): Schema {
  return Schema.int32({ ...options, name: TIME, version: 1 });
}

/** Moments, in milliseconds. */
export function timestampSchema(options: LogicalOptions = {}): Schema {
  return Schema.int64({ ...options, name: TIMESTAMP, version: 1 });
}

/** A decimal number in digits, such as `"-12.50"`, as its unscaled value. Throws `RangeError` if it is none of that scale. */
export function fromDecimal(number: string, scale: number): Uint8Array {
  const parts = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(number);
  const [, sign, whole, fraction = ""] = parts ?? [];
  if (parts === null || fraction.length > scale) {
    throw new RangeError(`Decimal value has mismatching scale for given Decimal schema. ${number} has no scale of ${scale}`);
  }
  const unscaled = BigInt(`${whole}${fraction.padEnd(scale, "0")}`);
  return fromBigInt(sign === "-" ? -unscaled : unscaled);
}

/** The digits of the decimal that an unscaled value stands for. */
export function toDecimal(unscaled: Uint8Array, scale: number): string {
  const number = toBigInt(unscaled);
  const digits = String(number < 0n ? -number : number).padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${number < 0n ? "-" : ""}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ""}`;
}

/** The scale of a decimal's schema. */
export function scaleOf(schema: Schema): number {
  return Number(schema.parameters.get("scale"));
}

/** The day of a `Date`, in UTC, as days since the epoch. */
export function fromDay(date: Date): number {
  return Math.floor(date.getTime() / DAY_MS);
}

/** Midnight, in UTC, of the day so many days after the epoch. */
export function toDay(days: number): Date {
  return new Date(days * DAY_MS);
}

/** A moment as milliseconds since the epoch. */
export function fromDate(moment: Date): bigint {
  return BigInt(moment.getTime());
}

/** The moment so many milliseconds after the epoch. */
export function toDate(milliseconds: bigint): Date {
  return new Date(Number(milliseconds));
}

/** Big-endian two's complement, as short as it gets (`BigInteger.toByteArray`). */
function fromBigInt(number: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = number;
  do {
    bytes.unshift(Number(rest & 0xffn));
    rest >>= 8n;
  } while (rest !== (((bytes[0] as number) & 0x80) === 0 ? 0n : -1n));
  return Uint8Array.from(bytes);
}

function toBigInt(bytes: Uint8Array): bigint {
  let number = 0n;
  for (const byte of bytes) number = (number << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, number);
}
