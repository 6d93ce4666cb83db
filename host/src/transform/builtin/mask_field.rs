//! `MaskField`: nothing, or a fixed replacement, instead of what fields hold.

use wasm_connect_batch::{Schema, Value};

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator};
use crate::config::definition::ParsedConfig;
use crate::converter::java::decimal::{self, Number};
use crate::converter::java::logical::Logical;
use crate::transform::lazy::Lazy;
use crate::transform::operand::Operand;
use crate::transform::replace_null::ReplaceNull;
use crate::transform::requirements::{require_map, require_struct};
use crate::transform::structure::NewStruct;
use crate::transform::{ConnectRecord, TransformError, Transformation, map};

const FIELDS: &str = "fields";
const REPLACEMENT: &str = "replacement";
const PURPOSE: &str = "mask fields";

pub struct MaskField {
    operand: Operand,
    fields: Vec<String>,
    replacement: Option<String>,
    replace_null: ReplaceNull,
}

pub fn keys() -> Vec<ConfigKey> {
    vec![
        ConfigKey::new(FIELDS, ConfigType::List, Default::Required, Importance::High, "The fields that are masked.")
            .check(Validator::EachOnceNotEmpty),
        ConfigKey::new(
            REPLACEMENT,
            ConfigType::String,
            Default::Null,
            Importance::Low,
            "What all masked fields are set to, which must be numbers or strings. By default they become 0, false, an empty \
             string, list or map.",
        )
        .check(Validator::NonEmpty),
        ReplaceNull::key(),
    ]
}

impl MaskField {
    pub fn new(operand: Operand, config: &ParsedConfig) -> Result<Self, TransformError> {
        Ok(Self {
            operand,
            fields: config.list(FIELDS)?,
            replacement: config.string(REPLACEMENT)?,
            replace_null: ReplaceNull::configured(config)?,
        })
    }

    fn masked(&self, schema: Option<&Schema>, value: &Value) -> Result<Value, TransformError> {
        match &self.replacement {
            _ if value.is_null() => Ok(Value::Null),
            Some(replacement) => replaced(schema, value, replacement),
            None => emptied(schema, value),
        }
    }
}

impl Transformation for MaskField {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        match self.operand.take(&mut record)? {
            (None, value) => {
                let mut entries = require_map(value, PURPOSE)?;
                for field in &self.fields {
                    let masked = self.masked(None, map::get(&entries, field))?;
                    map::put(&mut entries, field, masked);
                }
                self.operand.put(&mut record, None, Value::Map(entries));
            }
            (Some(schema), value) => {
                let value = require_struct(Some(&schema), value, PURPOSE)?;
                let updated = NewStruct::of_former(&schema, value, |field, value| {
                    let value = self.replace_null.resolve(&field.schema, value);
                    if !self.fields.contains(&field.name) {
                        return Ok(value);
                    }
                    Ok(self.masked(Some(&field.schema), &value.into_value()?)?.into())
                })?;
                let value = updated.finish()?;
                self.operand.put_struct(&mut record, value);
            }
        }
        Ok(Some(record))
    }
}

fn emptied(schema: Option<&Schema>, value: &Value) -> Result<Value, TransformError> {
    Ok(match (value, Logical::of(schema)) {
        (Value::Boolean(_), _) => Value::Boolean(false),
        (Value::Int8(_), _) => Value::Int8(0),
        (Value::Int16(_), _) => Value::Int16(0),
        (Value::Int32(_), _) => Value::Int32(0),
        (Value::Int64(_), _) => Value::Int64(0),
        (Value::Float32(_), _) => Value::Float32(0.0),
        (Value::Float64(_), _) => Value::Float64(0.0),
        (Value::String(_), _) => Value::String(String::new()),
        (Value::Array(_), _) => Value::Array(Vec::new()),
        (Value::Map(_), _) => Value::Map(Vec::new()),
        // Zero at the scale of the schema. Java's zero has no fraction, and its converters then refuse it.
        (Value::Bytes(_), Some(Logical::Decimal)) => Value::Bytes(vec![0]),
        _ => {
            let class = Lazy::Owned(value).class_name(schema);
            return Err(TransformError::data(format!("Cannot mask value of type: class {class}")));
        }
    })
}

fn replaced(schema: Option<&Schema>, value: &Value, replacement: &str) -> Result<Value, TransformError> {
    let wrong_type = || {
        let class = Lazy::Owned(value).class_name(schema);
        TransformError::data(format!("Cannot mask value of type class {class} with custom replacement."))
    };
    let number = || Number::parse(replacement).ok_or_else(|| no_number(replacement, "a number"));
    Ok(match (value, Logical::of(schema)) {
        (Value::Int32(_), Some(Logical::Date | Logical::Time)) | (Value::Int64(_), Some(Logical::Timestamp)) => {
            return Err(wrong_type());
        }
        (Value::Int8(_), _) => Value::Int8(number()?.low_i64() as i8),
        (Value::Int16(_), _) => Value::Int16(number()?.low_i64() as i16),
        (Value::Int32(_), _) => Value::Int32(number()?.low_i64() as i32),
        (Value::Int64(_), _) => Value::Int64(number()?.low_i64()),
        (Value::Float32(_), _) => Value::Float32(number()?.float64() as f32),
        (Value::Float64(_), _) => Value::Float64(number()?.float64()),
        (Value::String(_), _) => Value::String(replacement.to_owned()),
        (Value::Bytes(_), Some(Logical::Decimal)) => {
            let number = Number::parse(replacement).ok_or_else(|| no_number(replacement, "number"))?;
            Value::Bytes(number.unscaled(decimal::scale(schema)?)?)
        }
        _ => return Err(wrong_type()),
    })
}

fn no_number(replacement: &str, what: &str) -> TransformError {
    TransformError::data(format!("Unable to convert {replacement} (class java.lang.String) to {what}"))
}
