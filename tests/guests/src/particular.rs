//! A source whose `validate` depends on several values, and can be told to fail.

use std::time::Duration;

use wasm_connect_sdk::{
    Config, ConfigDef, ConfigKey, ConfigValue, Polled, Records, Result, SourceConnector, SourceConnectorContext,
    SourceTask, SourceTaskContext, Validator,
};

use crate::connectors::VERSION;

/// See the module's description.
pub struct Particular(Config);

impl SourceConnector for Particular {
    const CLASS: &'static str = "tests.guests.Particular";
    const VERSION: &'static str = VERSION;
    const TASK_CLASS: &'static str = "tests.guests.ParticularTask";

    type Task = ParticularTask;

    fn config_def() -> ConfigDef {
        let modes = ["local", "cloud", "trap", "loop"].map(String::from);
        ConfigDef::new()
            .define(
                ConfigKey::string("mode")
                    .default("local")
                    .validator(Validator::OneOf(modes.to_vec()))
                    .group("Place", 1)
                    .dependents(&["region", "directory"])
                    .doc("Where the source is; `trap` and `loop` are what its validation does then."),
            )
            .define(ConfigKey::string("region").group("Place", 2).doc("For `cloud`."))
            .define(ConfigKey::string("directory").group("Place", 3).doc("For `local`."))
            .define(ConfigKey::password("secret").doc("Shown to nobody."))
    }

    fn validate(config: &Config) -> Vec<ConfigValue> {
        let (region, directory) = (ConfigValue::new("region"), ConfigValue::new("directory"));
        match config.get("mode").unwrap_or("local") {
            "trap" => std::process::abort(),
            "loop" => loop {
                std::hint::black_box(());
            },
            "cloud" if config.get("region").is_none() => {
                let region = region.recommend(["north", "south"]).error("mode cloud needs a region: north or south");
                vec![region, directory.hidden()]
            }
            "cloud" => vec![region.recommend(["north", "south"]), directory.hidden()],
            _ => vec![region.hidden(), directory],
        }
    }

    fn start(config: Config, _context: SourceConnectorContext) -> Result<Self> {
        Ok(Self(config))
    }

    fn task_configs(&mut self, _max_tasks: usize) -> Result<Vec<Config>> {
        Ok(vec![self.0.clone()])
    }
}

/// Has nothing to say.
pub struct ParticularTask;

impl SourceTask for ParticularTask {
    fn start(_config: Config, _context: SourceTaskContext) -> Result<Self> {
        Ok(Self)
    }

    fn poll(&mut self, _records: &mut Records) -> Result<Polled> {
        Ok(Polled::Idle(Duration::from_secs(1)))
    }
}
