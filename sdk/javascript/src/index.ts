// What a Kafka Connect plugin in JavaScript or TypeScript is written with.

export * from "./batch/index.js";
export {
  type Config,
  ConfigDef,
  ConfigKey,
  type ConfigKeyOptions,
  type ConfigType,
  type ConfigValue,
  type ConfigValues,
  Grant,
  type Importance,
  ParsedConfig,
  type Port,
  Validator,
  type Width,
} from "./config.js";
export { SinkConnectorContext, SinkTaskContext, SourceConnectorContext, SourceTaskContext } from "./context.js";
export {
  Converter,
  type ConverterClass,
  type ConverterRole,
  HeaderConverter,
  type HeaderConverterClass,
  type SchemaAndValue,
} from "./converter.js";
export { ConfigError, ConnectError, FatalError, orFatal, orRetriable, RetriableError } from "./errors.js";
export { groupPartitions } from "./groups.js";
export type { Level, PartitionOffset, TopicPartition } from "./host.js";
export { parseJson } from "./json.js";
export { Logger, type Message } from "./log.js";
export * as logical from "./logical.js";
export * as metrics from "./metrics.js";
export { javaDouble, NumberOffset, type Scalar, type ScalarMap } from "./offsets.js";
export { type ConnectorClass, type Exports, exportPlugins, type PluginClass } from "./plugins.js";
export { project, SchemaProjectorError } from "./projector.js";
export { Idle, idle, type Limits, Records, Route, type RouteOptions, type SourceRecordOptions } from "./records.js";
export { type RecordError, SinkConnector, type SinkConnectorClass, SinkTask } from "./sink.js";
export {
  type ExactlyOnce,
  SourceConnector,
  type SourceConnectorClass,
  SourceTask,
  type SourceTaskOptions,
} from "./source.js";
export { Predicate, type PredicateClass, Transformation, type TransformationClass } from "./transformation.js";
