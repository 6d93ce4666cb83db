//! A polled batch becomes records for the producer: one pass, all bytes into one arena.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use wasm_connect_batch::{Batch, Datum, Record};

use super::acknowledgements::Acknowledgements;
use super::submitted_records::{PartitionIndex, SubmittedRecords};
use super::{PipelineStage, RecordContext, TaskFailure, WorkerSourceTask};
use crate::kafka::ports::{ProduceBatch, ProduceHeader, ProduceRecord};
use crate::worker::converters::NamedConverter;

/// What is kept from batch to batch, so that a steady source allocates nothing a record.
#[derive(Default)]
pub struct Converting {
    /// Topics and header names as the producer wants them.
    names: HashMap<String, Arc<str>>,
    /// By the number of the string in the current batch.
    topics: Vec<Option<Arc<str>>>,
    source_partitions: Vec<Option<PartitionIndex>>,
    known_topics: Vec<Arc<str>>,
    new_topics: Vec<Arc<str>>,
}

/// Where converted bytes stand; none: null.
type InArena = Option<Range<usize>>;

/// A record's part that could not be converted.
struct Unconverted {
    stage: PipelineStage,
    class: String,
    message: String,
}

impl Converting {
    /// Converts and submits every record of `batch`. A failed one is dropped or fails the task: its offset is not committed by
    /// itself, but does not hold back those behind it (Java's `sendRecords`).
    pub fn convert(
        &mut self,
        task: &WorkerSourceTask,
        bytes: &[u8],
        batch: &Batch<'_>,
        submitted: &mut SubmittedRecords,
        acknowledgements: &mut Acknowledgements,
        out: &mut ProduceBatch,
    ) -> Result<(), TaskFailure> {
        self.topics.clear();
        self.topics.resize(batch.strings().len(), None);
        self.source_partitions.clear();
        self.source_partitions.resize(batch.strings().len(), None);
        for (index, record) in batch.records() {
            let topic = self.topic(&record).ok_or_else(|| task.malformed(index, "it has no topic"))?;
            let partition = self.source_partition(&record, submitted).map_err(|e| task.malformed(index, e))?;
            let timestamp = timestamp(&record).map_err(|e| task.malformed(index, e))?;
            let offset = record.source_offset().map(|text| range_in(bytes, text.as_bytes()));
            let (arena, headers) = (out.arena.len(), out.headers.len());
            match self.convert_parts(task, &topic, &record, out) {
                Ok((key, value)) => {
                    let sequence = submitted.submit(partition, offset);
                    acknowledgements.submitted(sequence, &topic);
                    let (partition, headers) = (record.partition(), headers..out.headers.len());
                    out.records.push(ProduceRecord { topic, partition, timestamp, key, value, headers, sequence });
                }
                Err(failed) => {
                    check_well_formed(&record).map_err(|e| task.malformed(index, e))?;
                    out.arena.truncate(arena);
                    out.headers.truncate(headers);
                    let context = RecordContext::Source {
                        topic: Some(&topic),
                        source_partition: record.source_partition(),
                        source_offset: record.source_offset(),
                    };
                    task.errors.handle(failed.stage, &failed.class, context, &failed.message)?;
                    let sequence = submitted.submit(partition, None);
                    submitted.ack(sequence);
                    acknowledgements.dropped(sequence);
                }
            }
        }
        Ok(())
    }

    /// The topics that this batch was the first to name.
    pub fn new_topics(&mut self) -> Vec<Arc<str>> {
        let new = std::mem::take(&mut self.new_topics);
        self.known_topics.extend(new.iter().cloned());
        new
    }

    /// Headers, key, value: in Java's order, which decides the error that is reported.
    fn convert_parts(
        &mut self,
        task: &WorkerSourceTask,
        topic: &str,
        record: &Record<'_>,
        out: &mut ProduceBatch,
    ) -> Result<(InArena, InArena), Unconverted> {
        let converters = &task.converters;
        for (name, value) in record.headers() {
            let value = convert(PipelineStage::HeaderConverter, &converters.header, topic, value, &mut out.arena)?;
            out.headers.push(ProduceHeader { name: self.name(name), value });
        }
        let key = convert(PipelineStage::KeyConverter, &converters.key, topic, record.key(), &mut out.arena)?;
        let value = convert(PipelineStage::ValueConverter, &converters.value, topic, record.value(), &mut out.arena)?;
        Ok((key, value))
    }

    fn topic(&mut self, record: &Record<'_>) -> Option<Arc<str>> {
        let index = record.topic_index() as usize;
        if let Some(Some(topic)) = self.topics.get(index) {
            return Some(topic.clone());
        }
        let topic = self.name(record.topic()?);
        if !self.known_topics.contains(&topic) && !self.new_topics.contains(&topic) {
            self.new_topics.push(topic.clone());
        }
        self.topics[index] = Some(topic.clone());
        Some(topic)
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
                let new: Arc<str> = name.into();
                self.names.insert(name.to_owned(), new.clone());
                new
            }
        }
    }
}

fn convert(
    stage: PipelineStage,
    named: &NamedConverter,
    topic: &str,
    value: Datum<'_>,
    arena: &mut Vec<u8>,
) -> Result<InArena, Unconverted> {
    let start = arena.len();
    match named.converter.from_connect(topic, value, arena) {
        Ok(true) => Ok(Some(start..arena.len())),
        Ok(false) => Ok(None),
        Err(error) => Err(Unconverted { stage, class: named.class.clone(), message: error.to_string() }),
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

/// None: the producer sets it. Java refuses negative ones, but takes −1 for none.
fn timestamp(record: &Record<'_>) -> Result<Option<i64>, String> {
    match record.timestamp() {
        None | Some((_, -1)) => Ok(None),
        Some((_, at)) if at < 0 => Err(format!("Invalid record timestamp {at}")),
        Some((_, at)) => Ok(Some(at)),
    }
}

/// Where `part`, a slice of `whole`, stands in it.
fn range_in(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr() as usize - whole.as_ptr() as usize;
    start..start + part.len()
}
