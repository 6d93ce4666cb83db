//! Kafka Connect's data model and the batch format of `wit/BATCH.md`, for the worker and for plugins alike.
#![forbid(unsafe_code)]

/// The packed list that `source-task.acknowledged` takes.
pub mod acks;
/// Little-endian reading of untrusted bytes.
mod bytes;
/// What can be wrong with bytes that are read and values that are written.
mod error;
/// The numbers of the format.
mod layout;
/// How much of a foreign batch a reader accepts.
mod limits;
/// Connect's named types on their base type.
pub mod logical;
/// Batches from bytes, lazily.
mod read;
/// Values of a schema as bytes.
mod row;
/// Types, schemas and their builder.
mod schema;
/// Owned values and structs.
mod value;
/// Batches into bytes.
mod write;

pub use acks::{Ack, Acks, AcksWriter, Placed};
pub use error::{EncodeError, InvalidSchema, InvalidValue, MalformedBatch};
pub use limits::Limits;
pub use read::{Batch, Header, Headers, Record, TimestampType};
pub use row::{ArrayRef, Datum, MapRef, RowWriter, StructRef, ValueRef, tagged};
pub use schema::{Field, Schema, SchemaBuilder, Type};
pub use value::{Struct, Value, validate_value};
pub use write::{BatchWriter, FrameHead, FrameWriter, Payload, SchemaId, StringId};

/// The version of the batch format that this crate reads and writes.
pub const FORMAT_VERSION: u8 = 1;
