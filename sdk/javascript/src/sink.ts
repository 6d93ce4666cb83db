// What the author of a sink writes: the connector that splits the work, and the task that puts records into the system.

import type { Batch } from "./batch/index.js";
import { type Config, ConfigDef, type ConfigValue, type ConfigValues } from "./config.js";
import type { SinkConnectorContext, SinkTaskContext } from "./context.js";
import type { PartitionOffset, TopicPartition } from "./host.js";

/** A record that cannot be taken (Java's `DataException`). */
export interface RecordError {
  /** Its position in the batch (`record.position`). */
  readonly index: number;
  /** Why. */
  readonly message: string;
}

/** A sink task (Java's `SinkTask`). An instance of the component has one. */
export abstract class SinkTask {
  /** What it may ask of the worker; there before `start`. */
  context!: SinkTaskContext;

  /** Starts the task. After a `RetriableError` a new one is made and started. */
  abstract start(config: Config): void;

  /** Partitions that the task gets. A sink that keeps offsets in its own system answers where to read on. */
  open(_partitions: readonly TopicPartition[]): Iterable<PartitionOffset> | void {}

  /**
   * Takes the records; also called without any, so that writers that go by time get a turn.
   *
   * The answer lists records that cannot be taken: `errors.tolerance` decides about them. An error: none was taken.
   */
  abstract put(records: Batch): Iterable<RecordError> | void;

  /** Makes what was put durable. */
  flush(_delivered: readonly PartitionOffset[]): void {}

  /** Given the offsets delivered so far, answers those that are safe to commit: all after `flush`, unless overridden. */
  preCommit(delivered: readonly PartitionOffset[]): Iterable<PartitionOffset> {
    this.flush(delivered);
    return delivered;
  }

  /** Partitions that the task loses. Offsets were committed before. */
  close(_partitions: readonly TopicPartition[]): void {}

  /** Lets go of what the task holds. It is not used afterwards. */
  stop(): void {}
}

/**
 * A sink connector (Java's `SinkConnector`).
 *
 * The worker makes one instance of the component for it and one for each task, so connector and tasks share nothing but
 * configurations.
 */
export abstract class SinkConnector {
  /** The full class name, as configurations name it. Aliases follow from it by Connect's rules. */
  static CLASS: string;
  /** The plugin's version, as `GET /connector-plugins` shows it. */
  static VERSION: string;
  /** The task that the connector's work is done by. */
  static TASK: new () => SinkTask;
  /** The name of the task's class, as `GET /connectors/{name}/tasks` shows it. */
  static TASK_CLASS: string;
  /** The keys that the connector reads. */
  static CONFIG_DEF = new ConfigDef();
  /** What the connector does, in a sentence or a page. */
  static DOCUMENTATION = "";

  /** What it may ask of the worker; there before `start`. */
  context!: SinkConnectorContext;
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

  /** The configurations of at most `maxTasks` tasks. Numbers become text. */
  abstract taskConfigs(maxTasks: number): readonly ConfigValues[];

  /** As `SourceConnector.monitor`. */
  monitor(): number | null {
    return null;
  }

  /** Lets go of what the connector holds. It is not used afterwards. */
  stop(): void {}

  /**
   * Whether these consumer offsets may be set (KIP-875); null resets.
   *
   * A sink that keeps offsets in its own system sets them there. True, unlike in Java, means only that there is no objection.
   */
  static alterOffsets(_config: Config, _offsets: readonly (readonly [TopicPartition, bigint | null])[]): boolean {
    return true;
  }
}

/** A class of a component. */
export type SinkConnectorClass = (new () => SinkConnector) & {
  [Name in Exclude<keyof typeof SinkConnector, "prototype">]: (typeof SinkConnector)[Name];
};
