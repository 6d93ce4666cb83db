//! The name of a partition of a source: a flat JSON object, compared by content and not by the order of its fields.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

/// A source partition or offset that a plugin gave is not a JSON object of scalars.
#[derive(Clone, Debug, thiserror::Error)]
#[error("a source {what} must be one flat JSON object of strings, numbers, booleans and nulls, but is {found}: {why}")]
pub struct NotAFlatObject {
    pub what: &'static str,
    pub found: String,
    pub why: String,
}

/// A source partition. Equal content is equal, in whatever order the fields came; shown as it came.
#[derive(Clone)]
pub struct SourcePartition {
    text: Arc<str>,
    /// Fields sorted by name, no white space.
    canonical: Arc<str>,
}

impl SourcePartition {
    /// Checks that `text` is a flat JSON object.
    pub fn parse(text: &str) -> Result<Self, NotAFlatObject> {
        let object = flat_object("partition", text)?;
        let mut fields: Vec<_> = object.into_iter().collect();
        fields.sort_by(|(a, _), (b, _)| a.cmp(b));
        let canonical = Value::Object(fields.into_iter().collect()).to_string();
        Ok(Self { text: text.into(), canonical: canonical.into() })
    }

    /// Checks that `text` can be the offset of a partition: a flat JSON object too.
    pub fn check_offset(text: &str) -> Result<(), NotAFlatObject> {
        flat_object("offset", text).map(drop)
    }

    /// As the plugin wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form in which equal partitions are equal texts.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl PartialEq for SourcePartition {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for SourcePartition {}

impl std::hash::Hash for SourcePartition {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.canonical.hash(state);
    }
}

impl fmt::Debug for SourcePartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Parses `text` as a JSON object of scalars; `what` is `partition` or `offset`.
pub(super) fn flat_object(what: &'static str, text: &str) -> Result<Map<String, Value>, NotAFlatObject> {
    let wrong = |why: String| NotAFlatObject { what, found: shown(text), why };
    let Value::Object(object) = serde_json::from_str(text).map_err(|e| wrong(e.to_string()))? else {
        return Err(wrong("not an object".into()));
    };
    match object.iter().find(|(_, value)| value.is_array() || value.is_object()) {
        Some((name, _)) => Err(wrong(format!("field '{name}' is not a scalar"))),
        None => Ok(object),
    }
}

fn shown(text: &str) -> String {
    const SHOWN: usize = 100;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_fields_does_not_matter() {
        let a = SourcePartition::parse(r#"{"a":1, "b":"x"}"#).unwrap();
        let b = SourcePartition::parse(r#"{"b":"x","a":1}"#).unwrap();
        assert_eq!(a, b);
        assert_eq!(a.as_str(), r#"{"a":1, "b":"x"}"#);
    }

    #[test]
    fn only_flat_objects_are_partitions() {
        for text in ["", "[]", "1", "null", r#"{"a":{}}"#, r#"{"a":[1]}"#, "{", r#"{"a":1}x"#] {
            assert!(SourcePartition::parse(text).is_err(), "{text}");
        }
    }
}
