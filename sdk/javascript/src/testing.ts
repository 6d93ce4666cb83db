// Unit tests of a plugin in plain Node: a stand-in for the worker, and calls of tasks as the worker makes them.

import * as fs from "node:fs";
import { Acks, AcksWriter, Batch, BatchWriter, type Header, type Placed, type Record as BatchRecord, Schema } from "./batch/index.js";
import { asConfig, type ConfigValues } from "./config.js";
import { Converter, type ConverterRole, type HeaderConverter } from "./converter.js";
import { SinkConnectorContext, SinkTaskContext, SourceConnectorContext, SourceTaskContext } from "./context.js";
import { pollTask, putTask } from "./dispatch.js";
import { FileError, type FileSystem, type OpenFile } from "./files.js";
import { type Host, type Labels, type Level, type PartitionOffset, setHost, type TopicPartition } from "./host.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./http.js";
import { type ScalarMap, toJson } from "./offsets.js";
import { type Limits, NO_LIMITS } from "./records.js";
import { type RecordError, SinkConnector, SinkTask } from "./sink.js";
import { SourceConnector, SourceTask } from "./source.js";
import { applyBatch, testBatch } from "./stages.js";
import type { Predicate, Transformation } from "./transformation.js";

/** What a plugin asked of the worker: the name of the context's method, and its arguments. */
export type Asked = readonly [name: string, ...args: unknown[]];

/** The worker as a test wants it. */
export class StandIn implements Host {
  /** Committed offsets by source partition, both as JSON; {@link commitOffset} sets one. */
  readonly committed = new Map<string, string>();
  /** What `SinkTaskContext.assignment` answers. */
  assigned: TopicPartition[] = [];
  /** What `stopping` and every sleep answer. */
  isStopping = false;
  /** What was asked. */
  readonly asked: Asked[] = [];
  /** What was logged. */
  readonly lines: { level: Level; message: string }[] = [];
  /** What was measured. */
  readonly measured: { name: string; labels: Record<string, string>; value: number }[] = [];
  /** Who answers requests over HTTP. */
  server: (request: HttpRequest) => HttpResponse = (request) => {
    throw new HttpError("destination-not-found", request);
  };
  /** Node's files. */
  readonly files: FileSystem = { open: (path, mode) => new NodeFile(path, mode) };

  /** Makes `offset` the committed offset of `partition`. */
  commitOffset(partition: ScalarMap, offset: ScalarMap): void {
    this.committed.set(toJson(partition), toJson(offset));
  }

  // === the worker's side

  logEnabled(): boolean {
    return true;
  }

  log(level: Level, _target: string, message: string): void {
    this.lines.push({ level, message });
  }

  add(counter: string, labels: Labels, delta: number): void {
    this.measure(counter, labels, delta);
  }

  set(gauge: string, labels: Labels, value: number): void {
    this.measure(gauge, labels, value);
  }

  observe(histogram: string, labels: Labels, value: number): void {
    this.measure(histogram, labels, value);
  }

  private measure(name: string, labels: Labels, value: number): void {
    this.measured.push({ name, labels: Object.fromEntries(labels), value });
  }

  requestTaskReconfiguration(): void {
    this.asked.push(["requestTaskReconfiguration"]);
  }

  raiseError(message: string): void {
    this.asked.push(["raiseError", message]);
  }

  sleep(milliseconds: number): boolean {
    this.asked.push(["sleep", milliseconds]);
    return this.isStopping;
  }

  stopping(): boolean {
    return this.isStopping;
  }

  offsets(partitions: readonly string[]): (string | null)[] {
    return partitions.map((partition) => this.committed.get(partition) ?? null);
  }

  assignment(): TopicPartition[] {
    return this.assigned;
  }

  rewind(offsets: readonly PartitionOffset[]): void {
    this.asked.push(["rewind", offsets]);
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.asked.push(["pause", partitions]);
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.asked.push(["resume", partitions]);
  }

  timeout(milliseconds: number): void {
    this.asked.push(["timeout", milliseconds]);
  }

  requestCommit(): void {
    this.asked.push(["requestCommit"]);
  }

  reportErrantRecord(partition: TopicPartition, offset: bigint, message: string): void {
    this.asked.push(["reportErrantRecord", partition, offset, message]);
  }

  request(request: HttpRequest): HttpResponse {
    return this.server(request);
  }
}

/** A file of this machine. */
class NodeFile implements OpenFile {
  private readonly path: string;
  private readonly descriptor: number;

  constructor(path: string, mode: "read" | "append") {
    this.path = path;
    this.descriptor = this.attempt("open", () => fs.openSync(path, mode === "read" ? "r" : "a"));
  }

