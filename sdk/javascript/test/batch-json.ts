// The JSON form of batches and lists of acks, as wit/vectors/README.md describes it: to bytes and back.

import {
  type Ack,
  Acks,
  AcksWriter,
  Batch,
  BatchWriter,
  BUILTINS,
  Entries,
  Float32,
  Float64,
  type Header,
  type HeadOptions,
  Int16,
  Int32,
  Int8,
  type Record,
  type RecordOptions,
  Schema,
  type SchemaOptions,
  Struct,
  TimestampType,
  Type,
  typeName,
} from "../src/batch/index.js";

const OWN = 32;

/** Descriptions are of many shapes. */
type Json = any;

// === batches

/** The bytes of a described batch. */
export function encode(json: Json): Uint8Array {
  const writer = new BatchWriter();
  for (const string of json.strings) writer.string(string);
  const schemas: Schema[] = [];
  for (const described of json.schemas) {
    const schema = schemaFromJson(described, schemas);
    schemas.push(schema);
    writer.schema(schema);
  }
  for (const record of json.records) {
    if (record === null) writer.hole();
    else encodeRecord(writer, schemas, record);
  }
  return writer.finish();
}

function encodeRecord(writer: BatchWriter, schemas: Schema[], json: Json): void {
  const head: HeadOptions = {
    topic: json.topic ?? null,
    partition: json.partition ?? null,
    originalTopic: json.original_topic ?? null,
    originalPartition: json.original_partition ?? null,
    sourcePartition: json.source_partition ?? null,
  };
  if (json.timestamp !== undefined) {
    head.timestamp = BigInt(json.timestamp[1]);
    head.timestampType = json.timestamp[0] === "create" ? TimestampType.CREATE : TimestampType.LOG_APPEND;
  }
  const key = payload(schemas, json.key);
  const value = payload(schemas, json.value);
  const options: RecordOptions = {
    key: key.value,
    keySchema: key.schema,
    sourceOffset: json.source_offset ?? null,
    headers: (json.headers ?? []).map(([name, of]: [string, Json]): Header => ({ name, ...payload(schemas, of) })),
    offset: BigInt(json.offset),
    commitAfter: json.commit_after !== undefined,
    abortAfter: json.abort_after !== undefined,
  };
  writer.add(writer.head(head), value.value, value.schema, options);
}

function payload(schemas: Schema[], json: Json): { schema: Schema | null; value: unknown } {
  const schema = byId(schemas, json.schema);
  return { schema, value: schema === null ? taggedFromJson(json.value) : valueFromJson(schema, json.value) };
}

/** The description of a batch, without what it is about. */
export function decode(content: Uint8Array): Json {
  const batch = new Batch(content);
  const records = Array.from({ length: batch.length }, (_, i) => {
    const record = batch.at(i);
    return record === null ? null : decodeRecord(batch.schemas, record);
  });
  const { strings, schemas } = batch;
  return { strings, schemas: schemas.map((schema) => schemaToJson(schema, schemas)), records };
}

function decodeRecord(schemas: readonly Schema[], record: Record): Json {
  const described = (schema: Schema | null, value: unknown): Json => ({
    schema: idOf(schemas, schema),
    value: schema === null ? taggedToJson(value) : valueToJson(schema, value),
  });
  const type = record.timestampType;
  const json: Json = {
    topic: record.topic,
    partition: record.partition,
    original_topic: record.originalTopic,
    original_partition: record.originalPartition,
    timestamp: type === null ? null : [type === TimestampType.CREATE ? "create" : "append", String(record.timestamp)],
    source_partition: record.sourcePartition,
    source_offset: record.sourceOffset,
    headers: record.headers.map(({ name, value, schema }) => [name, described(schema ?? null, value)]),
    commit_after: record.commitAfter || null,
    abort_after: record.abortAfter || null,
  };
  if (json.headers.length === 0) json.headers = null;
  return {
    ...Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null)),
    offset: String(record.offset),
    key: described(record.keySchema, record.key),
    value: described(record.valueSchema, record.value),
  };
}

// === lists of acks

/** The bytes of a described list of acks. */
export function encodeAcks(json: Json): Uint8Array {
  const writer = new AcksWriter();
  for (const string of json.strings) writer.topic(string);
  for (const { sequence, topic, partition, offset, timestamp } of json.acks) {
    const placed = { topic, partition, offset: BigInt(offset ?? 0), timestamp: BigInt(timestamp ?? 0) };
    writer.push(BigInt(sequence), topic === undefined ? null : placed);
  }
  return writer.finish();
}

/** The description of the acks. */
export function decodeAcks(content: Uint8Array): Json {
  return [...new Acks(content)].map(({ sequence, placed }: Ack) => {
    if (placed === null) return { sequence: String(sequence) };
    const { topic, partition, offset, timestamp } = placed;
    return { sequence: String(sequence), topic, partition, offset: String(offset), timestamp: String(timestamp) };
  });
}

// === schemas

/** A schema whose children are among `before`. */
function schemaFromJson(json: Json, before: readonly Schema[]): Schema {
  const type = Type[json.type.toUpperCase() as keyof typeof Type];
  const { optional, name, version, doc, parameters } = json;
  const options: SchemaOptions = { optional: optional ?? false, name, version, doc, parameters: parameters ?? [] };
  const child = (id: number | undefined): Schema => byId(before, id ?? 0) as Schema;
  const children = {
    fields: (json.fields ?? []).map(([field, id]: [string, number]) => [field, child(id)] as const),
    keys: child(json.keys),
    values: child(json.values ?? json.items),
  };
  const schema = new Schema(type, options, children);
  if (json.default === undefined) return schema;
  return new Schema(type, { ...options, default: valueFromJson(schema, json.default) }, children);
}

