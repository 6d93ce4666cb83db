//! JSON objects as Java Connect's internal converter writes them: no white space, fields in their declared order.

use crate::converter::write_json_string;

/// Appends one object's fields to a buffer.
pub(super) struct JsonObject {
    out: Vec<u8>,
}

// === impl JsonObject ===

impl JsonObject {
    pub(super) fn new() -> Self {
        Self { out: vec![b'{'] }
    }

    pub(super) fn string(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        write_json_string(&mut self.out, value);
        self
    }

    /// `null` if there is none.
    pub(super) fn optional(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.string(name, value),
            None => self.raw(name, b"null"),
        }
    }

    pub(super) fn integer(self, name: &str, value: i64) -> Self {
        self.raw(name, value.to_string().as_bytes())
    }

    pub(super) fn boolean(self, name: &str, value: bool) -> Self {
        self.raw(name, if value { b"true" } else { b"false" })
    }

    /// `value` is JSON already.
    pub(super) fn raw(mut self, name: &str, value: &[u8]) -> Self {
        self.name(name);
        self.out.extend_from_slice(value);
        self
    }

    pub(super) fn strings<'a>(self, fields: impl IntoIterator<Item = (&'a String, &'a String)>) -> Self {
        fields.into_iter().fold(self, |object, (name, value)| object.string(name, value))
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.out.push(b'}');
        self.out
    }

    fn name(&mut self, name: &str) {
        if self.out.len() > 1 {
            self.out.push(b',');
        }
        write_json_string(&mut self.out, name);
        self.out.push(b':');
    }
}
