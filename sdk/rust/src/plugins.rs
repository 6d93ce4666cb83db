//! The classes of a component, with their types erased, so that one set of exports serves them all.

use crate::bindings::plugin::exports::kafka::connect::plugin::{Description, Kind};
use crate::connector::{RunningConnector, RunningSink, RunningSource};
use crate::{
    Config, ConfigDef, ConfigValue, ExactlyOnce, Result, ScalarMap, SinkConnector, SinkConnectorContext, SinkTask,
    SinkTaskContext, SourceConnector, SourceConnectorContext, SourceTask, SourceTaskContext, TopicPartition,
};

/// The classes of a component; implemented by [`crate::export!`].
pub trait Plugins: 'static {
    /// The source connectors.
    const SOURCES: &'static [SourceClass];
    /// The sink connectors.
    const SINKS: &'static [SinkClass];
}

/// What every kind of plugin has.
pub struct Identity {
    pub(crate) class: &'static str,
    kind: Kind,
    version: &'static str,
    task_class: &'static str,
    documentation: &'static str,
    pub(crate) config_def: fn() -> ConfigDef,
    pub(crate) validate: fn(&Config) -> Vec<ConfigValue>,
}

type AlterOffsets<P, O> = fn(&Config, &[(P, Option<O>)]) -> Result<bool>;

/// A source connector and its task.
pub struct SourceClass {
    pub(crate) identity: Identity,
    pub(crate) start: fn(Config) -> Result<Box<dyn RunningConnector>>,
    pub(crate) start_task: fn(Config) -> Result<Box<dyn SourceTask>>,
    pub(crate) exactly_once_support: fn(&Config) -> ExactlyOnce,
    pub(crate) can_define_transaction_boundaries: fn(&Config) -> bool,
    pub(crate) alter_offsets: AlterOffsets<ScalarMap, ScalarMap>,
}

/// A sink connector and its task.
pub struct SinkClass {
    pub(crate) identity: Identity,
    pub(crate) start: fn(Config) -> Result<Box<dyn RunningConnector>>,
    pub(crate) start_task: fn(Config) -> Result<Box<dyn SinkTask>>,
    pub(crate) alter_offsets: AlterOffsets<TopicPartition, i64>,
}

impl Identity {
    pub(crate) fn describe(&self) -> Description {
        Description {
            class: self.class.to_owned(),
            kind: self.kind,
            task_class: Some(self.task_class.to_owned()),
            version: self.version.to_owned(),
            documentation: self.documentation.to_owned(),
            extra: Vec::new(),
        }
    }
}

impl SourceClass {
    /// The class `C`.
    pub const fn of<C: SourceConnector>() -> Self {
        Self {
            identity: Identity {
                class: C::CLASS,
                kind: Kind::Source,
                version: C::VERSION,
                task_class: C::TASK_CLASS,
                documentation: C::DOCUMENTATION,
                config_def: C::config_def,
                validate: C::validate,
            },
            start: |config| Ok(Box::new(RunningSource(C::start(config, SourceConnectorContext::HOST)?))),
            start_task: |config| Ok(Box::new(C::Task::start(config, SourceTaskContext::HOST)?)),
            exactly_once_support: C::exactly_once_support,
            can_define_transaction_boundaries: C::can_define_transaction_boundaries,
            alter_offsets: C::alter_offsets,
        }
    }
}

impl SinkClass {
    /// The class `C`.
    pub const fn of<C: SinkConnector>() -> Self {
        Self {
            identity: Identity {
                class: C::CLASS,
                kind: Kind::Sink,
                version: C::VERSION,
                task_class: C::TASK_CLASS,
                documentation: C::DOCUMENTATION,
                config_def: C::config_def,
                validate: C::validate,
            },
            start: |config| Ok(Box::new(RunningSink(C::start(config, SinkConnectorContext::HOST)?))),
            start_task: |config| Ok(Box::new(C::Task::start(config, SinkTaskContext::HOST)?)),
            alter_offsets: C::alter_offsets,
        }
    }
}
