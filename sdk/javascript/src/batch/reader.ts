// Reads a batch: every bound is checked once, in one pass; what a record holds is decoded when it is asked for.

import { binaryText, Cursor, Source } from "./bytes.js";
import { Fault, MalformedBatch, within } from "./errors.js";
import * as layout from "./layout.js";
import { FRAME, HEADER, NONE } from "./layout.js";
import { DEFAULT_LIMITS, type Limits } from "./limits.js";
import { decoder } from "./rows.js";
import type { Schema } from "./schema.js";
import { parseSchemas, type SchemasById } from "./schemas.js";
import { parseStrings } from "./strings.js";
import { decodeTagged } from "./tagged.js";

/** Who set a record's timestamp. */
export enum TimestampType {
  /** The producer. */
  CREATE = 1,
  /** The broker. */
  LOG_APPEND = 2,
}

/** A record's header. Without a schema a value is schemaless. */
export interface Header {
  readonly name: string;
  readonly value: unknown;
  readonly schema?: Schema | null;
}

/** Where the fields of a frame's fixed part are. */
export const AT = {
  flags: 0,
  headers: 2,
  topic: 4,
  partition: 8,
  originalTopic: 12,
  originalPartition: 16,
  offset: 20,
  timestamp: 28,
  keySchema: 36,
  valueSchema: 40,
  keyLength: 44,
  valueLength: 48,
  sourcePartition: 52,
  sourceOffsetLength: 56,
} as const;

/**
 * A batch of records: `for (const record of batch)`, `batch.length`, `batch.at(3)`.
 *
 * Holes, records that a stage dropped or failed, count in `length` and keep the positions of the others; `at` is null there, and
 * the loop passes over them. Throws {@link MalformedBatch}.
 */
export class Batch {
  /** The string table. */
  readonly strings: readonly string[];
  /** How many records there are, holes included. */
  readonly length: number;
  /** @internal */
  readonly view: DataView;
  private readonly source: Source;
  private readonly limits: Limits;
  private readonly schemasById: SchemasById;
  /** Where each record's frame is, or none. */
  private readonly frames: number[] = [];

  constructor(content: Uint8Array, limits: Limits = DEFAULT_LIMITS) {
    this.source = new Source(content);
    this.view = this.source.view;
    this.limits = limits;
    try {
      const sections = parseHeader(this.source, limits);
      this.length = sections.count;
      this.strings = parseStrings(this.source, sections.strings, sections.schemas, limits);
      this.schemasById = schemasOf(content.subarray(sections.schemas), limits);
      this.checkFrames(sections.index);
    } catch (error) {
      throw error instanceof Fault ? new MalformedBatch(error.message) : error;
    }
  }

  /** The record at a position; null for a hole, and beyond the end. */
  at(position: number): Record | null {
    const frame = this.frames[position];
    return frame === undefined || frame === NONE ? null : new Record(this, position, frame);
  }

  *[Symbol.iterator](): Iterator<Record> {
    for (let position = 0; position < this.length; position++) {
      const record = this.at(position);
      if (record !== null) yield record;
    }
  }

  /** The batch's own schemas, in the order of their ids. */
  get schemas(): readonly Schema[] {
    return this.schemasById.own;
  }

  // === for records

  /** @internal */
  bytes(start: number, end: number): Uint8Array {
    return this.source.bytes.slice(start, end);
  }

  /** @internal */
  text(start: number, end: number): string {
    return this.source.text(start, end);
  }

  /** @internal */
  string(id: number): string | null {
    return id === NONE ? null : (this.strings[id] as string);
  }

  /** @internal */
  schema(id: number): Schema | null {
    return this.schemasById.get(id) ?? null;
  }

  /** @internal Throws {@link Fault}. */
  value(schema: Schema | null, start: number, end: number): unknown {
    if (schema === null) return decodeTagged(this.source, start, end, this.limits.maxDepth);
    return decoder(schema)(this.source, start, end);
  }

  // === checks

