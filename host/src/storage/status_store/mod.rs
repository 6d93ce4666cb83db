//! What connectors and tasks are doing, and which topics they use (Java's `StatusBackingStore`), as REST tells it.

mod kafka;
mod memory;
/// One record of the status topic, to bytes and back.
pub mod record;
mod statuses;

use std::collections::BTreeMap;

use crate::connect::{ConnectorTaskId, State};

pub use kafka::KafkaStatusStore;
pub use memory::MemoryStatusStore;
pub use record::{GenerationStatus, StatusRecord, TopicStatus, UnreadableStatus};
pub use statuses::Statuses;

/// What a connector or a task was last known to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub state: State,
    /// Why it failed.
    pub trace: Option<String>,
    /// `host:port` of the worker's REST address.
    pub worker_id: String,
    /// The plugin's version.
    pub version: Option<String>,
}

/// Keeps the statuses of a worker.
pub trait StatusStore: Send + Sync {
    fn put_connector(&self, connector: &str, status: Status);
    fn put_task(&self, id: &ConnectorTaskId, status: Status);
    fn connector(&self, connector: &str) -> Option<Status>;
    fn task(&self, id: &ConnectorTaskId) -> Option<Status>;
    /// By task number.
    fn tasks(&self, connector: &str) -> BTreeMap<u32, Status>;
    /// The connector and all its tasks and topics are gone.
    fn delete_connector(&self, connector: &str);
    fn delete_task(&self, id: &ConnectorTaskId);
    /// The task reads from or writes to this topic.
    fn put_topic(&self, id: &ConnectorTaskId, topic: &str);
    /// In alphabetical order.
    fn topics(&self, connector: &str) -> Vec<String>;
    fn reset_topics(&self, connector: &str);
}
