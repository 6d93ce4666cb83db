//! The topic that failed records go to, with headers that say what happened (Java's `DeadLetterQueueReporter`, KIP-298): a sink's as
//! they came from Kafka, a source's as its guest brought them.
//!
//! Stricter than Java: a record's offset is committed only when its letter is in Kafka. A letter that Kafka will never take is logged
//! and given up, as in Java; one that is lost for another reason fails the task.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use wasm_connect_batch::{Datum, Record};

use super::original_records::OriginalRecords;
use super::{Failure, RecordContext, TaskFailure};
use crate::config::connector_config::DeadLetterQueueConfig;
use crate::connect::{Config, ConnectorTaskId, PartitionOffset, TopicPartition, caps};
use crate::converter::{ConvertError, Converter, ConverterType, DEFAULT_HEADER_CONVERTER, builtin};
use crate::kafka::ports::{
    Admin, KafkaError, Message, NewTopic, ProduceBatch, ProduceError, ProduceHeader, ProduceRecord, ProduceValue,
    Producer,
};
use crate::worker::AckInbox;

const PREFIX: &str = "__connect.errors.";

/// One task's way to the queue.
pub struct DeadLetterQueue {
    task: ConnectorTaskId,
    topic: Arc<str>,
    context_headers: bool,
    producer: Box<dyn Producer>,
    acks: Arc<AckInbox>,
    forms: Forms,
    state: Mutex<State>,
}

/// How a source's record is written, whatever the connector's own converters do.
struct Forms {
    /// With schemas, so that nothing is lost.
    json: Box<dyn Converter>,
    header: Box<dyn Converter>,
}

#[derive(Default)]
struct State {
    originals: OriginalRecords,
    /// Not given to the producer yet.
    letters: ProduceBatch,
    /// A letter was lost that Kafka might have taken: from then on no offset may be committed.
    failure: Option<KafkaError>,
}

/// What a queue is made of.
pub struct DeadLetterQueueOptions {
    pub task: ConnectorTaskId,
    pub config: DeadLetterQueueConfig,
    /// Its acknowledgements go to `acks`.
    pub producer: Box<dyn Producer>,
    pub acks: Arc<AckInbox>,
}

// === impl DeadLetterQueue ===

impl DeadLetterQueue {
    /// Creates the topic if it is missing, with one partition, as Java does.
    pub async fn open(options: DeadLetterQueueOptions, admin: &dyn Admin) -> Result<Self, TaskFailure> {
        let DeadLetterQueueOptions { task, config, producer, acks } = options;
        let failed = |error| {
            TaskFailure::caused_by(format!("Could not initialize dead letter queue with topic={}", config.topic), error)
        };
        if admin.describe_topic(&config.topic).await.map_err(failed)?.is_none() {
            tracing::error!("Topic {} doesn't exist. Will attempt to create topic.", config.topic);
            let topic = NewTopic {
                name: config.topic.clone(),
                partitions: 1,
                replication_factor: config.replication_factor,
                configs: Vec::new(),
            };
            admin.create_topic(&topic).await.map_err(failed)?;
        }
        let (topic, context_headers) = (config.topic.into(), config.context_headers);
        let forms =
            Forms::new().map_err(|error| TaskFailure::caused_by("Could not initialize dead letter queue", error))?;
        Ok(Self { task, topic, context_headers, producer, acks, forms, state: Mutex::default() })
    }

    /// Keeps a message that came, in case it fails.
    pub fn keep(&self, message: &Message<'_>, headers: &[(&str, Option<&[u8]>)]) {
        self.state().originals.keep(message, headers);
    }

    /// All messages that were kept since the last call are one batch.
    pub fn end_batch(&self) {
        self.state().originals.end_batch();
    }

    /// The group has committed these offsets.
    pub fn forget_committed(&self, committed: &[PartitionOffset]) {
        self.state().originals.forget_committed(committed);
    }

    /// These partitions are not the task's any more.
    pub fn forget_partitions(&self, gone: &[TopicPartition]) {
        self.state().originals.forget_partitions(gone);
    }

