// The classes of a component, and the call that names them.

import { ConfigDef } from "./config.js";
import { Converter, type ConverterClass, HeaderConverter, type HeaderConverterClass } from "./converter.js";
import { ConfigError } from "./errors.js";
import { SinkConnector, type SinkConnectorClass, SinkTask } from "./sink.js";
import { SourceConnector, type SourceConnectorClass, SourceTask } from "./source.js";
import { Predicate, type PredicateClass, Transformation, type TransformationClass } from "./transformation.js";

/** A connector's class of a component. */
export type ConnectorClass = SourceConnectorClass | SinkConnectorClass;

/** A class of a component. */
export type PluginClass = ConnectorClass | TransformationClass | PredicateClass | ConverterClass | HeaderConverterClass;

/** The classes of a component by name. */
export interface Plugins {
  readonly sources: ReadonlyMap<string, SourceConnectorClass>;
  readonly sinks: ReadonlyMap<string, SinkConnectorClass>;
  readonly transformations: ReadonlyMap<string, TransformationClass>;
  readonly predicates: ReadonlyMap<string, PredicateClass>;
  readonly converters: ReadonlyMap<string, ConverterClass>;
  readonly headerConverters: ReadonlyMap<string, HeaderConverterClass>;
}

/** What a plugin exports. */
export interface Exports {
  sources?: readonly SourceConnectorClass[];
  sinks?: readonly SinkConnectorClass[];
  transformations?: readonly TransformationClass[];
  predicates?: readonly PredicateClass[];
  converters?: readonly ConverterClass[];
  headerConverters?: readonly HeaderConverterClass[];
}

let classes = byName({});

/**
 * Exports plugin classes from the component that is made of the calling module: `exportPlugins({ sources: [MySource] })`.
 *
 * Once in a plugin, at the top level of its module. Throws `TypeError` for a class that lacks something.
 */
export function exportPlugins(exports: Exports): void {
  exports.sources?.forEach((source) => checkConnector(source, SourceConnector, SourceTask, ["start", "poll"]));
  exports.sinks?.forEach((sink) => checkConnector(sink, SinkConnector, SinkTask, ["start", "put"]));
  exports.transformations?.forEach((transformation) => check(transformation, Transformation, ["apply"]));
  exports.predicates?.forEach((predicate) => check(predicate, Predicate, ["test"]));
  exports.converters?.forEach((converter) => check(converter, Converter, ["fromConnect", "toConnect"]));
  exports.headerConverters?.forEach((converter) => check(converter, HeaderConverter, ["fromConnect", "toConnect"]));
  classes = byName(exports);
}

function byName(exports: Exports): Plugins {
  const map = <T extends { CLASS: string }>(of: readonly T[] = []): ReadonlyMap<string, T> => new Map(of.map((plugin) => [plugin.CLASS, plugin]));
  return {
    sources: map(exports.sources),
    sinks: map(exports.sinks),
    transformations: map(exports.transformations),
    predicates: map(exports.predicates),
    converters: map(exports.converters),
    headerConverters: map(exports.headerConverters),
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

type Base = abstract new () => object;

function check(plugin: PluginClass, base: Base, methods: readonly string[]): void {
  if (!(plugin.prototype instanceof base)) throw new TypeError(`${plugin.name} is no ${base.name}`);
  checkTexts(plugin, ["CLASS", "VERSION"]);
  if (!(plugin.CONFIG_DEF instanceof ConfigDef)) throw new TypeError(`${plugin.name}.CONFIG_DEF is no ConfigDef`);
  lacks(plugin, methods);
}

function checkConnector(connector: ConnectorClass, base: Base, task: Base, methods: readonly string[]): void {
  check(connector, base, ["taskConfigs"]);
  checkTexts(connector, ["TASK_CLASS"]);
  if (!(connector.TASK?.prototype instanceof task)) throw new TypeError(`${connector.name}.TASK is no subclass of ${task.name}`);
  lacks(connector.TASK, methods);
}

function checkTexts(plugin: PluginClass, attributes: readonly string[]): void {
  for (const attribute of attributes) {
    if (typeof Reflect.get(plugin, attribute) !== "string") throw new TypeError(`${plugin.name}.${attribute} is no text`);
  }
}

/** TypeScript finds what an abstract class lacks; this is for those who write JavaScript. */
function lacks(made: new () => object, methods: readonly string[]): void {
  const missing = methods.filter((method) => typeof Reflect.get(made.prototype as object, method) !== "function");
  if (missing.length > 0) throw new TypeError(`${made.name} lacks ${missing.join(", ")}`);
}
