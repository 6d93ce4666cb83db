//! A source that has an opinion about its offsets.

use std::time::Duration;

use wasm_connect_sdk::{
    Config, ConfigDef, ConfigKey, Error, Polled, Records, Result, ScalarMap, SourceTask, SourceTaskContext,
};

use crate::connectors::{SourceGuest, class};

/// Brings nothing; answers as configured when its offsets are to be altered.
pub struct OffsetObjector;

impl SourceGuest for OffsetObjector {
    class!("OffsetObjector");

    fn keys() -> ConfigDef {
        let doc = "What it says: agree, abstain, refuse, or trap.";
        ConfigDef::new().define(ConfigKey::string("answer").default("agree").doc(doc))
    }

    fn alter_offsets(config: &Config, offsets: &[(ScalarMap, Option<ScalarMap>)]) -> Result<bool> {
        match config.get("answer").unwrap_or_default() {
            "abstain" => Ok(false),
            "refuse" => Err(Error::fatal(format_args!("{} offsets are too many", offsets.len()))),
            "trap" => std::process::abort(),
            _ => Ok(true),
        }
    }
}

impl SourceTask for OffsetObjector {
    fn start(_config: Config, _context: SourceTaskContext) -> Result<Self> {
        Ok(Self)
    }

    fn poll(&mut self, _records: &mut Records) -> Result<Polled> {
        Ok(Polled::Idle(Duration::from_secs(1)))
    }
}