    /// Writes the letter of a failed record, to be sent by the next [`Self::settle`].
    ///
    /// # Errors
    /// The record is not kept any more: it was committed, never came, or lies too many bytes back.
    pub fn report(&self, topic: &str, partition: i32, offset: i64, failure: Failure<'_>) -> Result<(), TaskFailure> {
        let mut state = self.state();
        let State { originals, letters, .. } = &mut *state;
        let record = RecordContext::Sink { topic, partition, offset };
        let Some(original) = originals.find(topic, partition, offset) else {
            return Err(TaskFailure::caused_by(
                format!("cannot write to dead letter queue {}: the record is not there any more", self.topic),
                failure,
            )
            .at(record));
        };
        let first = letters.headers.len();
        for (name, value) in original.headers() {
            let value = value.map(|value| append(&mut letters.arena, value));
            letters.headers.push(ProduceHeader { name: name.clone(), value });
        }
        let place = [("topic", topic.to_owned()), ("partition", partition.to_string()), ("offset", offset.to_string())];
        self.add_context(letters, place, failure, record);
        letters.records.push(ProduceRecord {
            topic: self.topic.clone(),
            partition: None,
            timestamp: original.timestamp(),
            key: original.key().map(|key| append(&mut letters.arena, key)),
            value: original.value().map(|value| ProduceValue::Arena(append(&mut letters.arena, value))),
            headers: first..letters.headers.len(),
            sequence: 0,
        });
        Ok(())
    }

    /// Writes the letter of a source's record, to be sent by the next [`Self::settle`].
    pub fn report_polled(&self, record: &Record<'_>, failure: Failure<'_>) {
        let letters = &mut self.state().letters;
        let topic = record.topic().unwrap_or_default();
        let first = letters.headers.len();
        for (name, value) in record.headers() {
            let value = self.forms.converted(&*self.forms.header, topic, value, &mut letters.arena);
            letters.headers.push(ProduceHeader { name: name.into(), value });
        }
        let optional = [
            ("partition", record.partition().map(|partition| partition.to_string())),
            ("source.partition", record.source_partition().map(str::to_owned)),
            ("source.offset", record.source_offset().map(str::to_owned)),
        ];
        let place = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let place = std::iter::once(("topic", topic.to_owned())).chain(place);
        self.add_context(letters, place, failure, RecordContext::polled(record));
        let letter = ProduceRecord {
            topic: self.topic.clone(),
            partition: None,
            // Kafka takes no negative ones.
            timestamp: record.timestamp().map(|(_, at)| at).filter(|at| *at >= 0),
            key: self.forms.converted(&*self.forms.json, topic, record.key(), &mut letters.arena),
            value: self
                .forms
                .converted(&*self.forms.json, topic, record.value(), &mut letters.arena)
                .map(ProduceValue::Arena),
            headers: first..letters.headers.len(),
            sequence: 0,
        };
        letters.records.push(letter);
    }

