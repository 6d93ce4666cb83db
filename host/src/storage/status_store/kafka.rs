//! Statuses in a compacted topic that all workers of a cluster share (Java's `KafkaStatusBackingStore`).
//!
//! What is told here is what was read from the topic, not what was put: every worker tells the same. Statuses are written behind
//! the caller's back, in order; a write that fails for a reason that may pass is repeated only while it still counts.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use super::{GenerationStatus, Status, StatusRecord, StatusStore, Statuses, TopicStatus};
use crate::connect::{ConnectorTaskId, State};
use crate::kafka::ports::{Admin, Clients, KafkaError, Message};
use crate::storage::kafka_based_log::{KafkaBasedLog, LogError, LogListener, LogOptions, LogRecord};

/// Statuses that wait for the writer; with more, a new one takes the place of an older one of the same connector or task.
const BACKLOG: usize = 10_000;
/// Before a status that could not be written is written again.
const RETRY_BACKOFF: Duration = Duration::from_millis(300);

/// See the module's description.
pub struct KafkaStatusStore {
    shared: Arc<Shared>,
    log: Arc<KafkaBasedLog>,
    writer: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<Known>,
    /// Something waits to be written, or nothing any more.
    changed: Notify,
}

#[derive(Default)]
struct Known {
    statuses: Statuses,
    generation: i32,
    /// The number of the last put.
    last: u64,
    /// That of the last put of each key that is on its way, so that an old status is not repeated over a newer one.
    puts: HashMap<String, u64>,
    backlog: VecDeque<Put>,
    /// Taken from the backlog, and not in the topic yet.
    writing: usize,
    /// Keys of what this worker runs, by the last that it put.
    own: HashSet<String>,
    /// Topics that were put and perhaps not read back yet.
    topics: HashSet<(String, String)>,
}

/// A record on its way.
struct Put {
    record: StatusRecord,
    key: String,
    value: Option<Vec<u8>>,
    /// Whether only the last owner should write it (Java's `putSafe`).
    safe: bool,
    generation: i32,
    number: u64,
}

// === impl KafkaStatusStore ===

impl KafkaStatusStore {
    /// Reads the topic, which is created if it is missing.
    pub async fn start(
        options: LogOptions,
        clients: &Arc<dyn Clients>,
        admin: &Arc<dyn Admin>,
    ) -> Result<Self, LogError> {
        let shared = Arc::<Shared>::default();
        let log = KafkaBasedLog::start(options, clients, admin, Reader(shared.clone())).await?;
        let log = Arc::new(log);
        let writer = tokio::spawn(write(shared.clone(), log.clone()));
        Ok(Self { shared, log, writer })
    }

    /// The generation of the group that statuses are written in from now on.
    pub fn set_generation(&self, generation: i32) {
        self.shared.lock().generation = generation;
    }

    /// The connectors that have a status of their own or of a task.
    pub fn connectors(&self) -> Vec<String> {
        self.shared.lock().statuses.connectors().map(str::to_owned).collect()
    }

    /// Waits until everything that was put is in the topic, or given up; false: not within `timeout`.
    pub async fn flush(&self, timeout: Duration) -> bool {
        tokio::time::timeout(timeout, self.shared.written()).await.is_ok()
    }

    /// Waits until everything that is in the topic now was read.
    pub async fn read_to_end(&self) -> Result<(), LogError> {
        self.log.read_to_end().await
    }
}

impl Drop for KafkaStatusStore {
    fn drop(&mut self) {
        self.writer.abort();
    }
}

impl StatusStore for KafkaStatusStore {
    fn put_connector(&self, connector: &str, status: Status) {
        let connector = connector.to_owned();
        self.shared.put_status(status, |status| StatusRecord::Connector { connector, status: Some(status) });
    }

    fn put_task(&self, id: &ConnectorTaskId, status: Status) {
        let id = id.clone();
        self.shared.put_status(status, |status| StatusRecord::Task { id, status: Some(status) });
    }

    fn connector(&self, connector: &str) -> Option<Status> {
        self.shared.lock().statuses.connector(connector).map(|known| known.status.clone())
    }

    fn task(&self, id: &ConnectorTaskId) -> Option<Status> {
        self.shared.lock().statuses.task(id).map(|known| known.status.clone())
    }

    fn tasks(&self, connector: &str) -> BTreeMap<u32, Status> {
        let known = self.shared.lock();
        known.statuses.tasks(connector).map(|(task, known)| (task, known.status.clone())).collect()
    }

    fn delete_connector(&self, connector: &str) {
        let tasks: Vec<u32> = self.shared.lock().statuses.tasks(connector).map(|(task, _)| task).collect();
        for task in tasks {
            self.delete_task(&ConnectorTaskId::new(connector, task));
        }
        self.shared.put(StatusRecord::Connector { connector: connector.to_owned(), status: None }, false);
        self.reset_topics(connector);
    }

    fn delete_task(&self, id: &ConnectorTaskId) {
        self.shared.put(StatusRecord::Task { id: id.clone(), status: None }, false);
    }

