// The packed list of source-task.acknowledged: what became of each polled record.

import { Sink, Source } from "./bytes.js";
import { Fault, MalformedBatch } from "./errors.js";
import * as layout from "./layout.js";
import { ACK, ACKS_HEADER, NONE } from "./layout.js";
import { DEFAULT_LIMITS, type Limits } from "./limits.js";
import { checkMagic } from "./reader.js";
import { parseStrings, StringTable } from "./strings.js";

/** Where Kafka put a record (`RecordMetadata`). */
export interface Placed {
  readonly topic: string;
  readonly partition: number;
  /** -1 if the broker did not say (`acks=0`). */
  readonly offset: bigint;
  /** Milliseconds since the epoch, -1 if the broker did not say. */
  readonly timestamp: bigint;
}

/** What became of one record of a source task. */
export interface Ack {
  /** Which of the task's records, from 0, counted over all polls. */
  readonly sequence: bigint;
  /** Where it is; null where a transform dropped it or its error was tolerated. */
  readonly placed: Placed | null;
}

/** A list that has been checked: `for (const ack of acks)`, in the order of `poll`. Throws {@link MalformedBatch}. */
export class Acks {
  readonly length: number;
  private readonly view: DataView;
  private readonly strings: readonly string[];

  constructor(content: Uint8Array, limits: Limits = DEFAULT_LIMITS) {
    const source = new Source(content);
    this.view = source.view;
    try {
      const end = parseHeader(source, limits);
      this.length = (end - ACKS_HEADER) / ACK;
      this.strings = parseStrings(source, end, content.length, limits);
      for (let i = 0; i < this.length; i++) this.check(i);
    } catch (error) {
      throw error instanceof Fault ? new MalformedBatch(error.message) : error;
    }
  }

  *[Symbol.iterator](): Iterator<Ack> {
    const { view } = this;
    for (let i = 0; i < this.length; i++) {
      const at = ACKS_HEADER + ACK * i;
      const topic = view.getUint32(at + 8, true);
      const placed =
        topic === NONE
          ? null
          : {
              topic: this.strings[topic] as string,
              partition: view.getInt32(at + 12, true),
              offset: view.getBigInt64(at + 16, true),
              timestamp: view.getBigInt64(at + 24, true),
            };
      yield { sequence: view.getBigUint64(at, true), placed };
    }
  }

  private check(i: number): void {
    const at = ACKS_HEADER + ACK * i;
    const topic = this.view.getUint32(at + 8, true);
    const partition = this.view.getInt32(at + 12, true);
    if (topic === NONE) {
      const says = partition !== -1 || [16, 24].some((of) => this.view.getBigInt64(at + of, true) !== -1n);
      if (says) throw new Fault(`ack ${i}: has no topic, but a partition, offset or timestamp`);
    } else if (topic >= this.strings.length) {
      throw new Fault(`ack ${i}: there is no string ${topic}`);
    } else if (partition < 0) {
      throw new Fault(`ack ${i}: partition is ${partition}`);
    }
  }
}

/** Where the acks end. */
function parseHeader(source: Source, limits: Limits): number {
  const size = source.bytes.length;
  if (size > limits.maxBytes) throw new Fault(`has ${size} bytes, maxBytes is ${limits.maxBytes}`);
  if (size < ACKS_HEADER) throw new Fault(`header wants ${ACKS_HEADER} bytes, ${size} are left`);
  checkMagic(source, layout.ACKS_MAGIC, "list of acks");
  const [count, strings, total] = [4, 8, 12].map((at) => source.view.getUint32(at, true)) as [number, number, number];
  if (total !== size) throw new Fault(`has ${size} bytes, its header says ${total}`);
  if (count > limits.maxRecords) throw new Fault(`has ${count} records, maxRecords is ${limits.maxRecords}`);
  if (strings !== ACKS_HEADER + ACK * count) throw new Fault(`strings are at ${strings} behind ${count} acks`);
  if (strings > total) throw new Fault(`acks want ${ACK * count} bytes, ${total - ACKS_HEADER} are left`);
  return strings;
}

/** Writes a list of acks, for tests of tasks. */
export class AcksWriter {
  private readonly entries = new Sink();
  private readonly strings = new StringTable();

  constructor() {
    this.entries.reserve(ACKS_HEADER);
  }

  /** Enters a topic's name, which {@link push} does by itself. */
  topic(name: string): number {
    return this.strings.intern(name);
  }

  /** Appends one record's fate. */
  push(sequence: bigint, placed: Placed | null): void {
    const at = this.entries.reserve(ACK);
    const { view } = this.entries;
    view.setBigUint64(at, sequence, true);
    view.setUint32(at + 8, placed === null ? NONE : this.topic(placed.topic), true);
    view.setInt32(at + 12, placed?.partition ?? -1, true);
    view.setBigInt64(at + 16, placed?.offset ?? -1n, true);
    view.setBigInt64(at + 24, placed?.timestamp ?? -1n, true);
  }

  /** The list. */
  finish(): Uint8Array {
    const strings = this.entries.length;
    this.strings.write(this.entries);
    const header = [layout.ACKS_MAGIC, (strings - ACKS_HEADER) / ACK, strings, this.entries.length];
    header.forEach((number, i) => this.entries.view.setUint32(4 * i, number, true));
    return this.entries.finish();
  }
}
