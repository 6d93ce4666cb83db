// Writes a batch in one pass: frames as they come, then index, strings and schemas.

import { Sink } from "./bytes.js";
import type { Changes } from "./changes.js";
import { EncodeError } from "./errors.js";
import * as layout from "./layout.js";
import { FRAME, HEADER, NONE } from "./layout.js";
import { AT, type Batch, type Header, type Record, TimestampType } from "./reader.js";
import { encoder } from "./rows.js";
import type { Schema } from "./schema.js";
import { SchemaTable } from "./schemas.js";
import { StringTable } from "./strings.js";
import { encodeTagged } from "./tagged.js";
import { encodeUtf8 } from "./utf8.js";
import { isInt64, Struct } from "./value.js";

/** What records have in common. */
export interface HeadOptions {
  topic?: string | null;
  /** None if negative, too. */
  partition?: number | null;
  originalTopic?: string | null;
  originalPartition?: number | null;
  sourcePartition?: string | null;
  /** Milliseconds since the epoch. */
  timestamp?: number | bigint | null;
  timestampType?: TimestampType;
}

/** What a record may have beside its value. */
export interface RecordOptions {
  key?: unknown;
  keySchema?: Schema | null;
  /** Where to read on after this record: the text of a flat JSON object. */
  sourceOffset?: string | null;
  headers?: Iterable<Header>;
  /** A sink record's offset in Kafka. */
  offset?: number | bigint;
  /** In place of the head's. */
  partition?: number | null;
  /** In place of the head's. */
  timestamp?: number | bigint | null;
  /** Commit the transaction after this record (KIP-618). */
  commitAfter?: boolean;
  /** Abort the transaction after this record. */
  abortAfter?: boolean;
}

/** What records have in common, as the beginning of a frame of one batch; made by {@link BatchWriter.head}. */
export class FrameHead {
  /** @internal */
  readonly bytes = new Uint8Array(FRAME);
  /** @internal */
  readonly view = new DataView(this.bytes.buffer);
  /** @internal */
  hasSourcePartition = false;
  /** @internal */
  flags = 0;
}

const NO_OPTIONS: RecordOptions = {};
const NO_CHANGES: Changes = {};

const TIMESTAMP = 3 << layout.TIMESTAMP_SHIFT;
/** What a copy keeps of a frame's flags: whether the worker ends a transaction behind it is not a stage's business. */
const KEPT_FLAGS = layout.NULL_KEY | layout.NULL_VALUE | TIMESTAMP;

/** Writes records one after the other; {@link finish} answers the batch. One writer, one batch. */
export class BatchWriter {
  private readonly frames = new Sink();
  private readonly index: number[] = [];
  private readonly strings = new StringTable();
  private readonly schemas = new SchemaTable();

  constructor() {
    this.frames.reserve(layout.BATCH_HEADER);
  }

  /** The string's position in this batch. */
  string(string: string): number {
    return this.strings.intern(string);
  }

  /** The schema's id in this batch. */
  schema(schema: Schema | null): number {
    return schema === null ? layout.NO_SCHEMA : this.schemas.intern(schema);
  }

  /** What records have in common. Good for this batch only. */
  head(options: HeadOptions): FrameHead {
    const head = new FrameHead();
    const text = (at: number, string: string | null | undefined): void =>
      head.view.setUint32(at, string === null || string === undefined ? NONE : this.string(string), true);
    text(AT.topic, options.topic);
    text(AT.originalTopic, options.originalTopic);
    text(AT.sourcePartition, options.sourcePartition);
    head.hasSourcePartition = options.sourcePartition !== null && options.sourcePartition !== undefined;
    head.view.setInt32(AT.partition, partitionOf(options.partition), true);
    head.view.setInt32(AT.originalPartition, partitionOf(options.originalPartition), true);
    if (options.timestamp !== null && options.timestamp !== undefined) {
      head.view.setBigInt64(AT.timestamp, int64(options.timestamp, "timestamp"), true);
      head.flags = (options.timestampType ?? TimestampType.CREATE) << layout.TIMESTAMP_SHIFT;
    }
    return head;
  }

  /**
   * Appends a record. Without a schema a value is schemaless, except that a struct brings its own.
   *
   * Throws {@link EncodeError}; then the record was never there.
   */
  add(head: FrameHead, value: unknown = null, schema: Schema | null = null, options: RecordOptions = NO_OPTIONS): void {
    const start = this.frames.length;
    try {
      this.frames.put(head.bytes);
      this.writeFrame(head, start, value, schema, options);
    } catch (error) {
      this.frames.truncate(start);
      throw error;
    }
    this.index.push(start);
  }

