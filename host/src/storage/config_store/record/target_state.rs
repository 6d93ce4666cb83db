//! The target state of a connector: `{"state":"PAUSED","state.v2":"STOPPED"}`.

use serde_json::Value;

use super::{Fields, kind};
use crate::connect::TargetState;
use crate::storage::json::JsonObject;

const STATE: &str = "state";
/// Since 3.5; knows what workers before do not.
const STATE_V2: &str = "state.v2";

/// Workers that do not know `STOPPED` see `PAUSED`.
pub(super) fn encode(target: TargetState) -> Vec<u8> {
    let old = if target == TargetState::Stopped { TargetState::Paused } else { target };
    JsonObject::new().string(STATE, old.name()).string(STATE_V2, target.name()).finish()
}

pub(super) fn decode(fields: &Fields) -> Result<TargetState, String> {
    let newer = fields.get(STATE_V2).and_then(Value::as_str);
    let Some(name) = newer.or_else(|| fields.get(STATE).and_then(Value::as_str)) else {
        return Err(format!("has a '{STATE}' that should be a string but is {}", kind(fields.get(STATE))));
    };
    TargetState::from_name(name).ok_or_else(|| format!("has the invalid target state '{name}'"))
}
