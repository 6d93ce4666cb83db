//! Messages become the guest's batch, straight from the client's buffers; only transforms go over it once more.

use std::collections::VecDeque;
use std::sync::Arc;

use wasm_connect_batch::{Batch, BatchWriter, FrameHead, FrameWriter, Limits, Payload, TimestampType};

use super::postponed::Postponed;
use super::probing::Probing;
use super::transforming::Transforming;
use super::{Failure, PipelineStage, RecordContext, TaskFailure};
use crate::connect::{PartitionOffset, TopicPartition};
use crate::converter::{ConvertError, Slot, Unconverted};
use crate::kafka::ports::{Message, MessageListener, Messages};
use crate::transform::TransformationChain;
use crate::worker::converters::Converters;
use crate::worker::errors::{ErrorHandling, Lacking};

/// A batch that is on its way to the guest, perhaps more than once.
#[derive(Default)]
pub struct Delivery {
    /// BATCH.md; empty before the first record.
    pub bytes: Vec<u8>,
    pub records: usize,
    /// For each partition in it the offset after its last message, dropped ones included.
    pub offsets: Vec<PartitionOffset>,
    /// For each partition in it the offset of its first message.
    pub first: Vec<PartitionOffset>,
}

impl Delivery {
    /// The next offset of a partition is `offset`.
    fn deliver(&mut self, topic: &str, partition: i32, offset: i64) {
        let of = |to: &&mut PartitionOffset| to.partition.partition == partition && &*to.partition.topic == topic;
        match self.offsets.iter_mut().rev().find(of) {
            Some(to) => to.offset = offset,
            None => {
                let partition = TopicPartition { topic: topic.into(), partition };
                self.first.push(PartitionOffset { partition: partition.clone(), offset: offset - 1 });
                self.offsets.push(PartitionOffset { partition, offset });
            }
        }
    }

    /// Where the batch's only record was read from.
    pub fn only_record(&self) -> Result<(TopicPartition, i64), TaskFailure> {
        let failed = |error: &dyn std::fmt::Display| TaskFailure::caused_by("cannot read a batch of one record", error);
        let batch = Batch::parse(&self.bytes, &Limits::default()).map_err(|error| failed(&error))?;
        let record = batch.record(0).ok_or_else(|| failed(&"it is empty"))?;
        let topic = record.original_topic().unwrap_or_default().into();
        Ok((TopicPartition { topic, partition: record.original_partition().unwrap_or_default() }, record.offset()))
    }

    /// Takes out what is not this task's any more (Java's `WorkerSinkTask.closePartitions`).
    pub fn remove_partitions(&mut self, gone: &[TopicPartition]) -> Result<(), TaskFailure> {
        self.offsets.retain(|to| !gone.contains(&to.partition));
        self.first.retain(|to| !gone.contains(&to.partition));
        if self.records == 0 {
            return Ok(());
        }
        let rewritten = without_partitions(&self.bytes, gone);
        (self.bytes, self.records) = rewritten
            .map_err(|error| TaskFailure::caused_by("cannot take revoked partitions out of a batch", error))?;
        Ok(())
    }
}

/// Converts messages as they are polled. The first failure that is not tolerated is kept for the loop to find.
pub struct Batching {
    converters: Arc<Converters>,
    transforming: Transforming,
    errors: ErrorHandling,
    writer: BatchWriter,
    limits: BatchLimits,
    /// Batches that are as large as they may be, not transformed yet.
    full: VecDeque<Delivery>,
    /// What `writer` holds.
    delivery: Delivery,
    failure: Option<TaskFailure>,
    postponed: Postponed,
    /// What the first postponed message lacks.
    lacking: Option<Lacking>,
    pub probing: Probing,
}

/// How much one batch may hold.
#[derive(Clone, Copy, Debug)]
pub struct BatchLimits {
    pub max_records: usize,
    /// About: what is counted is what came from Kafka.
    pub max_bytes: usize,
}

impl Batching {
    pub fn new(
        converters: Arc<Converters>,
        transforms: TransformationChain,
        errors: ErrorHandling,
        limits: BatchLimits,
    ) -> Self {
        Self {
            converters,
            transforming: Transforming::new(transforms),
            errors,
            writer: BatchWriter::new(),
            limits,
            full: VecDeque::new(),
            delivery: Delivery::default(),
            failure: None,
            postponed: Postponed::default(),
            lacking: None,
            probing: Probing::default(),
        }
    }

    /// Whether nothing was gathered that was not taken.
    pub fn is_empty(&self) -> bool {
        self.full.is_empty() && self.delivery.first.is_empty() && self.failure.is_none() && self.postponed.is_empty()
    }

    /// What a converter lacks before it can go on. Nothing may be taken before it was looked up and [`Batching::go_on`] was told.
    pub fn take_lacking(&mut self) -> Option<Lacking> {
        self.lacking.take()
    }

