//! The configuration of a connector or of a task: `{"properties":{"key":"value"}}`.

use serde_json::Value;

use super::{Fields, kind};
use crate::connect::Config;
use crate::storage::json::JsonObject;

const PROPERTIES: &str = "properties";

/// In the configuration's order.
pub(super) fn encode(config: &Config) -> Vec<u8> {
    let properties = JsonObject::new().strings(config).finish();
    JsonObject::new().raw(PROPERTIES, &properties).finish()
}

/// A key with a null, which Java can be made to write, is as good as none.
pub(super) fn decode(fields: &Fields) -> Result<Config, String> {
    let Some(Value::Object(properties)) = fields.get(PROPERTIES) else {
        return Err(format!("has '{PROPERTIES}' that should be an object but are {}", kind(fields.get(PROPERTIES))));
    };
    let mut config = Config::with_capacity(properties.len());
    for (key, value) in properties {
        match value {
            Value::String(text) => drop(config.insert(key.clone(), text.clone())),
            Value::Null => {}
            other => {
                return Err(format!("has a property '{key}' that should be a string but is {}", kind(Some(other))));
            }
        }
    }
    Ok(config)
}
