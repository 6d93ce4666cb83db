//! The id of a task: its connector's name and its number from 0 (Java's `ConnectorTaskId`).

use std::fmt;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// Prints as Java does: `connector-0`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectorTaskId {
    /// The connector's name.
    pub connector: Arc<str>,
    /// The task's number, from 0.
    pub task: u32,
}

impl ConnectorTaskId {
    /// The id of task `task` of `connector`.
    pub fn new(connector: impl Into<Arc<str>>, task: u32) -> Self {
        Self { connector: connector.into(), task }
    }
}

impl fmt::Display for ConnectorTaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.connector, self.task)
    }
}

impl Serialize for ConnectorTaskId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut id = serializer.serialize_struct("ConnectorTaskId", 2)?;
        id.serialize_field("connector", &*self.connector)?;
        id.serialize_field("task", &self.task)?;
        id.end()
    }
}
