//! Answers about connectors, tasks and plugins, field for field in the order in which Java Connect's REST entities are written.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{Config, ConnectorTaskId, ConnectorType, State};

/// `GET /`.
#[derive(Clone, Debug, Serialize)]
pub struct ServerInfo {
    /// The Kafka Connect version whose API is spoken.
    pub version: String,
    pub commit: String,
    pub kafka_cluster_id: String,
}

/// `GET /connectors/{name}`.
#[derive(Clone, Debug, Serialize)]
pub struct ConnectorInfo {
    pub name: String,
    pub config: Config,
    pub tasks: Vec<ConnectorTaskId>,
    #[serde(rename = "type")]
    pub kind: ConnectorType,
}

/// `GET /connectors/{name}/status`; tasks in order of their number.
#[derive(Clone, Debug, Serialize)]
pub struct ConnectorStateInfo {
    pub name: String,
    pub connector: ConnectorState,
    pub tasks: Vec<TaskState>,
    #[serde(rename = "type")]
    pub kind: ConnectorType,
}

/// The connector's part of a status.
#[derive(Clone, Debug, Serialize)]
pub struct ConnectorState {
    pub state: State,
    pub worker_id: String,
    /// The plugin's version; `null` while it is not known.
    pub version: Option<String>,
    #[serde(skip_serializing_if = "no_trace")]
    pub trace: Option<String>,
}

/// A task's part of a status.
#[derive(Clone, Debug, Serialize)]
pub struct TaskState {
    pub id: u32,
    pub state: State,
    pub worker_id: String,
    pub version: Option<String>,
    #[serde(skip_serializing_if = "no_trace")]
    pub trace: Option<String>,
}

fn no_trace(trace: &Option<String>) -> bool {
    trace.as_deref().is_none_or(str::is_empty)
}

/// `GET /connectors/{name}/tasks`.
#[derive(Clone, Debug, Serialize)]
pub struct TaskInfo {
    pub id: ConnectorTaskId,
    pub config: Config,
}

/// `GET /connectors/{name}/topics`: the connector's name as the only key.
#[derive(Clone, Debug)]
pub struct ActiveTopics {
    pub connector: String,
    pub topics: Vec<String>,
}

impl Serialize for ActiveTopics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Topics<'a> {
            topics: &'a [String],
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.connector, &Topics { topics: &self.topics })?;
        map.end()
    }
}

/// `GET /connectors/{name}/offsets` (KIP-875).
#[derive(Clone, Debug, Serialize)]
pub struct ConnectorOffsets {
    pub offsets: Vec<ConnectorOffset>,
}

/// Where a connector stands, or is to go on, in one partition of its source or of a topic. In a request a null offset forgets.
#[derive(Clone, Debug, Serialize)]
pub struct ConnectorOffset {
    pub partition: serde_json::Value,
    pub offset: serde_json::Value,
}

/// Java's `Message`: what became of a request that changed offsets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    pub message: String,
}

/// `GET /connector-plugins`.
#[derive(Clone, Debug, Serialize)]
pub struct PluginInfo {
    pub class: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub version: String,
}
