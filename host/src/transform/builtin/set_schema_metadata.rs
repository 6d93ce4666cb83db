//! `SetSchemaMetadata`: another name or version for the schema of the key or value, of whatever type. (Java's fails on all but
//! structs.)

use wasm_connect_batch::{Schema, SchemaBuilder, Struct, Value};

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance};
use crate::config::definition::ParsedConfig;
use crate::converter::CowStruct;
use crate::transform::operand::Operand;
use crate::transform::replace_null::ReplaceNull;
use crate::transform::schema_cache::SchemaCache;
use crate::transform::structure::NewStruct;
use crate::transform::{ConnectRecord, TransformError, Transformation};

const SCHEMA_NAME: &str = "schema.name";
const SCHEMA_VERSION: &str = "schema.version";

pub struct SetSchemaMetadata {
    operand: Operand,
    name: Option<String>,
    version: Option<i32>,
    replace_null: ReplaceNull,
    cache: SchemaCache<Schema>,
}

pub fn keys() -> Vec<ConfigKey> {
    let key = |name, ty, documentation| ConfigKey::new(name, ty, Default::Null, Importance::High, documentation);
    vec![
        key(SCHEMA_NAME, ConfigType::String, "The new name of the schema."),
        key(SCHEMA_VERSION, ConfigType::Int, "The new version of the schema."),
        ReplaceNull::key(),
    ]
}

impl SetSchemaMetadata {
    pub fn new(operand: Operand, config: &ParsedConfig) -> Result<Self, TransformError> {
        let name = config.string(SCHEMA_NAME)?;
        let version = config.integer(SCHEMA_VERSION)?.and_then(|version| i32::try_from(version).ok());
        if name.is_none() && version.is_none() {
            return Err(TransformError::config("Neither schema name nor version configured"));
        }
        let replace_null = ReplaceNull::configured(config)?;
        Ok(Self { operand, name, version, replace_null, cache: SchemaCache::new() })
    }
}

impl Transformation for SetSchemaMetadata {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        let part = self.operand.of(&record);
        if part.schema().is_none() {
            return if part.is_null() {
                Ok(Some(record))
            } else {
                Err(TransformError::data("Schema required for [updating schema metadata]"))
            };
        }
        if let (Some(schema), value) = self.operand.take(&mut record)? {
            let (name, version) = (self.name.as_deref(), self.version);
            let updated = self.cache.get_or_build(&schema, || renamed(&schema, name, version))?;
            match value.into_cow_struct()? {
                Ok(value) => self.operand.put_struct(&mut record, moved(value, updated, self.replace_null)?),
                Err(value) => self.operand.put(&mut record, Some(updated.clone()), value.into_value()?),
            }
        }
        Ok(Some(record))
    }
}

/// The schema with its new name and version; a default that is a struct is one of the new schema.
fn renamed(schema: &Schema, name: Option<&str>, version: Option<i32>) -> Result<Schema, TransformError> {
    let mut builder = SchemaBuilder::from(schema).default_value(Value::Null);
    if let Some(name) = name {
        builder = builder.name(name);
    }
    if let Some(version) = version {
        builder = builder.version(version);
    }
    let default = match schema.default_value() {
        Some(Value::Struct(default)) => {
            Value::Struct(Struct::from_values(builder.clone().build(), default.values().to_vec())?)
        }
        Some(default) => default.clone(),
        None => Value::Null,
    };
    Ok(builder.default_value(default).try_build()?)
}

/// A struct as one of a schema with the same fields.
fn moved<'b>(
    value: CowStruct<'b>,
    schema: &Schema,
    replace_null: ReplaceNull,
) -> Result<CowStruct<'b>, TransformError> {
    NewStruct::of_former(schema, value, |field, value| Ok(replace_null.resolve(&field.schema, value)))?.finish()
}
