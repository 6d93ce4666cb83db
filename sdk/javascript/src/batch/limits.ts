// How much of a foreign batch a reader accepts.

import { DEPTH, SCHEMA_NODES } from "./layout.js";

/** Upper bounds on a foreign batch, checked before anything of that size is made. Each is named in the error that it causes. */
export interface Limits {
  /** Bytes of the whole batch. */
  readonly maxBytes: number;
  /** Records, holes included. */
  readonly maxRecords: number;
  /** Entries of the string table. */
  readonly maxStrings: number;
  /** Entries of the schema table. */
  readonly maxSchemas: number;
  /** Bytes of the schema table. */
  readonly maxSchemaBytes: number;
  /** Nodes of one schema when it is written out as a tree: shared children count each time that they are named. */
  readonly maxSchemaNodes: number;
  /** Nesting of schemas and of schemaless values; a scalar is 1. */
  readonly maxDepth: number;
}

/** What the SDK reads with. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxBytes: 256 * 1024 * 1024,
  maxRecords: 1_000_000,
  maxStrings: 1_000_000,
  maxSchemas: 10_000,
  maxSchemaBytes: 4 * 1024 * 1024,
  maxSchemaNodes: SCHEMA_NODES,
  maxDepth: DEPTH,
});
