//! `TimestampConverter`: times as text, as a number since 1970, or as one of Connect's logical types.

use wasm_connect_batch::{Schema, Value};

use super::timestamp_form::{Precision, TimestampForm, Translator};
use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator};
use crate::config::definition::ParsedConfig;
use crate::converter::{CowStruct, CowValue};
use crate::transform::operand::Operand;
use crate::transform::replace_null::ReplaceNull;
use crate::transform::requirements::{require_map, require_struct};
use crate::transform::schema_cache::SchemaCache;
use crate::transform::simple_date_format::SimpleDateFormat;
use crate::transform::structure::{NewStruct, copy_schema_basics, fields_of};
use crate::transform::{ConnectRecord, Part, TransformError, Transformation, map};

const FIELD: &str = "field";
const TARGET_TYPE: &str = "target.type";
const FORMAT: &str = "format";
const UNIX_PRECISION: &str = "unix.precision";
const PURPOSE: &str = "converting timestamp formats";

pub struct TimestampConverter {
    operand: Operand,
    conversion: Conversion,
    cache: SchemaCache<Schema>,
}

/// What is to be done with all records.
struct Conversion {
    /// Empty: the whole key or value.
    field: String,
    target: TimestampForm,
    translator: Translator,
    replace_null: ReplaceNull,
}

pub fn keys() -> Vec<ConfigKey> {
    let string = |name, default, importance, documentation| {
        ConfigKey::new(name, ConfigType::String, default, importance, documentation)
    };
    let one_of = |allowed: &[&'static str]| Validator::OneOf(allowed.iter().map(|text| (*text).into()).collect());
    vec![
        string(
            FIELD,
            Default::value(""),
            Importance::High,
            "The field that holds the time; empty: the whole key or value is a time.",
        ),
        string(
            TARGET_TYPE,
            Default::Required,
            Importance::High,
            "What the time becomes: string, unix (a number since 1970), Date, Time or Timestamp.",
        )
        .check(one_of(&TimestampForm::NAMES)),
        string(
            FORMAT,
            Default::value(""),
            Importance::Medium,
            "The pattern of times that are strings, with the letters of java.text.SimpleDateFormat; for what is read and for what \
             is written.",
        ),
        string(
            UNIX_PRECISION,
            Default::value("milliseconds"),
            Importance::Low,
            "The unit of times that are numbers: seconds, milliseconds, microseconds or nanoseconds. What is less than a \
             millisecond is lost.",
        )
        .check(one_of(&Precision::NAMES)),
        ReplaceNull::key(),
    ]
}

impl TimestampConverter {
    pub fn new(operand: Operand, config: &ParsedConfig) -> Result<Self, TransformError> {
        let target = TimestampForm::named(&config.text(TARGET_TYPE)?);
        let pattern = config.text(FORMAT)?;
        let format = match pattern.trim() {
            "" if target == TimestampForm::String => {
                return Err(TransformError::config(
                    "TimestampConverter requires format option to be specified when using string timestamps",
                ));
            }
            "" => None,
            _ => Some(SimpleDateFormat::new(&pattern).map_err(|_| {
                TransformError::config(format!(
                    "TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: {pattern}"
                ))
            })?),
        };
        let precision = Precision::named(&config.text(UNIX_PRECISION)?);
        let conversion = Conversion {
            field: config.text(FIELD)?,
            target,
            translator: Translator { format, precision },
            replace_null: ReplaceNull::configured(config)?,
        };
        Ok(Self { operand, conversion, cache: SchemaCache::new() })
    }

    fn with_schema<'b>(&mut self, schema: &Schema, value: CowValue<'b>) -> Result<Part<'b>, TransformError> {
        let conversion = &self.conversion;
        if conversion.field.is_empty() {
            let value = conversion.convert(Some(schema), &value.into_value()?)?;
            return Ok(Part::Owned { schema: Some(conversion.target.schema(schema.is_optional())), value });
        }
        let value = if value.is_null() { None } else { Some(require_struct(Some(schema), value, PURPOSE)?) };
        let updated = self.cache.get_or_build(schema, || conversion.updated_schema(schema))?;
        Ok(match value {
            Some(value) => Part::Struct(conversion.convert_field(value, updated)?),
            None => Part::Owned { schema: Some(updated.clone()), value: Value::Null },
        })
    }
}

impl Conversion {
    /// A time of a schema, or of none, in the target's form.
    fn convert(&self, schema: Option<&Schema>, value: &Value) -> Result<Value, TransformError> {
        let source = schema.map(TimestampForm::of_schema).transpose()?;
        if value.is_null() {
            return Ok(Value::Null);
        }
        let source = source.map_or_else(|| TimestampForm::of_value(value), Ok)?;
        let millis = self.translator.read(source, schema, value)?;
        self.translator.write(self.target, millis)
    }

    fn schemaless(&self, value: CowValue<'_>) -> Result<Value, TransformError> {
        if value.is_null() || self.field.is_empty() {
            return self.convert(None, &value.into_value()?);
        }
        let mut entries = require_map(value, PURPOSE)?;
        let converted = self.convert(None, map::get(&entries, &self.field))?;
        map::put(&mut entries, &self.field, converted);
        Ok(Value::Map(entries))
    }

    fn updated_schema(&self, schema: &Schema) -> Result<Schema, TransformError> {
        let mut builder = copy_schema_basics(schema, Schema::structure());
        for field in fields_of(schema)? {
            let schema = if field.name == self.field {
                self.target.schema(field.schema.is_optional())
            } else {
                field.schema.clone()
            };
            builder = builder.field(&*field.name, schema);
        }
        if schema.is_optional() {
            builder = builder.optional();
        }
        if let Some(Value::Struct(default)) = schema.default_value() {
            let default = self.convert_field(default.clone().into(), &builder.clone().build())?;
            builder = builder.default_value(Value::Struct(default.into_struct()?));
        }
        Ok(builder.try_build()?)
    }

    fn convert_field<'b>(&self, value: CowStruct<'b>, schema: &Schema) -> Result<CowStruct<'b>, TransformError> {
        let updated = NewStruct::of_former(schema, value, |field, value| {
            let value = self.replace_null.resolve(&field.schema, value);
            if field.name != self.field {
                return Ok(value);
            }
            Ok(self.convert(Some(&field.schema), &value.into_value()?)?.into())
        })?;
        updated.finish()
    }
}

impl Transformation for TimestampConverter {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        match self.operand.take(&mut record)? {
            (None, value) => self.operand.put(&mut record, None, self.conversion.schemaless(value)?),
            (Some(schema), value) => {
                let part = self.with_schema(&schema, value)?;
                self.operand.put_part(&mut record, part);
            }
        }
        Ok(Some(record))
    }
}
