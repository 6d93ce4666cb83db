//! `Flatten`: nested structs and maps as fields of the outermost one, with names that tell where they were.

use wasm_connect_batch::{Schema, SchemaBuilder, Struct, Type, Value};

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance};
use crate::config::definition::ParsedConfig;
use crate::converter::CowStruct;
use crate::transform::operand::Operand;
use crate::transform::requirements::{require_map, require_name, require_struct};
use crate::transform::schema_cache::SchemaCache;
use crate::transform::structure::{NewStruct, copy_schema_basics};
use crate::transform::{ConnectRecord, TransformError, Transformation, map};

const DELIMITER: &str = "delimiter";
const PURPOSE: &str = "flattening";

pub struct Flatten {
    operand: Operand,
    delimiter: String,
    cache: SchemaCache<Schema>,
}

pub fn keys() -> Vec<ConfigKey> {
    vec![ConfigKey::new(
        DELIMITER,
        ConfigType::String,
        Default::value("."),
        Importance::Medium,
        "What stands between the names of nested fields in the names of the new ones.",
    )]
}

impl Flatten {
    pub fn new(operand: Operand, config: &ParsedConfig) -> Result<Self, TransformError> {
        Ok(Self { operand, delimiter: config.text(DELIMITER)?, cache: SchemaCache::new() })
    }
}

impl Transformation for Flatten {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        if self.operand.of(&record).is_null() {
            return Ok(Some(record));
        }
        match self.operand.take(&mut record)? {
            (None, value) => {
                let mut flat = Vec::new();
                flatten_map(require_map(value, PURPOSE)?, "", &self.delimiter, &mut flat)?;
                self.operand.put(&mut record, None, Value::Map(flat));
            }
            (Some(schema), value) => {
                let value = require_struct(Some(&schema), value, PURPOSE)?;
                let flat = self.cache.get_or_build(&schema, || flat_schema(&schema, &self.delimiter))?;
                let mut updated = NewStruct::new(flat);
                flatten_struct(value, &mut updated)?;
                self.operand.put_struct(&mut record, updated.finish()?);
            }
        }
        Ok(Some(record))
    }
}

fn flat_name(prefix: &str, name: &str, delimiter: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}{delimiter}{name}") }
}

// === without a schema

fn flatten_map(
    entries: Vec<(Value, Value)>,
    prefix: &str,
    delimiter: &str,
    flat: &mut Vec<(Value, Value)>,
) -> Result<(), TransformError> {
    for (key, value) in entries {
        let name = flat_name(prefix, &require_name(key)?, delimiter);
        match value {
            Value::Map(nested) => flatten_map(nested, &name, delimiter, flat)?,
            Value::Struct(_) => {
                return Err(TransformError::data(format!(
                    "Flatten transformation does not support class org.apache.kafka.connect.data.Struct for record without \
                     schemas (for field {name})."
                )));
            }
            value => map::put(flat, &name, value),
        }
    }
    Ok(())
}

// === with a schema

fn flat_schema(schema: &Schema, delimiter: &str) -> Result<Schema, TransformError> {
    let mut builder = copy_schema_basics(schema, Schema::structure());
    let above = Above { prefix: "", optional: schema.is_optional(), default: struct_of(schema.default_value()) };
    builder = add_fields(builder, schema, &above, delimiter)?;
    Ok(builder.try_build()?)
}

/// What the structs that a field is nested in say about it.
struct Above<'a> {
    prefix: &'a str,
    optional: bool,
    default: Option<&'a Struct>,
}

fn add_fields(
    mut builder: SchemaBuilder,
    schema: &Schema,
    above: &Above<'_>,
    delimiter: &str,
) -> Result<SchemaBuilder, TransformError> {
    for field in schema.fields() {
        let name = flat_name(above.prefix, &field.name, delimiter);
        let optional = above.optional || field.schema.is_optional();
        let inherited = above.default.map(|default| default.get(&field.name)).transpose()?;
        let default = field.schema.default_value().or(inherited);
        builder = match field.schema.ty() {
            Type::Struct => {
                let above = Above { prefix: &name, optional, default: struct_of(default) };
                add_fields(builder, &field.schema, &above, delimiter)?
            }
            Type::Map => {
                return Err(TransformError::data(format!(
                    "Flatten transformation does not support MAP for record with schemas (for field {name})."
                )));
            }
            _ => builder.field(name, flat_field(&field.schema, optional, default)?),
        };
    }
    Ok(builder)
}

fn flat_field(schema: &Schema, optional: bool, default: Option<&Value>) -> Result<Schema, TransformError> {
    let bare = match schema.value_schema() {
        Some(items) => Schema::array(items.clone()),
        None => SchemaBuilder::new(schema.ty()),
    };
    let mut builder = copy_schema_basics(schema, bare);
    if optional {
        builder = builder.optional();
    }
    if let Some(default) = default {
        builder = builder.default_value(default.clone());
    }
    Ok(builder.try_build()?)
}

fn flatten_struct<'b>(value: CowStruct<'b>, flat: &mut NewStruct<'_, 'b>) -> Result<(), TransformError> {
    let (schema, values) = value.into_parts();
    for (field, value) in schema.fields().iter().zip(values) {
        if field.schema.ty() == Type::Struct {
            match value.into_cow_struct()? {
                Ok(nested) => flatten_struct(nested, flat)?,
                Err(_) => flat.skip(count_fields(&field.schema)),
            }
        } else if value.is_null() {
            flat.put(field.schema.default_value().cloned().unwrap_or(Value::Null))?;
        } else {
            flat.put(value)?;
        }
    }
    Ok(())
}

/// How many fields a struct becomes.
fn count_fields(schema: &Schema) -> usize {
    let count = |schema: &Schema| if schema.ty() == Type::Struct { count_fields(schema) } else { 1 };
    schema.fields().iter().map(|field| count(&field.schema)).sum()
}

fn struct_of(value: Option<&Value>) -> Option<&Struct> {
    match value {
        Some(Value::Struct(value)) => Some(value),
        _ => None,
    }
}
