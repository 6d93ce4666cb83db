//! The answer of `GET /health` (Java's `WorkerStatus`).

use serde::Serialize;

/// How the worker is.
#[derive(Debug, Serialize)]
pub(in crate::rest) struct WorkerStatus {
    status: &'static str,
    message: &'static str,
}

impl WorkerStatus {
    /// Ready, and the herder answers.
    pub(in crate::rest) const HEALTHY: Self =
        Self { status: "healthy", message: "Worker has completed startup and is ready to handle requests." };

    /// Not ready yet.
    pub(in crate::rest) const STARTING: Self = Self { status: "starting", message: "Worker is still starting up." };

    /// The herder does not answer.
    pub(in crate::rest) const UNHEALTHY: Self = Self {
        status: "unhealthy",
        message: "Worker was unable to handle this request and may be unable to handle other requests.",
    };
}
