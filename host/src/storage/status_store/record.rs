//! The records of the status topic: keys are texts, values JSON, both byte for byte as Java Connect 4.3 writes them.

use serde_json::{Map, Value};

use super::Status;
use crate::connect::{ConnectorTaskId, State};
use crate::storage::config_store::record::task_id;
use crate::storage::json::JsonObject;

const CONNECTOR: &str = "status-connector-";
const TASK: &str = "status-task-";
const TOPIC: &str = "status-topic-";
const OF_CONNECTOR: &str = ":connector-";

/// One record of the status topic; without a status it is a tombstone: gone, or for a topic no longer used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusRecord {
    /// `status-connector-<name>`
    Connector { connector: String, status: Option<GenerationStatus> },
    /// `status-task-<connector>-<n>`
    Task { id: ConnectorTaskId, status: Option<GenerationStatus> },
    /// `status-topic-<topic>:connector-<name>`
    Topic { topic: String, connector: String, status: Option<TopicStatus> },
}

/// A status, and the group's generation in which it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerationStatus {
    pub status: Status,
    pub generation: i32,
}

/// Who first used a topic, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicStatus {
    pub task: ConnectorTaskId,
    /// Milliseconds since the epoch.
    pub discovered: i64,
}

/// A record that is left out. The rest of the topic is read on.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableStatus {
    #[error("the record '{key}' is none of Kafka Connect's")]
    Key { key: String },
    #[error("the record '{key}' is no status: {why}")]
    Value { key: String, why: String },
}

// === impl StatusRecord ===

impl StatusRecord {
    /// The record's key and value; no value: a tombstone.
    pub fn encode(&self) -> (String, Option<Vec<u8>>) {
        match self {
            Self::Connector { connector, status } => (format!("{CONNECTOR}{connector}"), status.as_ref().map(encode)),
            Self::Task { id, status } => (format!("{TASK}{id}"), status.as_ref().map(encode)),
            Self::Topic { topic, connector, status } => {
                let value = status.as_ref().map(|status| encode_topic(topic, status));
                (format!("{TOPIC}{topic}{OF_CONNECTOR}{connector}"), value)
            }
        }
    }

    /// Whether something runs, by this record.
    pub fn says_running(&self) -> bool {
        match self {
            Self::Connector { status: Some(status), .. } | Self::Task { status: Some(status), .. } => {
                status.status.state == State::Running
            }
            _ => false,
        }
    }

    /// The record that these bytes are.
    pub fn decode(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Self, UnreadableStatus> {
        let key = key.map(String::from_utf8_lossy).unwrap_or_default();
        let unknown = || UnreadableStatus::Key { key: key.to_string() };
        let wrong = |why| UnreadableStatus::Value { key: key.to_string(), why };
        if let Some(connector) = key.strip_prefix(CONNECTOR).filter(|connector| !connector.is_empty()) {
            let connector = connector.to_owned();
            Ok(Self::Connector { connector, status: value.map(decode).transpose().map_err(wrong)? })
        } else if let Some(id) = key.strip_prefix(TASK) {
            let id = task_id(id).ok_or_else(unknown)?;
            Ok(Self::Task { id, status: value.map(decode).transpose().map_err(wrong)? })
        } else if let Some(rest) = key.strip_prefix(TOPIC) {
            // A topic's name has no colon.
            let (topic, connector) = rest.split_once(OF_CONNECTOR).ok_or_else(unknown)?;
            if topic.is_empty() || connector.is_empty() {
                return Err(unknown());
            }
            let status = value.map(decode_topic).transpose().map_err(wrong)?;
            Ok(Self::Topic { topic: topic.to_owned(), connector: connector.to_owned(), status })
        } else {
            Err(unknown())
        }
    }
}

fn encode(GenerationStatus { status, generation }: &GenerationStatus) -> Vec<u8> {
    JsonObject::new()
        .string("state", status.state.name())
        .optional("trace", status.trace.as_deref())
        .string("worker_id", &status.worker_id)
        .integer("generation", (*generation).into())
        .optional("version", status.version.as_deref())
        .finish()
}

fn encode_topic(topic: &str, status: &TopicStatus) -> Vec<u8> {
    let inner = JsonObject::new()
        .string("name", topic)
        .string("connector", &status.task.connector)
        .integer("task", status.task.task.into())
        .integer("discoverTimestamp", status.discovered)
        .finish();
    JsonObject::new().raw("topic", &inner).finish()
}

fn decode(value: &[u8]) -> Result<GenerationStatus, String> {
    let fields = object(value)?;
    let state = string(&fields, "state")?;
    let state = State::from_name(state).ok_or_else(|| format!("there is no state '{state}'"))?;
    // `version` came with 4.1.
    let optional = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let status = Status {
        state,
        trace: optional("trace"),
        worker_id: string(&fields, "worker_id")?.to_owned(),
        version: optional("version"),
    };
    Ok(GenerationStatus { status, generation: integer(&fields, "generation")? })
}

fn decode_topic(value: &[u8]) -> Result<TopicStatus, String> {
    let fields = object(value)?;
    let Some(Value::Object(fields)) = fields.get("topic") else { return Err("'topic' is not an object".into()) };
    let task = ConnectorTaskId::new(string(fields, "connector")?, integer(fields, "task")?);
    Ok(TopicStatus { task, discovered: integer(fields, "discoverTimestamp")? })
}

fn object(value: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice(value) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err("it is not an object".into()),
        Err(error) => Err(format!("it is not JSON: {error}")),
    }
}

