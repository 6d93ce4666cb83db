// The classes of a component, and the call that names them.

import { ConfigDef } from "./config.js";
import { ConfigError } from "./errors.js";
import { SinkConnector, type SinkConnectorClass, SinkTask } from "./sink.js";
import { SourceConnector, type SourceConnectorClass, SourceTask } from "./source.js";

/** A class of a component. */
export type ConnectorClass = SourceConnectorClass | SinkConnectorClass;

/** The classes of a component by name. */
export interface Plugins {
  readonly sources: ReadonlyMap<string, SourceConnectorClass>;
  readonly sinks: ReadonlyMap<string, SinkConnectorClass>;
}

let classes: Plugins = { sources: new Map(), sinks: new Map() };

/**
 * Exports plugin classes from the component that is made of the calling module: `exportPlugins({ sources: [MySource] })`.
 *
 * Once in a plugin, at the top level of its module. Throws `TypeError` for a class that lacks something.
 */
export function exportPlugins({
  sources = [],
  sinks = [],
}: {
  sources?: readonly SourceConnectorClass[];
  sinks?: readonly SinkConnectorClass[];
}): void {
  for (const source of sources) check(source, SourceConnector, SourceTask);
  for (const sink of sinks) check(sink, SinkConnector, SinkTask);
  classes = {
    sources: new Map(sources.map((source) => [source.CLASS, source])),
    sinks: new Map(sinks.map((sink) => [sink.CLASS, sink])),
  };
}

/** What was exported. */
export function exported(): Plugins {
  return classes;
}

/** The class of that name, or an error that says which there are. */
export function find<T>(among: ReadonlyMap<string, T>, name: string): T {
  const found = among.get(name);
  if (found === undefined) {
    throw new ConfigError(`this component has no such class ${name}; it has ${[...among.keys()].join(", ")}`);
  }
  return found;
}

function check(connector: ConnectorClass, base: { prototype: object; name: string }, task: typeof SourceTask | typeof SinkTask): void {
  if (!(connector.prototype instanceof (base as unknown as new () => object))) {
    throw new TypeError(`${connector.name} is no ${base.name}`);
  }
  for (const attribute of ["CLASS", "VERSION", "TASK_CLASS"] as const) {
    if (typeof connector[attribute] !== "string") throw new TypeError(`${connector.name}.${attribute} is no text`);
  }
  if (!(connector.CONFIG_DEF instanceof ConfigDef)) throw new TypeError(`${connector.name}.CONFIG_DEF is no ConfigDef`);
  if (!(connector.TASK?.prototype instanceof task)) throw new TypeError(`${connector.name}.TASK is no subclass of ${task.name}`);
  lacks(connector, ["taskConfigs"]);
  lacks(connector.TASK, task === SourceTask ? ["start", "poll"] : ["start", "put"]);
}

/** TypeScript finds what an abstract class lacks; this is for those who write JavaScript. */
function lacks(made: new () => object, methods: readonly string[]): void {
  const missing = methods.filter((method) => typeof Reflect.get(made.prototype as object, method) !== "function");
  if (missing.length > 0) throw new TypeError(`${made.name} lacks ${missing.join(", ")}`);
}