  private writeFrame(head: FrameHead, start: number, value: unknown, schema: Schema | null, options: RecordOptions): void {
    const { frames } = this;
    let flags = head.flags;
    const key = options.key ?? null;
    if (key === null) flags |= layout.NULL_KEY;
    const given = value ?? null;
    if (given === null) flags |= layout.NULL_VALUE;
    const keyId = this.payload(key, options.keySchema ?? null);
    const keyLength = frames.length - start - FRAME;
    const valueId = this.payload(given, schema);
    const valueLength = frames.length - start - FRAME - keyLength;
    const { view } = frames;
    view.setUint32(start + AT.keyLength, keyLength, true);
    view.setUint32(start + AT.valueLength, valueLength, true);
    view.setUint32(start + AT.keySchema, keyId, true);
    view.setUint32(start + AT.valueSchema, valueId, true);
    if (options !== NO_OPTIONS) flags = this.writeOptions(head, start, flags, options);
    frames.view.setUint16(start, flags, true);
    if (frames.length > layout.MAX_BYTES) throw new EncodeError("batch would be larger than 2 GiB");
  }

  /** The frame's flags. */
  private writeOptions(head: FrameHead, start: number, before: number, options: RecordOptions): number {
    const { frames } = this;
    const { sourceOffset, timestamp, partition, offset, headers } = options;
    let flags = before;
    if (timestamp !== null && timestamp !== undefined) {
      frames.view.setBigInt64(start + AT.timestamp, int64(timestamp, "timestamp"), true);
      if (!((flags >> layout.TIMESTAMP_SHIFT) & 3)) flags |= TimestampType.CREATE << layout.TIMESTAMP_SHIFT;
    }
    if (partition !== null && partition !== undefined) {
      frames.view.setInt32(start + AT.partition, partitionOf(partition), true);
    }
    if (offset !== undefined) frames.view.setBigInt64(start + AT.offset, int64(offset, "offset"), true);
    if (options.commitAfter) flags |= layout.COMMIT_AFTER;
    if (options.abortAfter) flags |= layout.ABORT_AFTER;
    if (sourceOffset !== null && sourceOffset !== undefined) {
      if (!head.hasSourcePartition) throw new EncodeError("source offset without a source partition");
      const bytes = encodeUtf8(sourceOffset);
      frames.put(bytes);
      frames.view.setUint32(start + AT.sourceOffsetLength, bytes.length, true);
    }
    if (headers !== undefined) this.writeHeaders(headers, start);
    return flags;
  }

  private writeHeaders(headers: Iterable<Header>, start: number): void {
    let count = 0;
    for (const header of headers) {
      this.writeHeader(header);
      count++;
    }
    if (count > 0xffff) throw new EncodeError(`record has ${count} headers, the most is 65535`);
    this.frames.view.setUint16(start + AT.headers, count, true);
  }

  private writeHeader({ name, value, schema }: Header): void {
    const { frames } = this;
    const at = frames.reserve(HEADER);
    const given = value ?? null;
    const id = this.payload(given, schema ?? null);
    const length = given === null ? NONE : frames.length - at - HEADER;
    frames.view.setUint32(at, this.string(name), true);
    frames.view.setUint32(at + 4, id, true);
    frames.view.setUint32(at + 8, length, true);
  }

  /**
   * Appends a record of another batch, with changes or without. Where it was read from stays behind.
   *
   * Throws {@link EncodeError} and, if a changed record cannot be read, `MalformedBatch`; then it was never there.
   */
  copy(record: Record, changes: Changes = NO_CHANGES): void {
    const start = this.frames.length;
    try {
      this.writeCopy(record, changes, start);
    } catch (error) {
      this.frames.truncate(start);
      throw error;
    }
    this.index.push(start);
  }

