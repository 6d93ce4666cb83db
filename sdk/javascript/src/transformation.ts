// What the author of a transform or predicate writes.

import type { NewRecord, Record } from "./batch/index.js";
import { type Config, ConfigDef, type ConfigValue } from "./config.js";

/**
 * A single message transform (Java's `Transformation`).
 *
 * The worker makes one instance of the component for each place in the chain of a task.
 */
export abstract class Transformation {
  /** The full class name, as configurations name it. Aliases follow from it by Connect's rules. */
  static CLASS: string;
  /** The plugin's version, as `GET /connector-plugins` shows it. */
  static VERSION: string;
  /** The keys that the transform reads, without the prefix `transforms.ALIAS.`. */
  static CONFIG_DEF = new ConfigDef();
  /** What the transform does, in a sentence or a page. */
  static DOCUMENTATION = "";

  /** Errors and recommendations that depend on more than one value; the worker has checked types and validators. */
  static validate(_config: Config): readonly ConfigValue[] {
    return [];
  }

  /** Makes the transform ready. After a `RetriableError` a new one is made. */
  configure(_config: Config): void {}

  /**
   * What becomes of a record: itself, a `NewRecord` with changes, or null: it is dropped.
   *
   * It must not depend on records that came before: after a trap a fresh instance goes on. A `DataError`, and any other error, fails
   * this record alone: `errors.tolerance` decides. But a `RetriableError` brings the whole batch again, for as long as
   * `errors.retry.timeout` says, and a `FatalError` fails the task.
   */
  abstract apply(record: Record): Record | NewRecord | null;

  /** Lets go of what the transform holds. It is not used afterwards. */
  close(): void {}
}

/** Says which records a transform is for (Java's `Predicate`); negating it is the worker's part. */
export abstract class Predicate {
  /** As `Transformation.CLASS`. */
  static CLASS: string;
  /** As `Transformation.VERSION`. */
  static VERSION: string;
  /** The keys that the predicate reads, without the prefix `predicates.ALIAS.`. */
  static CONFIG_DEF = new ConfigDef();
  /** As `Transformation.DOCUMENTATION`. */
  static DOCUMENTATION = "";

  /** As `Transformation.validate`. */
  static validate(_config: Config): readonly ConfigValue[] {
    return [];
  }

  /** As `Transformation.configure`. */
  configure(_config: Config): void {}

  /** Whether it holds for a record. An error fails the task. */
  abstract test(record: Record): boolean;

  /** As `Transformation.close`. */
  close(): void {}
}

/** A class of a component. */
export type TransformationClass = (new () => Transformation) & {
  [Name in Exclude<keyof typeof Transformation, "prototype">]: (typeof Transformation)[Name];
};

/** A class of a component. */
export type PredicateClass = (new () => Predicate) & {
  [Name in Exclude<keyof typeof Predicate, "prototype">]: (typeof Predicate)[Name];
};