  read(position: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, this.attempt("read", () => fs.readSync(this.descriptor, bytes, 0, length, position)));
  }

  append(bytes: Uint8Array): void {
    this.attempt("append to", () => fs.writeSync(this.descriptor, bytes));
  }

  size(): number {
    return this.attempt("stat", () => fs.fstatSync(this.descriptor).size);
  }

  sync(): void {
    this.attempt("sync", () => fs.fdatasyncSync(this.descriptor));
  }

  close(): void {
    fs.closeSync(this.descriptor);
  }

  private attempt<T>(verb: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      throw new FileError(code === "ENOENT" ? "no-entry" : String(code), `cannot ${verb} ${this.path}`);
    }
  }
}

/** A new stand-in, which answers from now on; for `beforeEach`. */
export function standIn(): StandIn {
  const worker = new StandIn();
  setHost(worker);
  return worker;
}

/** A connector or task, made and started. */
export function start<T extends SourceConnector | SinkConnector | SourceTask | SinkTask>(
  Class: new () => T,
  config: ConfigValues,
): T {
  const made = new Class();
  made.context = contextOf(made);
  made.start(asConfig(config));
  return made;
}

function contextOf(made: object): SourceConnectorContext & SinkConnectorContext & SourceTaskContext & SinkTaskContext {
  const context =
    made instanceof SourceConnector
      ? new SourceConnectorContext()
      : made instanceof SinkConnector
        ? new SinkConnectorContext()
        : made instanceof SourceTask
          ? new SourceTaskContext()
          : new SinkTaskContext();
  return context as ReturnType<typeof contextOf>;
}

/** What a poll brought. */
export interface Polled {
  readonly records: BatchRecord[];
  /** The records' values. */
  readonly values: unknown[];
  /** For how many milliseconds there is nothing then; null: there may be more at once. */
  readonly idle: number | null;
}

/** One poll, through a batch as the worker gets it. */
export function poll(task: SourceTask, limits: Partial<Limits> = {}): Polled {
  const { batch: content, idle } = pollTask(task, { ...NO_LIMITS, ...limits });
  const records = content === null ? [] : [...new Batch(content)];
  return { records, values: records.map((record) => record.value), idle: idle === 0 ? null : idle };
}

/** Tells a task what became of its records; null: dropped. */
export function acknowledge(task: SourceTask, placed: readonly (Placed | null)[]): void {
  const writer = new AcksWriter();
  placed.forEach((place, i) => writer.push(BigInt(i), place));
  task.acknowledged?.(new Acks(writer.finish()));
}

/** A record as a sink or a stage is given it. Offsets count up from that of the first one that says none. */
export interface SinkRecord {
  value?: unknown;
  valueSchema?: Schema | null;
  key?: unknown;
  keySchema?: Schema | null;
  topic?: string;
  partition?: number;
  offset?: number | bigint;
  timestamp?: number | bigint | null;
  headers?: Iterable<Header>;
}

/** A batch of records; a text is a record of it with the schema of a string. */
export function batch(records: Iterable<SinkRecord | string>): Batch {
  const writer = new BatchWriter();
  let position = 0;
  for (const given of records) {
    const record = typeof given === "string" ? { value: given, valueSchema: Schema.string() } : given;
    const { value, valueSchema, key, keySchema, topic = "topic", partition = 0, timestamp, headers, offset } = record as SinkRecord;
    const place = { topic, partition, originalTopic: topic, originalPartition: partition };
    const head = writer.head({ ...place, timestamp: timestamp ?? null });
    const options = { key, keySchema: keySchema ?? null, headers: headers ?? [], offset: offset ?? position };
    writer.add(head, value, valueSchema ?? null, options);
    position++;
  }
  return new Batch(writer.finish());
}

/** One put; what it did not take. */
export function put(task: SinkTask, records: Iterable<SinkRecord | string>): RecordError[] {
  return putTask(task, batch(records));
}

/** A transform, predicate or converter, made and configured; the role is a converter's. */
export function configure<T extends Transformation | Predicate | Converter | HeaderConverter>(
  Class: new () => T,
  config: ConfigValues,
  role: ConverterRole = "value",
): T {
  const made = new Class();
  if (made instanceof Converter) made.configure(asConfig(config), role);
  else (made as Transformation | Predicate | HeaderConverter).configure(asConfig(config));
  return made;
}

/** What a transform made of records. */
export interface Applied {
  /** Those that are left; their `position` says which they were. */
  readonly records: BatchRecord[];
  /** The values of those that are left. */
  readonly values: unknown[];
  /** Those that failed, and why. */
  readonly failed: RecordError[];
}

/** One call of a transform, through batches as in a worker. */
export function apply(transformation: Transformation, records: Iterable<SinkRecord | string>): Applied {
  const outcome = applyBatch(transformation, batch(records));
  const left = [...new Batch(outcome.batch)];
  return { records: left, values: left.map((record) => record.value), failed: outcome.failed };
}

/** Of which records a predicate holds. */
export function holds(predicate: Predicate, records: Iterable<SinkRecord | string>): boolean[] {
  const given = batch(records);
  const bits = testBatch(predicate, given);
  return Array.from({ length: given.length }, (_, at) => (((bits[at >> 3] as number) >> (at & 7)) & 1) === 1);
}
