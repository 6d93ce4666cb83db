//! Stages whose work is done elsewhere, a whole batch a call: what they are given, and what of their answers counts.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use wasm_connect_batch::{Batch, BatchWriter, EncodeError, FrameHead, Limits, Record, TimestampType};

use super::chain::{FailedRecord, Transformed};
use super::{ConnectRecord, Part, TransformError};
use crate::config::connector_config::FailureClass;
use crate::converter::{ConverterType, Slot};

/// A transform, predicate or converter that takes batches in the form of BATCH.md, and may wait for its answer.
#[async_trait]
pub trait BatchStage: Send {
    /// `batch` has no holes. An error ends the task.
    async fn process(&mut self, batch: Vec<u8>) -> Result<Processed, StageFailure>;
    /// It is not called again.
    async fn close(&mut self);
}

/// What a stage made of a batch.
#[derive(Debug, Default)]
pub struct Processed {
    /// Of a transform or converter: a batch with a record or a hole for each that it was given. Of a predicate: one bit a record,
    /// least significant first.
    pub answer: Vec<u8>,
    /// The records, by position, that it failed of; what `answer` says of them does not count.
    pub failed: Vec<(usize, StageError)>,
}

/// Why a stage failed of one record.
#[derive(Clone, Debug)]
pub struct StageError {
    pub error: TransformError,
    /// What kind of failure it is if it ends the task.
    pub class: FailureClass,
}

/// A stage failed, and not because of one record.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{what}: {cause}")]
pub struct StageFailure {
    pub class: FailureClass,
    /// What was attempted.
    pub what: String,
    pub cause: String,
    /// Which records it was about.
    pub records: Option<String>,
}

/// What of a record is a stage's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of it: transforms and predicates.
    Record,
    /// One part, beside the topic and where the record was read from: converters.
    Part(ConverterType),
}

/// The bytes of the batches that the stages of a chain answer, a place each.
pub struct Answers(Vec<OnceLock<Vec<u8>>>);

/// The batches that the stages of a chain answer, for as long as records refer to them.
pub struct AnsweredBatches<'a> {
    bytes: &'a [OnceLock<Vec<u8>>],
    batches: Vec<OnceLock<Batch<'a>>>,
}

/// A stage with what is kept from batch to batch.
pub struct BatchWork {
    stage: Box<dyn BatchStage>,
    scope: Scope,
    writer: BatchWriter,
}

/// A batch for a stage, and which records are in it.
struct Given {
    batch: Vec<u8>,
    /// By position in the batch, the position among all records.
    places: Vec<usize>,
}

// === impl Answers ===

impl Answers {
    /// Room for the answers of so many stages to one batch.
    pub(super) fn new(stages: usize) -> Self {
        Self((0..stages).map(|_| OnceLock::new()).collect())
    }

    pub fn batches(&self) -> AnsweredBatches<'_> {
        AnsweredBatches { bytes: &self.0, batches: self.0.iter().map(|_| OnceLock::new()).collect() }
    }
}

impl<'a> AnsweredBatches<'a> {
    /// Checks a batch and keeps it.
    fn keep<'b>(&'b self, mut bytes: Vec<u8>) -> Result<&'b Batch<'b>, String> {
        for (place, batch) in self.bytes.iter().zip(&self.batches) {
            match place.set(bytes) {
                Ok(()) => {
                    let kept: &'a [u8] = place.get().map_or(&[], Vec::as_slice);
                    let parsed = Batch::parse(kept, &Limits::default());
                    let parsed = parsed.map_err(|error| format!("malformed batch: {error}"))?;
                    return Ok(batch.get_or_init(|| parsed));
                }
                Err(taken) => bytes = taken,
            }
        }
        Err("it answered more often than it was asked".to_owned())
    }
}

// === impl BatchWork ===

impl BatchWork {
    pub fn new(stage: Box<dyn BatchStage>, scope: Scope) -> Self {
        Self { stage, scope, writer: BatchWriter::new() }
    }

    pub async fn close(&mut self) {
        self.stage.close().await;
    }

    /// Replaces the records that are there and wanted by what the stage makes of them. `class` and `scope` name it in errors.
    pub async fn apply<'b>(
        &mut self,
        records: &mut [Transformed<'b>],
        wanted: Option<&[bool]>,
        class: &Arc<str>,
        answers: &'b AnsweredBatches<'_>,
    ) -> Result<(), StageFailure> {
        let Some(Given { batch, places }) = self.give(records, wanted, class) else { return Ok(()) };
        let Processed { answer, failed } = self.stage.process(batch).await?;
        let malformed = |why: String| StageFailure::malformed(class, why);
        let answered = answers.keep(answer).map_err(malformed)?;
        if answered.len() != places.len() {
            let why = format!("it answered {} record(s) where it was given {}", answered.len(), places.len());
            return Err(StageFailure::malformed(class, why));
        }
        let mut failed = failed.into_iter().peekable();
        for (position, place) in places.into_iter().enumerate() {
            let slot = &mut records[place];
            if let Some((_, error)) = failed.next_if(|(at, _)| *at == position) {
                *slot = self.scope.failed(class, error);
                continue;
            }
            match (std::mem::replace(slot, Transformed::Dropped), answered.record(position), self.scope) {
                (Transformed::Record(record), Some(answer), Scope::Record) => {
                    *slot = Transformed::Record(replaced(record, &answer));
                }
                (Transformed::Record(record), Some(answer), Scope::Part(part)) => {
                    *slot = Transformed::Record(converted(record, &answer, part).map_err(|why| {
                        StageFailure::malformed(class, format!("malformed batch: record {position}: {why}"))
                    })?);
                }
                (Transformed::Record(_), None, Scope::Part(_)) => {
                    let why = format!("it neither converted record {position} nor said why not");
                    return Err(StageFailure::malformed(class, why));
                }
                // A transform's hole: dropped.
                _ => {}
            }
        }
        Ok(())
    }

