//! Whether and when a connector's failed tasks are started again.

use std::time::Duration;

use super::super::config_exception::ConfigException;
use super::super::definition::ConfigDef;
use super::super::keys::restart as keys;
use crate::connect::{Config, RawConfig};

/// What a task failed of, as `errors.restart.on` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// The plugin crashed.
    Trap,
    /// A call took too long.
    Timeout,
    /// Another limit of the sandbox was hit.
    Limit,
    /// What the plugin brought breaks the contract.
    Malformed,
    /// An answer of the plugin, and all else.
    Error,
}

impl FailureClass {
    const ALL: [Self; 5] = [Self::Trap, Self::Timeout, Self::Limit, Self::Malformed, Self::Error];

    pub fn name(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::Timeout => "timeout",
            Self::Limit => "limit",
            Self::Malformed => "malformed",
            Self::Error => "error",
        }
    }
}

/// A connector's `errors.restart` keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartPolicy {
    /// Times in a row; 0: never.
    pub max: u32,
    /// Before the first of them.
    pub backoff: Duration,
    pub on: Vec<FailureClass>,
}

impl RestartPolicy {
    /// As in Java.
    pub fn never() -> Self {
        Self { max: 0, backoff: Duration::ZERO, on: Vec::new() }
    }

    /// Reads a connector's keys.
    pub fn new(config: &Config) -> Result<Self, ConfigException> {
        let raw: RawConfig = config.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        let parsed = ConfigDef::new(keys::keys())?.parse(&raw)?;
        let on = parsed.list(keys::ON)?.iter().map(|name| class(name)).collect::<Result<_, _>>()?;
        Ok(Self { max: parsed.number(keys::MAX)?, backoff: parsed.millis(keys::BACKOFF)?, on })
    }

    /// What is wrong with the keys that a connector states: key, text and reason each.
    pub fn errors(config: &Config) -> Vec<(&'static str, &str, ConfigException)> {
        let wrong = |key: &'static str| {
            let text = config.get(key)?;
            let alone = Config::from_iter([(key.to_owned(), text.clone())]);
            Some((key, text.as_str(), Self::new(&alone).err()?))
        };
        [keys::MAX, keys::BACKOFF, keys::ON].into_iter().filter_map(wrong).collect()
    }
}

fn class(name: &str) -> Result<FailureClass, ConfigException> {
    FailureClass::ALL.into_iter().find(|class| class.name() == name).ok_or_else(|| {
        let names = FailureClass::ALL.map(FailureClass::name).join(", ");
        ConfigException::invalid(keys::ON, name, format_args!("String must be one of: {names}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(entries: &[(&str, &str)]) -> Config {
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn no_task_is_started_again_unless_asked() {
        let policy = RestartPolicy::new(&config(&[])).unwrap();
        assert_eq!((policy.max, policy.backoff, policy.on), (0, Duration::from_secs(1), FailureClass::ALL.to_vec()));
    }

    #[test]
    fn each_wrong_key_is_named() {
        let config = config(&[
            ("errors.restart.max", "-1"),
            ("errors.restart.backoff.ms", "5"),
            ("errors.restart.on", "trap, boredom"),
        ]);
        let errors: Vec<_> = RestartPolicy::errors(&config).into_iter().map(|(key, _, error)| (key, error.0)).collect();
        assert_eq!(
            errors,
            [
                ("errors.restart.max", "Invalid value -1 for configuration errors.restart.max: Value must be at least 0".to_owned()),
                (
                    "errors.restart.on",
                    "Invalid value boredom for configuration errors.restart.on: String must be one of: trap, timeout, limit, \
                     malformed, error"
                        .to_owned()
                ),
            ]
        );
    }
}
