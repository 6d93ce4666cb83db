//! Worker keys that change nothing: unknown ones, and those of Java's worker that mean nothing here.

use std::collections::HashSet;
use std::fmt;

use super::super::config_def::ConfigKey;
use super::super::keys::client;
use crate::connect::Config;

/// A key to warn about; prints as the warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Nothing reads it; perhaps it is misspelt.
    Unknown(String),
    /// It is known, and this worker does nothing with it.
    NoEffect(String),
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(key) => write!(f, "worker configuration '{key}' is unknown and was ignored"),
            Self::NoEffect(key) => write!(f, "worker configuration '{key}' has no effect in this worker"),
        }
    }
}

/// What is passed on to whom it concerns: clients, converters, and the TLS of listeners. `admin.` is both clients and listeners.
const PASSED_ON: &[&str] = &[
    "producer.",
    "consumer.",
    "admin.",
    "key.converter.",
    "value.converter.",
    "header.converter.",
    "listeners.https.",
    "config.providers.",
];

/// Keys without a meaning here: those of Java's worker for what this one has not.
const NO_EFFECT: &[&str] = &[
    "internal.key.converter",
    "internal.value.converter",
    "metric.reporters",
    "metrics.num.samples",
    "metrics.recording.level",
    "metrics.sample.window.ms",
    "plugin.discovery",
    "rest.extension.classes",
];

const NO_EFFECT_PREFIXES: &[&str] = &["internal.key.converter.", "internal.value.converter.", "metrics.context."];

/// In the order of the properties; `keys` are known, and what starts with one of `prefixes` concerns somebody else.
pub fn notices(properties: &Config, keys: Vec<ConfigKey>, prefixes: &[&str]) -> Vec<Notice> {
    let known: HashSet<_> = keys.into_iter().map(|key| key.name).collect();
    let starts = |key: &str, prefixes: &[&str]| prefixes.iter().any(|prefix| key.starts_with(prefix));
    properties
        .iter()
        .filter_map(|(key, value)| {
            if NO_EFFECT.contains(&key.as_str()) || starts(key, NO_EFFECT_PREFIXES) {
                // An empty value asks for nothing.
                return (!value.trim().is_empty()).then(|| Notice::NoEffect(key.clone()));
            }
            let is_known = known.contains(key.as_str())
                || starts(key, PASSED_ON)
                || starts(key, prefixes)
                || client::is_client_key(key);
            (!is_known).then(|| Notice::Unknown(key.clone()))
        })
        .collect()
}
