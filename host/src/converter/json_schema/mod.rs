//! `JsonSchemaConverter`: values as JSON, their schemas, as JSON Schema, in a registry.

/// Connect's schemas as JSON Schema.
mod definition;
/// Values from JSON.
mod read;
/// JSON Schema as Connect's schemas.
mod schema;
/// Values to JSON.
mod write;

use wasm_connect_batch::{FrameWriter, Payload, Schema};

use super::json::tree::Tree;
use super::schema_registry::{Definition, Format, RegisteredSchema, RegistryConverter, keys as registry_keys};
use super::{ConvertError, Converter, ConverterType, SchemaAndValue, Slot, keys};
use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator};
use crate::connect::Config;

const ADDITIONAL_PROPERTIES: &str = "object.additional.properties";
const OPTIONAL_FOR_NON_REQUIRED: &str = "use.optional.for.nonrequired";
const FAIL_INVALID: &str = "json.fail.invalid.schema";
const FLATTEN: &str = "flatten.singleton.unions";
const IGNORE_DEFAULT: &str = "ignore.default.for.nullables";
const PRESERVE_ADDITIONAL: &str = "preserve.additional.properties";

const NAMESPACE: &str = "io.confluent.connect.json";
/// The name of a struct that is a union; its fields are this, `.field.` and a number.
const ONE_OF: &str = "io.confluent.connect.json.OneOf";
/// The parameter that makes an enumeration of a string.
const ENUM: &str = "io.confluent.connect.json.Enum";
/// What an enumeration calls null.
const NULL_MARKER: &str = "<NULL>";
const CONNECT_TYPE: &str = "connect.type";
const CONNECT_INDEX: &str = "connect.index";
const CONNECT_VERSION: &str = "connect.version";
const CONNECT_PARAMETERS: &str = "connect.parameters";

/// Java's `JsonSchemaDataConfig`.
struct Options {
    /// Whether objects may have members that the schema does not know.
    additional_properties: bool,
    optional_for_non_required: bool,
    /// Decimals are numbers, not their unscaled bytes in base64.
    numeric_decimals: bool,
    flatten_singleton_unions: bool,
    ignore_default_for_nullables: bool,
}

/// The keys of its configuration.
pub(super) fn config_keys() -> Vec<ConfigKey> {
    use registry_keys::flag;
    let mut keys = registry_keys::keys();
    let format = Default::Value("BASE64".into());
    let mut decimals = registry_keys::key(
        keys::DECIMAL_FORMAT,
        ConfigType::String,
        format,
        Importance::Low,
        "How decimals are written: BASE64 writes the unscaled value's bytes, NUMERIC a JSON number.",
    );
    decimals.validators = vec![Validator::OneOfIgnoreCase(vec!["NUMERIC".into(), "BASE64".into()])];
    let mut fail_invalid =
        flag(FAIL_INVALID, "false", "Values are not validated against their schema; true is refused.");
    fail_invalid.validators = vec![Validator::Custom(|_, value| match value {
        Some("true") => Err("values cannot be validated against their schema".to_owned()),
        _ => Ok(()),
    })];
    keys.extend([
        decimals,
        flag(ADDITIONAL_PROPERTIES, "true", "Whether schemas of structs allow members that they do not name."),
        flag(OPTIONAL_FOR_NON_REQUIRED, "false", "Whether members that a schema does not require are optional fields."),
        flag(FLATTEN, "true", "Whether a union of one type is read as that type."),
        fail_invalid,
    ]);
    keys
}

/// `io.confluent.connect.json.JsonSchemaConverter`.
pub(super) fn converter(config: &Config, of: ConverterType) -> Result<Box<dyn Converter>, ConvertError> {
    for key in [FAIL_INVALID, PRESERVE_ADDITIONAL] {
        if keys::boolean(config, key, false)? {
            return Err(keys::invalid(key, "true", "this setting cannot be had"));
        }
    }
    let format = config.get(keys::DECIMAL_FORMAT).map_or("BASE64", String::as_str);
    if !["BASE64", "NUMERIC"].iter().any(|known| known.eq_ignore_ascii_case(format)) {
        let why = "String must be one of (case insensitive): NUMERIC, BASE64";
        return Err(keys::invalid(keys::DECIMAL_FORMAT, format, why));
    }
    let options = Options {
        additional_properties: keys::boolean(config, ADDITIONAL_PROPERTIES, true)?,
        optional_for_non_required: keys::boolean(config, OPTIONAL_FOR_NON_REQUIRED, false)?,
        numeric_decimals: format.eq_ignore_ascii_case("NUMERIC"),
        flatten_singleton_unions: keys::boolean(config, FLATTEN, true)?,
        ignore_default_for_nullables: keys::boolean(config, IGNORE_DEFAULT, false)?,
    };
    Ok(Box::new(RegistryConverter::new(JsonSchema(options), config, of)?))
}

/// The format.
struct JsonSchema(Options);

impl Format for JsonSchema {
    const SCHEMA_TYPE: &'static str = "JSON";
    const NAME: &'static str = "JSON Schema";
    /// Values are written by their own schema.
    type Writer = ();
    /// None: the schema allows everything, and values have none.
    type Reader = Option<Schema>;

    fn definition(&self, schema: Option<&Schema>) -> Result<Definition, ConvertError> {
        definition::definition(schema, &self.0)
    }

    fn writer(&self, _schema: Option<&Schema>, _registered: &RegisteredSchema) -> Result<(), ConvertError> {
        Ok(())
    }

    fn reader(&self, registered: &RegisteredSchema, version: Option<i32>) -> Result<Option<Schema>, ConvertError> {
        schema::schema(registered, &self.0, version)
    }

    fn is_null_message(&self, schema: Option<&Schema>) -> Result<bool, ConvertError> {
        let has_default = |schema: &Schema| schema.default_value().is_some() && !self.0.ignore_default_for_nullables;
        Ok(schema.is_none_or(|schema| !schema.is_optional() && !has_default(schema)))
    }

    fn write(&self, _writer: &(), value: SchemaAndValue<'_>, out: &mut Vec<u8>) -> Result<(), ConvertError> {
        write::value(out, &self.0, value.schema(), value.view()?)
    }

    fn read(
        &self,
        schema: &Option<Schema>,
        bytes: &[u8],
        slot: Slot,
        frame: &mut FrameWriter<'_>,
    ) -> Result<(), ConvertError> {
        let value = read::value(schema.as_ref(), Some(&Tree::parse(bytes)?))?;
        match value.is_null() {
            true => slot.write(frame, Payload::Null(schema.as_ref())),
            false => slot.write(frame, Payload::Value(schema.as_ref(), &value)),
        }
    }
}

/// Whether a struct stands for a union.
fn is_union(schema: &Schema) -> bool {
    schema.ty() == wasm_connect_batch::Type::Struct && schema.name() == Some(ONE_OF)
}

/// Whether a map is an object, and not an array of pairs.
fn has_object_keys(key: Option<&Schema>) -> bool {
    key.is_some_and(|key| key.ty() == wasm_connect_batch::Type::String && !key.is_optional())
}

#[cfg(test)]
mod tests;
