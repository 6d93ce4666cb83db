//! What a connector or task may ask of the worker while it runs.

use std::time::Duration;

use crate::{Error, PartitionOffset, Result, ScalarMap, TopicPartition, host};

/// For a source connector (Java's `SourceConnectorContext`). Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct SourceConnectorContext(());

/// For a sink connector (Java's `SinkConnectorContext`). Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct SinkConnectorContext(());

/// For a source task (Java's `SourceTaskContext`). Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct SourceTaskContext(());

/// For a sink task (Java's `SinkTaskContext`). Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct SinkTaskContext(());

impl SourceConnectorContext {
    pub(crate) const HOST: Self = Self(());

    /// Asks for `task_configs` to be called again and the work to be split anew.
    pub fn request_task_reconfiguration(&self) {
        host::request_task_reconfiguration();
    }

    /// The connector goes FAILED with this message (Java's `raiseError`).
    pub fn raise_error(&self, message: &str) {
        host::raise_error(message);
    }

    /// The committed offsets of the connector's tasks.
    pub fn offsets(&self, partitions: &[ScalarMap]) -> Result<Vec<Option<ScalarMap>>> {
        committed(partitions)
    }
}

impl SinkConnectorContext {
    pub(crate) const HOST: Self = Self(());

    /// Asks for `task_configs` to be called again.
    pub fn request_task_reconfiguration(&self) {
        host::request_task_reconfiguration();
    }

    /// The connector goes FAILED with this message (Java's `raiseError`).
    pub fn raise_error(&self, message: &str) {
        host::raise_error(message);
    }
}

impl SourceTaskContext {
    pub(crate) const HOST: Self = Self(());

    /// A context for native tests, backed by the stand-in of `testing`.
    #[cfg(not(target_family = "wasm"))]
    pub fn for_tests() -> Self {
        Self::HOST
    }

    /// Sleeps, but not past a stop; true: the task is being stopped, return soon. Rather return `Polled::Idle` if there is
    /// nothing to do: then the host waits and the task costs nothing.
    pub fn sleep(&self, time: Duration) -> bool {
        host::sleep(time)
    }

    /// Whether the task is being stopped.
    pub fn stopping(&self) -> bool {
        host::stopping()
    }

    /// The committed offset of a source partition; none: nothing committed.
    pub fn offset(&self, partition: &ScalarMap) -> Result<Option<ScalarMap>> {
        let mut offsets = committed(std::slice::from_ref(partition))?;
        Ok(offsets.pop().flatten())
    }

    /// The committed offsets of many source partitions at once, in the order asked.
    pub fn offsets(&self, partitions: &[ScalarMap]) -> Result<Vec<Option<ScalarMap>>> {
        committed(partitions)
    }
}

impl SinkTaskContext {
    pub(crate) const HOST: Self = Self(());

    /// A context for native tests, backed by the stand-in of `testing`.
    #[cfg(not(target_family = "wasm"))]
    pub fn for_tests() -> Self {
        Self::HOST
    }

    /// Sleeps, but not past a stop; true: the task is being stopped, return soon.
    pub fn sleep(&self, time: Duration) -> bool {
        host::sleep(time)
    }

    /// Whether the task is being stopped.
    pub fn stopping(&self) -> bool {
        host::stopping()
    }

    /// The partitions that the task has now.
    pub fn assignment(&self) -> Vec<TopicPartition> {
        host::assignment()
    }

    /// Reads on from these offsets instead.
    pub fn rewind(&self, offsets: &[PartitionOffset]) -> Result<()> {
        host::rewind(offsets)
    }

    /// No records of these partitions until `resume`.
    pub fn pause(&self, partitions: &[TopicPartition]) -> Result<()> {
        host::pause(partitions)
    }

    /// Records of these partitions again.
    pub fn resume(&self, partitions: &[TopicPartition]) -> Result<()> {
        host::resume(partitions)
    }

    /// How long the host waits after the retriable error that this put is about to answer.
    pub fn timeout(&self, time: Duration) {
        host::timeout(time);
    }

    /// Asks for `pre_commit` soon instead of at the next interval.
    pub fn request_commit(&self) {
        host::request_commit();
    }

    /// Sends a record that was put, and is not committed yet, to the dead letter queue (KIP-610). An error if none is configured
    /// and errors are not tolerated.
    pub fn report_errant_record(&self, partition: &TopicPartition, offset: i64, message: &str) -> Result<()> {
        host::report_errant_record(partition, offset, message)
    }
}

fn committed(partitions: &[ScalarMap]) -> Result<Vec<Option<ScalarMap>>> {
    let names: Vec<String> = partitions.iter().map(ToString::to_string).collect();
    let offsets = host::offsets(&names)?;
    let parse = |text: Option<String>| text.map(|text| ScalarMap::parse(&text)).transpose();
    let parsed: Result<Vec<_>, String> = offsets.into_iter().map(parse).collect();
    parsed.map_err(|error| Error::fatal(format_args!("cannot read a committed offset: {error}")))
}
