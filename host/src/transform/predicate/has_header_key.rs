//! `HasHeaderKey`: holds for records that have a header of a certain name.

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator};
use crate::config::definition::ParsedConfig;
use crate::transform::{ConnectRecord, Predicate, TransformError};

const NAME: &str = "name";

pub struct HasHeaderKey {
    name: String,
}

pub fn keys() -> Vec<ConfigKey> {
    let name =
        ConfigKey::new(NAME, ConfigType::String, Default::Required, Importance::Medium, "The name of the header.");
    vec![name.check(Validator::NonEmpty)]
}

impl HasHeaderKey {
    pub fn new(config: &ParsedConfig) -> Result<Self, TransformError> {
        Ok(Self { name: config.text(NAME)? })
    }
}

impl Predicate for HasHeaderKey {
    fn test(&mut self, record: &ConnectRecord<'_>) -> Result<bool, TransformError> {
        Ok(record.headers.iter().any(|(name, _)| *name == self.name))
    }
}