    /// Which records a predicate holds for, of those that are there and wanted; those that it fails of are marked.
    pub async fn test(&mut self, records: &mut [Transformed<'_>], class: &Arc<str>) -> Result<Vec<bool>, StageFailure> {
        let mut holds = vec![false; records.len()];
        let Some(Given { batch, places }) = self.give(records, None, class) else { return Ok(holds) };
        let Processed { answer, failed } = self.stage.process(batch).await?;
        if answer.len() != places.len().div_ceil(8) {
            let why = format!("its predicate answered {} byte(s) for {} record(s)", answer.len(), places.len());
            return Err(StageFailure::malformed(class, why));
        }
        for (position, place) in places.iter().enumerate() {
            holds[*place] = answer[position / 8] >> (position % 8) & 1 == 1;
        }
        for (position, error) in failed {
            if let Some(slot) = places.get(position).and_then(|place| records.get_mut(*place)) {
                *slot = self.scope.failed(class, error);
            }
        }
        Ok(holds)
    }

    /// The batch for the stage; none: there is nothing for it.
    fn give(&mut self, records: &mut [Transformed<'_>], wanted: Option<&[bool]>, class: &Arc<str>) -> Option<Given> {
        let mut places = Vec::with_capacity(records.len());
        self.writer.reset();
        for (place, slot) in records.iter_mut().enumerate() {
            let Transformed::Record(record) = slot else { continue };
            if wanted.is_some_and(|wanted| !wanted[place]) {
                continue;
            }
            match write(&mut self.writer, record, self.scope) {
                Ok(()) => places.push(place),
                // An earlier transform made a value that is not of its schema.
                Err(error) => {
                    let error = TransformError::data(error.to_string());
                    *slot = self.scope.failed(class, StageError { error, class: FailureClass::Error });
                }
            }
        }
        (!places.is_empty()).then(|| Given { batch: self.writer.finish(), places })
    }
}

impl Scope {
    fn failed(self, class: &Arc<str>, error: StageError) -> Transformed<'static> {
        let converter = match self {
            Scope::Record => None,
            Scope::Part(part) => Some(part),
        };
        let StageError { error, class: failure } = error;
        Transformed::Failed(FailedRecord { class: class.clone(), converter, error, failure })
    }
}

impl StageFailure {
    /// What the stage answered breaks the contract.
    fn malformed(class: &str, why: String) -> Self {
        Self { class: FailureClass::Malformed, what: class.to_owned(), cause: why, records: None }
    }
}

/// Writes what a stage sees of a record.
fn write(writer: &mut BatchWriter, record: &ConnectRecord<'_>, scope: Scope) -> Result<(), EncodeError> {
    let origin = record.origin.as_ref();
    let head = FrameHead {
        topic: Some(writer.string(&record.topic)),
        partition: record.partition,
        original_topic: origin.and_then(Record::original_topic).map(|topic| writer.string(topic)),
        original_partition: origin.and_then(Record::original_partition),
        offset: record.kafka_offset.unwrap_or_default(),
        timestamp: record.timestamp.map(|at| (record.timestamp_type.unwrap_or(TimestampType::Create), at)),
        source_partition: origin.and_then(Record::source_partition).map(|text| writer.string(text)),
        ..FrameHead::default()
    };
    let is_shown = |part| scope == Scope::Record || scope == Scope::Part(part);
    let mut frame = writer.begin(&head);
    if is_shown(ConverterType::Key) {
        record.key.write(Slot::Key, &mut frame)?;
    }
    if is_shown(ConverterType::Value) {
        record.value.write(Slot::Value, &mut frame)?;
    }
    if let Some(offset) = origin.and_then(Record::source_offset) {
        frame.source_offset(offset)?;
    }
    if is_shown(ConverterType::Header) {
        for (name, value) in &record.headers {
            let name = frame.string(name);
            value.write(Slot::Header(name), &mut frame)?;
        }
    }
    frame.finish();
    Ok(())
}

/// The record as a transform answered it. Where it comes from is not the transform's to say.
fn replaced<'b>(record: ConnectRecord<'b>, answer: &Record<'b>) -> ConnectRecord<'b> {
    let timestamp = answer.timestamp();
    ConnectRecord {
        topic: Cow::Borrowed(answer.topic().unwrap_or_default()),
        partition: answer.partition(),
        key: Part::InBatch(answer.key()),
        value: Part::InBatch(answer.value()),
        headers: answer.headers().map(|(name, value)| (Cow::Borrowed(name), Part::InBatch(value))).collect(),
        timestamp: timestamp.map(|(_, at)| at),
        ..record
    }
}

/// The record with a part as a converter answered it.
fn converted<'b>(
    mut record: ConnectRecord<'b>,
    answer: &Record<'b>,
    part: ConverterType,
) -> Result<ConnectRecord<'b>, String> {
    match part {
        ConverterType::Key => record.key = Part::InBatch(answer.key()),
        ConverterType::Value => record.value = Part::InBatch(answer.value()),
        ConverterType::Header => {
            let answered = answer.headers();
            let count = answered.count();
            if count != record.headers.len() {
                return Err(format!("it has {count} header(s) and was given with {}", record.headers.len()));
            }
            for (header, (_, value)) in record.headers.iter_mut().zip(answered) {
                header.1 = Part::InBatch(value);
            }
        }
    }
    Ok(record)
}
