//! A configuration that cannot be used, in the words of Java's `ConfigException`.

use std::fmt::Display;

/// What is wrong with which key; the text is Java's where Java has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigException(pub String);

impl ConfigException {
    /// `Invalid value V for configuration K: M`.
    pub fn invalid(name: &str, value: impl Display, message: impl Display) -> Self {
        Self(format!("Invalid value {value} for configuration {name}: {message}"))
    }

    /// The key has no default and was not given.
    pub fn missing(name: &str) -> Self {
        Self(format!("Missing required configuration \"{name}\" which has no default value."))
    }
}
