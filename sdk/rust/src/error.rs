//! What a plugin can answer instead of a result, by what the host does about it.

use std::fmt;

use wasm_connect_batch::{EncodeError, MalformedBatch};

use crate::bindings::imports::kafka::connect::types;

/// Why a call failed. A panic is none of these: it kills the instance and fails the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Call again with the same arguments after a back-off (Java's `RetriableException`).
    Retriable(String),
    /// The configuration cannot work (Java's `ConfigException`).
    Config(String),
    /// The task or connector fails (Java's `ConnectException`).
    Fatal(String),
}

/// What the traits of this crate answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

// === impl Error ===

impl Error {
    /// An error that may be gone when the host calls again.
    pub fn retriable(message: impl fmt::Display) -> Self {
        Self::Retriable(message.to_string())
    }

    /// An error in the configuration.
    pub fn config(message: impl fmt::Display) -> Self {
        Self::Config(message.to_string())
    }

    /// An error that fails the task.
    pub fn fatal(message: impl fmt::Display) -> Self {
        Self::Fatal(message.to_string())
    }

    /// The text, without the kind.
    pub fn message(&self) -> &str {
        match self {
            Self::Retriable(message) | Self::Config(message) | Self::Fatal(message) => message,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Error {}

impl From<EncodeError> for Error {
    fn from(error: EncodeError) -> Self {
        Self::fatal(format_args!("cannot write a record: {error}"))
    }
}

impl From<MalformedBatch> for Error {
    fn from(error: MalformedBatch) -> Self {
        Self::fatal(error)
    }
}

impl From<Error> for types::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Retriable(message) => Self::Retriable(message),
            Error::Config(message) => Self::Config(message),
            Error::Fatal(message) => Self::Fatal(message),
        }
    }
}

impl From<types::Error> for Error {
    fn from(error: types::Error) -> Self {
        match error {
            types::Error::Retriable(message) => Self::Retriable(message),
            types::Error::Config(message) => Self::Config(message),
            types::Error::Fatal(message) => Self::Fatal(message),
        }
    }
}

// === saying what was attempted

/// Turns the errors of other libraries into [`Error`]s that say what was attempted.
pub trait OrError<T> {
    /// [`Error::Fatal`] with `attempt: cause`.
    fn or_fatal<S: fmt::Display>(self, attempt: impl FnOnce() -> S) -> Result<T>;
    /// [`Error::Retriable`] with `attempt: cause`.
    fn or_retriable<S: fmt::Display>(self, attempt: impl FnOnce() -> S) -> Result<T>;
}

impl<T, E: fmt::Display> OrError<T> for std::result::Result<T, E> {
    fn or_fatal<S: fmt::Display>(self, attempt: impl FnOnce() -> S) -> Result<T> {
        self.map_err(|error| Error::Fatal(format!("{}: {error}", attempt())))
    }

    fn or_retriable<S: fmt::Display>(self, attempt: impl FnOnce() -> S) -> Result<T> {
        self.map_err(|error| Error::Retriable(format!("{}: {error}", attempt())))
    }
}
