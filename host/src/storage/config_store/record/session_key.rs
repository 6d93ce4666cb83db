//! The key of internal requests: `{"key":"<base64>","algorithm":"HmacSHA256","creation-timestamp":1}`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Fields, kind, string};
use crate::connect::SessionKey;
use crate::storage::json::JsonObject;

const KEY: &str = "key";
const ALGORITHM: &str = "algorithm";
const CREATION_TIMESTAMP: &str = "creation-timestamp";

pub(super) fn encode(key: &SessionKey) -> Vec<u8> {
    JsonObject::new()
        .string(KEY, &STANDARD.encode(&key.key))
        .string(ALGORITHM, &key.algorithm)
        .integer(CREATION_TIMESTAMP, key.creation_timestamp)
        .finish()
}

pub(super) fn decode(fields: &Fields) -> Result<SessionKey, String> {
    // The text is a secret, so it is in no message.
    let key = STANDARD.decode(string(fields, KEY)?).map_err(|_| format!("has a '{KEY}' that is not base64"))?;
    if key.is_empty() {
        return Err(format!("has an empty '{KEY}'"));
    }
    let algorithm = string(fields, ALGORITHM)?.to_owned();
    let created = fields.get(CREATION_TIMESTAMP);
    let creation_timestamp = created.and_then(Value::as_i64);
    let creation_timestamp = creation_timestamp
        .ok_or_else(|| format!("has a '{CREATION_TIMESTAMP}' that should be a long but is {}", kind(created)))?;
    Ok(SessionKey { key, algorithm, creation_timestamp })
}
