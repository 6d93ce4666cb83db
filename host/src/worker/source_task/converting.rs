//! A polled batch becomes records for the producer: one pass, all bytes into one arena.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use wasm_connect_batch::{Batch, Datum, Record};

use super::acknowledgements::Acknowledgements;
use super::submitted_records::{PartitionIndex, SubmittedRecords};
use super::{Failure, PipelineStage, TaskFailure, WorkerSourceTask};
use crate::config::connector_config::FailureClass;
use crate::connect::caps;
use crate::converter::{ConvertError, SchemaAndValue, Unconverted};
use crate::kafka::ports::{ProduceBatch, ProduceHeader, ProduceRecord, ProduceValue};
use crate::transform::{ConnectRecord, FailedRecord, TransformError, Transformed};
use crate::worker::converters::{Converters, NamedConverter};
use crate::worker::errors::Lacking;

/// What is kept from batch to batch, so that a steady source allocates nothing a record.
#[derive(Default)]
pub struct Converting {
    /// Topics and header names as the producer wants them.
    names: HashMap<String, Arc<str>>,
    /// By the number of the string in the current batch.
    topics: Vec<Option<Arc<str>>>,
    source_partitions: Vec<Option<PartitionIndex>>,
    known_topics: HashSet<Arc<str>>,
    new_topics: Vec<Arc<str>>,
}

/// How far the conversion of a batch has come.
#[derive(Default)]
pub struct Progress {
    /// Records that are done, holes not counted.
    done: usize,
    /// What the next one lacked was refused.
    refused: Option<Box<Unprocessed>>,
}

/// Where the records of a batch go.
pub struct Destination<'a> {
    pub submitted: &'a mut SubmittedRecords,
    pub acknowledgements: &'a mut Acknowledgements,
    pub produce: &'a mut ProduceBatch,
}

/// Where converted bytes stand; none: null.
type InArena = Option<Range<usize>>;

/// A record that does not reach the producer. Small, as it is asked of each record whether it is one.
enum Skipped {
    /// A transform dropped it.
    Filtered,
    Failed(Box<Unprocessed>),
    /// Not now: its converter lacks something.
    Lacks(Box<Lacking>),
    /// The guest is to blame.
    Malformed(String),
}

/// What a record failed of.
struct Unprocessed {
    stage: PipelineStage,
    class: Arc<str>,
    /// Java's exception class.
    exception: &'static str,
    message: String,
    /// What kind of failure it is if it ends the task.
    failure: FailureClass,
}

impl Progress {
    /// What the next record lacked was refused: it fails.
    pub fn refuse(&mut self, lacking: Lacking, error: ConvertError) {
        self.refused = Some(unconverted(lacking.stage, lacking.class, error));
    }
}

impl Converting {
    /// Prepares for the records of `batch`.
    pub fn begin(&mut self, batch: &Batch<'_>) {
        self.topics.clear();
        self.topics.resize(batch.strings().len(), None);
        self.source_partitions.clear();
        self.source_partitions.resize(batch.strings().len(), None);
    }

