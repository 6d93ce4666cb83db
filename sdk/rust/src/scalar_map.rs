//! Source partitions and source offsets: maps of names to scalars, kept as flat JSON objects.

use std::fmt;

use crate::json;

/// A value of a [`ScalarMap`].
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// JSON null.
    Null,
    /// JSON true or false.
    Boolean(bool),
    /// A JSON number without fraction and exponent.
    Integer(i64),
    /// Any other JSON number.
    Float(f64),
    /// JSON text.
    String(String),
}

/// A source partition or source offset (Java's `Map<String, ?>` of both).
///
/// Its JSON is what Java's converter writes to the offsets topic: no spaces, names in the order in which they were set. The host
/// compares partitions by that text, so set the names of a partition always in the same order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScalarMap(Vec<(String, Scalar)>);

impl ScalarMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// A map of one entry: `ScalarMap::of("filename", path)`.
    pub fn of(name: impl Into<String>, value: impl Into<Scalar>) -> Self {
        Self::new().with(name, value)
    }

    /// The same with `name` set, in its place if it is there.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Scalar>) -> Self {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(key, _)| *key == name) {
            Some(entry) => entry.1 = value,
            None => self.0.push((name, value)),
        }
        self
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&Scalar> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The value of `name` if it is a whole number.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Scalar::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The value of `name` if it is text.
    pub fn string(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Scalar::String(text) => Some(text),
            _ => None,
        }
    }

    /// The entries in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Scalar)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Reads a flat JSON object; the error says what is wrong and at which byte.
    pub fn parse(text: &str) -> Result<Self, String> {
        json::flat_object(text).map(Self)
    }
}

impl fmt::Display for ScalarMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::from("{");
        for (i, (name, value)) in self.0.iter().enumerate() {
            out.push_str(if i == 0 { "" } else { "," });
            json::quote(name, &mut out);
            out.push(':');
            match value {
                Scalar::Null => out.push_str("null"),
                Scalar::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
                Scalar::Integer(number) => out.push_str(&number.to_string()),
                Scalar::Float(number) => json::number(*number, &mut out),
                Scalar::String(text) => json::quote(text, &mut out),
            }
        }
        out.push('}');
        f.write_str(&out)
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i64> for Scalar {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Scalar {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<f64> for Scalar {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

/// Source offsets of one number, such as `{"position":42}`, written into a batch without an allocation a record:
/// `frame.source_offset_with(|buffer| offset.write(position, buffer))`.
#[derive(Clone, Debug)]
pub struct NumberOffset {
    prefix: Box<str>,
}

/// Digits of `u64::MAX`.
const MAX_DIGITS: usize = 20;

impl NumberOffset {
    /// Offsets whose only name is `name`.
    pub fn new(name: &str) -> Self {
        let mut prefix = String::from("{");
        json::quote(name, &mut prefix);
        prefix.push(':');
        Self { prefix: prefix.into() }
    }

    /// Appends the JSON of the offset `number`.
    #[inline]
    pub fn write(&self, number: u64, buffer: &mut Vec<u8>) {
        let mut digits = [b'0'; MAX_DIGITS];
        let (mut start, mut left) = (MAX_DIGITS - 1, number);
        digits[start] += (left % 10) as u8;
        while left >= 10 {
            left /= 10;
            start -= 1;
            digits[start] += (left % 10) as u8;
        }
        buffer.extend_from_slice(self.prefix.as_bytes());
        buffer.extend_from_slice(&digits[start..]);
        buffer.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_that_of_java() {
        let map =
            ScalarMap::of("filename", "/data/ä \"q\"\n\u{1}.txt").with("n", 1_i64).with("f", 1e10).with("b", true);
        let text = r#"{"filename":"/data/ä \"q\"\n\u0001.txt","n":1,"f":1.0E10,"b":true}"#;
        assert_eq!(map.to_string(), text);
        assert_eq!(ScalarMap::parse(text).unwrap(), map);
    }

    #[test]
    fn numbers_are_rendered_in_place() {
        let offset = NumberOffset::new("position");
        for number in [0, 7, 10, 1_234_567_890, u64::MAX] {
            let mut buffer = Vec::new();
            offset.write(number, &mut buffer);
            assert_eq!(buffer, format!("{{\"position\":{number}}}").into_bytes());
        }
    }
}