    fn put_topic(&self, id: &ConnectorTaskId, topic: &str) {
        let mut known = self.shared.lock();
        let connector = &*id.connector;
        // Told with every batch of a sink, and new only once.
        let is_known = known.statuses.topics(connector).any(|(name, _)| name == topic);
        if is_known || !known.topics.insert((connector.to_owned(), topic.to_owned())) {
            return;
        }
        drop(known);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let status = TopicStatus { task: id.clone(), discovered: i64::try_from(now.as_millis()).unwrap_or(i64::MAX) };
        let (topic, connector) = (topic.to_owned(), connector.to_owned());
        self.shared.put(StatusRecord::Topic { topic, connector, status: Some(status) }, false);
    }

    fn topics(&self, connector: &str) -> Vec<String> {
        self.shared.lock().statuses.topics(connector).map(|(topic, _)| topic.to_owned()).collect()
    }

    fn reset_topics(&self, connector: &str) {
        for topic in self.topics(connector) {
            self.shared.put(StatusRecord::Topic { topic, connector: connector.to_owned(), status: None }, false);
        }
    }
}

// === reading

/// Takes the topic's records.
struct Reader(Arc<Shared>);

impl LogListener for Reader {
    fn consumed(&mut self, record: &Message<'_>) {
        match StatusRecord::decode(record.key, record.value) {
            Ok(status) => {
                let kept = self.0.lock().read(status);
                if let Some(kept) = kept {
                    self.0.put(kept, false);
                }
            }
            Err(error) => {
                let Message { topic, partition, offset, .. } = record;
                tracing::warn!("Ignoring the record at offset {offset} of {topic}-{partition}: {error}");
            }
        }
    }
}

impl Known {
    /// What this worker must write again: another one has written over it, too late.
    fn read(&mut self, record: StatusRecord) -> Option<StatusRecord> {
        if let StatusRecord::Topic { topic, connector, .. } = &record {
            self.topics.remove(&(connector.clone(), topic.clone()));
        }
        let kept = self.statuses.read(record)?;
        self.own.contains(&kept.encode().0).then_some(kept)
    }
}

// === writing

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Java's rule: who gives something up, or sees it fail, may be late, and another worker may have it already.
    fn put_status(&self, status: Status, record: impl FnOnce(GenerationStatus) -> StatusRecord) {
        let safe = matches!(status.state, State::Unassigned | State::Failed);
        let generation = self.lock().generation;
        self.put(record(GenerationStatus { status, generation }), safe);
    }

    fn put(&self, record: StatusRecord, safe: bool) {
        let (key, value) = record.encode();
        let mut known = self.lock();
        if safe && !known.statuses.can_put_safely(&record) {
            return;
        }
        if record.says_running() {
            known.own.insert(key.clone());
        } else {
            known.own.remove(&key);
        }
        known.last += 1;
        let number = known.last;
        known.puts.insert(key.clone(), number);
        let put = Put { record, key, value, safe, generation: known.generation, number };
        let older =
            (known.backlog.len() >= BACKLOG).then(|| known.backlog.iter_mut().find(|older| older.key == put.key));
        match older.flatten() {
            Some(older) => *older = put,
            None => known.backlog.push_back(put),
        }
        drop(known);
        self.changed.notify_waiters();
    }

    /// Whether a put that failed should be repeated: nothing newer was put under its key, or took place in the group.
    fn still_counts(&self, put: &Put) -> bool {
        let known = self.lock();
        known.puts.get(&put.key) == Some(&put.number)
            && put.generation == known.generation
            && (!put.safe || known.statuses.can_put_safely(&put.record))
    }

    /// The oldest of the backlog, which counts as being written from now on.
    async fn next(&self) -> Put {
        loop {
            let changed = self.changed.notified();
            {
                let mut known = self.lock();
                if let Some(put) = known.backlog.pop_front() {
                    known.writing += 1;
                    return put;
                }
            }
            changed.await;
        }
    }

    /// Resolves when nothing waits and nothing is being written.
    async fn written(&self) {
        loop {
            let changed = self.changed.notified();
            {
                let known = self.lock();
                if known.backlog.is_empty() && known.writing == 0 {
                    return;
                }
            }
            changed.await;
        }
    }

    fn done(&self, put: &Put) {
        let mut known = self.lock();
        known.writing -= 1;
        if known.puts.get(&put.key) == Some(&put.number) {
            known.puts.remove(&put.key);
        }
        drop(known);
        self.changed.notify_waiters();
    }
}

/// The task that writes; as much is under way at once as the producer takes.
async fn write(shared: Arc<Shared>, log: Arc<KafkaBasedLog>) {
    let mut outcomes: JoinSet<(Put, Result<(), KafkaError>)> = JoinSet::new();
    loop {
        let put = tokio::select! {
            biased;
            Some(outcome) = outcomes.join_next() => {
                // A future of ours that panicked has told its story; there is nothing to repeat.
                let Ok((put, outcome)) = outcome else { continue };
                let Err(error) = outcome else {
                    shared.done(&put);
                    continue;
                };
                if !error.retriable || !shared.still_counts(&put) {
                    tracing::error!("Failed to write status update {}: {error}", put.key);
                    shared.done(&put);
                    continue;
                }
                sleep(RETRY_BACKOFF).await;
                put
            }
            put = shared.next() => put,
        };
        let sent = log.send(&[LogRecord { key: put.key.as_bytes(), value: put.value.as_deref() }]).await;
        outcomes.spawn(async move {
            let mut outcome = Ok(());
            for written in sent {
                outcome = outcome.and(written.outcome().await);
            }
            (put, outcome)
        });
    }
}
