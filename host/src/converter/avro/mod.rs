//! `AvroConverter`: values in Avro's binary form, their schemas in a registry.
//!
//! Values go straight between Avro's bytes and rows, and schemas keep every property of their JSON, since that is where Connect's
//! own names, versions and types are.

/// Connect's schemas as Avro's.
mod definition;
/// Avro's binary form.
mod input;
/// What Connect's schemas are called in Avro.
mod names;
/// Avro's schemas as Connect's.
mod plan;
/// Values from bytes.
mod read;
/// Avro's schemas from JSON.
mod schema;
/// Values to bytes.
mod write;

use wasm_connect_batch::{FrameWriter, Schema};

use self::schema::AvroSchema;
use super::schema_registry::{Definition, Format, RegisteredSchema, RegistryConverter, keys as registry_keys};
use super::{ConvertError, Converter, ConverterType, SchemaAndValue, Slot, keys};
use crate::config::config_def::ConfigKey;
use crate::connect::Config;

const ENHANCED: &str = "enhanced.avro.schema.support";
const SCRUB: &str = "scrub.invalid.names";
const META_DATA: &str = "connect.meta.data";
const OPTIONAL_MAP_KEYS: &str = "allow.optional.map.keys";
const FLATTEN: &str = "flatten.singleton.unions";
const DISCARD: &str = "discard.type.doc.default";
const IGNORE_DEFAULT: &str = "ignore.default.for.nullables";

/// Java's `AvroDataConfig`.
struct Options {
    /// Enumerations stay what they are, and members of unions have their full names.
    enhanced: bool,
    /// Characters that Avro does not allow in names are replaced.
    scrub: bool,
    /// Connect's own names, versions, parameters and the like are properties of Avro's schemas.
    connect_meta_data: bool,
    allow_optional_map_keys: bool,
    flatten_singleton_unions: bool,
    discard_type_doc_default: bool,
    ignore_default_for_nullables: bool,
}

/// The keys of its configuration.
pub(super) fn config_keys() -> Vec<ConfigKey> {
    use registry_keys::flag;
    let mut keys = registry_keys::keys();
    keys.extend([
        flag(ENHANCED, "false", "Whether enumerations stay enumerations, and members of unions have full names."),
        flag(SCRUB, "false", "Whether characters that Avro does not allow in names are replaced."),
        flag(META_DATA, "true", "Whether what only Connect knows of a schema is kept in properties of Avro's."),
        flag(OPTIONAL_MAP_KEYS, "false", "Whether a map whose keys are optional strings is a map in Avro, too."),
        flag(FLATTEN, "true", "Whether a union of one type is read as that type."),
        flag(DISCARD, "false", "Whether of documentation and defaults only those of fields are kept."),
    ]);
    keys
}

/// `io.confluent.connect.avro.AvroConverter`.
pub(super) fn converter(config: &Config, of: ConverterType) -> Result<Box<dyn Converter>, ConvertError> {
    let options = Options {
        enhanced: keys::boolean(config, ENHANCED, false)?,
        scrub: keys::boolean(config, SCRUB, false)?,
        connect_meta_data: keys::boolean(config, META_DATA, true)?,
        allow_optional_map_keys: keys::boolean(config, OPTIONAL_MAP_KEYS, false)?,
        flatten_singleton_unions: keys::boolean(config, FLATTEN, true)?,
        discard_type_doc_default: keys::boolean(config, DISCARD, false)?,
        ignore_default_for_nullables: keys::boolean(config, IGNORE_DEFAULT, false)?,
    };
    Ok(Box::new(RegistryConverter::new(Avro(options), config, of)?))
}

/// The format.
struct Avro(Options);

/// How messages of one schema are read.
enum Reader {
    Typed(Schema, plan::Plan),
    /// The schema is the one of schemaless values.
    Anything,
}

impl Format for Avro {
    const SCHEMA_TYPE: &'static str = "AVRO";
    const NAME: &'static str = "Avro";
    type Writer = write::Plan;
    type Reader = Reader;

    fn definition(&self, schema: Option<&Schema>) -> Result<Definition, ConvertError> {
        definition::definition(schema, &self.0)
    }

    fn writer(&self, schema: Option<&Schema>, registered: &RegisteredSchema) -> Result<write::Plan, ConvertError> {
        write::plan(schema, &AvroSchema::parse(&registered.text, &registered.references)?, &self.0)
    }

    fn reader(&self, registered: &RegisteredSchema, version: Option<i32>) -> Result<Reader, ConvertError> {
        let avro = AvroSchema::parse(&registered.text, &registered.references)?;
        if avro.record_name() == Some(names::ANYTHING) {
            return Ok(Reader::Anything);
        }
        let (schema, plan) = plan::plan(&avro, &self.0, version)?;
        Ok(Reader::Typed(schema, plan))
    }

    fn is_null_message(&self, schema: Option<&Schema>) -> Result<bool, ConvertError> {
        match schema {
            Some(schema) if !schema.is_optional() => {
                Err(ConvertError("Found null value for non-optional schema".to_owned()))
            }
            _ => Ok(true),
        }
    }

    fn write(&self, writer: &write::Plan, value: SchemaAndValue<'_>, out: &mut Vec<u8>) -> Result<(), ConvertError> {
        write::write(writer, value.schema(), value.view()?, self.0.ignore_default_for_nullables, out)
    }

    fn read(&self, reader: &Reader, bytes: &[u8], slot: Slot, frame: &mut FrameWriter<'_>) -> Result<(), ConvertError> {
        match reader {
            Reader::Typed(schema, plan) => read::read(plan, schema, bytes, slot, frame),
            Reader::Anything => read::read_anything(bytes, slot, frame),
        }
    }
}

#[cfg(test)]
mod tests;