fn string<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    fields.get(name).and_then(Value::as_str).ok_or_else(|| format!("'{name}' is not a string"))
}

fn integer<T: TryFrom<i64>>(fields: &Map<String, Value>, name: &str) -> Result<T, String> {
    let number = fields.get(name).and_then(Value::as_i64).and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| format!("'{name}' is not a number that it can be"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a worker of Java Connect wrote them.
    const GOLDEN: &str = include_str!("record/golden.txt");

    #[test]
    fn what_java_wrote_is_read_and_written_again_byte_for_byte() {
        let mut count = 0;
        for line in GOLDEN.lines().filter(|line| !line.starts_with('#')) {
            let (key, value) = line.split_once('\t').unwrap();
            let value = Some(value).filter(|value| *value != "null");
            let record = StatusRecord::decode(Some(key.as_bytes()), value.map(str::as_bytes)).unwrap();
            let (encoded_key, encoded) = record.encode();
            assert_eq!(encoded_key, key);
            assert_eq!(encoded.as_deref().map(|bytes| str::from_utf8(bytes).unwrap()), value, "{key}");
            count += 1;
        }
        assert!(count > 30);
    }

    #[test]
    fn a_status_of_a_worker_before_4_1_has_no_version() {
        let value = br#"{"state":"FAILED","trace":"a\n\tat b","worker_id":"w:8083","generation":3}"#;
        let record = StatusRecord::decode(Some(b"status-task-a-b-7"), Some(value)).unwrap();
        let status =
            Status { state: State::Failed, trace: Some("a\n\tat b".into()), worker_id: "w:8083".into(), version: None };
        let status = Some(GenerationStatus { status, generation: 3 });
        assert_eq!(record, StatusRecord::Task { id: ConnectorTaskId::new("a-b", 7), status });
    }

    #[test]
    fn what_is_no_status_is_refused_with_its_key_and_the_reason() {
        let cases = [
            ("status-connector-", "{}", "none of"),
            ("status-task-c", "{}", "none of"),
            ("status-topic-t", "{}", "none of"),
            ("status-topic-:connector-c", "{}", "none of"),
            ("status-topic-t:connector-", "{}", "none of"),
            ("other", "{}", "none of"),
            ("status-connector-c", "7", "not an object"),
            ("status-connector-c", "{", "not JSON"),
            ("status-connector-c", r#"{"state":"DESTROYED","worker_id":"w","generation":1}"#, "no state 'DESTROYED'"),
            ("status-connector-c", r#"{"state":"RUNNING","worker_id":"w","generation":"1"}"#, "'generation'"),
            ("status-topic-t:connector-c", r#"{"topic":[]}"#, "'topic'"),
        ];
        for (key, value, reason) in cases {
            let error = StatusRecord::decode(Some(key.as_bytes()), Some(value.as_bytes())).unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains(key), "{key} {value}: {error}");
        }
        assert!(StatusRecord::decode(None, None).is_err());
    }
}
