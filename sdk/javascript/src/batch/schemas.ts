// The table of schemas: children before parents, so that one pass builds and writes them.

import { binaryText, Cursor, Sink, Source } from "./bytes.js";
import { BatchError, Fault, within } from "./errors.js";
import * as layout from "./layout.js";
import type { Limits } from "./limits.js";
import { decoder, encoder } from "./rows.js";
import { BUILTINS, type Children, Schema, type SchemaOptions, shared } from "./schema.js";
import { Type } from "./type.js";

/** Schemas by id: null for the id of none, undefined where there is no such id. */
export class SchemasById {
  /** The batch's own, in the order of their ids. */
  readonly own: Schema[] = [];

  get(id: number): Schema | null | undefined {
    if (id >= layout.OWN_SCHEMAS) return this.own[id - layout.OWN_SCHEMAS];
    return id === layout.NO_SCHEMA ? null : BUILTINS.get(id);
  }
}

// === reading

/** All schemas of a batch; throws {@link Fault}. */
export function parseSchemas(section: Uint8Array, limits: Limits): SchemasById {
  if (section.length > limits.maxSchemaBytes) {
    throw new Fault(`has ${section.length} bytes of schemas, maxSchemaBytes is ${limits.maxSchemaBytes}`);
  }
  const cursor = new Cursor(new Source(section), 0, section.length);
  const count = cursor.count(2, "schema count");
  if (count > limits.maxSchemas) throw new Fault(`has ${count} schemas, maxSchemas is ${limits.maxSchemas}`);
  const schemas = new SchemasById();
  for (let i = 0; i < count; i++) {
    try {
      schemas.own.push(parseSchema(cursor, schemas, limits));
    } catch (error) {
      throw within(error instanceof BatchError ? new Fault(error.message) : error, () => `schema ${i}`);
    }
  }
  if (cursor.left > 0) throw new Fault(`${cursor.left} bytes follow the last schema`);
  return schemas;
}

function parseSchema(cursor: Cursor, before: SchemasById, limits: Limits): Schema {
  const type = cursor.u8("type");
  if (type < Type.INT8 || type > Type.STRUCT) throw new Fault(`unknown type ${type}`);
  const flags = cursor.u8("flags");
  if ((flags & ~layout.SCHEMA_FLAGS) !== 0) throw new Fault(`unknown flags ${flags}`);
  const children = parseChildren(cursor, type, before);
  const options: SchemaOptions = { optional: (flags & layout.OPTIONAL) !== 0 };
  if (flags & layout.NAME) options.name = cursor.text("name");
  if (flags & layout.VERSION) options.version = cursor.i32("version");
  if (flags & layout.DOC) options.doc = cursor.text("doc");
  if (flags & layout.PARAMETERS) options.parameters = parseParameters(cursor);
  const schema = new Schema(type, options, children);
  if (schema.depth > limits.maxDepth) throw new Fault(`nested ${schema.depth} deep, maxDepth is ${limits.maxDepth}`);
  if (schema.nodes > limits.maxSchemaNodes) {
    throw new Fault(`has ${schema.nodes} nodes, maxSchemaNodes is ${limits.maxSchemaNodes}`);
  }
  if (!(flags & layout.DEFAULT)) return shared(schema);
  const length = cursor.u32("default");
  const start = cursor.take(length, "default");
  try {
    return new Schema(type, { ...options, default: decoder(schema)(cursor.source, start, start + length) }, children);
  } catch (error) {
    throw within(error, () => "default");
  }
}

function parseChildren(cursor: Cursor, type: Type, before: SchemasById): Children {
  const child = (noun: string): Schema => {
    const id = cursor.u32(noun);
    const schema = before.get(id);
    if (!schema) throw new Fault(`${noun}: there is no schema ${id} before this one`);
    return schema;
  };
  switch (type) {
    case Type.ARRAY:
      return { values: child("items") };
    case Type.MAP:
      return { keys: child("keys"), values: child("values") };
    case Type.STRUCT: {
      const fields: [string, Schema][] = [];
      for (let left = cursor.count(8, "field count"); left > 0; left--) {
        const name = cursor.text("field name");
        fields.push([name, child(name)]);
      }
      return { fields };
    }
    default:
      return {};
  }
}

function parseParameters(cursor: Cursor): Map<string, string> {
  const parameters = new Map<string, string>();
  for (let left = cursor.count(8, "parameter count"); left > 0; left--) {
    const key = cursor.text("parameter");
    if (parameters.has(key)) throw new Fault(`parameter "${key}" comes twice`);
    parameters.set(key, cursor.text("parameter"));
  }
  if (parameters.size === 0) throw new Fault("flag says parameters, there are none");
  return parameters;
}

// === writing

/** The schemas of a batch that is being written, each once. */
export class SchemaTable {
  private readonly byObject = new Map<Schema, number>();
  /** By the definition. */
  private readonly byDefinition = new Map<string, number>();
  private readonly section = new Sink();

  /** Bytes of the section. */
  get size(): number {
    return 4 + this.section.length;
  }

  /** The schema's id; its children's definitions come before its own. Throws {@link EncodeError}. */
  intern(schema: Schema): number {
    if (schema.builtinId !== 0) return schema.builtinId;
    const known = this.byObject.get(schema);
    if (known !== undefined) return known;
    const children = [schema.keySchema, schema.valueSchema, ...schema.fields.map((field) => field.schema)];
    const ids = children.filter((child) => child !== null).map((child) => this.intern(child as Schema));
    const start = this.section.length;
    try {
      writeDefinition(this.section, schema, ids);
    } catch (error) {
      this.section.truncate(start);
      throw error;
    }
    const definition = binaryText(this.section.bytes.subarray(start, this.section.length));
    let id = this.byDefinition.get(definition);
    if (id === undefined) {
      id = layout.OWN_SCHEMAS + this.byDefinition.size;
      this.byDefinition.set(definition, id);
    } else {
      this.section.truncate(start);
    }
    this.byObject.set(schema, id);
    return id;
  }

  write(sink: Sink): void {
    sink.u32(this.byDefinition.size);
    sink.put(this.section.bytes.subarray(0, this.section.length));
  }
}

function writeDefinition(sink: Sink, schema: Schema, children: number[]): void {
  const { name, version, doc, parameters } = schema;
  sink.u8(schema.type);
  sink.u8(
    (schema.optional ? layout.OPTIONAL : 0) |
      (name === null ? 0 : layout.NAME) |
      (version === null ? 0 : layout.VERSION) |
      (doc === null ? 0 : layout.DOC) |
      (parameters.size === 0 ? 0 : layout.PARAMETERS) |
      (schema.default === null ? 0 : layout.DEFAULT),
  );
  if (schema.type === Type.STRUCT) {
    sink.u32(children.length);
    schema.fields.forEach((field, i) => {
      sink.text(field.name);
      sink.u32(children[i] as number);
    });
  } else {
    for (const id of children) sink.u32(id);
  }
  if (name !== null) sink.text(name);
  if (version !== null) sink.u32(version >>> 0);
  if (doc !== null) sink.text(doc);
  if (parameters.size > 0) {
    sink.u32(parameters.size);
    for (const [key, value] of parameters) {
      sink.text(key);
      sink.text(value);
    }
  }
  if (schema.default !== null) {
    const lengthAt = sink.reserve(4);
    encoder(schema)(sink, schema.default);
    sink.view.setUint32(lengthAt, sink.length - lengthAt - 4, true);
  }
}
