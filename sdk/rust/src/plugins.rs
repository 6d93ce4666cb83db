//! The classes of a component, with their types erased, so that one set of exports serves them all.

use crate::bindings::plugin::exports::kafka::connect::plugin::{Description, Kind};
use crate::connector::{RunningConnector, RunningSink, RunningSource};
use crate::converter::{OfHeaders, OfPart, RunningConverter};
use crate::stage::{Running, RunningPredicate, RunningTransformation};
use crate::{
    Config, ConfigDef, ConfigValue, Converter, ConverterRole, ExactlyOnce, HeaderConverter, Predicate, Result,
    ScalarMap, SinkConnector, SinkConnectorContext, SinkTask, SinkTaskContext, SourceConnector, SourceConnectorContext,
    SourceTask, SourceTaskContext, TopicPartition, Transformation,
};

/// The classes of a component; implemented by [`crate::export!`].
pub trait Plugins: 'static {
    /// The source connectors.
    const SOURCES: &'static [SourceClass];
    /// The sink connectors.
    const SINKS: &'static [SinkClass];
    /// The transforms.
    const TRANSFORMATIONS: &'static [TransformationClass];
    /// The predicates.
    const PREDICATES: &'static [PredicateClass];
    /// The converters of keys and values.
    const CONVERTERS: &'static [ConverterClass];
    /// The converters of headers.
    const HEADER_CONVERTERS: &'static [HeaderConverterClass];
}

/// What every kind of plugin has.
pub struct Identity {
    pub(crate) class: &'static str,
    kind: Kind,
    version: &'static str,
    /// Connectors only.
    task_class: Option<&'static str>,
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

/// A transform.
pub struct TransformationClass {
    pub(crate) identity: Identity,
    pub(crate) configure: fn(Config) -> Result<Box<dyn RunningTransformation>>,
}

/// A predicate.
pub struct PredicateClass {
    pub(crate) identity: Identity,
    pub(crate) configure: fn(Config) -> Result<Box<dyn RunningPredicate>>,
}

/// A converter of keys and values.
pub struct ConverterClass {
    pub(crate) identity: Identity,
    pub(crate) configure: fn(Config, ConverterRole) -> Result<Box<dyn RunningConverter>>,
}

/// A converter of headers.
pub struct HeaderConverterClass {
    pub(crate) identity: Identity,
    pub(crate) configure: fn(Config) -> Result<Box<dyn RunningConverter>>,
}

impl Identity {
    pub(crate) fn describe(&self) -> Description {
        Description {
            class: self.class.to_owned(),
            kind: self.kind,
            task_class: self.task_class.map(str::to_owned),
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
                task_class: Some(C::TASK_CLASS),
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
                task_class: Some(C::TASK_CLASS),
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

impl TransformationClass {
    /// The class `T`.
    pub const fn of<T: Transformation>() -> Self {
        Self {
            identity: Identity {
                class: T::CLASS,
                kind: Kind::Transformation,
                version: T::VERSION,
                task_class: None,
                documentation: T::DOCUMENTATION,
                config_def: T::config_def,
                validate: T::validate,
            },
            configure: |config| Ok(Box::new(Running(T::configure(config)?))),
        }
    }
}

impl PredicateClass {
    /// The class `P`.
    pub const fn of<P: Predicate>() -> Self {
        Self {
            identity: Identity {
                class: P::CLASS,
                kind: Kind::Predicate,
                version: P::VERSION,
                task_class: None,
                documentation: P::DOCUMENTATION,
                config_def: P::config_def,
                validate: P::validate,
            },
            configure: |config| Ok(Box::new(Running(P::configure(config)?))),
        }
    }
}

impl ConverterClass {
    /// The class `C`.
    pub const fn of<C: Converter>() -> Self {
        Self {
            identity: Identity {
                class: C::CLASS,
                kind: Kind::Converter,
                version: C::VERSION,
                task_class: None,
                documentation: C::DOCUMENTATION,
                config_def: C::config_def,
                validate: C::validate,
            },
            configure: |config, role| Ok(Box::new(OfPart(C::configure(config, role)?, role))),
        }
    }
}

impl HeaderConverterClass {
    /// The class `C`.
    pub const fn of<C: HeaderConverter>() -> Self {
        Self {
            identity: Identity {
                class: C::CLASS,
                kind: Kind::HeaderConverter,
                version: C::VERSION,
                task_class: None,
                documentation: C::DOCUMENTATION,
                config_def: C::config_def,
                validate: C::validate,
            },
            configure: |config| Ok(Box::new(OfHeaders(C::configure(config)?))),
        }
    }
}
