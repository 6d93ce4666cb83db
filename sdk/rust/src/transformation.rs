//! What the author of a transform or predicate writes, and what a transform writes its records with.

use wasm_connect_batch::{Batch, BatchWriter, EncodeError, FrameHead, MalformedBatch, Payload, Record, TimestampType};

use crate::{Config, ConfigDef, ConfigValue, Error, RecordError, Result};

/// A single message transform (Java's `Transformation`). The worker makes one instance of the component for each place in the chain
/// of a task.
pub trait Transformation: Sized + 'static {
    /// The full class name, as configurations name it. Aliases follow from it by Connect's rules.
    const CLASS: &'static str;
    /// The plugin's version, as `GET /connector-plugins` shows it.
    const VERSION: &'static str;
    /// What the transform does, in a sentence or a page.
    const DOCUMENTATION: &'static str = "";

    /// The keys that the transform reads, without the prefix `transforms.ALIAS.`.
    fn config_def() -> ConfigDef;

    /// Errors and recommendations that depend on more than one value; the host has checked types and validators.
    fn validate(_config: &Config) -> Vec<ConfigValue> {
        Vec::new()
    }

    /// Makes the transform.
    fn configure(config: Config) -> Result<Self>;

    /// Writes what becomes of a record; if nothing is written, the record is dropped. It must not depend on records that came
    /// before: after a trap a fresh instance goes on.
    fn apply(&mut self, record: &Record<'_>, out: &mut NewRecord<'_>) -> Result<(), RecordFailure>;

    /// Lets go of what the transform holds. It is not used afterwards.
    fn close(&mut self) {}
}

/// Says which records a transform is for (Java's `Predicate`); negating it is the worker's part.
pub trait Predicate: Sized + 'static {
    /// As [`Transformation::CLASS`].
    const CLASS: &'static str;
    /// As [`Transformation::VERSION`].
    const VERSION: &'static str;
    /// As [`Transformation::DOCUMENTATION`].
    const DOCUMENTATION: &'static str = "";

    /// The keys that the predicate reads, without the prefix `predicates.ALIAS.`.
    fn config_def() -> ConfigDef;

    /// As [`Transformation::validate`].
    fn validate(_config: &Config) -> Vec<ConfigValue> {
        Vec::new()
    }

    /// Makes the predicate.
    fn configure(config: Config) -> Result<Self>;

    /// Whether it holds for a record. An error fails the task.
    fn test(&mut self, record: &Record<'_>) -> Result<bool>;

    /// As [`Transformation::close`].
    fn close(&mut self) {}
}

/// Why a record could not be transformed or converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordFailure {
    /// This record is to blame (Java's `DataException`): `errors.tolerance` decides.
    Data(String),
    /// Something else is. Retriable: the whole batch comes again, for as long as `errors.retry.timeout` says; else the task fails.
    Other(Error),
}

/// Where a transform writes what becomes of one record.
pub struct NewRecord<'w> {
    writer: &'w mut BatchWriter,
    written: bool,
}

/// What a transform changes of a record; what is none stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changes<'a> {
    /// The topic.
    pub topic: Option<&'a str>,
    /// The partition; `Some(None)`: the partitioner decides.
    pub partition: Option<Option<i32>>,
    /// Milliseconds since the epoch; `Some(None)`: no timestamp.
    pub timestamp: Option<Option<i64>>,
    /// The key.
    pub key: Option<Payload<'a>>,
    /// The value.
    pub value: Option<Payload<'a>>,
    /// All headers.
    pub headers: Option<&'a [(&'a str, Payload<'a>)]>,
}

// === impl NewRecord ===

impl NewRecord<'_> {
    /// The record goes on as it is.
    pub fn keep(&mut self, record: &Record<'_>) -> Result<(), RecordFailure> {
        self.write(record, Changes::default())
    }

    /// The record goes on with these changes. Only the first call of a record counts.
    pub fn write(&mut self, record: &Record<'_>, changes: Changes<'_>) -> Result<(), RecordFailure> {
        if self.written {
            return Err(Error::fatal("a record becomes one record at most").into());
        }
        let writer = &mut *self.writer;
        let time = |at| (record.timestamp().map_or(TimestampType::Create, |(of, _)| of), at);
        let head = FrameHead {
            topic: changes.topic.or(record.topic()).map(|topic| writer.string(topic)),
            partition: changes.partition.unwrap_or(record.partition()),
            timestamp: changes.timestamp.map_or(record.timestamp(), |changed| changed.map(time)),
            offset: record.offset(),
            ..FrameHead::default()
        };
        let mut frame = writer.begin(&head);
        frame.key(changes.key.unwrap_or(Payload::Datum(record.key())))?;
        frame.value(changes.value.unwrap_or(Payload::Datum(record.value())))?;
        match changes.headers {
            Some(headers) => {
                for (name, value) in headers {
                    let name = frame.string(name);
                    frame.header(name, *value)?;
                }
            }
            None => {
                for (name, value) in record.headers() {
                    let name = frame.string(name);
                    frame.header(name, Payload::Datum(value))?;
                }
            }
        }
        frame.finish();
        self.written = true;
        Ok(())
    }
}

