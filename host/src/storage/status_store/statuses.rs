//! Adds up the records of the status topic, one after the other (the reading half of Java's `KafkaStatusBackingStore`), and says
//! what may be written: a status of an older generation never overwrites a newer one (invariant I5).

use std::collections::{BTreeMap, HashMap};

use super::record::{GenerationStatus, StatusRecord, TopicStatus};
use crate::connect::{ConnectorTaskId, State};

/// The topic up to some offset.
#[derive(Debug, Default)]
pub struct Statuses {
    connectors: HashMap<String, Entry>,
}

#[derive(Debug, Default)]
struct Entry {
    connector: Option<GenerationStatus>,
    tasks: BTreeMap<u32, GenerationStatus>,
    topics: BTreeMap<String, TopicStatus>,
}

impl Entry {
    fn is_empty(&self) -> bool {
        self.connector.is_none() && self.tasks.is_empty() && self.topics.is_empty()
    }
}

// === impl Statuses ===

impl Statuses {
    /// Takes the next record; answers the one that keeps its place if this one comes too late.
    pub fn read(&mut self, record: StatusRecord) -> Option<StatusRecord> {
        let mut kept = None;
        let name = match &record {
            StatusRecord::Connector { connector, .. } | StatusRecord::Topic { connector, .. } => connector.clone(),
            StatusRecord::Task { id, .. } => id.connector.to_string(),
        };
        let entry = self.connectors.entry(name.clone()).or_default();
        match record {
            StatusRecord::Connector { status: None, .. } => {
                entry.tasks.clear();
                entry.connector = None;
            }
            StatusRecord::Connector { connector, status: Some(status) } => match &entry.connector {
                // Not of the same generation: a worker that ends says so in the one in which it ran the connector.
                Some(known) if is_outdated(&status, known) && known.generation > status.generation => {
                    kept = Some(StatusRecord::Connector { connector, status: Some(known.clone()) });
                }
                _ => entry.connector = Some(status),
            },
            StatusRecord::Task { id, status: None } => drop(entry.tasks.remove(&id.task)),
            StatusRecord::Task { id, status: Some(status) } => match entry.tasks.get(&id.task) {
                Some(known) if is_outdated(&status, known) => {
                    kept = Some(StatusRecord::Task { id, status: Some(known.clone()) });
                }
                _ => drop(entry.tasks.insert(id.task, status)),
            },
            StatusRecord::Topic { topic, status: None, .. } => drop(entry.topics.remove(&topic)),
            StatusRecord::Topic { topic, status: Some(status), .. } => drop(entry.topics.insert(topic, status)),
        }
        if entry.is_empty() {
            self.connectors.remove(&name);
        }
        kept
    }

    /// Whether a status that only the owner should write (Java's `putSafe`: [`State::Unassigned`] and [`State::Failed`]) still
    /// counts: nobody else has written one in a later generation.
    pub fn can_put_safely(&self, record: &StatusRecord) -> bool {
        let (known, status) = match record {
            StatusRecord::Connector { connector, status } => (self.connector(connector), status),
            StatusRecord::Task { id, status } => (self.task(id), status),
            StatusRecord::Topic { .. } => return true,
        };
        let (Some(known), Some(status)) = (known, status) else { return true };
        known.status.worker_id == status.status.worker_id || known.generation <= status.generation
    }

    pub fn connector(&self, connector: &str) -> Option<&GenerationStatus> {
        self.connectors.get(connector)?.connector.as_ref()
    }

    pub fn task(&self, id: &ConnectorTaskId) -> Option<&GenerationStatus> {
        self.connectors.get(&*id.connector)?.tasks.get(&id.task)
    }

    /// By task number.
    pub fn tasks(&self, connector: &str) -> impl Iterator<Item = (u32, &GenerationStatus)> {
        let entry = self.connectors.get(connector);
        entry.into_iter().flat_map(|entry| entry.tasks.iter().map(|(task, status)| (*task, status)))
    }

    /// By the topic's name.
    pub fn topics(&self, connector: &str) -> impl Iterator<Item = (&str, &TopicStatus)> {
        let entry = self.connectors.get(connector);
        entry.into_iter().flat_map(|entry| entry.topics.iter().map(|(topic, status)| (topic.as_str(), status)))
    }

    /// The connectors that have a status of their own or of a task.
    pub fn connectors(&self) -> impl Iterator<Item = &str> {
        let with_status = |entry: &Entry| entry.connector.is_some() || !entry.tasks.is_empty();
        self.connectors.iter().filter(move |(_, entry)| with_status(entry)).map(|(name, _)| name.as_str())
    }
}

