// What the author of a source writes: the connector that splits the work, and the task that polls records.

import type { Acks } from "./batch/index.js";
import { type Config, ConfigDef, type ConfigValue, type ConfigValues } from "./config.js";
import type { SourceConnectorContext, SourceTaskContext } from "./context.js";
import type { Scalar } from "./offsets.js";
import type { Idle, Records } from "./records.js";

/** Whether a connector keeps exactly-once (KIP-618); unknown is Java's null. */
export type ExactlyOnce = "supported" | "unsupported" | "unknown";

/** Which calls a source task wants. */
export interface SourceTaskOptions {
  /** Call `acknowledged` for every record. */
  readonly acknowledgeRecords: boolean;
  /** Call `commit` after each offset commit. */
  readonly commit: boolean;
}

/** A source task (Java's `SourceTask`). An instance of the component has one. */
export abstract class SourceTask {
  /** What it may ask of the worker; there before `start`. */
  context!: SourceTaskContext;

  /** Starts the task. After a `RetriableError` a new one is made and started. */
  abstract start(config: Config): void;

  /**
   * Adds records until there are no more for now or `records.isFull`.
   *
   * If there is nothing, say for how long with `idle` and return at once: the worker waits.
   */
  abstract poll(records: Records): Idle | void;

  /** What became of each record (Java's `commitRecord`). Called if a task has it. */
  acknowledged?(acks: Acks): void;

  /** The offsets of all records acknowledged so far are committed. Called if a task has it. */
  commit?(): void;

  /** Lets go of what the task holds. It is not used afterwards. */
  stop(): void {}

  /** What the task wants to hear of: what it has methods for. */
  options(): SourceTaskOptions {
    return { acknowledgeRecords: this.acknowledged !== undefined, commit: this.commit !== undefined };
  }
}

/**
 * A source connector (Java's `SourceConnector`).
 *
 * The worker makes one instance of the component for it and one for each task, so connector and tasks share nothing but
 * configurations.
 */
export abstract class SourceConnector {
  /** The full class name, as configurations name it. Aliases follow from it by Connect's rules. */
  static CLASS: string;
  /** The plugin's version, as `GET /connector-plugins` shows it. */
  static VERSION: string;
  /** The task that the connector's work is done by. */
  static TASK: new () => SourceTask;
  /** The name of the task's class, as `GET /connectors/{name}/tasks` shows it. */
  static TASK_CLASS: string;
  /** The keys that the connector reads. */
  static CONFIG_DEF = new ConfigDef();
  /** What the connector does, in a sentence or a page. */
  static DOCUMENTATION = "";

  /** What it may ask of the worker; there before `start`. */
  context!: SourceConnectorContext;
  /** What it was started with, unless `start` is overridden. */
  config: Config = {};

  /** Errors and recommendations that depend on more than one value; the worker has checked types and validators. */
  static validate(_config: Config): readonly ConfigValue[] {
    return [];
  }

  /** Starts the connector. After a `RetriableError` a new one is made and started. */
  start(config: Config): void {
    this.config = config;
  }

  /** The configurations of at most `maxTasks` tasks; the worker adds nothing to them. Numbers become text. */
  abstract taskConfigs(maxTasks: number): readonly ConfigValues[];

  /**
   * First called right after `start`: look at the system, then say in how many milliseconds to be called again; null: never.
   *
   * In place of the thread that such connectors start in Java.
   */
  monitor(): number | null {
    return null;
  }

  /** Lets go of what the connector holds. It is not used afterwards. */
  stop(): void {}

  /** Whether the connector keeps exactly-once with this configuration (KIP-618). */
  static exactlyOnceSupport(_config: Config): ExactlyOnce {
    return "unknown";
  }

  /** Whether the tasks mark where transactions end (KIP-618). */
  static canDefineTransactionBoundaries(_config: Config): boolean {
    return false;
  }

  /** Whether these offsets may be set (KIP-875); null deletes. */
  static alterOffsets(
    _config: Config,
    _offsets: readonly (readonly [Record<string, Scalar>, Record<string, Scalar> | null])[],
  ): boolean {
    return false;
  }
}

/** A class of a component. */
export type SourceConnectorClass = (new () => SourceConnector) & {
  [Name in Exclude<keyof typeof SourceConnector, "prototype">]: (typeof SourceConnector)[Name];
};
