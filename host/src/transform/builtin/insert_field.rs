//! `InsertField`: topic, partition, offset, timestamp or a fixed text as fields of the key or value.

use std::borrow::Cow;

use wasm_connect_batch::{Field, Schema, SchemaBuilder, Type, Value, ValueRef, logical};

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance};
use crate::config::config_exception::ConfigException;
use crate::config::definition::ParsedConfig;
use crate::converter::{CowStruct, CowValue};
use crate::transform::operand::Operand;
use crate::transform::replace_null::ReplaceNull;
use crate::transform::requirements::{require_map, require_offset, require_struct};
use crate::transform::schema_cache::SchemaCache;
use crate::transform::structure::{NewStruct, copy_schema_basics};
use crate::transform::{ConnectRecord, TransformError, Transformation, map};

const TOPIC_FIELD: &str = "topic.field";
const PARTITION_FIELD: &str = "partition.field";
const OFFSET_FIELD: &str = "offset.field";
const TIMESTAMP_FIELD: &str = "timestamp.field";
const STATIC_FIELD: &str = "static.field";
const STATIC_VALUE: &str = "static.value";
const PURPOSE: &str = "field insertion";

pub struct InsertField {
    operand: Operand,
    insertions: Vec<Insertion>,
    replace_null: ReplaceNull,
    cache: SchemaCache<Schema>,
}

/// One field that is inserted.
struct Insertion {
    name: String,
    optional: bool,
    what: What,
}

enum What {
    Topic,
    Partition,
    Offset,
    Timestamp,
    Static(String),
}

pub fn keys() -> Vec<ConfigKey> {
    let key = |name, documentation: String| {
        ConfigKey::new(name, ConfigType::String, Default::Null, Importance::Medium, documentation)
    };
    let field = |name, what| {
        let optionality =
            "Ends in ! if the field is to be required, or in ? if it is to be optional, as it is by default.";
        key(name, format!("The name of the field for {what}. {optionality}"))
    };
    vec![
        field(TOPIC_FIELD, "the topic"),
        field(PARTITION_FIELD, "the partition"),
        field(OFFSET_FIELD, "the offset, which only sink connectors have"),
        field(TIMESTAMP_FIELD, "the record's timestamp"),
        field(STATIC_FIELD, "a fixed text"),
        key(STATIC_VALUE, format!("The fixed text, if {STATIC_FIELD} is set.")),
        ReplaceNull::key(),
    ]
}

impl InsertField {
    pub fn new(operand: Operand, config: &ParsedConfig) -> Result<Self, TransformError> {
        let mut insertions = Vec::new();
        for (key, what) in [
            (TOPIC_FIELD, What::Topic),
            (PARTITION_FIELD, What::Partition),
            (OFFSET_FIELD, What::Offset),
            (TIMESTAMP_FIELD, What::Timestamp),
        ] {
            insertions.extend(config.string(key)?.map(|spec| Insertion::parse(&spec, what)));
        }
        if let Some(spec) = config.string(STATIC_FIELD)? {
            let Some(text) = config.string(STATIC_VALUE)? else {
                let message = format!("No value specified for static field: {spec}");
                return Err(ConfigException::invalid(STATIC_VALUE, "null", message).into());
            };
            insertions.push(Insertion::parse(&spec, What::Static(text)));
        }
        if insertions.is_empty() {
            return Err(TransformError::config("No field insertion configured"));
        }
        let replace_null = ReplaceNull::configured(config)?;
        Ok(Self { operand, insertions, replace_null, cache: SchemaCache::new() })
    }

    fn schemaless(&self, value: CowValue<'_>, record: &ConnectRecord<'_>) -> Result<Value, TransformError> {
        let mut entries = require_map(value, PURPOSE)?;
        for insertion in &self.insertions {
            let value = insertion.value(record)?.into_value()?;
            if !value.is_null() {
                map::put(&mut entries, &insertion.name, value);
            }
        }
        Ok(Value::Map(entries))
    }

    fn with_schema<'b>(
        &mut self,
        schema: &Schema,
        value: CowValue<'b>,
        record: &ConnectRecord<'b>,
    ) -> Result<CowStruct<'b>, TransformError> {
        let value = require_struct(Some(schema), value, PURPOSE)?;
        let longer = self.cache.get_or_build(schema, || longer_schema(schema, &self.insertions))?;
        let resolve = |field: &Field, value| Ok(self.replace_null.resolve(&field.schema, value));
        let mut updated = NewStruct::of_former(longer, value, resolve)?;
        for insertion in &self.insertions {
            match insertion.value(record)? {
                value if value.is_null() => updated.skip(1),
                value => updated.put(value)?,
            }
        }
        updated.finish()
    }
}

impl Transformation for InsertField {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        if self.operand.of(&record).is_null() {
            return Ok(Some(record));
        }
        match self.operand.take(&mut record)? {
            (None, value) => {
                let value = self.schemaless(value, &record)?;
                self.operand.put(&mut record, None, value);
            }
            (Some(schema), value) => {
                let value = self.with_schema(&schema, value, &record)?;
                self.operand.put_struct(&mut record, value);
            }
        }
        Ok(Some(record))
    }
}

impl Insertion {
    fn parse(spec: &str, what: What) -> Self {
        let (name, optional) = match spec.strip_suffix('!') {
            Some(name) => (name, false),
            None => (spec.strip_suffix('?').unwrap_or(spec), true),
        };
        Self { name: name.to_owned(), optional, what }
    }

    fn schema(&self) -> Schema {
        let builder = match self.what {
            What::Topic | What::Static(_) => SchemaBuilder::new(Type::String),
            What::Partition => SchemaBuilder::new(Type::Int32),
            What::Offset => SchemaBuilder::new(Type::Int64),
            What::Timestamp => logical::timestamp(),
        };
        if self.optional { builder.optional().build() } else { builder.build() }
    }

    /// Null if the record has no such thing, which then is not inserted.
    fn value<'b>(&self, record: &ConnectRecord<'b>) -> Result<CowValue<'b>, TransformError> {
        let owned = match &self.what {
            What::Topic => match &record.topic {
                Cow::Borrowed(topic) => return Ok(CowValue::InBatch(ValueRef::String(topic))),
                Cow::Owned(topic) => Value::String(topic.clone()),
            },
            What::Partition => record.partition.map_or(Value::Null, Value::Int32),
            What::Offset => Value::Int64(require_offset(record, PURPOSE)?),
            What::Timestamp => record.timestamp.map_or(Value::Null, Value::Int64),
            What::Static(text) => Value::String(text.clone()),
        };
        Ok(owned.into())
    }
}

fn longer_schema(schema: &Schema, insertions: &[Insertion]) -> Result<Schema, TransformError> {
    let mut builder = copy_schema_basics(schema, Schema::structure());
    for field in schema.fields() {
        builder = builder.field(&*field.name, field.schema.clone());
    }
    for insertion in insertions {
        builder = builder.field(&*insertion.name, insertion.schema());
    }
    Ok(builder.try_build()?)
}
