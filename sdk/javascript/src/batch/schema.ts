// Connect's schemas (org.apache.kafka.connect.data.Schema): immutable, compared by structure.

import type { Sink, Source } from "./bytes.js";
import { DataError, SchemaError } from "./errors.js";
import { DEPTH, SCHEMA_NODES } from "./layout.js";
import { isPrimitive, Type } from "./type.js";
import { sameValue, validateValue } from "./value.js";

/** What a schema may have beside its type. */
export interface SchemaOptions {
  /** Whether null is a value of this schema. */
  optional?: boolean;
  /** The name, which makes a logical type of a base type. */
  name?: string | null;
  version?: number | null;
  doc?: string | null;
  /** In the order in which they are given. */
  parameters?: Readonly<Record<string, string>> | ReadonlyMap<string, string>;
  /** What stands for a null; undefined or null if there is none. */
  default?: unknown;
}

/** One field of a struct; its index is its position. */
export interface Field {
  readonly name: string;
  readonly schema: Schema;
}

/** Names and schemas in their order. Names that are whole numbers have to be given as pairs: objects keep no order of those. */
export type Fields = Readonly<Record<string, Schema>> | Iterable<readonly [string, Schema]>;

/** The schemas that a schema is made of. */
export interface Children {
  fields?: Fields;
  keys?: Schema;
  /** Of a map; the items of an array. */
  values?: Schema;
}

/** Reads the row between two positions; kept with the schema by the codec. */
export type Decoder = (source: Source, start: number, end: number) => unknown;
/** Appends the row of a value that is not null. */
export type Encoder = (sink: Sink, value: unknown) => void;

/**
 * A schema (`org.apache.kafka.connect.data.ConnectSchema`).
 *
 * Made by the functions named after the types: `Schema.string()`, `Schema.struct({ id: Schema.int64() })`. Make a schema once and
 * keep it; a batch holds each schema once. Throws {@link SchemaError} for what Connect does not allow.
 */
export class Schema {
  readonly type: Type;
  readonly optional: boolean;
  readonly name: string | null;
  readonly version: number | null;
  readonly doc: string | null;
  readonly parameters: ReadonlyMap<string, string>;
  /** What stands for a null; null if there is none. */
  readonly default: unknown;
  /** The fields of a struct; empty for other types. */
  readonly fields: readonly Field[];
  /** The keys of a map. */
  readonly keySchema: Schema | null;
  /** The values of a map, the items of an array. */
  readonly valueSchema: Schema | null;
  /** Levels, itself included. */
  readonly depth: number;
  /** Nodes when written out as a tree, itself included. */
  readonly nodes: number;
  /** The format's constant id of a plain primitive, else 0. */
  readonly builtinId: number;

  /** Kept by the codec. */
  decoder: Decoder | null = null;
  encoder: Encoder | null = null;
  private readonly positions: ReadonlyMap<string, number>;

  constructor(type: Type, options: SchemaOptions = {}, children: Children = {}) {
    this.type = type;
    this.optional = options.optional ?? false;
    this.name = options.name ?? null;
    this.version = options.version ?? null;
    this.doc = options.doc ?? null;
    this.parameters = new Map(entriesOf(options.parameters ?? {}));
    this.fields = entriesOf(children.fields ?? {}).map(([name, schema]) => ({ name, schema }));
    this.keySchema = children.keys ?? null;
    this.valueSchema = children.values ?? null;
    const all = [this.keySchema, this.valueSchema, ...this.fields.map((field) => field.schema)].filter(isSchema);
    this.depth = 1 + all.reduce((most, child) => Math.max(most, child.depth), 0);
    this.nodes = 1 + all.reduce((sum, child) => sum + child.nodes, 0);
    this.positions = new Map(this.fields.map((field, position) => [field.name, position]));
    this.check();
    this.default = null;
    if (options.default !== undefined && options.default !== null) {
      this.checkDefault(options.default);
      this.default = options.default;
    }
    this.builtinId = this.isPlain() ? 2 * type + Number(this.optional) : 0;
  }

  // === one for each type

  static int8(options?: SchemaOptions): Schema {
    return primitive(Type.INT8, options);
  }

  static int16(options?: SchemaOptions): Schema {
    return primitive(Type.INT16, options);
  }

  static int32(options?: SchemaOptions): Schema {
    return primitive(Type.INT32, options);
  }

  /** Values are read as `bigint`; whole numbers may be written too. */
  static int64(options?: SchemaOptions): Schema {
    return primitive(Type.INT64, options);
  }

  /** Numbers are rounded to 32 bits. */
  static float32(options?: SchemaOptions): Schema {
    return primitive(Type.FLOAT32, options);
  }

  static float64(options?: SchemaOptions): Schema {
    return primitive(Type.FLOAT64, options);
  }

  static boolean(options?: SchemaOptions): Schema {
    return primitive(Type.BOOLEAN, options);
  }

  static string(options?: SchemaOptions): Schema {
    return primitive(Type.STRING, options);
  }

