// From the exports of a component to its classes. An instance is one connector, one task or one stage: the first successful start or
// configure decides.

import { Acks, Batch } from "./batch/index.js";
import { asConfig, type Config } from "./config.js";
import { SinkConnectorContext, SinkTaskContext, SourceConnectorContext, SourceTaskContext } from "./context.js";
import { Converter, type ConverterRole, HeaderConverter } from "./converter.js";
import { ConfigError, FatalError, settled } from "./errors.js";
import { type PartitionOffset, type TopicPartition, wholeMilliseconds } from "./host.js";
import { fromJson, type Scalar } from "./offsets.js";
import { exported, find } from "./plugins.js";
import { Idle, type Limits, Records } from "./records.js";
import { type RecordError, SinkConnector, SinkTask } from "./sink.js";
import { SourceConnector, SourceTask, type SourceTaskOptions } from "./source.js";
import { applyBatch, fromConnectBatch, type Outcome, testBatch, toConnectBatch } from "./stages.js";
import { Predicate, Transformation } from "./transformation.js";

/** A configuration as the contract has it. */
export type ConfigPairs = readonly (readonly [string, string])[];

type Started = SourceConnector | SinkConnector | SourceTask | SinkTask;
type Configured = Transformation | Predicate | Converter | HeaderConverter;
type Running = Started | Configured;

/** What this instance was started as. */
let running: Running | null = null;
/** What it converts if it is a converter. */
let role: ConverterRole = "value";
/** What a poll that brought records said beside them: for how many milliseconds there is nothing. */
let idleAfter = 0;

function noun(of: Running | null): string {
  if (of === null) return "nothing";
  if (of instanceof SourceTask) return "a source task";
  if (of instanceof SinkTask) return "a sink task";
  if (of instanceof Transformation) return "a transform";
  if (of instanceof Predicate) return "a predicate";
  return of instanceof Converter || of instanceof HeaderConverter ? "a converter" : "a connector";
}

/** Starts this instance as what was made. */
function become<T extends Running>(made: T, call: string, begin: (made: T) => void): T {
  if (running !== null) throw new FatalError(`${call}: this instance is ${noun(running)} already`);
  settled(call, begin(made));
  running = made;
  return made;
}

function start<T extends Started>(made: T, context: T["context"], config: ConfigPairs): T {
  made.context = context;
  return become(made, "start", () => made.start(Object.fromEntries(config)));
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
  const stopped = running as Started | null;
  running = null;
  idleAfter = 0;
  stopped?.stop();
}

/** Closes what there is; converters are just left. */
export function close(): void {
  const closed = running;
  running = null;
  if (closed instanceof Transformation || closed instanceof Predicate) closed.close();
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

// === stages

export function configureTransformation(name: string, config: ConfigPairs): void {
  become(new (find(exported().transformations, name))(), "configure", (made) => made.configure(Object.fromEntries(config)));
}

export function apply(batch: Uint8Array): Outcome {
  return applyBatch(started<Transformation>("apply", "a transform", Transformation), new Batch(batch));
}

export function configurePredicate(name: string, config: ConfigPairs): void {
  become(new (find(exported().predicates, name))(), "configure", (made) => made.configure(Object.fromEntries(config)));
}

export function test(batch: Uint8Array): Uint8Array {
  return testBatch(started<Predicate>("test", "a predicate", Predicate), new Batch(batch));
}

export function configureConverter(name: string, config: ConfigPairs, given: ConverterRole): void {
  const settings = Object.fromEntries(config) as Config;
  if (given === "headers") {
    become(new (find(exported().headerConverters, name))(), "configure", (made) => made.configure(settings));
  } else {
    become(new (find(exported().converters, name))(), "configure", (made) => made.configure(settings, given));
  }
  role = given;
}

function converter(call: string): Converter | HeaderConverter {
  return started<Converter | HeaderConverter>(call, "a converter", Converter, HeaderConverter);
}

export function fromConnect(batch: Uint8Array): Outcome {
  return fromConnectBatch(converter("from-connect"), role, new Batch(batch));
}

export function toConnect(batch: Uint8Array): Outcome {
  return toConnectBatch(converter("to-connect"), role, new Batch(batch));
}
