//! What connectors put into topics and files, to be compared byte by byte.

use std::fmt::Write as _;
use std::path::Path;

use rdkafka::message::{BorrowedMessage, Headers, Message};
use serde_json::{Value, json};

use crate::kafka::Kafka;
use crate::topic::Topics;

/// The records of a topic by partition and offset, without their timestamps: each with its key, value and headers.
///
/// # Errors
/// Fewer than `count`.
pub fn records(kafka: &Kafka, topic: &str, count: usize) -> Result<Value, String> {
    let topics = Topics::new(kafka);
    let partitions = topics.partitions(topic);
    let there: u64 = (0..partitions).map(|partition| topics.end(topic, partition)).sum();
    if there < count as u64 {
        return Err(format!("{there} records"));
    }
    let mut records = Vec::new();
    topics.read(topic, partitions, |message| records.push((message.partition(), message.offset(), record(message))));
    records.sort_by_key(|(partition, offset, _)| (*partition, *offset));
    Ok(records.into_iter().map(|(.., record)| record).collect())
}

/// The lines of a file.
///
/// # Errors
/// Fewer than `count`.
pub fn lines(file: &Path, count: usize) -> Result<Value, String> {
    let content = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let lines: Vec<&str> = content.split_terminator('\n').collect();
    if lines.len() < count || !content.ends_with('\n') { Err(content) } else { Ok(lines.into()) }
}

fn record(message: &BorrowedMessage<'_>) -> Value {
    let mut headers = Vec::new();
    if let Some(all) = message.headers() {
        headers.extend(all.iter().map(|header| json!([header.key, bytes(header.value)])));
    }
    json!({
        "id": format!("{}-{}", message.partition(), message.offset()),
        "key": bytes(message.key()),
        "value": bytes(message.payload()),
        "headers": headers,
    })
}

/// Text as it is, other bytes in hexadecimal digits.
fn bytes(bytes: Option<&[u8]>) -> Value {
    let Some(bytes) = bytes else { return Value::Null };
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => {
            let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            json!({ "hex": hex })
        }
    }
}
