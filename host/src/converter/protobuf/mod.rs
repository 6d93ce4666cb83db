//! `ProtobufConverter`: values in Protobuf's wire format, their schemas in a registry.
//!
//! Schemas are .proto text. Behind the registry's id a message says by indexes which of its schema's messages it is; the values of
//! each are read by a plan of their own, which is made when the first one comes.

/// Connect's schemas as .proto text.
mod definition;
/// Protobuf's wire format.
mod input;
/// The files that need no reference.
mod known;
/// Timestamps, dates, times and decimals.
mod logical;
/// What Connect's schemas are called in Protobuf.
mod names;
/// Protobuf's schemas as Connect's.
mod plan;
/// Values from bytes.
mod read;
/// Protobuf's schemas from their text.
mod schema;
/// Values to bytes.
mod write;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use wasm_connect_batch::{FrameWriter, Schema};

use self::input::Input;
use self::schema::ProtoFile;
use super::schema_registry::{Definition, Format, RegisteredSchema, RegistryConverter, keys as registry_keys};
use super::{ConvertError, Converter, ConverterType, SchemaAndValue, Slot, keys};
use crate::config::config_def::ConfigKey;
use crate::connect::Config;

const ENHANCED: &str = "enhanced.protobuf.schema.support";
const SCRUB: &str = "scrub.invalid.names";
const INT_FOR_ENUMS: &str = "int.for.enums";
const OPTIONAL_FOR_NULLABLES: &str = "optional.for.nullables";
const OPTIONAL_FOR_PROTO2: &str = "optional.for.proto2";
const WRAPPER_FOR_NULLABLES: &str = "wrapper.for.nullables";
const WRAPPER_FOR_RAW_PRIMITIVES: &str = "wrapper.for.raw.primitives";
const STRUCT_FOR_NULLS: &str = "generate.struct.for.nulls";
const INDEX_FOR_UNIONS: &str = "generate.index.for.unions";
const FLATTEN_UNIONS: &str = "flatten.unions";
const IGNORE_DEFAULT: &str = "ignore.default.for.nullables";
const SKIP_KNOWN_TYPES: &str = "skip.known.types";

/// How many indexes a message may have: as deep as messages may be nested, and more.
const MAX_INDEXES: i64 = 100;

/// Java's `ProtobufDataConfig`.
struct Options {
    /// Names of structs and enumerations have their package.
    enhanced: bool,
    /// Characters that Protobuf does not allow in names are replaced.
    scrub: bool,
    int_for_enums: bool,
    /// Optional fields are `optional`, and no others are optional.
    optional_for_nullables: bool,
    /// An `optional` field of proto2 that is not there is null, and not its default.
    optional_for_proto2: bool,
    /// Optional primitives are in wrappers.
    wrapper_for_nullables: bool,
    /// A message that is a wrapper is the value in it.
    wrapper_for_raw_primitives: bool,
    /// A message that is not there is a struct of defaults.
    struct_for_nulls: bool,
    /// The field of a oneof has its index in its name.
    index_for_unions: bool,
    /// The members of a oneof are fields of the struct.
    flatten_unions: bool,
    ignore_default_for_nullables: bool,
}

/// The keys of its configuration.
pub(super) fn config_keys() -> Vec<ConfigKey> {
    use registry_keys::flag;
    let mut keys = registry_keys::keys();
    keys.extend([
        flag(ENHANCED, "false", "Whether names of structs, enumerations and oneofs have their package."),
        flag(SCRUB, "false", "Whether characters that Protobuf does not allow in names are replaced."),
        flag(INT_FOR_ENUMS, "false", "Whether enumerations are numbers, not the names of symbols."),
        flag(
            OPTIONAL_FOR_NULLABLES,
            "false",
            "Whether optional fields are optional in Protobuf, and only fields that are optional there are read as such.",
        ),
        flag(
            OPTIONAL_FOR_PROTO2,
            "true",
            "Whether an optional field of proto2 that is not there is null; otherwise it has its default.",
        ),
        flag(WRAPPER_FOR_NULLABLES, "false", "Whether optional primitives are in wrapper messages."),
        flag(
            WRAPPER_FOR_RAW_PRIMITIVES,
            "true",
            "Whether a message that is a wrapper is read as the value in it; otherwise it is a struct.",
        ),
        flag(STRUCT_FOR_NULLS, "false", "Whether a message that is not there is read as a struct of defaults."),
        flag(INDEX_FOR_UNIONS, "true", "Whether the field that a oneof becomes has an underscore and its index in its name."),
        flag(FLATTEN_UNIONS, "false", "Whether the members of a oneof are fields of the struct itself."),
    ]);
    keys
}

