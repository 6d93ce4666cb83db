//! The records of the config topic: keys are texts, values JSON, both byte for byte as Java Connect 4.3 writes them.
//!
//! Read is whatever Java has written since 2.8: no `state.v2`, no session key, no restart requests.

mod logger_level;
mod properties;
mod restart_request;
mod session_key;
mod target_state;
mod tasks;

use serde_json::{Map, Value};

use crate::connect::{Config, ConnectorTaskId, RestartRequest, SessionKey, TargetState};

const TARGET_STATE: &str = "target-state-";
const CONNECTOR: &str = "connector-";
const TASK: &str = "task-";
const COMMIT: &str = "commit-";
const RESTART: &str = "restart-connector-";
const TASK_COUNT: &str = "tasks-fencing-";
const SESSION_KEY: &str = "session-key";
const LOGGER_LEVEL: &str = "logger-cluster-";

/// The fields of a value.
type Fields = Map<String, Value>;

/// One record of the config topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigRecord {
    /// `connector-<name>`; none: deleted.
    Connector { connector: String, config: Option<Config> },
    /// `target-state-<connector>`; none: deleted with its connector.
    TargetState { connector: String, target: Option<TargetState> },
    /// `task-<connector>-<n>`: waits for the commit.
    Task { id: ConnectorTaskId, config: Config },
    /// `commit-<connector>`: the connector has so many tasks, with the configurations that came before.
    Commit { connector: String, tasks: u32 },
    /// `restart-connector-<connector>`
    Restart { connector: String, request: RestartRequest },
    /// `tasks-fencing-<connector>`: so many transactional producers to fence before the next tasks start (KIP-618); none: nothing to fence
    /// any more, which somebody has written by hand.
    TaskCount { connector: String, tasks: Option<u32> },
    /// `session-key`
    SessionKey(SessionKey),
    /// `logger-cluster-<namespace>`
    LoggerLevel { namespace: String, level: String },
}

/// A record that is left out. The rest of the topic is read on.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableRecord {
    /// Java counts such a record as not read: its offset does not become the config offset.
    #[error("the value of the record '{key}' is not JSON: {source}")]
    Json { key: String, source: serde_json::Error },
    #[error("the record '{key}' is none of Kafka Connect's")]
    Key { key: String },
    #[error("the record '{key}' {why}")]
    Value { key: String, why: String },
}

// === impl ConfigRecord ===

impl ConfigRecord {
    /// The record's key and value; no value: a tombstone.
    pub fn encode(&self) -> (String, Option<Vec<u8>>) {
        match self {
            Self::Connector { connector, config } => {
                (format!("{CONNECTOR}{connector}"), config.as_ref().map(properties::encode))
            }
            Self::TargetState { connector, target } => {
                (format!("{TARGET_STATE}{connector}"), target.map(target_state::encode))
            }
            Self::Task { id, config } => (format!("{TASK}{id}"), Some(properties::encode(config))),
            Self::Commit { connector, tasks } => (format!("{COMMIT}{connector}"), Some(tasks::encode_commit(*tasks))),
            Self::Restart { connector, request } => {
                (format!("{RESTART}{connector}"), Some(restart_request::encode(*request)))
            }
            Self::TaskCount { connector, tasks } => {
                (format!("{TASK_COUNT}{connector}"), tasks.map(tasks::encode_count))
            }
            Self::SessionKey(key) => (SESSION_KEY.to_owned(), Some(session_key::encode(key))),
            Self::LoggerLevel { namespace, level } => {
                (format!("{LOGGER_LEVEL}{namespace}"), Some(logger_level::encode(level)))
            }
        }
    }

    /// The record that these bytes are.
    pub fn decode(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Self, UnreadableRecord> {
        let key = key.map(String::from_utf8_lossy).ok_or_else(|| UnreadableRecord::Key { key: "null".into() })?;
        let wrong = |why: String| UnreadableRecord::Value { key: key.to_string(), why };
        let value = parse(value).map_err(|source| UnreadableRecord::Json { key: key.to_string(), source })?;
        let fields = || match &value {
            Value::Object(fields) => Ok(fields),
            Value::Null => Err(wrong("is unexpectedly null".into())),
            _ => Err(wrong("is in the wrong format: not an object".into())),
        };
        // Deleted, or what its fields say.
        let fields_if_any = || if value.is_null() { Ok(None) } else { fields().map(Some) };
        let named = |prefix: &str| key.strip_prefix(prefix).map(str::to_owned);

        // In Java's order; no prefix is one of another.
        if let Some(connector) = named(TARGET_STATE) {
            let target = fields_if_any()?.map(target_state::decode).transpose().map_err(wrong)?;
            Ok(Self::TargetState { connector, target })
        } else if let Some(connector) = named(CONNECTOR) {
            let config = fields_if_any()?.map(properties::decode).transpose().map_err(wrong)?;
            Ok(Self::Connector { connector, config })
        } else if let Some(id) = key.strip_prefix(TASK) {
            let id = task_id(id).ok_or_else(|| wrong("couldn't be parsed as a task config key".into()))?;
            Ok(Self::Task { id, config: properties::decode(fields()?).map_err(wrong)? })
        } else if let Some(connector) = named(COMMIT) {
            Ok(Self::Commit { connector, tasks: tasks::decode_commit(fields()?).map_err(wrong)? })
        } else if let Some(connector) = named(RESTART) {
            Ok(Self::Restart { connector, request: restart_request::decode(fields()?) })
        } else if let Some(connector) = named(TASK_COUNT) {
            let tasks = fields_if_any()?.map(tasks::decode_count).transpose().map_err(wrong)?;
            Ok(Self::TaskCount { connector, tasks })
        } else if key == SESSION_KEY {
            Ok(Self::SessionKey(session_key::decode(fields()?).map_err(wrong)?))
        } else if let Some(namespace) = named(LOGGER_LEVEL) {
            Ok(Self::LoggerLevel { namespace, level: logger_level::decode(fields()?).map_err(wrong)? })
        } else {
            Err(UnreadableRecord::Key { key: key.into_owned() })
        }
    }
}

/// No bytes and blank ones are null, as for Java's converter.
fn parse(value: Option<&[u8]>) -> Result<Value, serde_json::Error> {
    match value {
        Some(bytes) if !bytes.trim_ascii().is_empty() => serde_json::from_slice(bytes),
        _ => Ok(Value::Null),
    }
}

/// `<connector>-<n>`; a connector's name may hold dashes, and Java forgets dashes at the very end.
pub(in crate::storage) fn task_id(text: &str) -> Option<ConnectorTaskId> {
    let (connector, task) = text.trim_end_matches('-').rsplit_once('-')?;
    let task = task.parse::<i32>().ok()?;
    Some(ConnectorTaskId::new(connector, u32::try_from(task).ok()?))
}

/// What a field is, for a message about what it should have been.
fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None | Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "a boolean",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(_)) => "a string",
        Some(Value::Array(_)) => "an array",
        Some(Value::Object(_)) => "an object",
    }
}

/// A field that must be a text.
fn string<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, String> {
    let field = fields.get(name);
    field
        .and_then(Value::as_str)
        .ok_or_else(|| format!("has a '{name}' that should be a string but is {}", kind(field)))
}

#[cfg(test)]
mod tests;
