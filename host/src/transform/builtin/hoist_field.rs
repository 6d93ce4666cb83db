//! `HoistField`: the key or value as the only field of a new struct or map.

use wasm_connect_batch::{Schema, Value};

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance};
use crate::config::definition::ParsedConfig;
use crate::transform::operand::Operand;
use crate::transform::schema_cache::SchemaCache;
use crate::transform::structure::NewStruct;
use crate::transform::{ConnectRecord, TransformError, Transformation};

const FIELD: &str = "field";

pub struct HoistField {
    operand: Operand,
    field: String,
    cache: SchemaCache<Schema>,
}

pub fn keys() -> Vec<ConfigKey> {
    vec![ConfigKey::new(
        FIELD,
        ConfigType::String,
        Default::Required,
        Importance::Medium,
        "The name of the field that the key or value becomes.",
    )]
}

impl HoistField {
    pub fn new(operand: Operand, config: &ParsedConfig) -> Result<Self, TransformError> {
        Ok(Self { operand, field: config.text(FIELD)?, cache: SchemaCache::new() })
    }
}

impl Transformation for HoistField {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        match self.operand.take(&mut record)? {
            (None, value) => {
                let entry = (Value::String(self.field.clone()), value.into_value()?);
                self.operand.put(&mut record, None, Value::Map(vec![entry]));
            }
            (Some(schema), value) => {
                let hoisted = self
                    .cache
                    .get_or_build(&schema, || Schema::structure().field(&*self.field, schema.clone()).try_build())?;
                let mut updated = NewStruct::new(hoisted);
                updated.put(value)?;
                self.operand.put_struct(&mut record, updated.finish()?);
            }
        }
        Ok(Some(record))
    }
}