/// `io.confluent.connect.protobuf.ProtobufConverter`.
pub(super) fn converter(config: &Config, of: ConverterType) -> Result<Box<dyn Converter>, ConvertError> {
    if !keys::boolean(config, SKIP_KNOWN_TYPES, true)? {
        return Err(keys::invalid(SKIP_KNOWN_TYPES, "false", "this setting cannot be had"));
    }
    let options = Options {
        enhanced: keys::boolean(config, ENHANCED, false)?,
        scrub: keys::boolean(config, SCRUB, false)?,
        int_for_enums: keys::boolean(config, INT_FOR_ENUMS, false)?,
        optional_for_nullables: keys::boolean(config, OPTIONAL_FOR_NULLABLES, false)?,
        optional_for_proto2: keys::boolean(config, OPTIONAL_FOR_PROTO2, true)?,
        wrapper_for_nullables: keys::boolean(config, WRAPPER_FOR_NULLABLES, false)?,
        wrapper_for_raw_primitives: keys::boolean(config, WRAPPER_FOR_RAW_PRIMITIVES, true)?,
        struct_for_nulls: keys::boolean(config, STRUCT_FOR_NULLS, false)?,
        index_for_unions: keys::boolean(config, INDEX_FOR_UNIONS, true)?,
        flatten_unions: keys::boolean(config, FLATTEN_UNIONS, false)?,
        ignore_default_for_nullables: keys::boolean(config, IGNORE_DEFAULT, false)?,
    };
    Ok(Box::new(RegistryConverter::new(Protobuf(options), config, of)?))
}

/// The format.
struct Protobuf(Options);

/// How messages of one schema are read.
struct Reader {
    file: ProtoFile,
    version: Option<i32>,
    /// That of the first message, which is mostly the only one.
    first: OnceLock<Planned>,
    /// Those of others, by their indexes; there are no more than the schema has messages.
    others: Mutex<HashMap<Vec<i64>, Arc<Planned>>>,
    /// The memory of the last message that was read.
    scratch: Mutex<read::Scratch>,
}

/// A message's schema and how it is read, or why it cannot be.
type Planned = Result<(Schema, plan::Root), ConvertError>;

impl Format for Protobuf {
    const SCHEMA_TYPE: &'static str = "PROTOBUF";
    const NAME: &'static str = "Protobuf";
    type Writer = write::Plan;
    type Reader = Reader;

    fn definition(&self, schema: Option<&Schema>) -> Result<Definition, ConvertError> {
        definition::definition(schema, &self.0)
    }

    fn writer(&self, schema: Option<&Schema>, registered: &RegisteredSchema) -> Result<write::Plan, ConvertError> {
        write::plan(schema, &ProtoFile::parse(&registered.text, &registered.references)?, &self.0)
    }

    fn reader(&self, registered: &RegisteredSchema, version: Option<i32>) -> Result<Reader, ConvertError> {
        Ok(Reader {
            file: ProtoFile::parse(&registered.text, &registered.references)?,
            version,
            first: OnceLock::new(),
            others: Mutex::default(),
            scratch: Mutex::default(),
        })
    }

    fn is_null_message(&self, _schema: Option<&Schema>) -> Result<bool, ConvertError> {
        Ok(true)
    }

    fn write(&self, writer: &write::Plan, value: SchemaAndValue<'_>, out: &mut Vec<u8>) -> Result<(), ConvertError> {
        write::write(writer, value.schema(), value.view()?, self.0.ignore_default_for_nullables, out)
    }

    fn read(&self, reader: &Reader, bytes: &[u8], slot: Slot, frame: &mut FrameWriter<'_>) -> Result<(), ConvertError> {
        let (indexes, message) = split(bytes)?;
        match indexes.as_deref() {
            None => reader.read(reader.first.get_or_init(|| reader.plan(&[0], &self.0)), message, slot, frame),
            Some(indexes) => reader.read(&reader.other(indexes, &self.0), message, slot, frame),
        }
    }
}

impl Reader {
    fn plan(&self, indexes: &[i64], options: &Options) -> Planned {
        plan::plan(&self.file, &self.file.message_at(indexes)?, options, self.version)
    }

    fn other(&self, indexes: &[i64], options: &Options) -> Arc<Planned> {
        // The map is whole between any two calls, so that a panic elsewhere has not spoilt it.
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(planned) = others.get(indexes) {
            return planned.clone();
        }
        let planned = Arc::new(self.plan(indexes, options));
        if self.file.message_at(indexes).is_ok() {
            others.insert(indexes.to_vec(), planned.clone());
        }
        planned
    }

    fn read(
        &self,
        planned: &Planned,
        message: &[u8],
        slot: Slot,
        frame: &mut FrameWriter<'_>,
    ) -> Result<(), ConvertError> {
        let (schema, root) = planned.as_ref().map_err(Clone::clone)?;
        let mut scratch = std::mem::take(&mut *self.scratch());
        let read = read::read(root, schema, message, &mut scratch, slot, frame);
        *self.scratch() = scratch;
        read
    }

    fn scratch(&self) -> std::sync::MutexGuard<'_, read::Scratch> {
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The indexes of the message in its schema, and the message; none: it is the first one.
fn split(bytes: &[u8]) -> Result<(Option<Vec<i64>>, &[u8]), ConvertError> {
    if let [0, message @ ..] = bytes {
        return Ok((None, message));
    }
    let mut input = Input::new(bytes);
    let count = input.zigzag()?;
    if !(0..=MAX_INDEXES).contains(&count) {
        return Err(ConvertError(format!("malformed Protobuf: the message has {count} indexes")));
    }
    let indexes = (0..count).map(|_| input.zigzag()).collect::<Result<Vec<_>, _>>()?;
    Ok((Some(indexes).filter(|indexes| *indexes != [0]), input.rest()))
}

#[cfg(test)]
mod tests;
