// Kafka Connect's data model and the batch format of wit/BATCH.md, in pure JavaScript.

export { type Ack, Acks, AcksWriter, type Placed } from "./acks.js";
export { type Changes, NewRecord } from "./changes.js";
export { BatchError, DataError, EncodeError, MalformedBatch, SchemaError } from "./errors.js";
export { FORMAT_VERSION } from "./layout.js";
export type { Limits as BatchLimits } from "./limits.js";
export { Batch, type Header, Record, TimestampType } from "./reader.js";
export { BUILTINS, type Field, type Fields, Schema, type SchemaOptions } from "./schema.js";
export { isPrimitive, Type, typeName } from "./type.js";
export { Entries, Float32, Float64, Int8, Int16, Int32, sameValue, Struct, validateValue } from "./value.js";
export { BatchWriter, FrameHead, type HeadOptions, type RecordOptions } from "./writer.js";
