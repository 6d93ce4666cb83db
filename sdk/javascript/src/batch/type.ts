// Connect's types, which are numbers of the format.

/** Connect's types (`Schema.Type`); the value is the number of the format. */
export enum Type {
  INT8 = 1,
  INT16,
  INT32,
  INT64,
  FLOAT32,
  FLOAT64,
  BOOLEAN,
  STRING,
  BYTES,
  ARRAY,
  MAP,
  STRUCT,
}

/** `Schema.Type.getName()`: `int8`, `string` ... */
export function typeName(type: Type): string {
  return Type[type].toLowerCase();
}

/** Everything but array, map and struct (`Schema.Type.isPrimitive`). */
export function isPrimitive(type: Type): boolean {
  return type < Type.ARRAY;
}
