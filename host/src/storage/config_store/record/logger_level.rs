//! The level of a cluster's loggers (KIP-976): `{"level":"DEBUG"}`.

use super::{Fields, string};
use crate::storage::json::JsonObject;

const LEVEL: &str = "level";

pub(super) fn encode(level: &str) -> Vec<u8> {
    JsonObject::new().string(LEVEL, level).finish()
}

pub(super) fn decode(fields: &Fields) -> Result<String, String> {
    string(fields, LEVEL).map(str::to_owned)
}
