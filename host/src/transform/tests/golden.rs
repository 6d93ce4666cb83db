//! What the classes of Kafka Connect 4.3.1 answered, line by line: `transforms.jsonl`, which `tests/scripts/golden.sh` writes.
//!
//! A line names the class (of `org.apache.kafka.connect.transforms`), its configuration and a record; then what changed in the
//! record, or whether the predicate holds, or the error and the phase that it came in. A record of which nothing is said is a sink's,
//! of topic `test`, partition 3, offset 7 and timestamp 1483425001864.

use std::borrow::Cow;

use serde_json::{Value as Json, json};
use wasm_connect_batch::{Batch, BatchWriter, EncodeError, FrameHead, Limits, Schema, TimestampType, Value};

use super::json::{part, part_to_json};
use crate::connect::Config;
use crate::converter::Slot;
use crate::transform::{ConnectRecord, Part, TransformError, builtin_predicate, builtin_transformation};

const GOLDEN: &str = include_str!("transforms.jsonl");

/// Where our texts differ on purpose: what Java's begins with, and ours.
const OUR_TEXTS: [(&str, &str); 4] = [
    // Java prints the whole record, which would put its content into logs.
    (
        "Timestamp missing on record: SinkRecord{",
        "Timestamp missing on record: topic test, partition Some(3), offset Some(7)",
    ),
    // Java prints the address of an object.
    (
        "Invalid value null for configuration static.value: No value specified for static field: org.apache.kafka",
        "Invalid value null for configuration static.value: No value specified for static field: s",
    ),
    // Java wraps the reason, which its text leaves out.
    (
        "Invalid default value",
        "Invalid default value: Invalid Java object for schema with type INT32: class java.lang.String for value",
    ),
    // Java ends with an index that is out of bounds.
    ("Index 1 out of bounds for length 0", "Invalid type found in casting spec: "),
];

/// Classes that are mistakes of a program, whose texts are about Java's code.
const MISHAPS: [&str; 2] = ["java.lang.NullPointerException", "java.lang.ClassCastException"];

#[test]
fn transforms_and_predicates_answer_as_java_s_do() {
    let mut failures = Vec::new();
    let mut count = 0;
    let cases = GOLDEN.lines().map(|line| (line, serde_json::from_str::<Json>(line).unwrap()));
    for (line, case) in cases.filter(|(_, case)| !is_ours_alone(case)) {
        let expected = expected(&case);
        for in_batch in [false, true] {
            let answer = answer(&case, in_batch);
            if answer != expected {
                failures.push(format!("{line}\n  java {expected}\n  ours {answer} (in a batch: {in_batch})"));
            }
        }
        count += 1;
    }
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
    assert!(count > 1500);
}

/// Each configuration meets records that were meant for others.
#[test]
fn whatever_comes_out_of_a_transform_can_be_written() {
    let cases: Vec<Json> = GOLDEN.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let records: Vec<ConnectRecord<'_>> =
        cases.iter().map(|case| owned_record(&case["record"])).filter(|record| written(record).is_ok()).collect();
    let mut transformed = 0;
    for (i, case) in cases.iter().enumerate().step_by(3) {
        let Some(builtin) = builtin_transformation(&class_of(case)) else { continue };
        let Ok(mut transformation) = builtin.create(&config_of(case)) else { continue };
        for record in records.iter().skip(i % 29).step_by(29) {
            let Ok(Some(result)) = transformation.apply(record.clone()) else { continue };
            transformed += 1;
            let bytes = written(&result).unwrap_or_else(|error| panic!("{error}: {case}, {}", record_to_json(record)));
            assert_eq!(Batch::parse(&bytes, &Limits::default()).unwrap().len(), 1);
        }
    }
    assert!(transformed > 5_000, "{transformed}");
}

/// `SetSchemaMetadata` works on schemas of all types; Java's fails on all but structs, whose fields it asks for.
fn is_ours_alone(case: &Json) -> bool {
    case["class"].as_str().is_some_and(|class| class.starts_with("SetSchemaMetadata"))
        && case["error"]["message"] == json!("Cannot list fields on non-struct type")
}

/// Java's answer, as ours is written.
fn expected(case: &Json) -> Json {
    if let Some(error) = case.get("error") {
        let (class, message) = (error["class"].as_str().unwrap(), error["message"].as_str().unwrap_or_default());
        let mut ours = OUR_TEXTS.iter().find(|(java, _)| message.starts_with(java)).map(|(_, ours)| *ours);
        // Java takes the message for the name of a key and the cause for its value.
        if message.starts_with("Invalid value java.lang.IllegalArgumentException") {
            ours = message.split_once(" for configuration ").map(|(_, meant)| meant);
        }
        return error_json(case["phase"].as_str().unwrap(), class, ours.unwrap_or(message));
    }
    if let Some(holds) = case.get("holds") {
        return holds.clone();
    }
    if case["result"].is_null() {
        return Json::Null;
    }
    let mut json = case["record"].clone();
    for (name, value) in case["result"].as_object().unwrap() {
        json[name] = value.clone();
    }
    let target = case["config"]["target.type"].as_str().unwrap_or_default();
    record_to_json(&owned_record(&dates_as(target, &json)))
}