  /** Values are `Uint8Array`s. */
  static bytes(options?: SchemaOptions): Schema {
    return primitive(Type.BYTES, options);
  }

  static array(items: Schema, options?: SchemaOptions): Schema {
    return new Schema(Type.ARRAY, options, { values: items });
  }

  static map(keys: Schema, values: Schema, options?: SchemaOptions): Schema {
    return new Schema(Type.MAP, options, { keys, values });
  }

  /** Named fields, in the order in which they are given. */
  static struct(fields: Fields, options?: SchemaOptions): Schema {
    return new Schema(Type.STRUCT, options, { fields });
  }

  // === questions

  /** The field of that name. */
  field(name: string): Field | null {
    const position = this.positions.get(name);
    return position === undefined ? null : (this.fields[position] ?? null);
  }

  /** The position of the field of that name. */
  position(name: string): number | undefined {
    return this.positions.get(name);
  }

  /** The same schema, but optional or required as said. */
  withOptional(optional: boolean): Schema {
    if (optional === this.optional) return this;
    const { name, version, doc, parameters } = this;
    const options = { optional, name, version, doc, parameters, default: this.default };
    const children: Children = { fields: this.fields.map((field) => [field.name, field.schema] as const) };
    if (this.keySchema !== null) children.keys = this.keySchema;
    if (this.valueSchema !== null) children.values = this.valueSchema;
    return shared(new Schema(this.type, options, children));
  }

  /** Equal if the structure is, as in Java: documentation and default count, the order of parameters does not. */
  equals(other: Schema): boolean {
    return (
      this === other ||
      (this.type === other.type &&
        this.optional === other.optional &&
        this.nodes === other.nodes &&
        this.name === other.name &&
        this.version === other.version &&
        this.doc === other.doc &&
        sameParameters(this.parameters, other.parameters) &&
        sameValue(this.default, other.default) &&
        this.fields.length === other.fields.length &&
        this.fields.every((field, i) => {
          const same = other.fields[i];
          return same !== undefined && field.name === same.name && field.schema.equals(same.schema);
        }) &&
        sameChild(this.keySchema, other.keySchema) &&
        sameChild(this.valueSchema, other.valueSchema))
    );
  }

  /** As Java prints a schema: `Schema{name:TYPE}` or `Schema{TYPE}`. */
  toString(): string {
    return this.name === null ? `Schema{${Type[this.type]}}` : `Schema{${this.name}:${Type[this.type]}}`;
  }

  // === checks

  private isPlain(): boolean {
    const bare = this.name === null && this.version === null && this.doc === null && this.default === null;
    return bare && isPrimitive(this.type) && this.parameters.size === 0;
  }

  private check(): void {
    if (this.type === Type.ARRAY && this.valueSchema === null) throw new SchemaError("array has no schema for its items");
    if (this.type === Type.MAP && (this.keySchema === null || this.valueSchema === null)) {
      throw new SchemaError("map has no schema for its keys or values");
    }
    if (this.depth > DEPTH) throw new SchemaError(`nested ${this.depth} deep, the most is ${DEPTH}`);
    if (this.nodes > SCHEMA_NODES) throw new SchemaError(`has ${this.nodes} nodes, the most is ${SCHEMA_NODES}`);
    if (this.positions.has("")) throw new SchemaError("fieldName cannot be null.");
    if (this.positions.size < this.fields.length) {
      const twice = this.fields.find((field, i) => this.positions.get(field.name) !== i);
      throw new SchemaError(`Cannot create field because of field name duplication ${twice?.name}`);
    }
  }

  private checkDefault(value: unknown): void {
    try {
      validateValue(this, value);
    } catch (error) {
      throw error instanceof DataError ? new SchemaError(`Invalid default value: ${error.message}`) : error;
    }
  }
}

function isSchema(schema: Schema | null): schema is Schema {
  return schema !== null;
}

function entriesOf<T>(given: Readonly<Record<string, T>> | Iterable<readonly [string, T]>): (readonly [string, T])[] {
  return Symbol.iterator in given ? [...(given as Iterable<readonly [string, T]>)] : Object.entries(given);
}

function sameParameters(some: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>): boolean {
  return some.size === others.size && [...some].every(([key, value]) => others.get(key) === value);
}

function sameChild(some: Schema | null, other: Schema | null): boolean {
  return some === null || other === null ? some === other : some.equals(other);
}

/** The plain primitives by their constant ids. */
export const BUILTINS: ReadonlyMap<number, Schema> = new Map(
  [1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((type) =>
    [false, true].map((optional): [number, Schema] => [2 * type + Number(optional), new Schema(type, { optional })]),
  ),
);

/** The one of a plain primitive that all share. */
export function shared(schema: Schema): Schema {
  return BUILTINS.get(schema.builtinId) ?? schema;
}

function primitive(type: Type, options?: SchemaOptions): Schema {
  return options === undefined ? (BUILTINS.get(2 * type) as Schema) : shared(new Schema(type, options));
}
