//! Schemaless records: maps whose keys are the names of fields.

use wasm_connect_batch::Value;

/// The value of a key; null if there is none.
pub fn get<'m>(entries: &'m [(Value, Value)], name: &str) -> &'m Value {
    position(entries, name).map_or(&Value::Null, |at| &entries[at].1)
}

/// Sets the value of a key, in its place if it is there.
pub fn put(entries: &mut Vec<(Value, Value)>, name: &str, value: Value) {
    match position(entries, name) {
        Some(at) => entries[at].1 = value,
        None => entries.push((Value::String(name.to_owned()), value)),
    }
}

/// Takes a key out; null if it is not there.
pub fn remove(entries: &mut Vec<(Value, Value)>, name: &str) -> Value {
    position(entries, name).map_or(Value::Null, |at| entries.remove(at).1)
}

fn position(entries: &[(Value, Value)], name: &str) -> Option<usize> {
    entries.iter().position(|(key, _)| matches!(key, Value::String(key) if key == name))
}