/// What `transformation` makes of a batch: a batch with holes where records were dropped or failed, and the failed ones. What the
/// exported interface does; also for tests of a transform.
pub fn apply_batch<T: Transformation>(
    transformation: &mut T,
    records: &Batch<'_>,
) -> Result<(Vec<u8>, Vec<RecordError>)> {
    let (mut writer, mut failed) = (BatchWriter::new(), Vec::new());
    for index in 0..records.len() {
        let before = writer.len();
        if let Some(record) = records.record(index) {
            let mut out = NewRecord { writer: &mut writer, written: false };
            match transformation.apply(&record, &mut out) {
                Ok(()) => {}
                Err(failure) => failed.push(failure.of(record.position())?),
            }
        }
        if writer.len() == before {
            writer.hole();
        }
    }
    Ok((writer.finish(), failed))
}

/// One bit a record, least significant first.
pub(crate) fn test_batch<P: Predicate>(predicate: &mut P, records: &Batch<'_>) -> Result<Vec<u8>> {
    let mut bits = vec![0; records.len().div_ceil(8)];
    for (index, record) in records.records() {
        bits[index / 8] |= u8::from(predicate.test(&record)?) << (index % 8);
    }
    Ok(bits)
}

// === impl RecordFailure ===

impl RecordFailure {
    /// This record is to blame.
    pub fn data(message: impl std::fmt::Display) -> Self {
        Self::Data(message.to_string())
    }

    /// As the contract wants it; an error that is not of one record ends the call.
    pub(crate) fn of(self, index: u32) -> Result<RecordError> {
        match self {
            Self::Data(message) => Ok(RecordError { index, message }),
            Self::Other(error) => Err(error),
        }
    }
}

impl From<Error> for RecordFailure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<MalformedBatch> for RecordFailure {
    fn from(error: MalformedBatch) -> Self {
        Self::data(error)
    }
}

impl From<EncodeError> for RecordFailure {
    fn from(error: EncodeError) -> Self {
        Self::data(error)
    }
}

#[cfg(test)]
mod tests {
    use wasm_connect_batch::{Limits, SchemaId, Value};

    use super::*;

    /// Doubles numbers, drops zero and fails of what is no number.
    struct Double;

    impl Transformation for Double {
        const CLASS: &'static str = "Double";
        const VERSION: &'static str = "1";

        fn config_def() -> ConfigDef {
            ConfigDef::new()
        }

        fn configure(_config: Config) -> Result<Self> {
            Ok(Self)
        }

        fn apply(&mut self, record: &Record<'_>, out: &mut NewRecord<'_>) -> Result<(), RecordFailure> {
            match record.value().to_value()? {
                Value::Int64(0) => Ok(()),
                Value::Int64(1) => out.keep(record),
                Value::Int64(number) => {
                    let value = Value::Int64(2 * number);
                    out.write(record, Changes { value: Some(Payload::Value(None, &value)), ..Changes::default() })
                }
                _ => Err(RecordFailure::data("no number")),
            }
        }
    }

    #[test]
    fn records_that_are_dropped_or_fail_leave_holes() {
        let mut writer = BatchWriter::new();
        let (topic, name) = (writer.string("t"), writer.string("h"));
        for value in [Value::Int64(1), Value::Int64(0), Value::String("x".into()), Value::Int64(4)] {
            let head = FrameHead { topic: Some(topic), partition: Some(3), offset: 9, ..FrameHead::default() };
            let mut frame = writer.begin(&head);
            frame.value(Payload::Value(None, &value)).unwrap();
            frame.header(name, Payload::Str(SchemaId::STRING, "kept")).unwrap();
            frame.finish();
        }
        let bytes = writer.finish();
        let batch = Batch::parse(&bytes, &Limits::default()).unwrap();
        let (answer, failed) = apply_batch(&mut Double, &batch).unwrap();
        assert_eq!(failed, [RecordError { index: 2, message: "no number".into() }]);
        let answer = Batch::parse(&answer, &Limits::default()).unwrap();
        let values: Vec<_> = answer.records().map(|(at, record)| (at, record.value().to_value().unwrap())).collect();
        assert_eq!(values, [(0, Value::Int64(1)), (3, Value::Int64(8))]);
        assert_eq!(answer.len(), 4);
        let last = answer.record(3).unwrap();
        assert_eq!((last.topic(), last.partition(), last.headers().count()), (Some("t"), Some(3), 1));
    }
}
