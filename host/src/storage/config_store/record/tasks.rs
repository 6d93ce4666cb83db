//! Numbers of tasks: `{"tasks":2}` in a commit record, `{"task-count":2}` in a task count record.

use serde_json::Value;

use super::{Fields, kind};
use crate::storage::json::JsonObject;

const COMMIT: &str = "tasks";
const COUNT: &str = "task-count";

pub(super) fn encode_commit(tasks: u32) -> Vec<u8> {
    JsonObject::new().integer(COMMIT, tasks.into()).finish()
}

pub(super) fn encode_count(tasks: u32) -> Vec<u8> {
    JsonObject::new().integer(COUNT, tasks.into()).finish()
}

pub(super) fn decode_commit(fields: &Fields) -> Result<u32, String> {
    decode(fields, COMMIT)
}

pub(super) fn decode_count(fields: &Fields) -> Result<u32, String> {
    decode(fields, COUNT)
}

fn decode(fields: &Fields, name: &str) -> Result<u32, String> {
    let field = fields.get(name);
    let number = field.and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    number.filter(|number| i32::try_from(*number).is_ok()).ok_or_else(|| match field {
        Some(Value::Number(number)) => format!("has the impossible '{name}' {number}"),
        _ => format!("has a '{name}' that should be a number but is {}", kind(field)),
    })
}