    /// Converts and submits every record of `batch`, as the transforms made it if there are any. One that fails is dropped or
    /// fails the task; the offset of a dropped one is not committed by itself, but does not hold back those behind it (Java's
    /// `sendRecords`). After a failure `to` has what comes before it. Some: what the next record lacks; call again with the same
    /// `progress` when that was looked up.
    pub fn convert(
        &mut self,
        task: &WorkerSourceTask,
        bytes: &[u8],
        batch: &Batch<'_>,
        transformed: Option<&[Transformed<'_>]>,
        progress: &mut Progress,
        to: Destination<'_>,
    ) -> Result<Option<Lacking>, TaskFailure> {
        let Destination { submitted, acknowledgements, produce: out } = to;
        let done = progress.done;
        for (nth, (index, record)) in batch.records().enumerate().skip(done) {
            let partition = self.source_partition(&record, submitted).map_err(|e| task.malformed(index, e))?;
            let offset = record.source_offset().and_then(|text| range_in(bytes, text.as_bytes()));
            let (arena, headers) = (out.arena.len(), out.headers.len());
            let sequence = submitted.next_sequence();
            let converted = match (progress.refused.take(), transformed) {
                (Some(refused), _) => Err(Skipped::Failed(refused)),
                (None, None) => self.convert_polled(&task.converters, &record, sequence, out),
                (None, Some(all)) => self.convert_transformed(&task.converters, &record, all.get(nth), sequence, out),
            };
            match converted {
                Ok(converted) => {
                    submitted.submit(partition, offset);
                    acknowledgements.submitted(sequence, &converted.topic);
                    out.records.push(converted);
                }
                Err(skipped) => {
                    out.arena.truncate(arena);
                    out.headers.truncate(headers);
                    if let Skipped::Lacks(lacking) = skipped {
                        return Ok(Some(*lacking));
                    }
                    skip(task, index, &record, skipped)?;
                    submitted.submit(partition, None);
                    submitted.ack(sequence..sequence + 1);
                    acknowledgements.dropped(sequence);
                }
            }
            progress.done = nth + 1;
        }
        Ok(None)
    }

    /// The topics that this batch was the first to name.
    pub fn new_topics(&mut self) -> Vec<Arc<str>> {
        let new = std::mem::take(&mut self.new_topics);
        self.known_topics.extend(new.iter().cloned());
        new
    }

    // === one record

    /// A record without transforms, straight from the batch.
    fn convert_polled(
        &mut self,
        converters: &Converters,
        record: &Record<'_>,
        sequence: u64,
        out: &mut ProduceBatch,
    ) -> Result<ProduceRecord, Skipped> {
        let first_header = out.headers.len();
        let topic = self.topic(record).ok_or_else(without_topic)?;
        let timestamp = timestamp(record.timestamp().map(|(_, at)| at))?;
        for (name, value) in record.headers() {
            self.convert_header(converters, &topic, name, value.into(), out)?;
        }
        let (key, value) = convert_parts(converters, &topic, record.key().into(), record.value().into(), out)?;
        let headers = first_header..out.headers.len();
        Ok(ProduceRecord { topic, partition: record.partition(), timestamp, key, value, headers, sequence })
    }

    /// What transforms made of a record.
    fn convert_transformed(
        &mut self,
        converters: &Converters,
        polled: &Record<'_>,
        transformed: Option<&Transformed<'_>>,
        sequence: u64,
        out: &mut ProduceBatch,
    ) -> Result<ProduceRecord, Skipped> {
        let first_header = out.headers.len();
        polled.topic().ok_or_else(without_topic)?;
        let record = match transformed {
            Some(Transformed::Record(record)) => record,
            Some(Transformed::Dropped) | None => return Err(Skipped::Filtered),
            Some(Transformed::Failed(FailedRecord { class, converter, error, failure })) => {
                let TransformError { class: exception, message } = error.clone();
                let (stage, class, failure) = ((*converter).into(), class.clone(), *failure);
                return Err(Skipped::Failed(Box::new(Unprocessed { stage, class, exception, message, failure })));
            }
        };
        let ConnectRecord { topic, partition, key, value, headers, timestamp: at, .. } = record;
        let timestamp = timestamp(*at)?;
        let topic = self.topic_name(topic);
        for (name, value) in headers {
            self.convert_header(converters, &topic, name, value.into(), out)?;
        }
        let (key, value) = convert_parts(converters, &topic, key.into(), value.into(), out)?;
        let headers = first_header..out.headers.len();
        Ok(ProduceRecord { topic, partition: *partition, timestamp, key, value, headers, sequence })
    }

    fn convert_header(
        &mut self,
        converters: &Converters,
        topic: &str,
        name: &str,
        value: SchemaAndValue<'_>,
        out: &mut ProduceBatch,
    ) -> Result<(), Skipped> {
        let value = convert(PipelineStage::HeaderConverter, &converters.header, topic, value, &mut out.arena)?;
        out.headers.push(ProduceHeader { name: self.name(name), value });
        Ok(())
    }

    // === names

    fn topic(&mut self, record: &Record<'_>) -> Option<Arc<str>> {
        let index = record.topic_index() as usize;
        if let Some(Some(topic)) = self.topics.get(index) {
            return Some(topic.clone());
        }
        let topic = self.topic_name(record.topic()?);
        self.topics[index] = Some(topic.clone());
        Some(topic)
    }

    /// Notes the topic if it is new.
    fn topic_name(&mut self, topic: &str) -> Arc<str> {
        let topic = self.name(topic);
        if !self.known_topics.contains(&topic) && !self.new_topics.contains(&topic) {
            self.new_topics.push(topic.clone());
        }
        topic
    }

    fn source_partition(
        &mut self,
        record: &Record<'_>,
        submitted: &mut SubmittedRecords,
    ) -> Result<PartitionIndex, String> {
        let index = record.source_partition_index() as usize;
        if let Some(Some(partition)) = self.source_partitions.get(index) {
            return Ok(*partition);
        }
        let partition = submitted.partition(record.source_partition()).map_err(|error| error.to_string())?;
        if let Some(known) = self.source_partitions.get_mut(index) {
            *known = Some(partition);
        }
        Ok(partition)
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        match self.names.get(name) {
            Some(known) => known.clone(),
            None => {
                // Names that a guest makes up for each record must not stay for ever.
                if self.names.len() >= caps::INTERNED_NAMES {
                    self.names.clear();
                }
                let new: Arc<str> = name.into();
                self.names.insert(name.to_owned(), new.clone());
                new
            }
        }
    }
}

/// Key, then value: headers come before them in Java's order, which decides the error that is reported.
fn convert_parts(
    converters: &Converters,
    topic: &str,
    key: SchemaAndValue<'_>,
    value: SchemaAndValue<'_>,
    out: &mut ProduceBatch,
) -> Result<(InArena, Option<ProduceValue>), Skipped> {
    let key = convert(PipelineStage::KeyConverter, &converters.key, topic, key, &mut out.arena)?;
    if let Some(range) =
        converters.value.converter.as_it_is(value).and_then(|bytes| range_in(out.polled.as_deref()?, bytes))
    {
        return Ok((key, Some(ProduceValue::Polled(range))));
    }
    let value = convert(PipelineStage::ValueConverter, &converters.value, topic, value, &mut out.arena)?;
    Ok((key, value.map(ProduceValue::Arena)))
}

fn convert(
    stage: PipelineStage,
    named: &NamedConverter,
    topic: &str,
    value: SchemaAndValue<'_>,
    arena: &mut Vec<u8>,
) -> Result<InArena, Skipped> {
    let start = arena.len();
    match named.converter.from_connect(topic, value, arena) {
        Ok(true) => Ok(Some(start..arena.len())),
        Ok(false) => Ok(None),
        Err(Unconverted::Failed(error)) => Err(Skipped::Failed(unconverted(stage, named.class.as_str().into(), error))),
        Err(Unconverted::Lacks(lookup)) => {
            Err(Skipped::Lacks(Box::new(Lacking { lookup, stage, class: named.class.as_str().into() })))
        }
    }
}

fn unconverted(stage: PipelineStage, class: Arc<str>, error: ConvertError) -> Box<Unprocessed> {
    let (exception, failure) = (ConvertError::CLASS, FailureClass::Error);
    Box::new(Unprocessed { stage, class, exception, message: error.0, failure })
}

/// Ok: the task goes on without the record.
fn skip(task: &WorkerSourceTask, index: usize, record: &Record<'_>, skipped: Skipped) -> Result<(), TaskFailure> {
    match skipped {
        Skipped::Filtered | Skipped::Lacks(_) => Ok(()),
        Skipped::Malformed(what) => Err(task.malformed(index, what)),
        Skipped::Failed(unprocessed) => {
            let Unprocessed { stage, class, exception, message, failure: kind } = *unprocessed;
            check_well_formed(record).map_err(|e| task.malformed(index, e))?;
            let failure = Failure { stage, class: &class, exception, message: &message };
            task.errors.handle_polled(failure, record).map_err(|failure| failure.of(kind))
        }
    }
}

/// Looks at everything, which a converter need not: bytes that are no value are the guest's failure and never tolerated.
fn check_well_formed(record: &Record<'_>) -> Result<(), String> {
    let part = |name: &str, value: Datum<'_>| match value.to_value() {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("{name}: {}", error.what)),
    };
    part("key", record.key())?;
    part("value", record.value())?;
    record.headers().try_for_each(|(name, value)| part(&format!("header '{name}'"), value))
}

fn without_topic() -> Skipped {
    Skipped::Malformed("it has no topic".to_owned())
}

/// None: the producer sets it. Java refuses negative ones, but takes −1 for none.
fn timestamp(at: Option<i64>) -> Result<Option<i64>, Skipped> {
    match at {
        None | Some(-1) => Ok(None),
        Some(at) if at < 0 => Err(Skipped::Malformed(format!("Invalid record timestamp {at}"))),
        Some(at) => Ok(Some(at)),
    }
}

/// Where `part` stands in `whole`, if it is a slice of it.
fn range_in(whole: &[u8], part: &[u8]) -> Option<Range<usize>> {
    let (whole, part) = (whole.as_ptr_range(), part.as_ptr_range());
    let start = (part.start as usize).checked_sub(whole.start as usize)?;
    (part.end <= whole.end).then(|| start..start + (part.end as usize - part.start as usize))
}
