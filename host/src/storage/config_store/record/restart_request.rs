//! A request to restart a connector (KIP-745): `{"include-tasks":true,"only-failed":false}`.

use serde_json::Value;

use super::Fields;
use crate::connect::RestartRequest;
use crate::storage::json::JsonObject;

const INCLUDE_TASKS: &str = "include-tasks";
const ONLY_FAILED: &str = "only-failed";

pub(super) fn encode(request: RestartRequest) -> Vec<u8> {
    JsonObject::new().boolean(INCLUDE_TASKS, request.include_tasks).boolean(ONLY_FAILED, request.only_failed).finish()
}

/// What is not a boolean counts as false.
pub(super) fn decode(fields: &Fields) -> RestartRequest {
    let flag = |name: &str| fields.get(name).and_then(Value::as_bool).unwrap_or_default();
    RestartRequest { include_tasks: flag(INCLUDE_TASKS), only_failed: flag(ONLY_FAILED) }
}