/// A worker that gives something up may not have seen yet that another one runs it. Java's store looks at tasks only, and shows a connector
/// as unassigned when a worker that was cut off comes back.
fn is_outdated(status: &GenerationStatus, known: &GenerationStatus) -> bool {
    status.status.state == State::Unassigned
        && known.status.state == State::Running
        && known.generation >= status.generation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::status_store::Status;

    fn status(state: State, worker: &str, generation: i32) -> Option<GenerationStatus> {
        let status = Status { state, trace: None, worker_id: worker.into(), version: None };
        Some(GenerationStatus { status, generation })
    }

    fn task(state: State, worker: &str, generation: i32) -> StatusRecord {
        StatusRecord::Task { id: ConnectorTaskId::new("c", 0), status: status(state, worker, generation) }
    }

    fn connector(state: State, worker: &str, generation: i32) -> StatusRecord {
        StatusRecord::Connector { connector: "c".into(), status: status(state, worker, generation) }
    }

    #[test]
    fn an_unassigned_task_of_an_older_generation_does_not_hide_that_it_runs() {
        let state = |statuses: &Statuses| statuses.task(&ConnectorTaskId::new("c", 0)).unwrap().status.state;
        let mut statuses = Statuses::default();
        statuses.read(task(State::Running, "a", 5));
        statuses.read(task(State::Unassigned, "b", 5));
        assert_eq!(state(&statuses), State::Running);
        statuses.read(task(State::Unassigned, "b", 6));
        assert_eq!(state(&statuses), State::Unassigned);
        statuses.read(task(State::Failed, "b", 2));
        statuses.read(task(State::Unassigned, "b", 1));
        assert_eq!(state(&statuses), State::Unassigned);
    }

    #[test]
    fn a_worker_that_gives_a_connector_up_too_late_does_not_hide_that_it_runs() {
        let mut statuses = Statuses::default();
        let state = |statuses: &Statuses| statuses.connector("c").unwrap().status.state;
        statuses.read(connector(State::Running, "a", 5));
        let kept = statuses.read(connector(State::Unassigned, "b", 4));
        assert_eq!((kept, state(&statuses)), (Some(connector(State::Running, "a", 5)), State::Running));
        assert_eq!(statuses.read(connector(State::Unassigned, "a", 5)), None);
        assert_eq!(state(&statuses), State::Unassigned, "as a worker that ends");
    }

    #[test]
    fn only_the_last_worker_and_later_generations_may_put_safely() {
        let mut statuses = Statuses::default();
        assert!(statuses.can_put_safely(&task(State::Failed, "a", 1)));
        statuses.read(task(State::Running, "a", 5));
        statuses.read(connector(State::Running, "a", 5));
        for record in [task as fn(_, &str, _) -> _, connector] {
            assert!(statuses.can_put_safely(&record(State::Failed, "a", 1)));
            assert!(statuses.can_put_safely(&record(State::Failed, "b", 5)));
            assert!(!statuses.can_put_safely(&record(State::Unassigned, "b", 4)));
        }
    }

    #[test]
    fn a_connector_s_tombstone_is_also_that_of_its_tasks() {
        let mut statuses = Statuses::default();
        statuses.read(connector(State::Running, "a", 1));
        statuses.read(task(State::Running, "a", 1));
        assert_eq!(statuses.connectors().collect::<Vec<_>>(), ["c"]);
        statuses.read(StatusRecord::Connector { connector: "c".into(), status: None });
        assert!(statuses.connector("c").is_none() && statuses.tasks("c").next().is_none());
        assert!(statuses.connectors.is_empty());
    }

    #[test]
    fn topics_come_and_go() {
        let topic = |topic: &str, status| StatusRecord::Topic { topic: topic.into(), connector: "c".into(), status };
        let used = Some(TopicStatus { task: ConnectorTaskId::new("c", 0), discovered: 1 });
        let mut statuses = Statuses::default();
        statuses.read(topic("b", used.clone()));
        statuses.read(topic("a", used));
        assert_eq!(statuses.topics("c").map(|(name, _)| name).collect::<Vec<_>>(), ["a", "b"]);
        statuses.read(topic("b", None));
        assert_eq!(statuses.topics("c").count(), 1);
        assert_eq!(statuses.connectors().count(), 0);
    }
}