  private writeCopy(record: Record, changes: Changes, start: number): void {
    const { frames } = this;
    const { batch, frame } = record;
    const length = (at: number): number => batch.view.getUint32(frame + at, true);
    const keyAt = frame + FRAME;
    const valueAt = keyAt + length(AT.keyLength);
    const behindValue = valueAt + length(AT.valueLength);
    frames.put(batch.bytes(frame, keyAt));
    let flags = batch.view.getUint16(frame, true) & KEPT_FLAGS;
    let keyId: number;
    if (changes.key === undefined && changes.keySchema === undefined) {
      keyId = this.copyPart(record.keySchema, batch.bytes(keyAt, valueAt));
    } else {
      const key = changes.key === undefined ? record.key : changes.key;
      keyId = this.payload(key, changedSchema(key, changes.keySchema, record.keySchema));
      flags = key === null ? flags | layout.NULL_KEY : flags & ~layout.NULL_KEY;
    }
    const keyLength = frames.length - start - FRAME;
    let valueId: number;
    if (changes.value === undefined && changes.valueSchema === undefined) {
      valueId = this.copyPart(record.valueSchema, batch.bytes(valueAt, behindValue));
    } else {
      const value = changes.value === undefined ? record.value : changes.value;
      valueId = this.payload(value, changedSchema(value, changes.valueSchema, record.valueSchema));
      flags = value === null ? flags | layout.NULL_VALUE : flags & ~layout.NULL_VALUE;
    }
    const valueLength = frames.length - start - FRAME - keyLength;
    if (changes.headers === undefined) this.copyHeaders(batch, behindValue + length(AT.sourceOffsetLength), record.headerCount);
    else this.writeHeaders(changes.headers, start);
    const { view } = frames;
    if (changes.timestamp === null) {
      flags &= ~TIMESTAMP;
      view.setBigInt64(start + AT.timestamp, 0n, true);
    } else if (changes.timestamp !== undefined) {
      if (!(flags & TIMESTAMP)) flags |= TimestampType.CREATE << layout.TIMESTAMP_SHIFT;
      view.setBigInt64(start + AT.timestamp, int64(changes.timestamp, "timestamp"), true);
    }
    const topic = changes.topic ?? record.topic;
    view.setUint16(start, flags, true);
    view.setUint32(start + AT.topic, topic === null ? NONE : this.string(topic), true);
    if (changes.partition !== undefined) view.setInt32(start + AT.partition, partitionOf(changes.partition), true);
    view.setUint32(start + AT.originalTopic, NONE, true);
    view.setInt32(start + AT.originalPartition, -1, true);
    view.setUint32(start + AT.keySchema, keyId, true);
    view.setUint32(start + AT.valueSchema, valueId, true);
    view.setUint32(start + AT.keyLength, keyLength, true);
    view.setUint32(start + AT.valueLength, valueLength, true);
    view.setUint32(start + AT.sourcePartition, NONE, true);
    view.setUint32(start + AT.sourceOffsetLength, 0, true);
    if (frames.length > layout.MAX_BYTES) throw new EncodeError("batch would be larger than 2 GiB");
  }

  /** Appends a row as it was read; answers the schema's id. */
  private copyPart(schema: Schema | null, row: Uint8Array): number {
    this.frames.put(row);
    return this.schema(schema);
  }

  /** Appends the headers of another batch that start there. */
  private copyHeaders(batch: Batch, from: number, count: number): void {
    const { frames } = this;
    for (let left = count, at = from; left > 0; left--) {
      const header = frames.reserve(HEADER);
      const length = batch.view.getUint32(at + 8, true);
      const name = batch.string(batch.view.getUint32(at, true)) as string;
      const schema = batch.schema(batch.view.getUint32(at + 4, true));
      at += HEADER;
      if (length !== NONE) {
        frames.put(batch.bytes(at, at + length));
        at += length;
      }
      frames.view.setUint32(header, this.string(name), true);
      frames.view.setUint32(header + 4, this.schema(schema), true);
      frames.view.setUint32(header + 8, length, true);
    }
  }

  /** A record that was dropped or failed, so that the positions of the others stay. */
  hole(): void {
    this.index.push(NONE);
  }

  /** Records so far, holes included. */
  get length(): number {
    return this.index.length;
  }

  /** Bytes of the whole batch if it were finished now. */
  get size(): number {
    return this.frames.length + 4 * this.index.length + this.strings.size + this.schemas.size;
  }

  /** The batch. */
  finish(): Uint8Array {
    const { frames, index } = this;
    const indexAt = frames.length;
    const stringsAt = indexAt + 4 * index.length;
    const schemasAt = stringsAt + this.strings.size;
    const total = schemasAt + this.schemas.size;
    if (total > layout.MAX_BYTES) throw new EncodeError("batch would be larger than 2 GiB");
    frames.reserve(4 * index.length);
    index.forEach((frame, i) => frames.view.setUint32(indexAt + 4 * i, frame, true));
    this.strings.write(frames);
    this.schemas.write(frames);
    const header = [layout.BATCH_MAGIC, 0, index.length, indexAt, stringsAt, schemasAt, total];
    header.forEach((number, i) => frames.view.setUint32(4 * i, number, true));
    return frames.finish();
  }

  /** Appends the row of a value, if it is not null; answers the schema's id. */
  private payload(value: unknown, given: Schema | null): number {
    const schema = given ?? (value instanceof Struct ? value.schema : null);
    const id = schema === null ? layout.NO_SCHEMA : schema.builtinId || this.schemas.intern(schema);
    if (value === null) return id;
    if (schema === null) encodeTagged(this.frames, value);
    else (schema.encoder ?? encoder(schema))(this.frames, value);
    return id;
  }
}

/** The schema of a value that takes the place of another one. */
function changedSchema(value: unknown, given: Schema | null | undefined, before: Schema | null): Schema | null {
  if (given !== undefined) return given;
  return value instanceof Struct ? value.schema : before;
}

/** A negative one means none, too. */
function partitionOf(partition: number | null | undefined): number {
  return partition === null || partition === undefined || partition < 0 ? -1 : partition;
}

function int64(number: number | bigint, noun: string): bigint {
  if (!isInt64(number)) throw new EncodeError(`${noun} ${number} is no whole number of 64 bits`);
  return BigInt(number);
}