    fn add_context(
        &self,
        letters: &mut ProduceBatch,
        place: impl IntoIterator<Item = (&'static str, String)>,
        failure: Failure<'_>,
        record: RecordContext<'_>,
    ) {
        if !self.context_headers {
            return;
        }
        let trace = format!("{failure}\n\tat stage '{}' with class '{}', {record}\n", failure.stage, failure.class);
        let entries = [
            ("connector.name", self.task.connector.to_string()),
            ("task.id", self.task.task.to_string()),
            ("stage", failure.stage.to_string()),
            ("class.name", failure.class.to_owned()),
            ("exception.class.name", failure.exception.to_owned()),
            ("exception.message", failure.message.to_owned()),
            ("exception.stacktrace", trace),
        ];
        for (name, value) in place.into_iter().chain(entries) {
            let value = Some(append(&mut letters.arena, value.as_bytes()));
            letters.headers.push(ProduceHeader { name: format!("{PREFIX}{name}").into(), value });
        }
    }

    /// Whether so many bytes of letters are waiting that they should be sent before more are written.
    pub fn is_full(&self) -> bool {
        self.state().letters.arena.len() >= caps::WAITING_LETTERS_BYTES
    }

    /// Sends what was written and waits until all of it is in Kafka; false: not within `timeout`.
    ///
    /// # Errors
    /// A letter was lost, now or before, and nothing is known against it.
    pub async fn settle(&self, timeout: Duration) -> Result<bool, TaskFailure> {
        let deadline = Instant::now() + timeout;
        let letters = std::mem::take(&mut self.state().letters);
        let mut sent = 0;
        while sent < letters.records.len() {
            let outcome = self.producer.send(&letters, sent);
            sent += outcome.accepted;
            if let Some(error) = outcome.refused {
                self.not_sent(error);
                sent += 1;
            } else if sent < letters.records.len() {
                let room = tokio::time::timeout_at(deadline, self.producer.room());
                if room.await.is_err() {
                    self.unsent(letters, sent);
                    return Ok(false);
                }
            }
        }
        let flushed = self.producer.flush(deadline.saturating_duration_since(Instant::now())).await;
        let mut taken = self.acks.take();
        taken.failed.drain(..).for_each(|(_, error)| self.not_sent(error));
        self.acks.recycle(taken);
        match &self.state().failure {
            Some(failure) => {
                Err(TaskFailure::caused_by(format!("Could not write to dead letter queue {}", self.topic), failure))
            }
            None => Ok(flushed),
        }
    }

    fn not_sent(&self, error: ProduceError) {
        tracing::error!("Could not write to dead letter queue {}: {error}", self.topic);
        match error {
            ProduceError::Record(error) if !error.retriable => {}
            ProduceError::Record(error) | ProduceError::Producer(error) => self.state().failure = Some(error),
        }
    }

    /// Puts letters that found no room back, before those that were written meanwhile.
    fn unsent(&self, mut letters: ProduceBatch, sent: usize) {
        letters.records.drain(..sent);
        let mut state = self.state();
        let later = std::mem::replace(&mut state.letters, letters);
        let (bytes, headers) = (state.letters.arena.len(), state.letters.headers.len());
        let moved = |range: std::ops::Range<usize>| range.start + bytes..range.end + bytes;
        state.letters.arena.extend_from_slice(&later.arena);
        let later_headers = later.headers.into_iter();
        state
            .letters
            .headers
            .extend(later_headers.map(|header| ProduceHeader { value: header.value.map(moved), ..header }));
        state.letters.records.extend(later.records.into_iter().map(|record| ProduceRecord {
            key: record.key.map(moved),
            value: record.value.map(|value| match value {
                ProduceValue::Arena(range) => ProduceValue::Arena(moved(range)),
                polled @ ProduceValue::Polled(_) => polled,
            }),
            headers: record.headers.start + headers..record.headers.end + headers,
            ..record
        }));
    }

    /// A panic while it was held left letters and records whole, if perhaps one too few.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Forms ===

impl Forms {
    fn new() -> Result<Self, ConvertError> {
        let made = |class: &str, of| {
            let unknown = || ConvertError(format!("there is no converter {class}"));
            builtin(class).ok_or_else(unknown)?.create(&Config::new(), of)
        };
        let json = made("org.apache.kafka.connect.json.JsonConverter", ConverterType::Value)?;
        Ok(Self { json, header: made(DEFAULT_HEADER_CONVERTER, ConverterType::Header)? })
    }

    /// Where the bytes stand in `arena`; none: it is null, or cannot be written either.
    fn converted(
        &self,
        converter: &dyn Converter,
        topic: &str,
        part: Datum<'_>,
        arena: &mut Vec<u8>,
    ) -> Option<std::ops::Range<usize>> {
        let start = arena.len();
        match converter.from_connect(topic, part.into(), arena) {
            Ok(true) => Some(start..arena.len()),
            Ok(false) => None,
            Err(error) => {
                tracing::warn!("a part of a dead letter is left out, as it cannot be written: {error}");
                arena.truncate(start);
                None
            }
        }
    }
}

fn append(arena: &mut Vec<u8>, bytes: &[u8]) -> std::ops::Range<usize> {
    let start = arena.len();
    arena.extend_from_slice(bytes);
    start..arena.len()
}
