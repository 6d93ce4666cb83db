//! A source that behaves as long as it is not in a certain version.

use std::hint::black_box;
use std::time::Duration;

use wasm_connect_sdk::{
    Config, ConfigDef, ConfigKey, ConfigValue, NumberOffset, Payload, Polled, Records, Result, ScalarMap, SchemaId,
    SourceConnector, SourceConnectorContext, SourceTask, SourceTaskContext, Validator,
};

use crate::connectors::{VERSION, topic};

/// See the module's description.
pub struct VersionDependent(Config);

/// Whether the plugin is in the version that does `what`.
fn does(config: &Config, what: &str) -> bool {
    // Not compared by the compiler: tests write another version into the component.
    config.get("in.version") == Some(black_box(VERSION)) && config.get("it") == Some(what)
}

impl SourceConnector for VersionDependent {
    const CLASS: &'static str = "tests.guests.VersionDependent";
    const VERSION: &'static str = VERSION;
    const TASK_CLASS: &'static str = "tests.guests.VersionDependentTask";

    type Task = VersionDependentTask;

    fn config_def() -> ConfigDef {
        let what =
            ["nothing", "traps-in-poll", "traps-in-start", "traps-as-connector", "splits", "objects"].map(String::from);
        ConfigDef::new()
            .define(ConfigKey::string("topic").default("guests").doc("Where records go."))
            .define(ConfigKey::string("in.version").doc("The version in which it is different."))
            .define(
                ConfigKey::string("it")
                    .default("nothing")
                    .validator(Validator::OneOf(what.to_vec()))
                    .doc("What it does then."),
            )
    }

    fn validate(config: &Config) -> Vec<ConfigValue> {
        match does(config, "objects") {
            true => vec![ConfigValue::new("it").error("this version does not take this configuration")],
            false => Vec::new(),
        }
    }

    fn start(config: Config, _context: SourceConnectorContext) -> Result<Self> {
        if does(&config, "traps-as-connector") {
            std::process::abort();
        }
        Ok(Self(config))
    }

    fn task_configs(&mut self, _max_tasks: usize) -> Result<Vec<Config>> {
        let tasks = if does(&self.0, "splits") { 2 } else { 1 };
        Ok(vec![self.0.clone(); tasks])
    }
}

/// Counts up for ever, some records a poll.
pub struct VersionDependentTask {
    config: Config,
    partition: ScalarMap,
    offset: NumberOffset,
    next: u64,
    polls: u64,
}

impl SourceTask for VersionDependentTask {
    fn start(config: Config, context: SourceTaskContext) -> Result<Self> {
        if does(&config, "traps-in-start") {
            std::process::abort();
        }
        let partition = ScalarMap::of("guest", "version-dependent");
        let committed = context.offset(&partition)?.and_then(|offset| offset.integer("next"));
        let next = committed.and_then(|next| next.try_into().ok()).unwrap_or(0);
        Ok(Self { config, partition, offset: NumberOffset::new("next"), next, polls: 0 })
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        self.polls += 1;
        if self.polls > 3 && does(&self.config, "traps-in-poll") {
            std::process::abort();
        }
        let route = records.route(&topic(&self.config), Some(&self.partition));
        for _ in 0..10 {
            let mut frame = records.begin(&route);
            frame.value(Payload::Str(SchemaId::STRING, &self.next.to_string()))?;
            self.next += 1;
            frame.source_offset_with(|json| self.offset.write(self.next, json))?;
            frame.finish();
        }
        Ok(Polled::Idle(Duration::from_millis(50)))
    }
}
