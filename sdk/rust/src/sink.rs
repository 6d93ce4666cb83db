//! What the author of a sink writes: the connector that splits the work, and the task that puts records into the system.

use std::time::Duration;

use crate::{
    Batch, Config, ConfigDef, ConfigValue, PartitionOffset, RecordError, Result, SinkConnectorContext, SinkTaskContext,
    TopicPartition,
};

/// A sink connector (Java's `SinkConnector`). The host makes one instance of the component for it and one for each task, so
/// connector and tasks share nothing but configurations.
pub trait SinkConnector: Sized + 'static {
    /// The full class name, as configurations name it. Aliases follow from it by Connect's rules.
    const CLASS: &'static str;
    /// The plugin's version, as `GET /connector-plugins` shows it.
    const VERSION: &'static str;
    /// The name of the task's class, as `GET /connectors/{name}/tasks` shows it.
    const TASK_CLASS: &'static str;
    /// What the connector does, in a sentence or a page.
    const DOCUMENTATION: &'static str = "";

    /// The task that the connector's work is done by.
    type Task: SinkTask;

    /// The keys that the connector reads.
    fn config_def() -> ConfigDef;

    /// Errors and recommendations that depend on more than one value; the host has checked types and validators.
    fn validate(_config: &Config) -> Vec<ConfigValue> {
        Vec::new()
    }

    /// Starts the connector. After a retriable error it is called again.
    fn start(config: Config, context: SinkConnectorContext) -> Result<Self>;

    /// The configurations of at most `max_tasks` tasks.
    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<Config>>;

    /// As [`crate::SourceConnector::monitor`].
    fn monitor(&mut self) -> Result<Option<Duration>> {
        Ok(None)
    }

    /// Lets go of what the connector holds. It is not used afterwards.
    fn stop(&mut self) {}

    /// Whether these consumer offsets may be set (KIP-875); no offset resets. A sink that keeps offsets in its own system sets
    /// them there. `true`, unlike in Java, means only that there is no objection.
    fn alter_offsets(_config: &Config, _offsets: &[(TopicPartition, Option<i64>)]) -> Result<bool> {
        Ok(true)
    }
}

/// A sink task (Java's `SinkTask`).
pub trait SinkTask: 'static {
    /// Starts the task. After a retriable error it is called again.
    fn start(config: Config, context: SinkTaskContext) -> Result<Self>
    where
        Self: Sized;

    /// Partitions that the task gets. A sink that keeps offsets in its own system answers where to read on.
    fn open(&mut self, _partitions: &[TopicPartition]) -> Result<Vec<PartitionOffset>> {
        Ok(Vec::new())
    }

    /// Takes the records; also called without any, so that writers that go by time get a turn. The answer lists records that
    /// cannot be taken, by their position in the batch: `errors.tolerance` decides. An error: none was taken.
    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>>;

    /// Makes what was put durable.
    fn flush(&mut self, _delivered: &[PartitionOffset]) -> Result<()> {
        Ok(())
    }

    /// Given the offsets delivered so far, answers those that are safe to commit: all of them after `flush`, unless overridden.
    fn pre_commit(&mut self, delivered: Vec<PartitionOffset>) -> Result<Vec<PartitionOffset>> {
        self.flush(&delivered)?;
        Ok(delivered)
    }

    /// Partitions that the task loses. Offsets were committed before.
    fn close(&mut self, _partitions: &[TopicPartition]) -> Result<()> {
        Ok(())
    }

    /// Lets go of what the task holds. It is not used afterwards.
    fn stop(&mut self) {}
}
