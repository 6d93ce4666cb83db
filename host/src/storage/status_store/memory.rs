//! Statuses of one worker alone (Java's `MemoryStatusBackingStore`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Status, StatusStore};
use crate::connect::ConnectorTaskId;

#[derive(Default)]
struct Entry {
    connector: Option<Status>,
    tasks: BTreeMap<u32, Status>,
    topics: BTreeSet<String>,
}

/// Forgotten with the process, as in Java's standalone mode.
#[derive(Default)]
pub struct MemoryStatusStore(Mutex<HashMap<String, Entry>>);

impl MemoryStatusStore {
    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StatusStore for MemoryStatusStore {
    fn put_connector(&self, connector: &str, status: Status) {
        self.entries().entry(connector.to_owned()).or_default().connector = Some(status);
    }

    fn put_task(&self, id: &ConnectorTaskId, status: Status) {
        self.entries().entry(id.connector.to_string()).or_default().tasks.insert(id.task, status);
    }

    fn connector(&self, connector: &str) -> Option<Status> {
        self.entries().get(connector)?.connector.clone()
    }

    fn task(&self, id: &ConnectorTaskId) -> Option<Status> {
        self.entries().get(&*id.connector)?.tasks.get(&id.task).cloned()
    }

    fn tasks(&self, connector: &str) -> BTreeMap<u32, Status> {
        self.entries().get(connector).map(|entry| entry.tasks.clone()).unwrap_or_default()
    }

    fn delete_connector(&self, connector: &str) {
        self.entries().remove(connector);
    }

    fn delete_task(&self, id: &ConnectorTaskId) {
        if let Some(entry) = self.entries().get_mut(&*id.connector) {
            entry.tasks.remove(&id.task);
        }
    }

    fn put_topic(&self, id: &ConnectorTaskId, topic: &str) {
        // Told with every batch of a sink, and new only once.
        if let Some(entry) = self.entries().get_mut(&*id.connector)
            && !entry.topics.contains(topic)
        {
            entry.topics.insert(topic.to_owned());
        }
    }

    fn topics(&self, connector: &str) -> Vec<String> {
        self.entries().get(connector).map(|entry| entry.topics.iter().cloned().collect()).unwrap_or_default()
    }

    fn reset_topics(&self, connector: &str) {
        if let Some(entry) = self.entries().get_mut(connector) {
            entry.topics.clear();
        }
    }
}