    /// Converts what was postponed, as far as it goes. `refused`: what its first message lacked was refused, so that it fails.
    pub fn go_on(&mut self, refused: Option<(Lacking, ConvertError)>) {
        let mut postponed = std::mem::take(&mut self.postponed);
        let mut refused = refused.map(|(lacking, error)| (lacking.stage, lacking.class, error));
        while self.failure.is_none()
            && let Some((message, headers)) = postponed.first()
        {
            let added = match refused.take() {
                Some(unconverted) => self.add_unconverted(&message, &headers, unconverted).map(|()| None),
                None => self.add(&message, &headers),
            };
            match added {
                Ok(None) => postponed.pop(),
                Ok(Some(lacking)) => {
                    self.lacking = Some(lacking);
                    break;
                }
                Err(failure) => self.failure = Some(failure),
            }
        }
        self.postponed = postponed;
    }

    /// What was gathered since the last call, transformed, or as much of it as fits into one batch. Of several failures it is that
    /// of the first message.
    pub async fn take(&mut self) -> Result<Delivery, TaskFailure> {
        if let Some(queue) = &self.errors.queue {
            queue.end_batch();
        }
        let (mut delivery, is_last) = match self.full.pop_front() {
            Some(full) => (full, false),
            None => (self.end_batch(), true),
        };
        if delivery.records > 0 && !self.transforming.is_needless() {
            (delivery.bytes, delivery.records) = self.transforming.apply(&delivery.bytes, &self.errors).await?;
        }
        match self.failure.take_if(|_| is_last) {
            Some(failure) => Err(failure),
            None => Ok(delivery),
        }
    }

    /// The last call.
    pub async fn close(&mut self) {
        self.transforming.close().await;
    }

    fn end_batch(&mut self) -> Delivery {
        let mut delivery = std::mem::take(&mut self.delivery);
        delivery.records = self.writer.len();
        delivery.bytes = self.writer.finish();
        delivery
    }

    /// Ends the batch if the message might be too much for it.
    fn make_room(&mut self, message: &Message<'_>) {
        let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
        let fits = self.writer.len() < self.limits.max_records
            && self.writer.bytes() + length(message.key) + length(message.value) <= self.limits.max_bytes
            && self.writer.has_room(&Limits::default());
        if !fits && !self.writer.is_empty() {
            let full = self.end_batch();
            self.full.push_back(full);
        }
    }

    /// Gives up what was gathered and not taken, which is polled again: the offset of each partition's first message.
    pub fn discard(&mut self) -> Vec<PartitionOffset> {
        self.writer.reset();
        self.failure = None;
        self.lacking = None;
        let mut first: Vec<PartitionOffset> = Vec::new();
        let gathered = self.full.drain(..).chain([std::mem::take(&mut self.delivery)]).map(|delivery| delivery.first);
        for of_each in gathered.chain([self.postponed.discard()]) {
            let is_new = |to: &PartitionOffset| !first.iter().any(|known| known.partition == to.partition);
            let new: Vec<_> = of_each.into_iter().filter(is_new).collect();
            first.extend(new);
        }
        first
    }

    /// Some: nothing was done, for a converter lacks this first.
    fn add(
        &mut self,
        message: &Message<'_>,
        headers: &[(&str, Option<&[u8]>)],
    ) -> Result<Option<Lacking>, TaskFailure> {
        self.make_room(message);
        if self.probing.is_culprit(message.topic, message.partition, message.offset) {
            self.delivery.deliver(message.topic, message.partition, message.offset + 1);
            return Ok(None);
        }
        let topic = self.writer.string(message.topic);
        let head = FrameHead {
            topic: Some(topic),
            partition: Some(message.partition),
            original_topic: Some(topic),
            original_partition: Some(message.partition),
            offset: message.offset,
            timestamp: message
                .timestamp
                .map(|(at, by_broker)| (if by_broker { TimestampType::LogAppend } else { TimestampType::Create }, at)),
            ..FrameHead::default()
        };
        let mut frame = self.writer.begin(&head);
        match convert(&self.converters, message, headers, &mut frame) {
            Ok(()) => {
                frame.finish();
                self.gathered(message, headers);
                Ok(None)
            }
            Err((stage, class, Unconverted::Lacks(lookup))) => {
                drop(frame);
                Ok(Some(Lacking { lookup, stage, class: class.into() }))
            }
            Err((stage, class, Unconverted::Failed(error))) => {
                drop(frame);
                let class = class.into();
                self.add_unconverted(message, headers, (stage, class, error)).map(|()| None)
            }
        }
    }