  private checkFrames(index: number): void {
    const { view } = this.source;
    let at = layout.BATCH_HEADER;
    for (let i = 0; i < this.length; i++) {
      const frame = view.getUint32(index + 4 * i, true);
      this.frames.push(frame);
      if (frame === NONE) continue;
      try {
        if (frame !== at) throw new Fault(`frame starts at ${frame} instead of ${at}`);
        at = this.checkFrame(at, index);
      } catch (error) {
        throw error instanceof Fault ? new MalformedBatch(error.message, i) : error;
      }
    }
    if (at !== index) throw new Fault(`${index - at} bytes follow the last frame`);
  }

  /** Where the frame at `at` ends. */
  private checkFrame(at: number, end: number): number {
    const cursor = new Cursor(this.source, at, end);
    cursor.take(FRAME, "frame");
    const { view } = this.source;
    const flags = view.getUint16(at, true);
    if (flags > layout.FRAME_FLAGS) throw new Fault(`unknown flags ${flags}`);
    const timestampType = (flags >> layout.TIMESTAMP_SHIFT) & 3;
    if (timestampType === 3) throw new Fault("unknown timestamp type 3");
    if (timestampType === 0 && !this.source.isZero(at + AT.timestamp, at + AT.timestamp + 8)) {
      throw new Fault("timestamp is set, its type is none");
    }
    const keyLength = view.getUint32(at + AT.keyLength, true);
    const valueLength = view.getUint32(at + AT.valueLength, true);
    if (flags & layout.NULL_KEY && keyLength > 0) throw new Fault("key is null and has bytes");
    if (flags & layout.NULL_VALUE && valueLength > 0) throw new Fault("value is null and has bytes");
    this.checkPartition(at + AT.partition, "partition");
    this.checkPartition(at + AT.originalPartition, "original partition");
    this.checkString(at + AT.topic, "topic");
    this.checkString(at + AT.originalTopic, "original topic");
    this.checkString(at + AT.sourcePartition, "source partition");
    this.checkSchema(view.getUint32(at + AT.keySchema, true), "key: ");
    this.checkSchema(view.getUint32(at + AT.valueSchema, true), "value: ");
    cursor.take(keyLength, "key");
    cursor.take(valueLength, "value");
    this.checkSourceOffset(cursor, at);
    for (let i = 0, headers = view.getUint16(at + AT.headers, true); i < headers; i++) this.checkHeader(cursor, i);
    return cursor.at;
  }

  private checkPartition(at: number, noun: string): void {
    const partition = this.source.view.getInt32(at, true);
    if (partition < -1) throw new Fault(`${noun} is ${partition}`);
  }

  private checkString(at: number, noun: string): void {
    const id = this.source.view.getUint32(at, true);
    if (id !== NONE && id >= this.strings.length) throw new Fault(`${noun}: there is no string ${id}`);
  }

  private checkSchema(id: number, where: string): void {
    if (this.schemasById.get(id) === undefined) throw new Fault(`${where}there is no schema ${id}`);
  }

  private checkSourceOffset(cursor: Cursor, at: number): void {
    const length = this.source.view.getUint32(at + AT.sourceOffsetLength, true);
    if (length === 0) return;
    if (this.source.view.getUint32(at + AT.sourcePartition, true) === NONE) {
      throw new Fault("has a source offset without a source partition");
    }
    const start = cursor.take(length, "source offset");
    try {
      this.source.text(start, start + length);
    } catch (error) {
      throw within(error, () => "source offset");
    }
  }

  private checkHeader(cursor: Cursor, i: number): void {
    try {
      const name = cursor.u32("name");
      const schema = cursor.u32("schema");
      const length = cursor.u32("length");
      if (name >= this.strings.length) throw new Fault(`there is no string ${name}`);
      this.checkSchema(schema, "");
      if (length !== NONE) cursor.take(length, "value");
    } catch (error) {
      throw within(error, () => `header ${i}`);
    }
  }
}

