//! `InsertHeader`: a header of a fixed value on each record.

use std::borrow::Cow;

use wasm_connect_batch::{Schema, Value};

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator};
use crate::config::config_exception::ConfigException;
use crate::config::definition::ParsedConfig;
use crate::config::validators::non_null;
use crate::converter::parse_literal;
use crate::transform::{ConnectRecord, Part, TransformError, Transformation};

const HEADER: &str = "header";
const VALUE_LITERAL: &str = "value.literal";

pub struct InsertHeader {
    header: String,
    schema: Option<Schema>,
    value: Value,
}

pub fn keys() -> Vec<ConfigKey> {
    let key = |name, documentation| {
        ConfigKey::new(name, ConfigType::String, Default::Required, Importance::High, documentation)
            .check(Validator::Custom(non_null))
    };
    vec![
        key(HEADER, "The name of the header."),
        key(
            VALUE_LITERAL,
            "The value of the header on all records. Its type is found as that of a header that is read.",
        ),
    ]
}

impl InsertHeader {
    pub fn new(config: &ParsedConfig) -> Result<Self, TransformError> {
        let literal = config.text(VALUE_LITERAL)?;
        let (schema, value) = parse_literal(&literal).ok_or_else(|| {
            ConfigException::invalid(VALUE_LITERAL, &literal, "The literal is nested too deeply or has too many digits")
        })?;
        Ok(Self { header: config.text(HEADER)?, schema, value })
    }
}

impl Transformation for InsertHeader {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        let part = Part::Owned { schema: self.schema.clone(), value: self.value.clone() };
        record.headers.push((Cow::Owned(self.header.clone()), part));
        Ok(Some(record))
    }
}
