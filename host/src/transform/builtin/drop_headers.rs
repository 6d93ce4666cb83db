//! `DropHeaders`: removes all headers of certain names.

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator};
use crate::config::definition::ParsedConfig;
use crate::transform::{ConnectRecord, TransformError, Transformation};

const HEADERS: &str = "headers";

pub struct DropHeaders {
    headers: Vec<String>,
}

pub fn keys() -> Vec<ConfigKey> {
    let headers = ConfigKey::new(
        HEADERS,
        ConfigType::List,
        Default::Required,
        Importance::High,
        "The names of the headers that are removed.",
    );
    vec![headers.check(Validator::EachOnceNotEmpty)]
}

impl DropHeaders {
    pub fn new(config: &ParsedConfig) -> Result<Self, TransformError> {
        Ok(Self { headers: config.list(HEADERS)? })
    }
}

impl Transformation for DropHeaders {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        record.headers.retain(|(name, _)| !self.headers.iter().any(|header| header == name));
        Ok(Some(record))
    }
}
