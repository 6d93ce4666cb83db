// What the worker offers, as the rest of the SDK calls it: by the imports in a component, by a stand-in anywhere else.

import type { FileSystem } from "./files.js";
import type { HttpRequest, HttpResponse } from "./http.js";

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A place in a partition: `offset` is that of the next record to be read, as everywhere in Kafka's consumer offsets. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: bigint;
}

/** Levels of the worker's log. */
export type Level = "trace" | "debug" | "info" | "warn" | "error";

export type Labels = readonly (readonly [string, string])[];

/** The imports of `wit/imports.wit`, with errors thrown. Times are in milliseconds. */
export interface Host {
  logEnabled(level: Level): boolean;
  log(level: Level, target: string, message: string): void;
  add(counter: string, labels: Labels, delta: number): void;
  set(gauge: string, labels: Labels, value: number): void;
  observe(histogram: string, labels: Labels, value: number): void;
  requestTaskReconfiguration(): void;
  raiseError(message: string): void;
  sleep(milliseconds: number): boolean;
  stopping(): boolean;
  offsets(partitions: readonly string[]): (string | null)[];
  assignment(): TopicPartition[];
  rewind(offsets: readonly PartitionOffset[]): void;
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  timeout(milliseconds: number): void;
  requestCommit(): void;
  reportErrantRecord(partition: TopicPartition, offset: bigint, message: string): void;
  /** Throws `HttpError`. */
  request(request: HttpRequest): HttpResponse;
  readonly files: FileSystem;
}

let answering: Partial<Host> = {};

/** Who answers. */
export function host(): Host {
  return answering as Host;
}

/** Decides who answers from now on. */
export function setHost(host: Host): void {
  answering = host;
}

/** Adds what a component imports. */
export function addToHost(part: Partial<Host>): void {
  answering = { ...answering, ...part };
}

/** A time as the contract has it: 32 bits, whole, not negative. */
export function wholeMilliseconds(milliseconds: number): number {
  return Math.min(Math.max(Math.round(milliseconds), 0), 0xffff_ffff);
}