/// Dates without a schema are in ours what they would be with one: the base type of what they were converted to.
fn dates_as(target: &str, json: &Json) -> Json {
    match json {
        Json::Object(members) if members.get("type") == Some(&json!("date")) => {
            let millis: i64 = members["value"].as_str().unwrap().parse().unwrap();
            match target {
                "Date" => json!({"type": "int32", "value": millis / 86_400_000}),
                "Time" => json!({"type": "int32", "value": millis}),
                _ => json.clone(),
            }
        }
        Json::Object(members) => members.iter().map(|(k, v)| (k.clone(), dates_as(target, v))).collect(),
        Json::Array(items) => items.iter().map(|item| dates_as(target, item)).collect(),
        other => other.clone(),
    }
}

fn error_json(phase: &str, class: &str, message: &str) -> Json {
    let message = if MISHAPS.contains(&class) { "" } else { message };
    json!({"phase": phase, "class": class, "message": message})
}

// === our answer

fn answer(case: &Json, in_batch: bool) -> Json {
    let (class, config) = (class_of(case), config_of(case));
    let record = owned_record(&case["record"]);
    // A record that no batch may carry stays as it is.
    let bytes = if in_batch { written(&record).unwrap_or_default() } else { Vec::new() };
    let batch = (!bytes.is_empty()).then(|| Batch::parse(&bytes, &Limits::default()).unwrap());
    let record = match &batch {
        Some(batch) => batched_record(batch, &record),
        None => record,
    };
    if let Some(builtin) = builtin_predicate(&class) {
        return match builtin.create(&config) {
            Ok(mut predicate) => shown(predicate.test(&record).map(|holds| json!(holds))),
            Err(error) => failed("configure", &error),
        };
    }
    match builtin_transformation(&class).unwrap().create(&config) {
        // Twice, as the second time schemas are remembered.
        Ok(mut transformation) => {
            let first = transformation.apply(record.clone());
            let second = transformation.apply(record);
            let [first, second] = [first, second]
                .map(|result| shown(result.map(|result| result.as_ref().map_or(Json::Null, record_to_json))));
            assert_eq!(first, second);
            first
        }
        Err(error) => failed("configure", &error),
    }
}

fn class_of(case: &Json) -> String {
    format!("org.apache.kafka.connect.transforms.{}", case["class"].as_str().unwrap())
}

fn config_of(case: &Json) -> Config {
    let config = case["config"].as_object().unwrap().iter();
    config.map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn shown(result: Result<Json, TransformError>) -> Json {
    result.unwrap_or_else(|error| failed("apply", &error))
}

fn failed(phase: &str, error: &TransformError) -> Json {
    error_json(phase, error.class, &error.message)
}

// === records

fn owned_record(json: &Json) -> ConnectRecord<'static> {
    let is_source = json["source"] == json!(true);
    let owned = |json: Option<&Json>| {
        let (schema, value) = part(json.unwrap_or(&Json::Null));
        Part::Owned { schema, value }
    };
    let headers = json["headers"].as_array().into_iter().flatten();
    let timestamp = match json.get("timestamp") {
        Some(timestamp) => timestamp.as_str().map(|text| text.parse().unwrap()),
        None => Some(1_483_425_001_864),
    };
    ConnectRecord {
        topic: Cow::Owned(json["topic"].as_str().unwrap_or("test").to_owned()),
        partition: (!is_source).then_some(3),
        key: owned(json.get("key")),
        value: owned(json.get("value")),
        headers: headers
            .map(|header| (Cow::Owned(header[0].as_str().unwrap().to_owned()), owned(header.get(1))))
            .collect(),
        timestamp,
        timestamp_type: (!is_source && timestamp.is_some()).then_some(TimestampType::Create),
        kafka_offset: (!is_source).then_some(7),
        origin: None,
    }
}

/// A batch with the record's parts.
fn written(record: &ConnectRecord<'_>) -> Result<Vec<u8>, EncodeError> {
    let mut writer = BatchWriter::new();
    let names: Vec<_> = record.headers.iter().map(|(name, _)| writer.string(name)).collect();
    let mut frame = writer.begin(&FrameHead::default());
    record.key.write(Slot::Key, &mut frame)?;
    record.value.write(Slot::Value, &mut frame)?;
    for (name, (_, part)) in names.iter().zip(&record.headers) {
        part.write(Slot::Header(*name), &mut frame)?;
    }
    frame.finish();
    Ok(writer.finish())
}

fn batched_record<'b>(batch: &'b Batch<'_>, record: &ConnectRecord<'static>) -> ConnectRecord<'b> {
    let parts = batch.record(0).unwrap();
    ConnectRecord {
        key: Part::InBatch(parts.key()),
        value: Part::InBatch(parts.value()),
        headers: parts.headers().map(|(name, datum)| (Cow::Borrowed(name), Part::InBatch(datum))).collect(),
        ..record.clone()
    }
}

fn record_to_json(record: &ConnectRecord<'_>) -> Json {
    let json = |part: &Part<'_>| {
        let (schema, value): (Option<Schema>, Value) = part.clone().into_owned().unwrap();
        part_to_json(schema.as_ref(), &value)
    };
    json!({
        "topic": record.topic,
        "partition": record.partition,
        "timestamp": record.timestamp,
        "offset": record.kafka_offset,
        "key": json(&record.key),
        "value": json(&record.value),
        "headers": record.headers.iter().map(|(name, part)| json!([name, json(part)])).collect::<Vec<_>>(),
    })
}
