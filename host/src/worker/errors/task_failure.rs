//! Why a task ended that was not asked to.

use std::fmt;

use crate::config::connector_config::FailureClass;
use crate::plugin::ports::{PluginError, PluginErrorKind};

/// Becomes the `trace` of the task's status: the failure, then each cause on a line of its own, as Java prints them.
#[derive(Clone, Debug)]
pub struct TaskFailure {
    /// What the connector's restart policy goes by.
    pub class: FailureClass,
    message: String,
    /// Where in a record's way it was, in the place of Java's stack.
    at: Option<String>,
    causes: Vec<String>,
}

impl TaskFailure {
    /// A failure with no deeper reason.
    pub fn new(message: impl Into<String>) -> Self {
        Self { class: FailureClass::Error, message: message.into(), at: None, causes: Vec::new() }
    }

    /// A failure because of something else.
    pub fn caused_by(message: impl Into<String>, cause: impl fmt::Display) -> Self {
        Self { causes: vec![cause.to_string()], ..Self::new(message) }
    }

    /// A failure because of the plugin.
    pub fn caused_by_plugin(message: impl Into<String>, cause: PluginError) -> Self {
        Self::caused_by(message, &cause).of(cause.kind.into())
    }

    /// Says what kind of failure it was.
    #[must_use]
    pub fn of(self, class: FailureClass) -> Self {
        Self { class, ..self }
    }

    /// Says where in a record's way it was.
    #[must_use]
    pub fn at(self, place: impl fmt::Display) -> Self {
        Self { at: Some(place.to_string()), ..self }
    }

    /// The text of the status, ending in a line end as Java's stack traces do.
    pub fn trace(&self) -> String {
        let mut trace = format!("org.apache.kafka.connect.errors.ConnectException: {}\n", self.message);
        if let Some(place) = &self.at {
            trace.push_str("\tat ");
            trace.push_str(place);
            trace.push('\n');
        }
        for cause in &self.causes {
            trace.push_str("Caused by: ");
            trace.push_str(cause);
            trace.push('\n');
        }
        trace
    }
}

impl fmt::Display for TaskFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.at.iter().try_for_each(|place| write!(f, " at {place}"))?;
        self.causes.iter().try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl From<PluginError> for TaskFailure {
    fn from(error: PluginError) -> Self {
        Self::new(error.to_string()).of(error.kind.into())
    }
}

impl From<PluginErrorKind> for FailureClass {
    fn from(kind: PluginErrorKind) -> Self {
        match kind {
            PluginErrorKind::Trap => Self::Trap,
            PluginErrorKind::Timeout => Self::Timeout,
            PluginErrorKind::Limit => Self::Limit,
            PluginErrorKind::Malformed => Self::Malformed,
            PluginErrorKind::Retriable | PluginErrorKind::Config | PluginErrorKind::Fatal => Self::Error,
        }
    }
}
