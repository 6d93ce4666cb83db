//! The records of the offsets topic: keys are `["<connector>",{<partition>}]`, values flat JSON objects, both byte for byte as Java
//! Connect 4.3 writes them.
//!
//! Java finds an offset by the bytes of its key, and those follow the order of the connector's own map, which is a `HashMap` nearly
//! always. A new key is written in that order, so that a Java worker finds it; one that was read is written as it was.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::Value;
use serde_json::value::RawValue;

use super::SourcePartition;
use super::source_partition::flat_object;
use crate::config::java_hash;
use crate::converter::{write_json_f64, write_json_string};

/// A record of the offsets topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetRecord {
    pub connector: String,
    pub partition: SourcePartition,
    /// A flat JSON object; none: forgotten.
    pub offset: Option<String>,
}

/// A record that is left out. The rest of the topic is read on.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableOffset {
    #[error("its key is no JSON array of a connector's name and a partition: {0}")]
    Key(String),
    #[error("the offset of {key} is not one flat JSON object: {why}")]
    Value { key: String, why: String },
}

impl OffsetRecord {
    /// The record that these bytes are.
    pub fn decode(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Self, UnreadableOffset> {
        let key = key.ok_or_else(|| UnreadableOffset::Key("it is null".into()))?;
        let parsed: Value = serde_json::from_slice(key).map_err(|error| UnreadableOffset::Key(error.to_string()))?;
        let (connector, partition) = match parsed.as_array().map(Vec::as_slice) {
            Some([Value::String(connector), partition]) => (connector, partition.to_string()),
            _ => return Err(UnreadableOffset::Key(String::from_utf8_lossy(key).into_owned())),
        };
        let partition = SourcePartition::parse(&partition).map_err(|error| UnreadableOffset::Key(error.to_string()))?;
        let wrong = |why: String| UnreadableOffset::Value { key: String::from_utf8_lossy(key).into_owned(), why };
        let offset = match value {
            None => None,
            Some(value) => {
                let text = str::from_utf8(value).map_err(|error| wrong(error.to_string()))?;
                // Java's converter reads both as null.
                if matches!(text.trim_ascii(), "" | "null") {
                    None
                } else {
                    flat_object("offset", text).map_err(|error| wrong(error.to_string()))?;
                    Some(text.to_owned())
                }
            }
        };
        Ok(Self { connector: connector.clone(), partition, offset })
    }
}

/// The key of a partition that was never seen in the topic.
pub fn encode_key(connector: &str, partition: &SourcePartition) -> Vec<u8> {
    let mut key = vec![b'['];
    write_json_string(&mut key, connector);
    key.push(b',');
    write_like_hash_map(&mut key, partition.as_str());
    key.push(b']');
    key
}

fn write_like_hash_map(out: &mut Vec<u8>, partition: &str) {
    // A partition was parsed before, so this cannot fail. Values stay texts: serde_json rounds floats.
    let fields: IndexMap<Cow<'_, str>, &RawValue> = serde_json::from_str(partition).unwrap_or_default();
    let mut fields: Vec<_> = fields.into_iter().collect();
    java_hash::sort_like_hash_map(&mut fields, |(name, _)| name);
    out.push(b'{');
    for (index, (name, value)) in fields.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_json_string(out, &name);
        out.push(b':');
        write_scalar(out, value.get());
    }
    out.push(b'}');
}

/// Numbers as Java prints a `long` or a `double`.
fn write_scalar(out: &mut Vec<u8>, value: &str) {
    let string = || serde_json::from_str::<Cow<'_, str>>(value).ok();
    let float = || value.contains(['.', 'e', 'E']).then(|| value.parse().ok()).flatten();
    if let Some(text) = string() {
        write_json_string(out, &text);
    } else if let Some(float) = float() {
        write_json_f64(out, float);
    } else {
        out.extend_from_slice(value.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a worker of Java Connect wrote them.
    const GOLDEN: &str = include_str!("record/golden.txt");
    /// Partitions of random fields, by `tests/golden/OffsetKeys.java`.
    const KEYS: &str = include_str!("record/keys.txt");

    fn key(connector: &str, partition: &str) -> String {
        String::from_utf8(encode_key(connector, &SourcePartition::parse(partition).unwrap())).unwrap()
    }

    #[test]
    fn what_java_wrote_is_read_and_written_again_byte_for_byte() {
        let lines = GOLDEN.lines().filter(|line| !line.starts_with('#'));
        for (golden, value) in lines.map(|line| line.split_once('\t').unwrap()) {
            let record = OffsetRecord::decode(Some(golden.as_bytes()), Some(value.as_bytes())).unwrap();
            assert_eq!(record.connector, "src");
            assert_eq!(key(&record.connector, record.partition.as_str()), golden);
            assert_eq!(record.offset.as_deref().unwrap_or("null"), value);
        }
    }

    #[test]
    fn new_keys_are_those_that_java_would_write() {
        let lines = KEYS.lines().filter(|line| !line.starts_with('#'));
        for (index, (partition, golden)) in lines.map(|line| line.split_once('\t').unwrap()).enumerate() {
            assert_eq!(key(&format!("connector {index}"), partition), golden);
        }
        assert_eq!(key("c\"ü😀", r#"{ "a" : 1e-5 }"#), "[\"c\\\"ü\\uD83D\\uDE00\",{\"a\":1.0E-5}]");
    }

    #[test]
    fn what_is_no_offset_is_refused_with_the_reason() {
        let partition = r#"["c",{"f":1}]"#;
        let cases = [
            ("{", "{}"),
            ("{}", "{}"),
            (r#"["c"]"#, "{}"),
            (r#"["c",{},1]"#, "{}"),
            (r#"[1,{}]"#, "{}"),
            (r#"["c",null]"#, "{}"),
            (r#"["c",{"a":{}}]"#, "{}"),
            (partition, "[1]"),
            (partition, r#"{"a":[]}"#),
            (partition, "{"),
        ];
        for (key, value) in cases {
            assert!(OffsetRecord::decode(Some(key.as_bytes()), Some(value.as_bytes())).is_err(), "{key} {value}");
        }
        assert!(OffsetRecord::decode(None, None).is_err());
        assert!(OffsetRecord::decode(Some(partition.as_bytes()), Some(b"\xff")).is_err());
        for none in [None, Some(&b"null"[..]), Some(b" ")] {
            assert_eq!(OffsetRecord::decode(Some(partition.as_bytes()), none).unwrap().offset, None);
        }
    }
}
