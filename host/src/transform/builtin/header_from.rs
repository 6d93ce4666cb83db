//! `HeaderFrom`: fields as headers, moved or copied.

use std::borrow::Cow;

use wasm_connect_batch::{Schema, Value};

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator};
use crate::config::definition::ParsedConfig;
use crate::config::validators::non_empty_list;
use crate::converter::CowValue;
use crate::transform::lazy::Lazy;
use crate::transform::operand::Operand;
use crate::transform::replace_null::ReplaceNull;
use crate::transform::requirements::{check_map, check_struct, require_map, require_struct};
use crate::transform::schema_cache::SchemaCache;
use crate::transform::structure::{NewStruct, copy_schema_basics};
use crate::transform::{ConnectRecord, Part, TransformError, Transformation, map};

const FIELDS: &str = "fields";
const HEADERS: &str = "headers";
const OPERATION: &str = "operation";

pub struct HeaderFrom {
    operand: Operand,
    /// Each field and the header that it becomes.
    headers: Vec<(String, String)>,
    operation: Operation,
    replace_null: ReplaceNull,
    cache: SchemaCache<Schema>,
}

type HeaderValue = (Option<Schema>, Value);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Move,
    Copy,
}

pub fn keys() -> Vec<ConfigKey> {
    let required =
        |name, ty, documentation| ConfigKey::new(name, ty, Default::Required, Importance::High, documentation);
    vec![
        required(FIELDS, ConfigType::List, "The fields of the key or value that become headers.")
            .check(Validator::Custom(non_empty_list)),
        required(HEADERS, ConfigType::List, "The names of the headers, in the order of the fields.")
            .check(Validator::Custom(non_empty_list)),
        required(
            OPERATION,
            ConfigType::String,
            "What happens to the fields: move takes them out of the key or value, copy leaves them there.",
        )
        .check(Validator::OneOf(vec!["move".into(), "copy".into()])),
        ReplaceNull::key(),
    ]
}

impl HeaderFrom {
    pub fn new(operand: Operand, config: &ParsedConfig) -> Result<Self, TransformError> {
        let (fields, headers) = (config.list(FIELDS)?, config.list(HEADERS)?);
        if fields.len() != headers.len() {
            return Err(TransformError::config(format!(
                "'{FIELDS}' config must have the same number of elements as '{HEADERS}' config."
            )));
        }
        Ok(Self {
            operand,
            headers: fields.into_iter().zip(headers).collect(),
            operation: if config.text(OPERATION)? == "move" { Operation::Move } else { Operation::Copy },
            replace_null: ReplaceNull::configured(config)?,
            cache: SchemaCache::new(),
        })
    }

    fn purpose(&self) -> &'static str {
        match self.operation {
            Operation::Move => "header move",
            Operation::Copy => "header copy",
        }
    }

    /// The headers' values of a copy, read without decoding the rest.
    fn copied(&self, record: &ConnectRecord<'_>) -> Result<Vec<HeaderValue>, TransformError> {
        let part = self.operand.of(record);
        let value = Lazy::of(part)?;
        let Some(schema) = part.schema() else {
            check_map(value, self.purpose())?;
            return self.headers.iter().map(|(field, _)| Ok((None, value.entry(field)?.to_value()?))).collect();
        };
        check_struct(Some(schema), value, self.purpose())?;
        let header = |(name, _): &(String, String)| self.header(schema, name, |index| value.field(index)?.to_value());
        self.headers.iter().map(header).collect()
    }

    /// Takes the fields out of the record.
    fn moved(&mut self, record: &mut ConnectRecord<'_>) -> Result<Vec<HeaderValue>, TransformError> {
        match self.operand.take(record)? {
            (None, value) => {
                let mut entries = require_map(value, self.purpose())?;
                let header = |(field, _): &(String, String)| (None, map::get(&entries, field).clone());
                let headers = self.headers.iter().map(header).collect();
                for (field, _) in &self.headers {
                    map::remove(&mut entries, field);
                }
                self.operand.put(record, None, Value::Map(entries));
                Ok(headers)
            }
            (Some(schema), value) => {
                let (_, mut values) = require_struct(Some(&schema), value, self.purpose())?.into_parts();
                let moves = |name: &str| self.headers.iter().any(|(field, _)| field == name);
                let rest = self.cache.get_or_build(&schema, || rest_schema(&schema, moves))?.clone();
                let mut updated = NewStruct::new(&rest);
                for (field, value) in schema.fields().iter().zip(&mut values) {
                    if !moves(&field.name) {
                        let value = std::mem::replace(value, CowValue::NULL);
                        updated.put(self.replace_null.resolve(&field.schema, value))?;
                    }
                }
                let value = updated.finish()?;
                self.operand.put_struct(record, value);
                let taken = |index: usize| Ok(values.get(index).cloned().unwrap_or(CowValue::NULL).into_value()?);
                self.headers.iter().map(|(name, _)| self.header(&schema, name, taken)).collect()
            }
        }
    }

    fn header(
        &self,
        schema: &Schema,
        name: &str,
        value: impl Fn(usize) -> Result<Value, TransformError>,
    ) -> Result<HeaderValue, TransformError> {
        let Some((index, field)) = schema.field(name) else {
            return Err(TransformError::of("java.lang.NullPointerException", format!("Unknown field: {name}")));
        };
        let value = self.replace_null.resolve_value(&field.schema, value(index)?);
        if value.is_null() && !field.schema.is_optional() {
            let schema = &field.schema;
            return Err(TransformError::data(format!("A null value requires an optional schema but was {schema}")));
        }
        Ok((Some(field.schema.clone()), value))
    }
}

impl Transformation for HeaderFrom {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        let values = match self.operation {
            Operation::Move => self.moved(&mut record)?,
            Operation::Copy => self.copied(&record)?,
        };
        for ((_, name), (schema, value)) in self.headers.iter().zip(values) {
            record.headers.push((Cow::Owned(name.clone()), Part::Owned { schema, value }));
        }
        Ok(Some(record))
    }
}

fn rest_schema(schema: &Schema, moved: impl Fn(&str) -> bool) -> Result<Schema, TransformError> {
    let mut builder = copy_schema_basics(schema, Schema::structure());
    for field in schema.fields().iter().filter(|field| !moved(&field.name)) {
        builder = builder.field(&*field.name, field.schema.clone());
    }
    Ok(builder.try_build()?)
}
