//! The same connector for every guest: it hands its own configuration to its tasks.

use std::marker::PhantomData;

use wasm_connect_sdk::{
    Config, ConfigDef, ConfigKey, Importance, Result, ScalarMap, SinkConnector, SinkConnectorContext, SinkTask,
    SourceConnector, SourceConnectorContext, SourceTask,
};

/// A source task that wants no connector of its own.
pub trait SourceGuest: SourceTask {
    const CLASS: &'static str;
    const TASK_CLASS: &'static str;
    /// The keys besides `topic`.
    fn keys() -> ConfigDef;

    /// As the connector's own.
    fn alter_offsets(_config: &Config, _offsets: &[(ScalarMap, Option<ScalarMap>)]) -> Result<bool> {
        Ok(true)
    }
}

/// A sink task that wants no connector of its own.
pub trait SinkGuest: SinkTask {
    const CLASS: &'static str;
    const TASK_CLASS: &'static str;
    /// The keys besides `file`.
    fn keys() -> ConfigDef;
}

/// The two class names of a guest.
macro_rules! class {
    ($name:literal) => {
        const CLASS: &'static str = concat!("tests.guests.", $name);
        const TASK_CLASS: &'static str = concat!("tests.guests.", $name, "Task");
    };
}
pub(crate) use class;

pub const VERSION: &str = "1.0.0";

/// The connector of the source guest `T`: one task.
pub struct SourceOf<T>(Config, PhantomData<T>);

/// The connector of the sink guest `T`: as many tasks as are allowed.
pub struct SinkOf<T>(Config, PhantomData<T>);

impl<T: SourceGuest> SourceConnector for SourceOf<T> {
    const CLASS: &'static str = T::CLASS;
    const VERSION: &'static str = VERSION;
    const TASK_CLASS: &'static str = T::TASK_CLASS;

    type Task = T;

    fn config_def() -> ConfigDef {
        T::keys()
            .define(ConfigKey::string("topic").importance(Importance::High).default("guests").doc("Where records go."))
    }

    fn start(config: Config, _context: SourceConnectorContext) -> Result<Self> {
        Ok(Self(config, PhantomData))
    }

    fn task_configs(&mut self, _max_tasks: usize) -> Result<Vec<Config>> {
        Ok(vec![self.0.clone()])
    }

    fn alter_offsets(config: &Config, offsets: &[(ScalarMap, Option<ScalarMap>)]) -> Result<bool> {
        T::alter_offsets(config, offsets)
    }
}

impl<T: SinkGuest> SinkConnector for SinkOf<T> {
    const CLASS: &'static str = T::CLASS;
    const VERSION: &'static str = VERSION;
    const TASK_CLASS: &'static str = T::TASK_CLASS;

    type Task = T;

    fn config_def() -> ConfigDef {
        T::keys().define(crate::journal::key())
    }

    fn start(config: Config, _context: SinkConnectorContext) -> Result<Self> {
        Ok(Self(config, PhantomData))
    }

    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<Config>> {
        Ok(vec![self.0.clone(); max_tasks])
    }
}

/// A key of a number of whatever is counted.
pub fn count(name: &str, default: i64, doc: &str) -> ConfigDef {
    ConfigDef::new().define(ConfigKey::long(name).default(default).doc(doc))
}

/// The number under `name`, by the keys of a guest.
pub fn number(keys: &ConfigDef, config: &Config, name: &str) -> Result<u64> {
    Ok(keys.parse(config)?.long(name).and_then(|number| number.try_into().ok()).unwrap_or(0))
}

/// The configured topic.
pub fn topic(config: &Config) -> String {
    config.get("topic").unwrap_or("guests").to_owned()
}
