//! Parts of a batch for a stage, and their answers as one.

use std::ops::Range;

use wasm_connect_batch::{Batch, BatchWriter, EncodeError, FrameHead, Limits, MalformedBatch, Payload, Record};

use crate::config::connector_config::FailureClass;
use crate::plugin::ports::PluginError;
use crate::transform::{Processed, StageError, TransformError};
use crate::worker::errors::RecordContext;

/// What a stage made of some of a batch's records.
pub struct Part {
    pub range: Range<usize>,
    pub processed: Processed,
}

/// What was wrong with a batch.
#[derive(Debug, thiserror::Error)]
pub enum PartsError {
    #[error(transparent)]
    Malformed(#[from] MalformedBatch),
    #[error("a record cannot be written: {0}")]
    Encode(#[from] EncodeError),
    #[error("it answered {answered} record(s) where it was given {given}")]
    Count { answered: usize, given: usize },
}

pub fn parse(bytes: &[u8]) -> Result<Batch<'_>, MalformedBatch> {
    Batch::parse(bytes, &Limits::default())
}

/// How many records are in a batch of ours.
pub fn count(bytes: &[u8]) -> usize {
    parse(bytes).map_or(0, |batch| batch.len())
}

/// Where the first record of a batch comes from, and how many there are.
pub fn first_record(bytes: &[u8]) -> Option<String> {
    let batch = parse(bytes).ok()?;
    let first = batch.record(0)?;
    let context = match (first.original_topic(), first.original_partition()) {
        (Some(topic), Some(partition)) => RecordContext::Sink { topic, partition, offset: first.offset() },
        _ => RecordContext::polled(&first),
    };
    Some(match batch.len() {
        1 => context.to_string(),
        many => format!("a batch of {many} records, {context} for the first of them"),
    })
}

/// The stage asked to be tried again until there was no time left: it failed of each record.
pub fn all_failed(bytes: &[u8], error: &PluginError) -> Processed {
    let error = TransformError::of("org.apache.kafka.connect.errors.RetriableException", error.to_string());
    let error = StageError { error, class: FailureClass::Error };
    let records = count(bytes);
    let mut holes = BatchWriter::new();
    (0..records).for_each(|_| holes.hole());
    Processed { answer: holes.finish(), failed: (0..records).map(|index| (index, error.clone())).collect() }
}

/// Some records of a batch.
pub fn slice(batch: &Batch<'_>, range: Range<usize>) -> Result<Vec<u8>, PartsError> {
    let mut writer = BatchWriter::new();
    range.filter_map(|index| batch.record(index)).try_for_each(|record| write(&mut writer, &record))?;
    Ok(writer.finish())
}

/// The answer for all `records` of a batch, of whose parts `done` were answered; it `failed` of all others.
pub fn merged(
    mut done: Vec<Part>,
    mut failed: Vec<(usize, StageError)>,
    records: usize,
    is_bitmap: bool,
) -> Result<Processed, PartsError> {
    done.sort_by_key(|part| part.range.start);
    let answer = if is_bitmap { merged_bitmap(&done, records) } else { merged_batch(&done, records)? };
    for Part { range, processed } in done {
        failed.extend(processed.failed.into_iter().map(|(index, error)| (range.start + index, error)));
    }
    failed.sort_by_key(|(index, _)| *index);
    Ok(Processed { answer, failed })
}

fn merged_bitmap(done: &[Part], records: usize) -> Vec<u8> {
    let mut bits = vec![0; records.div_ceil(8)];
    for Part { range, processed } in done {
        for (index, of_all) in range.clone().enumerate() {
            let is_set = processed.answer.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1);
            bits[of_all / 8] |= u8::from(is_set) << (of_all % 8);
        }
    }
    bits
}

fn merged_batch(done: &[Part], records: usize) -> Result<Vec<u8>, PartsError> {
    let mut writer = BatchWriter::new();
    for Part { range, processed } in done {
        (writer.len()..range.start).for_each(|_| writer.hole());
        let answer = parse(&processed.answer)?;
        if answer.len() != range.len() {
            return Err(PartsError::Count { answered: answer.len(), given: range.len() });
        }
        for index in 0..answer.len() {
            match answer.record(index) {
                Some(record) => write(&mut writer, &record)?,
                None => writer.hole(),
            }
        }
    }
    (writer.len()..records).for_each(|_| writer.hole());
    Ok(writer.finish())
}

