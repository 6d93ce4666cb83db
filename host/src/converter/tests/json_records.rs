//! Random records through Java's `JsonConverter` and ours, both ways: equal bytes, so equal values.
//!
//! `json_records.txt` is what `tests/golden/JsonRecords.java` wrote. `make json-records` does the same with many more, and has Java read
//! what ours made of random records.

use std::fmt::Write;

use super::random::Random;
use crate::converter::testing::{converter, decode, encode};

const WRITTEN_BY_JAVA: &str = include_str!("json_records.txt");

#[test]
fn what_java_writes_is_read_and_written_alike() {
    let (more, at_least) = match std::env::var_os("JSON_RECORDS") {
        Some(file) => (std::fs::read_to_string(file).unwrap(), 1000),
        None => (WRITTEN_BY_JAVA.to_owned(), 300),
    };
    let lines = more.lines().filter(|line| !line.starts_with('#'));
    let (mut count, mut failures) = (0, Vec::new());
    for line in lines {
        let columns: Vec<&str> = line.split('\t').collect();
        let [format, envelope, bare, again] = columns[..] else { panic!("{line}") };
        let json = |schemas: &'static str| {
            converter("JsonConverter", &[("decimal.format", format), ("schemas.enable", schemas)])
        };
        let text = |bytes: Option<Vec<u8>>| bytes.map_or("<null>".into(), |bytes| String::from_utf8(bytes).unwrap());
        let bytes = |text: &str| (text != "<null>").then(|| text.as_bytes().to_vec());
        let mut check = |what: &str, ours: String, java: &str| {
            if ours != java {
                failures.push(format!("{what}\n  ours {ours}\n  java {java}"));
            }
        };
        let (schema, value) = decode(&*json("true"), bytes(envelope).as_deref()).unwrap();
        check("envelope", text(encode(&*json("true"), schema.as_ref(), &value).unwrap()), envelope);
        check("bare", text(encode(&*json("false"), schema.as_ref(), &value).unwrap()), bare);
        let (schema, value) = decode(&*json("false"), bytes(bare).as_deref()).unwrap();
        check("again", text(encode(&*json("false"), schema.as_ref(), &value).unwrap()), again);
        count += 1;
    }
    assert!(failures.is_empty(), "{} of {count} records differ:\n{}", failures.len(), failures.join("\n"));
    assert!(count >= at_least, "{count} records");
}

/// With `JSON_RECORDS_OUT` a file for `JsonRecords.java check`: decimal format, envelope, and the value without its schema.
#[test]
fn records_for_java_to_read_are_written() {
    let mut lines = String::new();
    let count = if std::env::var_os("JSON_RECORDS_OUT").is_some() { 20_000 } else { 100 };
    let mut random = Random::for_java(4711);
    for number in 0..count {
        let format = ["BASE64", "NUMERIC"][number % 2];
        let json = |schemas: &'static str| {
            converter("JsonConverter", &[("decimal.format", format), ("schemas.enable", schemas)])
        };
        let schema = random.schema(2);
        let value = random.value(&schema);
        let text = |schemas: &'static str| {
            let bytes = encode(&*json(schemas), Some(&schema), &value).unwrap();
            bytes.map_or("<null>".to_owned(), |bytes| String::from_utf8(bytes).unwrap())
        };
        writeln!(lines, "{format}\t{}\t{}", text("true"), text("false")).unwrap();
    }
    assert_eq!(lines.lines().count(), count);
    if let Some(file) = std::env::var_os("JSON_RECORDS_OUT") {
        std::fs::write(file, lines).unwrap();
    }
}
