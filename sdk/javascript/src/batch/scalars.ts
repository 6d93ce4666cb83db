// Scalars in their width: how each is read from a view and written into it.

import { type Source } from "./bytes.js";
import { EncodeError, Fault } from "./errors.js";
import { Type } from "./type.js";
import { className, isInt, isInt64 } from "./value.js";

/** A type of fixed width. */
export interface Scalar {
  /** Bytes. */
  readonly width: number;
  /** Throws {@link Fault}. */
  read(source: Source, at: number): unknown;
  /** Throws {@link EncodeError}. */
  write(view: DataView, at: number, value: unknown): void;
}

function mismatch(type: Type, value: unknown): EncodeError {
  return new EncodeError(`${className(value)} is no value of Schema{${Type[type]}}`);
}

function integer(type: Type, bits: 8 | 16 | 32): Scalar {
  const read = `getInt${bits}` as const;
  const write = `setInt${bits}` as const;
  return {
    width: bits / 8,
    read: ({ view }, at) => view[read](at, true),
    write(view, at, value) {
      if (!isInt(value, bits)) throw mismatch(type, value);
      view[write](at, value, true);
    },
  };
}

const INT64: Scalar = {
  width: 8,
  read: ({ view }, at) => view.getBigInt64(at, true),
  write(view, at, value) {
    if (!isInt64(value)) throw mismatch(Type.INT64, value);
    view.setBigInt64(at, BigInt(value), true);
  },
};

function float(type: Type, bits: 32 | 64): Scalar {
  const read = `getFloat${bits}` as const;
  const write = `setFloat${bits}` as const;
  return {
    width: bits / 8,
    read: ({ view }, at) => view[read](at, true),
    write(view, at, value) {
      if (typeof value !== "number") throw mismatch(type, value);
      view[write](at, value, true);
    },
  };
}

const BOOLEAN: Scalar = {
  width: 1,
  read({ bytes }, at) {
    const byte = bytes[at] as number;
    if (byte > 1) throw new Fault(`boolean is ${byte}`);
    return byte === 1;
  },
  write(view, at, value) {
    if (typeof value !== "boolean") throw mismatch(Type.BOOLEAN, value);
    view.setUint8(at, Number(value));
  },
};

/** Those by type; undefined for types without a width. */
export const SCALARS: readonly (Scalar | undefined)[] = [
  undefined,
  integer(Type.INT8, 8),
  integer(Type.INT16, 16),
  integer(Type.INT32, 32),
  INT64,
  float(Type.FLOAT32, 32),
  float(Type.FLOAT64, 64),
  BOOLEAN,
];
