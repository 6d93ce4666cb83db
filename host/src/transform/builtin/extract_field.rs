//! `ExtractField`: one field instead of the whole key or value.

use wasm_connect_batch::{Schema, Value};

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance};
use crate::config::definition::ParsedConfig;
use crate::transform::field_path::{FieldSyntaxVersion, SingleFieldPath};
use crate::transform::lazy::Lazy;
use crate::transform::operand::Operand;
use crate::transform::replace_null::ReplaceNull;
use crate::transform::requirements::{check_map, check_struct};
use crate::transform::{ConnectRecord, TransformError, Transformation};

const FIELD: &str = "field";
const PURPOSE: &str = "field extraction";

pub struct ExtractField {
    operand: Operand,
    field: String,
    path: SingleFieldPath,
    replace_null: ReplaceNull,
}

pub fn keys() -> Vec<ConfigKey> {
    let field = ConfigKey::new(
        FIELD,
        ConfigType::String,
        Default::Required,
        Importance::Medium,
        "The field whose value becomes the key or value; with field.syntax.version V2 also the path of a nested one.",
    );
    vec![field, ReplaceNull::key(), FieldSyntaxVersion::key()]
}

impl ExtractField {
    pub fn new(operand: Operand, config: &ParsedConfig) -> Result<Self, TransformError> {
        let field = config.text(FIELD)?;
        let path = SingleFieldPath::parse(&field, FieldSyntaxVersion::configured(config)?)?;
        Ok(Self { operand, field, path, replace_null: ReplaceNull::configured(config)? })
    }

    /// Decodes what is on the path, and nothing else.
    fn extract(&self, record: &ConnectRecord<'_>) -> Result<(Option<Schema>, Value), TransformError> {
        let part = self.operand.of(record);
        let value = Lazy::of(part)?;
        let Some(schema) = part.schema() else {
            if value.is_null() {
                return Ok((None, Value::Null));
            }
            check_map(value, PURPOSE)?;
            return Ok((None, self.path.value_in_map(value)?));
        };
        if !value.is_null() {
            check_struct(Some(schema), value, PURPOSE)?;
        }
        let Some(field) = self.path.field_in(schema)? else {
            let message = format!("Unknown field: {}", self.field);
            return Err(TransformError::of("java.lang.IllegalArgumentException", message));
        };
        if value.is_null() {
            return Ok((Some(field.schema.clone()), Value::Null));
        }
        let value = self.path.value_in_struct(schema, value, self.replace_null)?;
        Ok((Some(field.schema.clone()), value))
    }
}

impl Transformation for ExtractField {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        let (schema, value) = self.extract(&record)?;
        self.operand.put(&mut record, schema, value);
        Ok(Some(record))
    }
}
