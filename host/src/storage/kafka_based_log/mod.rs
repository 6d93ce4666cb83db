//! A compacted topic that the worker keeps records of its own in: replayed from the start, then followed (Java's `KafkaBasedLog`).
//!
//! One task reads. Whoever must have seen all that was written until now, by anybody, awaits [`KafkaBasedLog::read_to_end`]; the
//! wait takes as long as brokers are away, and it is the caller who sets a deadline.

mod topic;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

pub use self::topic::{InternalTopic, TopicError};
use self::writer::LogWriter;
pub use self::writer::{LogRecord, Written};
use crate::kafka::ports::{
    Admin, ClientSettings, Clients, KafkaError, Message, MessageListener, Messages, OffsetSpec, TopicReader,
};

/// Messages that one look at the topic takes.
const BATCH: usize = 1000;
/// How long the reader waits for a message before it looks around.
const POLL: Duration = Duration::from_secs(1);
/// Before a question that failed is asked again.
const BACKOFF: Duration = Duration::from_millis(500);
/// The ends are asked for anew when they are not reached in such a time: records may be gone that were there.
const ENDS_AGE: Duration = Duration::from_secs(30);
/// Waiters for the end; all that have come are answered together.
const WAITERS: usize = 64;

/// How a log reads and writes.
pub struct LogOptions {
    pub topic: InternalTopic,
    /// Of both clients.
    pub client_id: String,
    pub producer: ClientSettings,
    pub consumer: ClientSettings,
    /// Whether records of open and aborted transactions are left out, as the settings of the consumer must say too.
    pub read_committed: bool,
}

/// The log could not be replayed or written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error(transparent)]
    Topic(#[from] TopicError),
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    /// Its reader has ended.
    #[error("topic {0} is not read any more")]
    Stopped(Arc<str>),
}

impl LogError {
    /// Whether the same attempt may succeed later without anybody changing anything.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Topic(error) => error.is_retriable(),
            Self::Kafka(error) => error.retriable,
            Self::Stopped(_) => false,
        }
    }
}

/// Sees each record of a log, by partition in the order of the topic.
pub trait LogListener: Send + 'static {
    fn consumed(&mut self, record: &Message<'_>);
}

/// A log that is being followed; dropping it ends that.
pub struct KafkaBasedLog {
    topic: Arc<str>,
    waiters: mpsc::Sender<oneshot::Sender<()>>,
    writer: LogWriter,
    reader: JoinHandle<()>,
}

// === impl KafkaBasedLog ===

impl KafkaBasedLog {
    /// Creates the topic if it is missing, checks it, and replays it to its end; then goes on reading.
    pub async fn start(
        options: LogOptions,
        clients: &Arc<dyn Clients>,
        admin: &Arc<dyn Admin>,
        listener: impl LogListener,
    ) -> Result<Self, LogError> {
        let name: Arc<str> = options.topic.new_topic.name.as_str().into();
        let partitions = options.topic.prepare(&**admin).await?;
        let from = admin.list_offsets(&name, partitions, OffsetSpec::Earliest).await?;
        let reader = clients.topic_reader(&options.client_id, &options.consumer, &name, from).await?;
        let (waiters, requests) = mpsc::channel(WAITERS);
        let end = if options.read_committed { OffsetSpec::LatestCommitted } else { OffsetSpec::Latest };
        let ends = Ends { topic: name.clone(), partitions, spec: end, admin: admin.clone() };
        let follower = Follower { ends, reader, listener: Box::new(listener), requests };
        let writer = LogWriter::new(name.clone(), options.client_id, options.producer, clients.clone());
        let log = Self { topic: name, waiters, writer, reader: tokio::spawn(follower.run()) };
        log.read_to_end().await?;
        tracing::info!("Finished reading topic {} to its end", log.topic);
        Ok(log)
    }

    /// Resolves when every record that was in the topic before the call has been given to the listener.
    pub async fn read_to_end(&self) -> Result<(), LogError> {
        let stopped = || LogError::Stopped(self.topic.clone());
        let (done, wait) = oneshot::channel();
        self.waiters.send(done).await.map_err(|_| stopped())?;
        wait.await.map_err(|_| stopped())
    }

    /// Writes records in order, behind those of earlier calls, and waits until all are safely in Kafka. Cutting the wait short takes
    /// nothing back.
    pub async fn write(&self, records: &[LogRecord<'_>]) -> Result<(), KafkaError> {
        let mut outcome = Ok(());
        for written in self.writer.send(records).await {
            outcome = outcome.and(written.outcome().await);
        }
        outcome
    }

    /// As [`Self::write`], without the wait for Kafka: only for room among what is under way.
    pub async fn send(&self, records: &[LogRecord<'_>]) -> Vec<Written> {
        self.writer.send(records).await
    }

    /// Waits until all that was sent has its outcome; false: not within `timeout`.
    pub async fn flush(&self, timeout: Duration) -> bool {
        self.writer.flush(timeout).await
    }
}

impl Drop for KafkaBasedLog {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

// === the reader

/// The task that reads.
struct Follower {
    ends: Ends,
    reader: Box<dyn TopicReader>,
    listener: Box<dyn LogListener>,
    requests: mpsc::Receiver<oneshot::Sender<()>>,
}

/// Where the topic ends.
struct Ends {
    topic: Arc<str>,
    partitions: i32,
    spec: OffsetSpec,
    admin: Arc<dyn Admin>,
}

impl Ends {
    /// By partition; asked for until there is an answer.
    async fn now(&self) -> Vec<i64> {
        loop {
            match self.admin.list_offsets(&self.topic, self.partitions, self.spec).await {
                Ok(ends) => return ends,
                Err(error) => {
                    tracing::warn!("could not find the end of topic {}: {error}; trying on", self.topic);
                    sleep(BACKOFF).await;
                }
            }
        }
    }
}

/// Hands on message by message.
struct Each<'a>(&'a mut dyn LogListener);

impl MessageListener for Each<'_> {
    fn messages(&mut self, messages: &Messages<'_>) {
        messages.records.iter().for_each(|message| self.0.consumed(message));
    }
}

impl Follower {
    async fn run(mut self) {
        loop {
            let mut waiting = Vec::new();
            let mut each = Each(&mut *self.listener);
            let polled = tokio::select! {
                biased;
                taken = self.requests.recv_many(&mut waiting, WAITERS) => {
                    if taken == 0 {
                        return;
                    }
                    None
                }
                polled = self.reader.poll(POLL, BATCH, &mut each) => Some(polled),
            };
            match polled {
                Some(polled) => go_on(polled).await,
                None => {
                    self.read_to_end().await;
                    for done in waiting {
                        // Who does not wait any more needs no answer.
                        let _ = done.send(());
                    }
                }
            }
        }
    }

    /// Reads until it has what is in the topic now, however long that takes.
    async fn read_to_end(&mut self) {
        let mut ends = self.ends.now().await;
        let mut asked = Instant::now();
        while self.reader.positions().iter().zip(&ends).any(|(position, end)| position < end) {
            if asked.elapsed() >= ENDS_AGE {
                (ends, asked) = (self.ends.now().await, Instant::now());
            }
            let polled = self.reader.poll(POLL, BATCH, &mut Each(&mut *self.listener)).await;
            go_on(polled).await;
        }
    }
}

/// What keeps the topic from being read may be mended while the worker runs.
async fn go_on(polled: Result<usize, KafkaError>) {
    if let Err(error) = polled {
        tracing::error!("{error}; trying on");
        sleep(BACKOFF).await;
    }
}
