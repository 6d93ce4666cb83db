//! Records as lines of JSON: what a sink is fed, and what a source has brought.

use serde_json::{Map, Value as Json, json};
use wasm_connect_batch::{BatchWriter, Datum, FrameHead, Record, TimestampType};

use crate::connect::Config;
use crate::converter::{Converter, ConverterType, Slot, builtin};

const JSON_CONVERTER: &str = "org.apache.kafka.connect.json.JsonConverter";
const STRING_CONVERTER: &str = "org.apache.kafka.connect.storage.StringConverter";

/// The converters that the worker itself has.
pub struct Lines {
    text: Box<dyn Converter>,
    /// `{"schema", "payload"}`.
    enveloped: Box<dyn Converter>,
    schemaless: Box<dyn Converter>,
}

/// Where a line's record is in Kafka, unless it says so.
pub struct Place<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
}

impl Lines {
    pub fn new() -> Result<Self, String> {
        Ok(Self {
            text: converter(STRING_CONVERTER, &Config::new())?,
            enveloped: converter(JSON_CONVERTER, &schemas(true))?,
            schemaless: converter(JSON_CONVERTER, &schemas(false))?,
        })
    }

    /// Appends the record of one line to a batch; says what its topic and partition are.
    pub fn append(&self, line: &str, place: &Place<'_>, writer: &mut BatchWriter) -> Result<(), String> {
        let json: Json = serde_json::from_str(line).map_err(|error| format!("it is no JSON: {error}"))?;
        let record = json.as_object().filter(|object| object.contains_key("value") && !object.contains_key("schema"));
        let field = |name: &str| record.and_then(|record| record.get(name));
        let topic = field("topic").and_then(Json::as_str).unwrap_or(place.topic);
        let interned = writer.string(topic);
        let head = FrameHead {
            topic: Some(interned),
            partition: Some(place.partition),
            original_topic: Some(interned),
            original_partition: Some(place.partition),
            offset: place.offset,
            timestamp: Some((TimestampType::Create, field("timestamp").and_then(Json::as_i64).unwrap_or(0))),
            ..FrameHead::default()
        };
        let mut frame = writer.begin(&head);
        let parts =
            [(Slot::Key, field("key")), (Slot::Value, record.map_or(Some(&json), |record| record.get("value")))];
        for (slot, json) in parts {
            let (converter, bytes) = self.bytes(json);
            converter.to_connect(topic, bytes.as_deref(), slot, &mut frame).map_err(|error| error.to_string())?;
        }
        frame.finish();
        Ok(())
    }

    /// What Kafka would hold, and what reads it.
    fn bytes(&self, json: Option<&Json>) -> (&dyn Converter, Option<Vec<u8>>) {
        match json {
            None | Some(Json::Null) => (&*self.text, None),
            Some(Json::String(text)) => (&*self.text, Some(text.clone().into_bytes())),
            Some(json) if json.get("schema").is_some() && json.get("payload").is_some() => {
                (&*self.enveloped, Some(json.to_string().into_bytes()))
            }
            Some(json) => (&*self.schemaless, Some(json.to_string().into_bytes())),
        }
    }

    /// The line of a record that was polled.
    pub fn show(&self, record: &Record<'_>) -> Result<String, String> {
        let topic = record.topic().unwrap_or_default();
        let flat = |text: Option<&str>| text.map(|text| serde_json::from_str(text).unwrap_or_else(|_| json!(text)));
        let mut line = Map::new();
        let mut set = |name: &str, value: Option<Json>| {
            if let Some(value) = value {
                line.insert(name.to_owned(), value);
            }
        };
        set("topic", record.topic().map(Json::from));
        set("partition", record.partition().map(Json::from));
        set("timestamp", record.timestamp().map(|(_, at)| Json::from(at)));
        let key = self.json(topic, record.key())?;
        set("key", Some(key).filter(|key| !key.is_null()));
        set("value", Some(self.json(topic, record.value())?));
        let headers: Result<Vec<Json>, String> =
            record.headers().map(|(name, value)| Ok(json!([name, self.json(topic, value)?]))).collect();
        set(
            "headers",
            Some(Json::from(headers?)).filter(|headers| headers.as_array().is_some_and(|list| !list.is_empty())),
        );
        set("source_partition", flat(record.source_partition()));
        set("source_offset", flat(record.source_offset()));
        Ok(Json::Object(line).to_string())
    }

    fn json(&self, topic: &str, datum: Datum<'_>) -> Result<Json, String> {
        let mut bytes = Vec::new();
        let some = self.schemaless.from_connect(topic, datum.into(), &mut bytes).map_err(|error| error.to_string())?;
        if !some {
            return Ok(Json::Null);
        }
        serde_json::from_slice(&bytes).map_err(|error| format!("the converter wrote no JSON: {error}"))
    }
}

fn schemas(enabled: bool) -> Config {
    [("schemas.enable".to_owned(), enabled.to_string())].into_iter().collect()
}

fn converter(class: &str, config: &Config) -> Result<Box<dyn Converter>, String> {
    let of = builtin(class).ok_or_else(|| format!("there is no {class}"))?;
    of.create(config, ConverterType::Value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use wasm_connect_batch::{Batch, Limits};

    use super::*;

    #[test]
    fn lines_become_records_and_records_lines() {
        let lines = Lines::new().expect("converters");
        let mut writer = BatchWriter::new();
        let given = [
            r#""text""#,
            r#"{"value":[1,null,{"a":true}],"key":"k","topic":"other","timestamp":7}"#,
            r#"{"schema":{"type":"struct","fields":[{"field":"id","type":"int32"}]},"payload":{"id":5}}"#,
            r#"{"a":1}"#,
        ];
        for (offset, line) in (0..).zip(given) {
            lines.append(line, &Place { topic: "t", partition: 0, offset }, &mut writer).expect("a record");
        }
        let bytes = writer.finish();
        let batch = Batch::parse(&bytes, &Limits::default()).expect("a batch");
        let shown: Vec<String> = batch.records().map(|(_, record)| lines.show(&record).expect("a line")).collect();
        assert_eq!(
            shown,
            [
                r#"{"topic":"t","partition":0,"timestamp":0,"value":"text"}"#,
                r#"{"topic":"other","partition":0,"timestamp":7,"key":"k","value":[1,null,{"a":true}]}"#,
                r#"{"topic":"t","partition":0,"timestamp":0,"value":{"id":5}}"#,
                r#"{"topic":"t","partition":0,"timestamp":0,"value":{"a":1}}"#,
            ]
        );
        assert_eq!(batch.record(2).map(|record| record.offset()), Some(2));
        assert!(lines.append("{", &Place { topic: "t", partition: 0, offset: 0 }, &mut writer).is_err());
    }
}
