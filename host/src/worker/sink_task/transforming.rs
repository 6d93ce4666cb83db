//! The batch of converted messages, once more as the transforms make it.

use wasm_connect_batch::{Batch, BatchWriter, EncodeError, FrameHead, Limits, Record, StringId, TimestampType};

use super::{Failure, RecordContext, TaskFailure};
use crate::converter::Slot;
use crate::transform::{ConnectRecord, FailedRecord, TransformationChain, Transformed};
use crate::worker::errors::ErrorHandling;

/// What a sink's transforms need.
pub struct Transforming {
    chain: TransformationChain,
    writer: BatchWriter,
}

impl Transforming {
    pub fn new(chain: TransformationChain) -> Self {
        Self { chain, writer: BatchWriter::new() }
    }

    /// Whether every batch stays as it is.
    pub fn is_needless(&self) -> bool {
        self.chain.is_empty()
    }

    /// The last call.
    pub async fn close(&mut self) {
        self.chain.close().await;
    }

    /// The batch that the guest gets, and how many records are in it. Dropped and tolerated ones are not. Each keeps the topic,
    /// partition and offset that it was read from, whatever the transforms made of them (KIP-793).
    pub async fn apply(&mut self, bytes: &[u8], errors: &ErrorHandling) -> Result<(Vec<u8>, usize), TaskFailure> {
        let batch = Batch::parse(bytes, &Limits::default())
            .map_err(|error| TaskFailure::caused_by("cannot transform a batch", error))?;
        let of_sink = |(_, record)| Transformed::Record(ConnectRecord::of_sink(&record));
        let mut transformed: Vec<_> = batch.records().map(of_sink).collect();
        let answers = self.chain.answers();
        let batches = answers.batches();
        self.chain.apply(&mut transformed, &batches).await?;
        // What was written before a failure is not delivered.
        self.writer.reset();
        for ((_, message), transformed) in batch.records().zip(transformed) {
            match transformed {
                Transformed::Record(record) => self.write(&message, &record).map_err(|error| {
                    // A transform made a value that is not of its schema.
                    TaskFailure::caused_by("cannot write a transformed record", error).at(place(&message))
                })?,
                Transformed::Dropped => {}
                Transformed::Failed(FailedRecord { class, converter, error, failure: kind }) => {
                    let (stage, exception) = (converter.into(), error.class);
                    let failure = Failure { stage, class: &class, exception, message: &error.message };
                    errors.handle(failure, place(&message)).map_err(|failure| failure.of(kind))?;
                }
            }
        }
        let records = self.writer.len();
        Ok((self.writer.finish(), records))
    }

    fn write(&mut self, message: &Record<'_>, record: &ConnectRecord<'_>) -> Result<(), EncodeError> {
        let writer = &mut self.writer;
        let original_topic: Option<StringId> = message.original_topic().map(|topic| writer.string(topic));
        let head = FrameHead {
            topic: Some(writer.string(&record.topic)),
            partition: record.partition,
            original_topic,
            original_partition: message.original_partition(),
            offset: message.offset(),
            timestamp: record.timestamp.map(|at| (record.timestamp_type.unwrap_or(TimestampType::Create), at)),
            ..FrameHead::default()
        };
        let mut frame = writer.begin(&head);
        record.key.write(Slot::Key, &mut frame)?;
        record.value.write(Slot::Value, &mut frame)?;
        for (name, value) in &record.headers {
            let name = frame.string(name);
            value.write(Slot::Header(name), &mut frame)?;
        }
        frame.finish();
        Ok(())
    }
}

fn place<'a>(message: &Record<'a>) -> RecordContext<'a> {
    RecordContext::Sink {
        topic: message.original_topic().unwrap_or_default(),
        partition: message.original_partition().unwrap_or_default(),
        offset: message.offset(),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use wasm_connect_batch::{Payload, Schema, Value};

    use std::time::Duration;

    use super::*;
    use crate::config::connector_config::Tolerance;
    use crate::connect::ConnectorTaskId;
    use crate::transform::{Part, TransformError, Transformation, TransformationStage};
    use crate::worker::errors::RetryPolicy;

    /// Moves even offsets to partition 7 of another topic, with a header; drops 1 and fails of 3.
    struct Mover;

    impl Transformation for Mover {
        fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
            match record.kafka_offset {
                Some(1) => return Ok(None),
                Some(3) => return Err(TransformError::data("not this one")),
                _ => {}
            }
            record.topic = Cow::Borrowed("elsewhere");
            record.partition = Some(7);
            let value = Value::String("yes".to_owned());
            record
                .headers
                .push((Cow::Borrowed("moved"), Part::Owned { schema: Some(Schema::string().build()), value }));
            Ok(Some(record))
        }
    }

    fn messages() -> Vec<u8> {
        let mut writer = BatchWriter::new();
        let topic = Some(writer.string("t"));
        for offset in 0..5 {
            let head = FrameHead {
                topic,
                partition: Some(2),
                original_topic: topic,
                original_partition: Some(2),
                offset,
                timestamp: Some((TimestampType::LogAppend, 1000)),
                ..FrameHead::default()
            };
            let mut frame = writer.begin(&head);
            frame.value(Payload::Value(None, &Value::Int64(offset))).unwrap();
            frame.finish();
        }
        writer.finish()
    }

    async fn apply(tolerance: Tolerance) -> Result<(Vec<u8>, usize), TaskFailure> {
        let chain = TransformationChain::new(vec![TransformationStage::new("Mover", Box::new(Mover))]);
        let task = ConnectorTaskId { connector: "c".into(), task: 0 };
        let retry = RetryPolicy { timeout: None, delay_max: Duration::ZERO };
        let errors = ErrorHandling { task, tolerance, log: false, log_messages: false, retry, queue: None };
        Transforming::new(chain).apply(&messages(), &errors).await
    }

    #[tokio::test]
    async fn a_record_keeps_where_it_was_read_from() {
        let (bytes, records) = apply(Tolerance::All).await.unwrap();
        let batch = Batch::parse(&bytes, &Limits::default()).unwrap();
        assert_eq!((records, batch.len()), (3, 3));
        for ((_, record), offset) in batch.records().zip([0, 2, 4]) {
            assert_eq!((record.topic(), record.partition()), (Some("elsewhere"), Some(7)));
            assert_eq!((record.original_topic(), record.original_partition()), (Some("t"), Some(2)));
            assert_eq!((record.offset(), record.timestamp()), (offset, Some((TimestampType::LogAppend, 1000))));
            assert_eq!(record.value().to_value().unwrap(), Value::Int64(offset));
            let headers: Vec<_> = record.headers().map(|(name, value)| (name, value.to_value().unwrap())).collect();
            assert_eq!(headers, [("moved", Value::String("yes".to_owned()))]);
        }
    }

    #[tokio::test]
    async fn a_failure_says_where_it_was() {
        assert_eq!(
            apply(Tolerance::None).await.unwrap_err().trace(),
            "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler\n\
             \tat stage 'TRANSFORMATION' with class 'Mover', where consumed record is {topic='t', partition=2, offset=3}\n\
             Caused by: org.apache.kafka.connect.errors.DataException: not this one\n"
        );
    }
}
