//! What the author of a source writes: the connector that splits the work, and the task that polls records.

use std::time::Duration;

use crate::{
    Acks, Config, ConfigDef, ConfigValue, Records, Result, ScalarMap, SourceConnectorContext, SourceTaskContext,
};

pub use crate::bindings::source::exports::kafka::connect::source_connector::ExactlyOnce;

/// A source connector (Java's `SourceConnector`). The host makes one instance of the component for it and one for each task, so
/// connector and tasks share nothing but configurations.
pub trait SourceConnector: Sized + 'static {
    /// The full class name, as configurations name it. Aliases follow from it by Connect's rules.
    const CLASS: &'static str;
    /// The plugin's version, as `GET /connector-plugins` shows it.
    const VERSION: &'static str;
    /// The name of the task's class, as `GET /connectors/{name}/tasks` shows it.
    const TASK_CLASS: &'static str;
    /// What the connector does, in a sentence or a page.
    const DOCUMENTATION: &'static str = "";

    /// The task that the connector's work is done by.
    type Task: SourceTask;

    /// The keys that the connector reads.
    fn config_def() -> ConfigDef;

    /// Errors and recommendations that depend on more than one value; the host has checked types and validators.
    fn validate(_config: &Config) -> Vec<ConfigValue> {
        Vec::new()
    }

    /// Starts the connector. After [`crate::Error::Retriable`] it is called again.
    fn start(config: Config, context: SourceConnectorContext) -> Result<Self>;

    /// The configurations of at most `max_tasks` tasks; the host adds nothing to them.
    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<Config>>;

    /// First called right after `start`: look at the system, then say in what time to be called again; none: never. In place of
    /// the thread that such connectors start in Java.
    fn monitor(&mut self) -> Result<Option<Duration>> {
        Ok(None)
    }

    /// Lets go of what the connector holds. It is not used afterwards.
    fn stop(&mut self) {}

    /// Whether the connector keeps exactly-once with this configuration (KIP-618).
    fn exactly_once_support(_config: &Config) -> ExactlyOnce {
        ExactlyOnce::Unknown
    }

    /// Whether the tasks mark where transactions end (KIP-618).
    fn can_define_transaction_boundaries(_config: &Config) -> bool {
        false
    }

    /// Whether these offsets may be set (KIP-875); no offset deletes.
    fn alter_offsets(_config: &Config, _offsets: &[(ScalarMap, Option<ScalarMap>)]) -> Result<bool> {
        Ok(false)
    }
}

/// A source task (Java's `SourceTask`).
pub trait SourceTask: 'static {
    /// Starts the task. After [`crate::Error::Retriable`] it is called again.
    fn start(config: Config, context: SourceTaskContext) -> Result<Self>
    where
        Self: Sized;

    /// What the task wants to hear of; nothing unless it says so.
    fn options(&self) -> SourceTaskOptions {
        SourceTaskOptions::default()
    }

    /// Brings records until there are no more for now or [`Records::is_full`]. If there is nothing, say for how long with
    /// [`Polled::Idle`] and return at once: the host waits.
    fn poll(&mut self, records: &mut Records) -> Result<Polled>;

    /// What became of each record, if [`SourceTaskOptions::acknowledge_records`] (Java's `commitRecord`).
    fn acknowledged(&mut self, _acks: &Acks<'_>) -> Result<()> {
        Ok(())
    }

    /// The offsets of all records acknowledged so far are committed, if [`SourceTaskOptions::commit`].
    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    /// Lets go of what the task holds. It is not used afterwards.
    fn stop(&mut self) {}
}

/// Which calls a source task wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceTaskOptions {
    /// Call `acknowledged` for every record.
    pub acknowledge_records: bool,
    /// Call `commit` after each offset commit.
    pub commit: bool,
}

/// What a poll comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    /// The records that were written, and there may be more at once.
    Records,
    /// Nothing more for this time, after the records that were written.
    Idle(Duration),
}
