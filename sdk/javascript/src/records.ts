// The records of one poll, written straight into the batch that the worker gets.

import { BatchWriter, type FrameHead, type RecordOptions, type Schema } from "./batch/index.js";
import { type ScalarMap, toJson } from "./offsets.js";

/** How much one poll may bring and how long it may take. */
export interface Limits {
  /** Records. */
  readonly maxRecords: number;
  /** Bytes of the whole batch; one record may exceed it. */
  readonly maxBytes: number;
  /** How long `poll` may take, roughly, in milliseconds. */
  readonly maxWait: number;
}

/** Limits for tests. */
export const NO_LIMITS: Limits = { maxRecords: 1_000_000, maxBytes: 256 * 1024 * 1024, maxWait: 0 };

/** Answer of a poll: nothing more for so many milliseconds, after the records that it has added. */
export class Idle {
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }
}

/** Nothing more for so many milliseconds: `return idle(1000)`. */
export function idle(milliseconds: number): Idle {
  return new Idle(milliseconds);
}

/** What the records of a route have in common beside topic and source partition. */
export interface RouteOptions {
  partition?: number | null;
  /** Milliseconds since the epoch. Without it records have the time of their poll. */
  timestamp?: number | bigint | null;
}

/**
 * What many records have in common: topic, source partition, and if they are always the same partition and timestamp.
 *
 * Make it once, in `start`, and keep it: then a record costs no look-up of them.
 */
export class Route {
  readonly topic: string;
  /** The source partition as the worker compares it. */
  readonly sourcePartition: string | null;
  readonly options: RouteOptions;
  /** @internal Good for one batch: which one, and what its frames begin with. */
  resolved: { batch: Records; head: FrameHead } | null = null;

  constructor(topic: string, sourcePartition: ScalarMap | null = null, options: RouteOptions = {}) {
    this.topic = topic;
    this.sourcePartition = sourcePartition === null ? null : toJson(sourcePartition);
    this.options = options;
  }
}

/** What a record of a source may have beside its value. */
export interface SourceRecordOptions extends Omit<RecordOptions, "sourceOffset" | "offset"> {
  /** Where to read on after this record: a map, or the text of `NumberOffset`. */
  sourceOffset?: ScalarMap | string | null;
}

/** What a poll brings. The SDK makes one for each poll. */
export class Records {
  /** The limits of this poll. */
  limits: Limits;
  private readonly writer = new BatchWriter();
  private now: number | null = null;

  /** @internal */
  constructor(limits: Limits = NO_LIMITS) {
    this.limits = limits;
  }

  /** Lowers the number of records of this poll, for plugins with a `batch.size` of their own. */
  limitRecords(maxRecords: number): void {
    this.limits = { ...this.limits, maxRecords: Math.min(this.limits.maxRecords, maxRecords) };
  }

  /** Whether this poll has brought enough. */
  get isFull(): boolean {
    return this.writer.length >= this.limits.maxRecords || this.writer.size >= this.limits.maxBytes;
  }

  /** Records so far. */
  get length(): number {
    return this.writer.length;
  }

  /**
   * Adds a record. Without a schema a value is schemaless, except that a struct brings its own.
   *
   * Throws `EncodeError`; then the record was never there.
   */
  add(route: Route, value: unknown, schema: Schema | null = null, options?: SourceRecordOptions): void {
    const resolved = route.resolved;
    const head = resolved !== null && resolved.batch === this ? resolved.head : this.resolve(route);
    if (options === undefined) {
      this.writer.add(head, value, schema);
      return;
    }
    const { sourceOffset } = options;
    if (typeof sourceOffset === "object" && sourceOffset !== null) {
      this.writer.add(head, value, schema, { ...options, sourceOffset: toJson(sourceOffset) });
    } else {
      this.writer.add(head, value, schema, options as RecordOptions);
    }
  }

  /** @internal The batch. */
  finish(): Uint8Array {
    return this.writer.finish();
  }

  private resolve(route: Route): FrameHead {
    const { topic, sourcePartition, options } = route;
    const timestamp = options.timestamp ?? (this.now ??= Date.now());
    const head = this.writer.head({ topic, partition: options.partition ?? null, sourcePartition, timestamp });
    route.resolved = { batch: this, head };
    return head;
  }
}
