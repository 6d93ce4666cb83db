// From the exports of a component to its classes. An instance is one connector or one task: the first successful start decides.

import { Acks, Batch } from "./batch/index.js";
import { asConfig, type Config } from "./config.js";
import { SinkConnectorContext, SinkTaskContext, SourceConnectorContext, SourceTaskContext } from "./context.js";
import { ConfigError, FatalError } from "./errors.js";
import { type PartitionOffset, type TopicPartition, wholeMilliseconds } from "./host.js";
import { fromJson, type Scalar } from "./offsets.js";
import { exported, find } from "./plugins.js";
import { Idle, type Limits, Records } from "./records.js";
import { type RecordError, SinkConnector, SinkTask } from "./sink.js";
import { SourceConnector, SourceTask, type SourceTaskOptions } from "./source.js";

/** A configuration as the contract has it. */
export type ConfigPairs = readonly (readonly [string, string])[];

type Running = SourceConnector | SinkConnector | SourceTask | SinkTask;

/** What this instance was started as. */
let running: Running | null = null;
/** What a poll that brought records said beside them: for how many milliseconds there is nothing. */
let idleAfter = 0;

function noun(of: Running | null): string {
  if (of === null) return "nothing";
  if (of instanceof SourceTask) return "a source task";
  return of instanceof SinkTask ? "a sink task" : "a connector";
}

/** The answer of a plugin's method, which cannot be a promise: nobody would wait for it. */
function settled<T>(call: string, answer: T): T {
  if (answer instanceof Promise) throw new FatalError(`${call} answered a promise; a component cannot wait for one`);
  return answer;
}

/** Starts this instance as what was made. */
function start<T extends Running>(made: T, context: T["context"], config: ConfigPairs): T {
  if (running !== null) throw new FatalError(`start: this instance is ${noun(running)} already`);
  made.context = context;
  settled("start", made.start(Object.fromEntries(config)));
  running = made;
  return made;
}

/** What was started, if it is what the call is for. */
function started<T extends Running>(call: string, wanted: string, ...bases: (abstract new () => T)[]): T {
  const found = running;
  if (found === null || !bases.some((base) => found instanceof base)) {
    throw new FatalError(`${call}: this instance was started as ${noun(found)}, not as ${wanted}`);
  }
  return found as T;
}

/** Stops what there is. Nothing to stop is no error: the start may have failed. */
export function stop(): void {
  const stopped = running;
  running = null;
  idleAfter = 0;
  stopped?.stop();
}

// === connectors

export function startSourceConnector(name: string, config: ConfigPairs): void {
  start(new (find(exported().sources, name))(), new SourceConnectorContext(), config);
}

export function startSinkConnector(name: string, config: ConfigPairs): void {
  start(new (find(exported().sinks, name))(), new SinkConnectorContext(), config);
}

function connector(call: string): SourceConnector | SinkConnector {
  return started<SourceConnector | SinkConnector>(call, "a connector", SourceConnector, SinkConnector);
}

export function taskConfigs(maxTasks: number): [string, string][][] {
  const configs = settled("taskConfigs", connector("task-configs").taskConfigs(maxTasks));
  return configs.map((config) => Object.entries(asConfig(config)));
}

export function monitor(): number | null {
  const nextCall = settled("monitor", connector("monitor").monitor());
  return nextCall === null ? null : wholeMilliseconds(nextCall);
}

export function alterSourceOffsets(
  name: string,
  config: ConfigPairs,
  offsets: readonly (readonly [string, string | null])[],
): boolean {
  const read = (text: string): Record<string, Scalar> => {
    try {
      return fromJson(text);
    } catch (error) {
      throw new ConfigError(`cannot read ${text}: ${(error as Error).message}`);
    }
  };
  const asked = offsets.map(([partition, offset]) => [read(partition), offset === null ? null : read(offset)] as const);
  return find(exported().sources, name).alterOffsets(Object.fromEntries(config), asked);
}

export function alterSinkOffsets(
  name: string,
  config: ConfigPairs,
  offsets: readonly (readonly [TopicPartition, bigint | null])[],
): boolean {
  return find(exported().sinks, name).alterOffsets(Object.fromEntries(config) as Config, offsets);
}

// === source tasks

export function startSourceTask(name: string, config: ConfigPairs): SourceTaskOptions {
  return start(new (find(exported().sources, name).TASK)(), new SourceTaskContext(), config).options();
}

function sourceTask(call: string): SourceTask {
  return started<SourceTask>(call, "a source task", SourceTask);
}

/** A batch, or for how many milliseconds there is nothing. */
export function poll(limits: Limits): Uint8Array | number {
  const task = sourceTask("poll");
  if (idleAfter > 0) {
    const idle = idleAfter;
    idleAfter = 0;
    return idle;
  }
  const polled = pollTask(task, limits);
  if (polled.batch === null) return polled.idle;
  idleAfter = polled.idle;
  return polled.batch;
}

/** A batch if there is one, and for how many milliseconds there is nothing then. */
export function pollTask(task: SourceTask, limits: Limits): { batch: Uint8Array | null; idle: number } {
  const records = new Records(limits);
  const answer = settled("poll", task.poll(records));
  const idle = answer instanceof Idle ? wholeMilliseconds(answer.milliseconds) : 0;
  return { batch: records.length === 0 ? null : records.finish(), idle };
}

export function acknowledged(acks: Uint8Array): void {
  settled("acknowledged", sourceTask("acknowledged").acknowledged?.(new Acks(acks)));
}

export function commit(): void {
  settled("commit", sourceTask("commit").commit?.());
}

// === sink tasks

export function startSinkTask(name: string, config: ConfigPairs): void {
  start(new (find(exported().sinks, name).TASK)(), new SinkTaskContext(), config);
}

function sinkTask(call: string): SinkTask {
  return started<SinkTask>(call, "a sink task", SinkTask);
}

export function openPartitions(partitions: readonly TopicPartition[]): PartitionOffset[] {
  return [...(settled("open", sinkTask("open").open(partitions)) ?? [])];
}

export function put(batch: Uint8Array): RecordError[] {
  return putTask(sinkTask("put"), new Batch(batch));
}

/** What a task did not take. */
export function putTask(task: SinkTask, records: Batch): RecordError[] {
  return [...(settled("put", task.put(records)) ?? [])];
}

export function preCommit(delivered: readonly PartitionOffset[]): PartitionOffset[] {
  return [...(settled("preCommit", sinkTask("pre-commit").preCommit(delivered)) ?? [])];
}

export function closePartitions(partitions: readonly TopicPartition[]): void {
  settled("close", sinkTask("close").close(partitions));
}