    /// The message is dropped, or fails the task.
    fn add_unconverted(
        &mut self,
        message: &Message<'_>,
        headers: &[(&str, Option<&[u8]>)],
        (stage, class, error): (PipelineStage, Arc<str>, ConvertError),
    ) -> Result<(), TaskFailure> {
        self.gathered(message, headers);
        let Message { topic, partition, offset, .. } = *message;
        let failure = Failure { stage, class: &class, exception: ConvertError::CLASS, message: &error.0 };
        self.errors.handle(failure, RecordContext::Sink { topic, partition, offset })
    }

    fn gathered(&mut self, message: &Message<'_>, headers: &[(&str, Option<&[u8]>)]) {
        self.delivery.deliver(message.topic, message.partition, message.offset + 1);
        if let Some(queue) = &self.errors.queue {
            queue.keep(message, headers);
        }
    }
}

impl MessageListener for Batching {
    fn messages(&mut self, messages: &Messages<'_>) {
        for message in &messages.records {
            if self.failure.is_some() {
                return;
            }
            let headers = &messages.headers[message.headers.clone()];
            if self.postponed.is_empty() {
                match self.add(message, headers) {
                    Ok(None) => continue,
                    Ok(lacking) => self.lacking = lacking,
                    Err(failure) => {
                        self.failure = Some(failure);
                        continue;
                    }
                }
            }
            self.postponed.push(message, headers);
        }
    }
}

type InStage<'a> = (PipelineStage, &'a str, Unconverted);

/// Key, value, headers: the order of Java's `WorkerSinkTask.convertAndTransformRecord`.
fn convert<'a>(
    converters: &'a Converters,
    message: &Message<'_>,
    headers: &[(&str, Option<&[u8]>)],
    frame: &mut FrameWriter<'_>,
) -> Result<(), InStage<'a>> {
    let Converters { key, value, header } = converters;
    let topic = message.topic;
    let converted = key.converter.to_connect(topic, message.key, Slot::Key, frame);
    converted.map_err(|error| (PipelineStage::KeyConverter, &*key.class, error))?;
    let converted = value.converter.to_connect(topic, message.value, Slot::Value, frame);
    converted.map_err(|error| (PipelineStage::ValueConverter, &*value.class, error))?;
    for (name, bytes) in headers {
        let name = frame.string(name);
        let converted = header.converter.to_connect(topic, *bytes, Slot::Header(name), frame);
        converted.map_err(|error| (PipelineStage::HeaderConverter, &*header.class, error))?;
    }
    Ok(())
}

/// The batch again, less the records whose original partition is in `gone`.
fn without_partitions(bytes: &[u8], gone: &[TopicPartition]) -> Result<(Vec<u8>, usize), Box<dyn std::error::Error>> {
    let batch = Batch::parse(bytes, &Limits::default())?;
    let mut writer = BatchWriter::new();
    for (_, record) in batch.records() {
        let (topic, partition) = (record.original_topic().unwrap_or_default(), record.original_partition());
        if gone.iter().any(|of| &*of.topic == topic && Some(of.partition) == partition) {
            continue;
        }
        let head = FrameHead {
            topic: record.topic().map(|topic| writer.string(topic)),
            partition: record.partition(),
            original_topic: Some(writer.string(topic)),
            original_partition: partition,
            offset: record.offset(),
            timestamp: record.timestamp(),
            ..FrameHead::default()
        };
        let mut frame = writer.begin(&head);
        frame.key(Payload::Datum(record.key()))?;
        frame.value(Payload::Datum(record.value()))?;
        for (name, value) in record.headers() {
            let name = frame.string(name);
            frame.header(name, Payload::Datum(value))?;
        }
        frame.finish();
    }
    let records = writer.len();
    Ok((writer.finish(), records))
}

#[cfg(test)]
mod tests {
    use wasm_connect_batch::Value;

    use super::*;

    #[test]
    fn a_revoked_partition_is_the_one_that_a_record_was_read_from() {
        let mut writer = BatchWriter::new();
        for (partition, topic) in [(0, "renamed"), (1, "renamed"), (1, "t")] {
            let (topic, original) = (writer.string(topic), writer.string("t"));
            let mut frame = writer.begin(&FrameHead {
                topic: Some(topic),
                partition: Some(0),
                original_topic: Some(original),
                original_partition: Some(partition),
                ..FrameHead::default()
            });
            frame.value(Payload::Value(None, &Value::Int32(partition))).unwrap();
            frame.finish();
        }
        let gone = TopicPartition { topic: "t".into(), partition: 0 };
        let (bytes, records) = without_partitions(&writer.finish(), &[gone]).unwrap();
        let batch = Batch::parse(&bytes, &Limits::default()).unwrap();
        let left: Vec<_> =
            batch.records().map(|(_, of)| (of.topic(), of.partition(), of.original_partition())).collect();
        assert_eq!(records, 2);
        assert_eq!(left, [(Some("renamed"), Some(0), Some(1)), (Some("t"), Some(0), Some(1))]);
    }
}
