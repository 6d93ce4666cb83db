//! The JSON form of batches and lists of acks: to bytes and back.

use serde_json::{Map, Value as Json, json};
use wasm_connect_batch::{
    Acks, AcksWriter, Batch, BatchWriter, Datum, FrameHead, FrameWriter, Limits, MalformedBatch, Payload, Placed,
    Record, TimestampType,
};

use crate::schema_json::Table;
use crate::value_json::{from_json, tagged_from_json, tagged_to_json, to_json};

/// The bytes of a described batch.
pub fn encode(json: &Json) -> Vec<u8> {
    let mut writer = BatchWriter::new();
    for string in json["strings"].as_array().unwrap() {
        writer.string(string.as_str().unwrap());
    }
    let table = Table::from_json(&json["schemas"]);
    for schema in &table.0 {
        writer.schema(schema);
    }
    for record in json["records"].as_array().unwrap() {
        match record {
            Json::Null => writer.hole(),
            record => encode_record(&mut writer, &table, record),
        }
    }
    writer.finish()
}

fn encode_record(writer: &mut BatchWriter, table: &Table, json: &Json) {
    let mut string = |key: &str| json[key].as_str().map(|string| writer.string(string));
    let head = FrameHead {
        topic: string("topic"),
        partition: json["partition"].as_i64().map(|p| p as i32),
        original_topic: string("original_topic"),
        original_partition: json["original_partition"].as_i64().map(|p| p as i32),
        offset: number(&json["offset"]),
        timestamp: json.get("timestamp").map(|of| {
            let ty = if of[0] == "create" { TimestampType::Create } else { TimestampType::LogAppend };
            (ty, number(&of[1]))
        }),
        source_partition: string("source_partition"),
        commit_after: json["commit_after"] == json!(true),
        abort_after: json["abort_after"] == json!(true),
    };
    let mut frame = writer.begin(&head);
    put(&json["key"], table, |payload| frame.key(payload).map(|_| ()));
    put(&json["value"], table, |payload| frame.value(payload).map(|_| ()));
    if let Some(offset) = json["source_offset"].as_str() {
        frame.source_offset(offset).unwrap();
    }
    for header in json["headers"].as_array().map_or(&[][..], Vec::as_slice) {
        encode_header(&mut frame, table, header);
    }
    frame.finish();
}

fn encode_header(frame: &mut FrameWriter<'_>, table: &Table, header: &Json) {
    let name = frame.string(header[0].as_str().unwrap());
    put(&header[1], table, |payload| frame.header(name, payload).map(|_| ()));
}

fn put<E: std::fmt::Debug>(json: &Json, table: &Table, write: impl FnOnce(Payload<'_>) -> Result<(), E>) {
    let schema = table.by_id(&json["schema"]);
    let value = match &schema {
        Some(schema) => from_json(schema, &json["value"]),
        None => tagged_from_json(&json["value"]),
    };
    write(Payload::Value(schema.as_ref(), &value)).unwrap();
}

/// The description of a batch, without what it is about.
pub fn decode(bytes: &[u8]) -> Result<Json, MalformedBatch> {
    let batch = Batch::parse(bytes, &Limits::default())?;
    let table = Table(batch.schemas().to_vec());
    let record = |i| batch.record(i).map_or(Ok(Json::Null), |record| decode_record(&table, &record));
    let records: Result<Vec<Json>, MalformedBatch> = (0..batch.len()).map(record).collect();
    Ok(json!({"strings": batch.strings(), "schemas": table.to_json(), "records": records?}))
}

fn decode_record(table: &Table, record: &Record<'_>) -> Result<Json, MalformedBatch> {
    let mut json = Map::new();
    let mut put = |key: &str, value: Option<Json>| value.map(|value| json.insert(key.to_owned(), value));
    put("topic", record.topic().map(Json::from));
    put("partition", record.partition().map(Json::from));
    put("offset", Some(json!(record.offset().to_string())));
    put("original_topic", record.original_topic().map(Json::from));
    put("original_partition", record.original_partition().map(Json::from));
    put(
        "timestamp",
        record.timestamp().map(|(of, at)| {
            let of = if of == TimestampType::Create { "create" } else { "append" };
            json!([of, at.to_string()])
        }),
    );
    put("key", Some(datum(table, &record.key())?));
    put("value", Some(datum(table, &record.value())?));
    put("source_partition", record.source_partition().map(Json::from));
    put("source_offset", record.source_offset().map(Json::from));
    let headers = record.headers().map(|(name, value)| Ok(json!([name, datum(table, &value)?])));
    let headers: Vec<Json> = headers.collect::<Result<_, MalformedBatch>>()?;
    put("headers", (!headers.is_empty()).then_some(Json::Array(headers)));
    put("commit_after", record.commit_after().then_some(json!(true)));
    put("abort_after", record.abort_after().then_some(json!(true)));
    Ok(Json::Object(json))
}

fn datum(table: &Table, datum: &Datum<'_>) -> Result<Json, MalformedBatch> {
    let value = datum.to_value()?;
    let value = if datum.schema().is_some() { to_json(&value) } else { tagged_to_json(&value) };
    Ok(json!({"schema": table.id(datum.schema()), "value": value}))
}

/// The bytes of a described list of acks.
pub fn encode_acks(json: &Json) -> Vec<u8> {
    let mut writer = AcksWriter::new();
    for string in json["strings"].as_array().unwrap() {
        writer.topic(string.as_str().unwrap());
    }
    for ack in json["acks"].as_array().unwrap() {
        let placed = ack["topic"].as_str().map(|topic| Placed {
            topic: writer.topic(topic),
            partition: ack["partition"].as_i64().unwrap() as i32,
            offset: number(&ack["offset"]),
            timestamp: number(&ack["timestamp"]),
        });
        writer.push(ack["sequence"].as_str().unwrap().parse().unwrap(), placed);
    }
    writer.finish()
}

/// The description of a list of acks, without strings and what it is about.
pub fn decode_acks(bytes: &[u8]) -> Result<Json, MalformedBatch> {
    let acks = Acks::parse(bytes, &Limits::default())?;
    let json = |ack: wasm_connect_batch::Ack<'_>| {
        let sequence = ack.sequence.to_string();
        match ack.placed {
            None => json!({"sequence": sequence}),
            Some(Placed { topic, partition, offset, timestamp }) => json!({
                "sequence": sequence, "topic": topic, "partition": partition,
                "offset": offset.to_string(), "timestamp": timestamp.to_string(),
            }),
        }
    };
    Ok(acks.iter().map(json).collect())
}

fn number(json: &Json) -> i64 {
    json.as_str().unwrap().parse().unwrap()
}