function schemaToJson(schema: Schema, schemas: readonly Schema[]): Json {
  const json: Json = { type: typeName(schema.type) };
  if (schema.optional) json.optional = true;
  for (const name of ["name", "version", "doc"] as const) if (schema[name] !== null) json[name] = schema[name];
  if (schema.parameters.size > 0) json.parameters = [...schema.parameters];
  if (schema.default !== null) json.default = valueToJson(schema, schema.default);
  if (schema.type === Type.ARRAY) json.items = idOf(schemas, schema.valueSchema);
  if (schema.type === Type.MAP) {
    json.keys = idOf(schemas, schema.keySchema);
    json.values = idOf(schemas, schema.valueSchema);
  }
  if (schema.type === Type.STRUCT) json.fields = schema.fields.map(({ name, schema: of }) => [name, idOf(schemas, of)]);
  return json;
}

function byId(schemas: readonly Schema[], id: number): Schema | null {
  return (id >= OWN ? schemas[id - OWN] : BUILTINS.get(id)) ?? null;
}

function idOf(schemas: readonly Schema[], schema: Schema | null): number {
  if (schema === null) return 0;
  const own = schemas.indexOf(schema);
  return own < 0 ? schema.builtinId : OWN + own;
}

// === values

/** A value of a schema. A vector may hold a null where the schema wants a value, so structs are not checked. */
function valueFromJson(schema: Schema, json: Json): unknown {
  if (json === null) return null;
  const { keySchema, valueSchema } = schema;
  switch (schema.type) {
    case Type.ARRAY:
      return json.map((item: Json) => valueFromJson(valueSchema as Schema, item));
    case Type.MAP:
      return Entries.ofPairs(
        json.map(([key, value]: Json) => [valueFromJson(keySchema as Schema, key), valueFromJson(valueSchema as Schema, value)]),
      );
    case Type.STRUCT:
      return Struct.fromValues(
        schema,
        schema.fields.map(({ name, schema: of }) => valueFromJson(of, own(json, name))),
      );
    default:
      return scalarFromJson(schema.type, json);
  }
}

function own(json: Json, name: string): Json {
  return Object.getOwnPropertyDescriptor(json, name)?.value;
}

function valueToJson(schema: Schema, value: unknown): Json {
  if (value === null) return null;
  const { keySchema, valueSchema } = schema;
  switch (schema.type) {
    case Type.ARRAY:
      return (value as unknown[]).map((item) => valueToJson(valueSchema as Schema, item));
    case Type.MAP:
      return [...(value as Iterable<[unknown, unknown]>)].map(([key, item]) => [
        valueToJson(keySchema as Schema, key),
        valueToJson(valueSchema as Schema, item),
      ]);
    case Type.STRUCT:
      return Object.fromEntries(
        schema.fields.map(({ name, schema: of }, i) => [name, valueToJson(of, (value as Struct).values[i])]),
      );
    default:
      return scalarToJson(schema.type, value);
  }
}

const WRAPPERS: { [type: string]: new (value: number) => { value: number } } = {
  int8: Int8,
  int16: Int16,
  int32: Int32,
  float32: Float32,
  float64: Float64,
};

/** A schemaless value. */
function taggedFromJson(json: Json): unknown {
  if (json === null) return null;
  const { type, value } = json;
  if (type === "array") return value.map(taggedFromJson);
  if (type === "map") return Entries.ofPairs(value.map((pair: Json) => pair.map(taggedFromJson)));
  const scalar = scalarFromJson(Type[type.toUpperCase() as keyof typeof Type], value);
  const Wrapper = WRAPPERS[type];
  return Wrapper === undefined ? scalar : new Wrapper(scalar as number);
}

function taggedToJson(value: unknown): Json {
  if (value === null) return null;
  if (value instanceof Map || value instanceof Entries) {
    return { type: "map", value: [...value].map((pair) => pair.map(taggedToJson)) };
  }
  if (Array.isArray(value)) return { type: "array", value: value.map(taggedToJson) };
  const type = taggedType(value);
  const scalar = value instanceof Int8 || value instanceof Int16 || value instanceof Int32 || value instanceof Float32;
  return { type: typeName(type), value: scalarToJson(type, scalar ? value.value : value) };
}

function taggedType(value: unknown): Type {
  if (value instanceof Uint8Array) return Type.BYTES;
  if (value instanceof Int8) return Type.INT8;
  if (value instanceof Int16) return Type.INT16;
  if (value instanceof Int32) return Type.INT32;
  if (value instanceof Float32) return Type.FLOAT32;
  if (typeof value === "bigint") return Type.INT64;
  if (typeof value === "number") return Type.FLOAT64;
  return typeof value === "boolean" ? Type.BOOLEAN : Type.STRING;
}

function scalarFromJson(type: Type, json: Json): unknown {
  if (type === Type.BYTES) return fromHex(json);
  if (type === Type.INT64) return BigInt(json);
  return type === Type.FLOAT32 || type === Type.FLOAT64 ? Number(json) : json;
}

function scalarToJson(type: Type, value: unknown): Json {
  if (type === Type.BYTES) return toHex(value as Uint8Array);
  if (type === Type.INT64) return String(value);
  const isFloat = type === Type.FLOAT32 || type === Type.FLOAT64;
  return isFloat && !Number.isFinite(value) ? String(value) : value;
}

// === bytes

export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/\s/g, "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
