//! `ValueToKey`: a key of some of the value's fields.

use wasm_connect_batch::{Schema, Value};

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator};
use crate::config::definition::ParsedConfig;
use crate::transform::lazy::Lazy;
use crate::transform::replace_null::ReplaceNull;
use crate::transform::requirements::{check_map, check_struct};
use crate::transform::schema_cache::SchemaCache;
use crate::transform::structure::NewStruct;
use crate::transform::{ConnectRecord, Part, TransformError, Transformation};

const FIELDS: &str = "fields";
const PURPOSE: &str = "copying fields from value to key";

pub struct ValueToKey {
    fields: Vec<String>,
    replace_null: ReplaceNull,
    cache: SchemaCache<Plan>,
}

/// What is to be done with all records of one schema.
struct Plan {
    key: Schema,
    /// For each of the key's fields, which of the value's it is.
    sources: Vec<usize>,
}

pub fn keys() -> Vec<ConfigKey> {
    let fields = ConfigKey::new(
        FIELDS,
        ConfigType::List,
        Default::Required,
        Importance::High,
        "The fields of the value that become the key.",
    );
    vec![fields.check(Validator::EachOnceNotEmpty), ReplaceNull::key()]
}

impl ValueToKey {
    pub fn new(config: &ParsedConfig) -> Result<Self, TransformError> {
        let replace_null = ReplaceNull::configured(config)?;
        Ok(Self { fields: config.list(FIELDS)?, replace_null, cache: SchemaCache::new() })
    }

    /// The key; the value stays as it is, and only these fields of it are decoded.
    fn key(&mut self, value: &Part<'_>) -> Result<Part<'static>, TransformError> {
        let lazy = Lazy::of(value)?;
        let Some(schema) = value.schema() else {
            check_map(lazy, PURPOSE)?;
            let entry = |field: &String| Ok((Value::String(field.clone()), lazy.entry(field)?.to_value()?));
            let entries = self.fields.iter().map(entry).collect::<Result<_, TransformError>>()?;
            return Ok(Part::Owned { schema: None, value: Value::Map(entries) });
        };
        check_struct(Some(schema), lazy, PURPOSE)?;
        let plan = self.cache.get_or_build(schema, || plan(&self.fields, schema))?;
        let mut key = NewStruct::new(&plan.key);
        for (field, source) in plan.key.fields().iter().zip(&plan.sources) {
            key.put(self.replace_null.resolve_value(&field.schema, lazy.field(*source)?.to_value()?))?;
        }
        Ok(Part::Struct(key.finish()?))
    }
}

impl Transformation for ValueToKey {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        record.key = self.key(&record.value)?;
        Ok(Some(record))
    }
}

fn plan(fields: &[String], schema: &Schema) -> Result<Plan, TransformError> {
    let mut builder = Schema::structure();
    let mut sources = Vec::new();
    for name in fields {
        let Some((index, field)) = schema.field(name) else {
            return Err(TransformError::data(format!("Field does not exist: {name}")));
        };
        sources.push(index);
        builder = builder.field(&**name, field.schema.clone());
    }
    Ok(Plan { key: builder.try_build()?, sources })
}
