//! `replace.null.with.default`: whether a field that is null is read as its default.

use wasm_connect_batch::{Schema, Struct, Value};

use super::TransformError;
use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance};
use crate::config::definition::ParsedConfig;
use crate::converter::CowValue;

const KEY: &str = "replace.null.with.default";

/// The choice of one transform.
#[derive(Clone, Copy, Debug)]
pub struct ReplaceNull(bool);

impl ReplaceNull {
    pub fn key() -> ConfigKey {
        ConfigKey::new(
            KEY,
            ConfigType::Boolean,
            Default::value("true"),
            Importance::Medium,
            "Whether a field that is null and has a default value is given that default; otherwise it stays null.",
        )
    }

    pub fn configured(config: &ParsedConfig) -> Result<Self, TransformError> {
        Ok(Self(config.bool(KEY)?))
    }

    /// The value of a field of `schema`.
    pub fn resolve<'b>(self, schema: &Schema, value: CowValue<'b>) -> CowValue<'b> {
        if value.is_null() { CowValue::Owned(self.resolve_value(schema, Value::Null)) } else { value }
    }

    /// As [`ReplaceNull::resolve`], of an owned value.
    pub fn resolve_value(self, schema: &Schema, value: Value) -> Value {
        match schema.default_value() {
            // A struct that is a default is one of the schema without that default.
            Some(Value::Struct(default)) if self.0 && value.is_null() => {
                let values = default.values().to_vec();
                Struct::from_values(schema.clone(), values).map_or(Value::Null, Value::Struct)
            }
            Some(default) if self.0 && value.is_null() => default.clone(),
            _ => value,
        }
    }
}
