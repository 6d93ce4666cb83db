//! Write Kafka Connect plugins in Rust: implement [`SourceConnector`] and [`SourceTask`], [`SinkConnector`] and [`SinkTask`],
//! [`Transformation`], [`Predicate`], [`Converter`] or [`HeaderConverter`], and name the classes in [`export!`].
//! `sdk/rust/README.md` has a first connector and a first transform.
//!
//! The same crate compiles for the native target, where the host is replaced by a stand-in (`testing`), so that tasks have
//! ordinary unit tests.
#![warn(missing_docs)]

#[doc(hidden)]
#[allow(missing_docs, reason = "generated from wit/, where the documentation is")]
pub mod bindings;
mod config;
mod config_def;
mod connector;
mod context;
mod converter;
mod dispatch;
mod error;
mod export;
mod groups;
mod host;
/// Numbers as Java prints them.
pub mod java;
mod json;
/// Lines in the worker's log.
pub mod logging;
mod parsed_config;
#[doc(hidden)]
#[allow(missing_docs, reason = "for the macro only")]
pub mod plugins;
mod projector;
mod records;
mod scalar_map;
mod sink;
mod source;
mod stage;
mod transformation;
mod validation;

pub use bindings::imports::kafka::connect::types::{PartitionOffset, RecordError, TopicPartition};
pub use config::Config;
pub use config_def::{ConfigDef, ConfigKey, ConfigType, Grant, Importance, Validator, Width};
pub use context::{SinkConnectorContext, SinkTaskContext, SourceConnectorContext, SourceTaskContext};
pub use converter::{Converter, ConverterRole, HeaderConverter, SchemaAndValue};
#[doc(hidden)]
pub use dispatch::Component;
pub use error::{Error, OrError, Result};
pub use groups::group_partitions;
#[cfg(not(target_family = "wasm"))]
pub use host::testing;
pub use parsed_config::ParsedConfig;
pub use projector::{SchemaProjectorError, project};
pub use records::{Limits, Records};
pub use scalar_map::{NumberOffset, Scalar, ScalarMap};
pub use sink::{SinkConnector, SinkTask};
pub use source::{ExactlyOnce, Polled, SourceConnector, SourceTask, SourceTaskOptions};
pub use transformation::{Changes, NewRecord, Predicate, RecordFailure, Transformation, apply_batch};
pub use validation::ConfigValue;

/// Connect's data model and the batch codec.
pub use wasm_connect_batch as batch;
pub use wasm_connect_batch::{
    Ack, Acks, Batch, Datum, EncodeError, Field, FrameHead, FrameWriter, MalformedBatch, Payload, Record, Schema,
    SchemaBuilder, SchemaId, StringId, Struct, TimestampType, Type, Value, ValueRef, logical,
};
