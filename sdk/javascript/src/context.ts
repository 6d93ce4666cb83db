// What a connector or task may ask of the worker while it runs. Times are in milliseconds.

import { FatalError } from "./errors.js";
import { host, type PartitionOffset, type TopicPartition, wholeMilliseconds } from "./host.js";
import { fromJson, type Scalar, type ScalarMap, toJson } from "./offsets.js";

abstract class ConnectorContext {
  /** Asks for `taskConfigs` to be called again and the work to be split anew. */
  requestTaskReconfiguration(): void {
    host().requestTaskReconfiguration();
  }

  /** The connector goes FAILED with this message (Java's `raiseError`). */
  raiseError(message: string): void {
    host().raiseError(message);
  }
}

/** The committed offsets of many source partitions at once, in the order asked. */
function readOffsets(partitions: Iterable<ScalarMap>): (Record<string, Scalar> | null)[] {
  const committed = host().offsets(Array.from(partitions, toJson));
  return committed.map((text) => {
    if (text === null) return null;
    try {
      return fromJson(text);
    } catch (error) {
      throw new FatalError(`cannot read a committed offset: ${(error as Error).message}`);
    }
  });
}

/** For a source connector (Java's `SourceConnectorContext`). */
export class SourceConnectorContext extends ConnectorContext {
  /** The committed offset of a source partition; null: nothing committed. */
  offset(partition: ScalarMap): Record<string, Scalar> | null {
    return readOffsets([partition])[0] ?? null;
  }

  /** The committed offsets of many source partitions at once, in the order asked. */
  offsets(partitions: Iterable<ScalarMap>): (Record<string, Scalar> | null)[] {
    return readOffsets(partitions);
  }
}

/** For a sink connector (Java's `SinkConnectorContext`). */
export class SinkConnectorContext extends ConnectorContext {}

abstract class TaskContext {
  /**
   * Sleeps, but not past a stop; true: the task is being stopped, return soon.
   *
   * In `poll` rather answer `idle` if there is nothing to do: then the worker waits and the task costs nothing.
   */
  sleep(milliseconds: number): boolean {
    return host().sleep(wholeMilliseconds(milliseconds));
  }

  /** Whether the task is being stopped. */
  get stopping(): boolean {
    return host().stopping();
  }
}

/** For a source task (Java's `SourceTaskContext`). */
export class SourceTaskContext extends TaskContext {
  /** The committed offset of a source partition; null: nothing committed. */
  offset(partition: ScalarMap): Record<string, Scalar> | null {
    return readOffsets([partition])[0] ?? null;
  }

  /** The committed offsets of many source partitions at once, in the order asked. */
  offsets(partitions: Iterable<ScalarMap>): (Record<string, Scalar> | null)[] {
    return readOffsets(partitions);
  }
}

/** For a sink task (Java's `SinkTaskContext`). */
export class SinkTaskContext extends TaskContext {
  /** The partitions that the task has now. */
  assignment(): TopicPartition[] {
    return host().assignment();
  }

  /** Reads on from these offsets instead (Java's `offset`). */
  rewind(offsets: Iterable<PartitionOffset>): void {
    host().rewind([...offsets]);
  }

  /** No records of these partitions until `resume`. */
  pause(partitions: Iterable<TopicPartition>): void {
    host().pause([...partitions]);
  }

  /** Records of these partitions again. */
  resume(partitions: Iterable<TopicPartition>): void {
    host().resume([...partitions]);
  }

  /** How long the worker waits after the retriable error that this put is about to throw. */
  timeout(milliseconds: number): void {
    host().timeout(wholeMilliseconds(milliseconds));
  }

  /** Asks for `preCommit` soon instead of at the next interval. */
  requestCommit(): void {
    host().requestCommit();
  }

  /**
   * Sends a record that was put, and is not committed yet, to the dead letter queue (KIP-610).
   *
   * Throws {@link FatalError} if none is configured and errors are not tolerated.
   */
  reportErrantRecord(partition: TopicPartition, offset: bigint, message: string): void {
    host().reportErrantRecord(partition, offset, message);
  }
}
