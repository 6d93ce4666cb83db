// What becomes of a record that was read, where not all of it stays as it is.

import type { Header, Record } from "./reader.js";
import type { Schema } from "./schema.js";

/** What of a record changes; what is left out stays as it is. */
export interface Changes {
  readonly topic?: string;
  /** Null: the partitioner decides. */
  readonly partition?: number | null;
  /** Milliseconds since the epoch; null: no timestamp. */
  readonly timestamp?: number | bigint | null;
  readonly key?: unknown;
  /** Null: schemaless. */
  readonly keySchema?: Schema | null;
  readonly value?: unknown;
  /** Null: schemaless. */
  readonly valueSchema?: Schema | null;
  /** All of them. */
  readonly headers?: Iterable<Header>;
}

/**
 * A record with changes (Java's `newRecord`): `new NewRecord(record, { value: "new" })`.
 *
 * What is left out stays as it is, also the schema of a value that is given; only a struct brings its own. Where the record was read
 * from is the worker's to know, and cannot be changed.
 */
export class NewRecord {
  /** What it was. */
  readonly record: Record;
  readonly changes: Changes;

  constructor(record: Record, changes: Changes) {
    this.record = record;
    this.changes = changes;
  }
}