/// Copies a record.
fn write(writer: &mut BatchWriter, record: &Record<'_>) -> Result<(), EncodeError> {
    let head = FrameHead {
        topic: record.topic().map(|topic| writer.string(topic)),
        partition: record.partition(),
        original_topic: record.original_topic().map(|topic| writer.string(topic)),
        original_partition: record.original_partition(),
        offset: record.offset(),
        timestamp: record.timestamp(),
        source_partition: record.source_partition().map(|text| writer.string(text)),
        ..FrameHead::default()
    };
    let mut frame = writer.begin(&head);
    frame.key(Payload::Datum(record.key()))?;
    frame.value(Payload::Datum(record.value()))?;
    if let Some(offset) = record.source_offset() {
        frame.source_offset(offset)?;
    }
    for (name, value) in record.headers() {
        let name = frame.string(name);
        frame.header(name, Payload::Datum(value))?;
    }
    frame.finish();
    Ok(())
}

#[cfg(test)]
mod tests {
    use wasm_connect_batch::{SchemaId, TimestampType};

    use super::*;

    fn batch(values: &[&str]) -> Vec<u8> {
        let mut writer = BatchWriter::new();
        for (offset, value) in (5..).zip(values) {
            let topic = Some(writer.string("t"));
            let head = FrameHead {
                topic,
                partition: Some(1),
                original_topic: topic,
                original_partition: Some(1),
                offset,
                timestamp: Some((TimestampType::Create, 1)),
                ..FrameHead::default()
            };
            let header = writer.string("h");
            let mut frame = writer.begin(&head);
            frame.value(Payload::Str(SchemaId::STRING, value)).unwrap();
            frame.header(header, Payload::Str(SchemaId::STRING, "x")).unwrap();
            frame.finish();
        }
        writer.finish()
    }

    fn values(bytes: &[u8]) -> Vec<Option<String>> {
        let batch = parse(bytes).unwrap();
        let value = |record: Record<'_>| String::from_utf8(record.value().raw().unwrap().to_vec()).unwrap();
        (0..batch.len()).map(|index| batch.record(index).map(value)).collect()
    }

    fn failed(index: usize) -> (usize, StageError) {
        (index, StageError { error: TransformError::data("bad"), class: FailureClass::Error })
    }

    #[test]
    fn parts_are_put_together_as_they_were() {
        let whole = batch(&["a", "b", "c", "d"]);
        let parsed = parse(&whole).unwrap();
        let part = |range: Range<usize>, failed| Part {
            processed: Processed { answer: slice(&parsed, range.clone()).unwrap(), failed },
            range,
        };
        let merged = merged(vec![part(2..4, vec![failed(1)]), part(0..1, vec![])], vec![failed(1)], 4, false).unwrap();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(values(&merged.answer), [text("a"), None, text("c"), text("d")]);
        assert_eq!(merged.failed.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(slice(&parsed, 0..4).unwrap(), whole, "a copy is the same byte for byte");
    }

    #[test]
    fn bits_are_put_together_as_they_were() {
        let part = |range: Range<usize>, bits: &[u8]| Part {
            range,
            processed: Processed { answer: bits.to_vec(), failed: vec![] },
        };
        let done = vec![part(7..10, &[0b101]), part(0..3, &[0b110])];
        assert_eq!(merged(done, vec![], 10, true).unwrap().answer, [0b1000_0110, 0b10]);
    }

    #[test]
    fn a_batch_is_told_by_its_first_record() {
        let place = "where consumed record is {topic='t', partition=1, offset=5}";
        assert_eq!(first_record(&batch(&["a"])).unwrap(), place);
        let of_two = format!("a batch of 2 records, {place} for the first of them");
        assert_eq!(first_record(&batch(&["a", "b"])).unwrap(), of_two);
        assert_eq!(first_record(&[]), None);
    }
}
