//! Every bound of a queue, wait or retry that is not a configuration key, in one place (invariant I10).

use std::time::Duration;

/// The longest that a REST request waits for the herder (Java's `DEFAULT_REST_REQUEST_TIMEOUT_MS`).
pub const REST_REQUEST_TIMEOUT: Duration = Duration::from_secs(90);

/// The longest that a connector may take to stop before it is abandoned (Java's `CONNECTOR_GRACEFUL_SHUTDOWN_TIMEOUT_MS`).
pub const CONNECTOR_STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest that a whole shutdown takes, below the 30 s that container runtimes grant.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(25);
