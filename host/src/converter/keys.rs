//! The keys of the converters' configurations, and how their values are read.

use std::borrow::Cow;

use super::ConvertError;
use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator, Width};
use crate::connect::Config;

/// `converter.type`: what the worker sets to `key`, `value` or `header`.
pub(super) const TYPE: &str = "converter.type";
pub(super) const ENCODING: &str = "converter.encoding";
pub(super) const SCHEMAS_ENABLE: &str = "schemas.enable";
pub(super) const SCHEMAS_CACHE_SIZE: &str = "schemas.cache.size";
pub(super) const SCHEMA_CONTENT: &str = "schema.content";
pub(super) const DECIMAL_FORMAT: &str = "decimal.format";
pub(super) const REPLACE_NULL_WITH_DEFAULT: &str = "replace.null.with.default";

// === definitions

/// No keys at all.
pub(super) fn none() -> Vec<ConfigKey> {
    Vec::new()
}

/// What every converter's configuration begins with (`ConverterConfig.newConfigDef`).
pub(super) fn common() -> Vec<ConfigKey> {
    let mut key = key(TYPE, ConfigType::String, Default::Required, Importance::Low);
    key.documentation = "What the converter is for: the keys, the values or the headers of records.".into();
    key.validators = vec![Validator::OneOf(vec!["key".into(), "value".into(), "header".into()])];
    vec![key]
}

/// The keys of `StringConverter`.
pub(super) fn string() -> Vec<ConfigKey> {
    let mut keys = common();
    keys.push(ConfigKey {
        documentation: "Java's name of the character set that strings are encoded in.".into(),
        width: Width::Medium,
        display_name: "Encoding".into(),
        ..key(ENCODING, ConfigType::String, value("UTF-8"), Importance::High)
    });
    keys
}

/// The keys of `JsonConverter`.
pub(super) fn json() -> Vec<ConfigKey> {
    let schemas = |order, name, ty, default, display_name: &'static str, documentation: &'static str| ConfigKey {
        group: Some("Schemas".into()),
        order_in_group: order,
        width: Width::Medium,
        display_name: display_name.into(),
        documentation: documentation.into(),
        ..key(name, ty, default, Importance::High)
    };
    let serialization = |order, name, ty, default, display_name: &'static str, documentation: &'static str| ConfigKey {
        group: Some("Serialization".into()),
        order_in_group: order,
        width: Width::Medium,
        display_name: display_name.into(),
        documentation: documentation.into(),
        ..key(name, ty, default, Importance::Low)
    };
    let mut keys = common();
    keys.push(schemas(
        0,
        SCHEMAS_ENABLE,
        ConfigType::Boolean,
        value("true"),
        "Enable Schemas",
        "Whether each serialized value carries its schema beside it.",
    ));
    keys.push(schemas(
        1,
        SCHEMAS_CACHE_SIZE,
        ConfigType::Int,
        value("1000"),
        "Schema Cache Size",
        "How many schemas this converter keeps at most, so that equal ones are not translated again.",
    ));
    keys.push(schemas(
        2,
        SCHEMA_CONTENT,
        ConfigType::String,
        Default::Null,
        "Schema Content",
        "A schema in JSON for all messages of a sink connector, which then are payloads without a schema of their own. \
         It has an effect only if schemas.enable is true.",
    ));
    let mut decimal_format = serialization(
        0,
        DECIMAL_FORMAT,
        ConfigType::String,
        value("BASE64"),
        "Decimal Format",
        "How decimals are serialized: BASE64 writes the unscaled value's bytes, NUMERIC writes a JSON number. Upper and lower \
         case are the same.",
    );
    decimal_format.validators = vec![Validator::OneOfIgnoreCase(vec!["NUMERIC".into(), "BASE64".into()])];
    keys.push(decimal_format);
    keys.push(serialization(
        1,
        REPLACE_NULL_WITH_DEFAULT,
        ConfigType::Boolean,
        value("true"),
        "Replace null with default",
        "Whether a field that is null and has a default value is given that default; otherwise it stays null.",
    ));
    keys
}

fn key(name: &'static str, ty: ConfigType, default: Default, importance: Importance) -> ConfigKey {
    ConfigKey {
        name: name.into(),
        ty,
        default,
        validators: Vec::new(),
        importance,
        documentation: Cow::Borrowed(""),
        group: None,
        order_in_group: -1,
        width: Width::None,
        display_name: name.into(),
        dependents: Vec::new(),
        grants: Vec::new(),
    }
}

fn value(text: &'static str) -> Default {
    Default::Value(Cow::Borrowed(text))
}

// === values

/// A boolean as `ConfigDef.parseType` reads it.
pub(super) fn boolean(config: &Config, key: &str, default: bool) -> Result<bool, ConvertError> {
    let Some(text) = config.get(key) else {
        return Ok(default);
    };
    match text.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(invalid(key, text, "Expected value to be either true or false")),
    }
}

/// An int as `ConfigDef.parseType` reads it.
pub(super) fn int(config: &Config, key: &str, default: i32) -> Result<i32, ConvertError> {
    let Some(text) = config.get(key) else {
        return Ok(default);
    };
    text.trim().parse().map_err(|_| invalid(key, text, "Not a number of type INT"))
}

/// A value that is not allowed, as `ConfigException` words it.
pub(super) fn invalid(key: &str, value: &str, why: &str) -> ConvertError {
    ConvertError(format!("Invalid value {value} for configuration {key}: {why}"))
}
