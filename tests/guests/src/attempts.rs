//! Sources that make one attempt when they start: they fail with how it ended, or bring it as a record.

use std::marker::PhantomData;
use std::time::Duration;

use wasm_connect_sdk::{
    Config, ConfigDef, ConfigKey, Error, Grant, Payload, Polled, Records, Result, SchemaId, SourceTask,
    SourceTaskContext,
};

use crate::connectors::{SourceGuest, topic};

/// Something that a plugin may try.
pub trait Attempt: 'static {
    const CLASS: &'static str;
    const TASK_CLASS: &'static str;

    fn keys() -> ConfigDef;

    /// What it brought, or why it failed.
    fn attempt(config: &Config) -> Result<String>;
}

/// The source that makes the attempt `T`.
pub struct Attempting<T> {
    topic: String,
    outcome: Option<String>,
    attempt: PhantomData<T>,
}

impl<T: Attempt> SourceGuest for Attempting<T> {
    const CLASS: &'static str = T::CLASS;
    const TASK_CLASS: &'static str = T::TASK_CLASS;

    fn keys() -> ConfigDef {
        T::keys()
    }
}

impl<T: Attempt> SourceTask for Attempting<T> {
    fn start(config: Config, _context: SourceTaskContext) -> Result<Self> {
        Ok(Self { topic: topic(&config), outcome: Some(T::attempt(&config)?), attempt: PhantomData })
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        if let Some(outcome) = self.outcome.take() {
            let route = records.route(&self.topic, None);
            let mut frame = records.begin(&route);
            frame.value(Payload::Str(SchemaId::STRING, &outcome))?;
            frame.finish();
        }
        Ok(Polled::Idle(Duration::from_secs(1)))
    }
}

/// The key of what the guest is granted, and that of what it does.
pub fn server_and(name: &str, doc: &str) -> ConfigDef {
    let connect = Grant::Connect { port_key: None, default_port: None };
    ConfigDef::new()
        .define(ConfigKey::list("server").grants(connect).doc("Servers that may be connected to."))
        .define(ConfigKey::string(name).doc(doc))
}

/// The value of a key that must be there.
pub fn given<'c>(config: &'c Config, name: &str) -> Result<&'c str> {
    config.get(name).ok_or_else(|| Error::config(format_args!("{name} is missing")))
}
