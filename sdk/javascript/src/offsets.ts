// Source partitions and source offsets: maps of names to scalars, kept as flat JSON objects.
//
// Their JSON is what Java's converter writes to the offsets topic: no spaces, names in the order in which they were set. The worker
// compares partitions by that text, so set the names of a partition always in the same order.

import { parseJson } from "./json.js";

/** What an entry holds: text, a number, a truth value or nothing. Whole numbers beyond 2^53 are `bigint`. */
export type Scalar = string | number | bigint | boolean | null;

/** A source partition or source offset (Java's `Map<String, ?>` of both). */
export type ScalarMap = Readonly<Record<string, Scalar>>;

/** The JSON of a source partition or offset. Throws `TypeError` for a value that is no scalar. */
export function toJson(entries: ScalarMap): string {
  return `{${Object.entries(entries).map(([name, value]) => `${quote(name)}:${scalarJson(value)}`)}}`;
}

/** Reads a flat JSON object; throws `SyntaxError`, which says what is wrong. */
export function fromJson(text: string): Record<string, Scalar> {
  const found = parseJson(text);
  if (typeof found !== "object" || found === null || Array.isArray(found)) throw new SyntaxError("no flat JSON object");
  for (const [name, value] of Object.entries(found)) {
    if (typeof value === "object" && value !== null) throw new SyntaxError(`no flat JSON object: "${name}" is none`);
  }
  return found as Record<string, Scalar>;
}

/** Source offsets of one number, such as `{"position":42}`, as cheap as they get: `offset.at(42)`. */
export class NumberOffset {
  private readonly prefix: string;

  constructor(name: string) {
    this.prefix = `{${quote(name)}:`;
  }

  /** The JSON of the offset `number`, which is whole. */
  at(number: number | bigint): string {
    return `${this.prefix}${number}}`;
  }
}

/** `Double.toString` of Java 19 and later. */
export function javaDouble(number: number): string {
  if (!Number.isFinite(number)) return String(number);
  if (number === 0) return Object.is(number, -0) ? "-0.0" : "0.0";
  const sign = number < 0 ? "-" : "";
  // The shortest digits that read back as the same number, which JavaScript and Java agree on.
  const [mantissa, power] = Math.abs(number).toExponential().split("e") as [string, string];
  const digits = mantissa.replace(".", "");
  const exponent = Number(power);
  if (exponent >= 0 && exponent < 7) {
    const padded = digits.padEnd(exponent + 1, "0");
    return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || "0"}`;
  }
  if (exponent >= -3 && exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits[0]}.${digits.slice(1) || "0"}E${exponent}`;
}

function scalarJson(value: Scalar): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
      return Number.isFinite(value) ? javaDouble(value) : `"${javaDouble(value)}"`;
    case "bigint":
    case "boolean":
      return String(value);
    default:
      if (value === null) return "null";
      throw new TypeError(`a source partition or offset holds text, numbers and truth values, not ${typeof value}`);
  }
}

/** As Jackson writes text: only what JSON must escape is, with capital digits. */
function quote(text: string): string {
  // JavaScript escapes halves of surrogate pairs, too: they cannot be written anyway.
  return JSON.stringify(text).replace(/\\u00[01][0-9a-f]/g, (escape) => `\\u${escape.slice(2).toUpperCase()}`);
}
