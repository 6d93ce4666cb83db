//! The records of one poll, written straight into the batch that the host gets.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wasm_connect_batch::{BatchWriter, FrameHead, FrameWriter, Schema, SchemaId, StringId, TimestampType};

use crate::{Polled, ScalarMap};

/// How much one poll may bring and how long it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Records.
    pub max_records: usize,
    /// Bytes of the whole batch; one record may exceed it.
    pub max_bytes: usize,
    /// How long `poll` may take, roughly.
    pub max_wait: Duration,
}

/// What a poll brings: a writer that is reused from poll to poll.
#[derive(Default)]
pub struct Records {
    writer: BatchWriter,
    limits: Limits,
    /// A batch made elsewhere, which goes out instead.
    made: Option<Vec<u8>>,
    /// What the task said beside its records: for this time there is nothing more.
    idle: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_records: usize::MAX, max_bytes: usize::MAX, max_wait: Duration::ZERO }
    }
}

impl Records {
    /// No records yet and room for as much as `limits` says; for tests of a task, else the SDK makes it.
    pub fn new(limits: Limits) -> Self {
        Self { writer: BatchWriter::new(), limits, made: None, idle: None }
    }

    /// The limits of this poll.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Lowers the number of records of this poll, for plugins with a `batch.size` of their own.
    pub fn limit_records(&mut self, max_records: usize) {
        self.limits.max_records = self.limits.max_records.min(max_records);
    }

    /// Whether this poll has brought enough.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.writer.len() >= self.limits.max_records
            || self.writer.bytes() >= self.limits.max_bytes
            // A host reads no more different schemas in a batch.
            || !self.writer.has_room(&wasm_connect_batch::Limits::default())
    }

    /// Records so far.
    pub fn len(&self) -> usize {
        self.writer.len()
    }

    /// Whether there is nothing to hand over yet.
    pub fn is_empty(&self) -> bool {
        self.writer.is_empty() && self.made.is_none()
    }

    /// Hands over `batch`, made elsewhere in the format of BATCH.md, in place of what was or will be written in this poll.
    pub fn replace_with(&mut self, batch: Vec<u8>) {
        self.made = Some(batch);
    }

    /// What records to `topic` from `source_partition` have in common, timestamped now. Made once a poll, it saves each record the
    /// look-up of both; partition and timestamp can be changed record by record. Void in the next poll.
    pub fn route(&mut self, topic: &str, source_partition: Option<&ScalarMap>) -> FrameHead {
        FrameHead {
            topic: Some(self.writer.string(topic)),
            source_partition: source_partition.map(|partition| self.writer.string(&partition.to_string())),
            timestamp: Some((TimestampType::Create, now())),
            ..FrameHead::default()
        }
    }

    /// The id of a header's name in this poll.
    pub fn string(&mut self, text: &str) -> StringId {
        self.writer.string(text)
    }

    /// The id of a schema in this poll; plain strings and bytes have constants in [`SchemaId`].
    pub fn schema(&mut self, schema: &Schema) -> SchemaId {
        self.writer.schema(schema)
    }

    /// Begins a record: then key, value, source offset and headers in this order, as far as there are, and `finish`.
    #[inline]
    pub fn begin(&mut self, route: &FrameHead) -> FrameWriter<'_> {
        self.writer.begin(route)
    }

    /// The batch, in the format of BATCH.md; for tests of a task, else the SDK hands it to the host.
    pub fn finish(&mut self) -> Vec<u8> {
        self.made.take().unwrap_or_else(|| self.writer.finish())
    }

    /// Remembers what the task said beside its records, for the host's next call.
    pub(crate) fn idle_next(&mut self, polled: Polled) {
        self.idle = match polled {
            Polled::Idle(time) if !time.is_zero() => Some(time),
            _ => None,
        };
    }

    /// What was remembered.
    pub(crate) fn take_idle(&mut self) -> Option<Duration> {
        self.idle.take()
    }

    /// Starts the next poll.
    pub(crate) fn restart(&mut self, limits: Limits) {
        self.writer.reset();
        self.made = None;
        self.limits = limits;
    }
}

/// Milliseconds since the epoch, 0 before it.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use wasm_connect_batch::{Batch, Payload};

    use super::*;

    #[test]
    fn what_a_task_says_beside_its_records_is_told_once() {
        let mut records = Records::default();
        records.idle_next(Polled::Idle(Duration::from_secs(1)));
        records.restart(Limits::default());
        assert_eq!(records.take_idle(), Some(Duration::from_secs(1)));
        assert_eq!(records.take_idle(), None);
        records.idle_next(Polled::Idle(Duration::ZERO));
        assert_eq!(records.take_idle(), None);
    }

    #[test]
    fn a_poll_ends_at_its_limits() {
        let mut records = Records::new(Limits { max_records: 2, ..Limits::default() });
        let partition = ScalarMap::of("filename", "a.txt");
        let route = records.route("topic", Some(&partition));
        while !records.is_full() {
            let mut frame = records.begin(&route);
            frame.value(Payload::Str(SchemaId::STRING, "x")).unwrap().source_offset("{\"position\":1}").unwrap();
            frame.finish();
        }
        let bytes = records.finish();
        let batch = Batch::parse(&bytes, &wasm_connect_batch::Limits::default()).unwrap();
        assert_eq!(batch.len(), 2);
        let record = batch.record(1).unwrap();
        assert_eq!(record.topic(), Some("topic"));
        assert_eq!(record.source_partition(), Some("{\"filename\":\"a.txt\"}"));
        assert_eq!(record.value().raw(), Some(&b"x"[..]));
    }
}