/** Where the sections start, and how many records there are. */
function parseHeader(source: Source, limits: Limits): { count: number; index: number; strings: number; schemas: number } {
  const { bytes, view } = source;
  if (bytes.length > limits.maxBytes) throw new Fault(`has ${bytes.length} bytes, maxBytes is ${limits.maxBytes}`);
  if (bytes.length < layout.BATCH_HEADER) throw new Fault(`header wants ${layout.BATCH_HEADER} bytes, ${bytes.length} are left`);
  checkMagic(source, layout.BATCH_MAGIC, "batch");
  const [flags, count, index, strings, schemas, total] = [4, 8, 12, 16, 20, 24].map((at) => view.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (flags !== 0) throw new Fault(`has unknown flags ${flags}`);
  if (count > limits.maxRecords) throw new Fault(`has ${count} records, maxRecords is ${limits.maxRecords}`);
  if (total !== bytes.length) throw new Fault(`has ${bytes.length} bytes, its header says ${total}`);
  if (!(layout.BATCH_HEADER <= index && index <= strings && strings <= schemas && schemas <= total)) {
    throw new Fault(`sections at ${index}, ${strings} and ${schemas} of ${total} bytes are out of order`);
  }
  if (strings - index !== 4 * count) throw new Fault(`index has ${strings - index} bytes for ${count} records`);
  return { count, index, strings, schemas };
}

/** Whether it is a batch, or a list of acks, of a version that is known here. */
export function checkMagic(source: Source, magic: number, noun: string): void {
  const found = source.view.getUint32(0, true);
  if ((found & 0xff_ffff) !== (magic & 0xff_ffff)) throw new Fault(`is no ${noun}: starts with [${source.bytes.subarray(0, 3)}]`);
  if (found !== magic) {
    throw new Fault(`is of version ${found >>> 24}, this reader knows version ${layout.FORMAT_VERSION}`);
  }
}

/** Schemas of batches that were read before, by their section: most batches of a task have the same ones. */
const knownSchemas = new Map<string, SchemasById>();
const MOST_KNOWN = 64;
/** Sections beyond this are parsed anew each time. */
const MOST_KNOWN_BYTES = 65_536;

function schemasOf(section: Uint8Array, limits: Limits): SchemasById {
  if (limits !== DEFAULT_LIMITS || section.length > MOST_KNOWN_BYTES) return parseSchemas(section, limits);
  const key = binaryText(section);
  let schemas = knownSchemas.get(key);
  if (schemas === undefined) {
    schemas = parseSchemas(section, limits);
    if (knownSchemas.size >= MOST_KNOWN) knownSchemas.clear();
    knownSchemas.set(key, schemas);
  }
  return schemas;
}

/** One record of a batch. Nothing of it is decoded before it is asked for, and anew each time: keep `value` in a variable. */
export class Record {
  /** Its position in the batch, holes counted. */
  readonly position: number;
  /** @internal */
  readonly batch: Batch;
  /** @internal Where its frame is. */
  readonly frame: number;

  /** @internal */
  constructor(batch: Batch, position: number, frame: number) {
    this.batch = batch;
    this.position = position;
    this.frame = frame;
  }

  get topic(): string | null {
    return this.batch.string(this.u32(AT.topic));
  }

  /** The topic's partition; null: the partitioner decides. */
  get partition(): number | null {
    return this.optionalPartition(AT.partition);
  }

  /** A sink record's topic before transforms (KIP-793), to which offsets and reports refer. */
  get originalTopic(): string | null {
    return this.batch.string(this.u32(AT.originalTopic));
  }

  /** A sink record's partition before transforms. */
  get originalPartition(): number | null {
    return this.optionalPartition(AT.originalPartition);
  }

  /** A sink record's offset in Kafka; 0 for source records. */
  get offset(): bigint {
    return this.batch.view.getBigInt64(this.frame + AT.offset, true);
  }

  /** Milliseconds since the epoch: `new Date(Number(record.timestamp))`. */
  get timestamp(): bigint | null {
    return this.timestampType === null ? null : this.batch.view.getBigInt64(this.frame + AT.timestamp, true);
  }

  /** Who set the timestamp. */
  get timestampType(): TimestampType | null {
    const type = (this.flags >> layout.TIMESTAMP_SHIFT) & 3;
    return type === 0 ? null : type;
  }

  /** The key. A schema's default is not substituted. */
  get key(): unknown {
    return this.flags & layout.NULL_KEY ? null : this.decode("key", this.keySchema, this.keyAt, this.valueAt);
  }

  /** The key's schema; null for schemaless values. */
  get keySchema(): Schema | null {
    return this.batch.schema(this.u32(AT.keySchema));
  }

  /** The key's row as it is in the batch, unchecked: of a string, its UTF-8; null for null. */
  get keyRow(): Uint8Array | null {
    return this.flags & layout.NULL_KEY ? null : this.batch.bytes(this.keyAt, this.valueAt);
  }

  /** The value. A schema's default is not substituted. */
  get value(): unknown {
    // Without the other getters, as most records are asked for it: calls are what QuickJS takes time for.
    const { batch, frame } = this;
    const { view } = batch;
    if (view.getUint16(frame, true) & layout.NULL_VALUE) return null;
    const start = frame + FRAME + view.getUint32(frame + AT.keyLength, true);
    const end = start + view.getUint32(frame + AT.valueLength, true);
    return this.decode("value", batch.schema(view.getUint32(frame + AT.valueSchema, true)), start, end);
  }

  /** The value's schema; null for schemaless values. */
  get valueSchema(): Schema | null {
    return this.batch.schema(this.u32(AT.valueSchema));
  }

  /** The value's row as it is in the batch, unchecked: of a string, its UTF-8; null for null. */
  get valueRow(): Uint8Array | null {
    return this.flags & layout.NULL_VALUE ? null : this.batch.bytes(this.valueAt, this.sourceOffsetAt);
  }

  /** A source record's partition, as the text of a flat JSON object. */
  get sourcePartition(): string | null {
    return this.batch.string(this.u32(AT.sourcePartition));
  }

  /** A source record's offset, as the text of a flat JSON object. */
  get sourceOffset(): string | null {
    const start = this.sourceOffsetAt;
    return this.headersAt === start ? null : this.batch.text(start, this.headersAt);
  }

  /** The headers; names may repeat. */
  get headers(): Header[] {
    const headers: Header[] = [];
    let at = this.headersAt;
    const { view } = this.batch;
    for (let i = 0, count = this.headerCount; i < count; i++) {
      const name = this.batch.string(view.getUint32(at, true)) as string;
      const schema = this.batch.schema(view.getUint32(at + 4, true));
      const length = view.getUint32(at + 8, true);
      at += HEADER;
      let value: unknown = null;
      if (length !== NONE) {
        value = this.decode(`header ${i}`, schema, at, at + length);
        at += length;
      }
      headers.push({ name, value, schema });
    }
    return headers;
  }

  /** @internal */
  get headerCount(): number {
    return this.batch.view.getUint16(this.frame + AT.headers, true);
  }

  /** Source: the transaction is committed after this record. */
  get commitAfter(): boolean {
    return (this.flags & layout.COMMIT_AFTER) !== 0;
  }

  /** Source: the transaction is aborted after this record. */
  get abortAfter(): boolean {
    return (this.flags & layout.ABORT_AFTER) !== 0;
  }

  toString(): string {
    return `record ${this.position} of ${this.topic}-${this.partition}`;
  }

  private get flags(): number {
    return this.batch.view.getUint16(this.frame + AT.flags, true);
  }

  private get keyAt(): number {
    return this.frame + FRAME;
  }

  private get valueAt(): number {
    return this.keyAt + this.u32(AT.keyLength);
  }

  private get sourceOffsetAt(): number {
    return this.valueAt + this.u32(AT.valueLength);
  }

  private get headersAt(): number {
    return this.sourceOffsetAt + this.u32(AT.sourceOffsetLength);
  }

  private u32(at: number): number {
    return this.batch.view.getUint32(this.frame + at, true);
  }

  private optionalPartition(at: number): number | null {
    const partition = this.batch.view.getInt32(this.frame + at, true);
    return partition < 0 ? null : partition;
  }

  private decode(part: string, schema: Schema | null, start: number, end: number): unknown {
    try {
      return this.batch.value(schema, start, end);
    } catch (error) {
      throw error instanceof Fault ? new MalformedBatch(`${part}: ${error.message}`, this.position) : error;
    }
  }
}
