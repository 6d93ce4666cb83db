// Makes a value of one schema a value of a newer or older one (Java's SchemaProjector), with Java's rules and texts.

import { DataError, type Schema, Struct, Type } from "./batch/index.js";

/** A value that cannot be projected (Java's `SchemaProjectorException`). */
export class SchemaProjectorError extends DataError {}

/** `value`, which is one of `source`, as one of `target`. Throws {@link SchemaProjectorError}. */
export function project(source: Schema, value: unknown, target: Schema): unknown {
  checkMaybeCompatible(source, target);
  if (source.optional && !target.optional) {
    if (target.default === null) {
      throw new SchemaProjectorError("Writer schema is optional, however, target schema does not provide a default value.");
    }
    return value === null ? target.default : projectValue(source, value, target);
  }
  return value === null ? null : projectValue(source, value, target);
}

function projectValue(source: Schema, value: unknown, target: Schema): unknown {
  switch (target.type) {
    case Type.STRUCT:
      return projectStruct(source, value as Struct, target);
    case Type.ARRAY:
      return (value as unknown[]).map((item) => project(source.valueSchema as Schema, item, target.valueSchema as Schema));
    case Type.MAP:
      return new Map(
        Array.from(value as Iterable<[unknown, unknown]>, ([key, item]) => [
          project(source.keySchema as Schema, key, target.keySchema as Schema),
          project(source.valueSchema as Schema, item, target.valueSchema as Schema),
        ]),
      );
    default:
      return promote(source.type, value, target.type);
  }
}

function projectStruct(source: Schema, struct: Struct, target: Schema): Struct {
  const projected = new Struct(target);
  for (const { name, schema } of target.fields) {
    const field = source.field(name);
    if (field !== null) {
      try {
        projected.put(name, project(field.schema, struct.get(name), schema));
      } catch (error) {
        if (!(error instanceof SchemaProjectorError)) throw error;
        throw new SchemaProjectorError(`Error projecting ${name}: ${error.message}`);
      }
    } else if (!schema.optional) {
      if (schema.default === null) {
        throw new SchemaProjectorError(`Required field \`${name}\` is missing from source schema: ${source}`);
      }
      projected.put(name, schema.default);
    }
  }
  return projected;
}

/** Numbers go from a type to a wider one, and from whole ones to floats. */
function isPromotable(source: Type, target: Type): boolean {
  return source <= Type.FLOAT64 && target <= Type.FLOAT64 && source < target;
}

function promote(source: Type, value: unknown, target: Type): unknown {
  if (source === target) return value;
  if (target === Type.INT64) return BigInt(value as number);
  return target === Type.FLOAT32 ? Math.fround(Number(value)) : Number(value);
}

function checkMaybeCompatible(source: Schema, target: Schema): void {
  if (source.type !== target.type && !isPromotable(source.type, target.type)) {
    const types = `source type: ${Type[source.type]} and target type: ${Type[target.type]}`;
    throw new SchemaProjectorError(`Schema type mismatch. ${types}`);
  }
  if (source.name !== target.name) {
    throw new SchemaProjectorError(`Schema name mismatch. source name: ${source.name} and target name: ${target.name}`);
  }
  if (shown(source) !== shown(target)) {
    const parameters = `source parameters: ${shown(source)} and target parameters: ${shown(target)}`;
    throw new SchemaProjectorError(`Schema parameters not equal. ${parameters}`);
  }
}

/** The parameters as Java prints them, in an order of their own. */
function shown({ parameters }: Schema): string {
  if (parameters.size === 0) return "null";
  const sorted = [...parameters].sort(([some], [other]) => (some < other ? -1 : 1));
  return `{${sorted.map(([key, value]) => `${key}=${value}`).join(", ")}}`;
}
