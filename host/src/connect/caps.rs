//! Every bound of a queue, wait or retry that is not a configuration key, in one place (invariant I10).

use std::time::Duration;

/// The longest that a REST request waits for the herder (Java's `DEFAULT_REST_REQUEST_TIMEOUT_MS`).
pub const REST_REQUEST_TIMEOUT: Duration = Duration::from_secs(90);

/// The longest that `GET /health` waits for the herder (Java's `DEFAULT_HEALTH_CHECK_TIMEOUT_MS`).
pub const HEALTH_CHECK_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a REST connection may neither send nor take a byte: a little more than a request may take, so that a
/// request's answer comes first.
pub const REST_IDLE_TIMEOUT: Duration = Duration::from_secs(100);

/// The longest that the REST server waits for requests under way when it stops; the rest of a shutdown needs time too.
pub const REST_SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest body of a REST request, in bytes: some hundred times a large configuration.
pub const MAX_REST_BODY: usize = 1024 * 1024;

/// The longest answer that is read from another worker, in bytes: a cluster's whole configuration fits.
pub const MAX_REST_ANSWER: usize = 16 * 1024 * 1024;

/// The longest answer that is read from a schema registry, in bytes: some hundred times a large schema.
pub const MAX_REGISTRY_ANSWER: usize = 16 * 1024 * 1024;

/// How many other schemas one schema of a registry may refer to, directly or not.
pub const MAX_SCHEMA_REFERENCES: usize = 1000;

/// How long a leader waits until another worker says which plugins it has; the rebalance waits as long.
pub const PEER_PLUGINS_TIMEOUT: Duration = Duration::from_secs(2);

/// The most REST connections at a time; further ones wait. Half of the files that a process may usually have open.
pub const MAX_REST_CONNECTIONS: usize = 512;

/// The longest that a connector may take to stop before it is abandoned (Java's `CONNECTOR_GRACEFUL_SHUTDOWN_TIMEOUT_MS`).
pub const CONNECTOR_STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest that a whole shutdown takes, below the 30 s that container runtimes grant.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(25);

/// Records asked of one poll; plugins have their own, smaller, limits.
pub const POLL_MAX_RECORDS: u32 = 100_000;

/// Bytes asked of one poll.
pub const POLL_MAX_BYTES: u32 = 16 << 20;

/// The longest that a guest is asked to wait in one poll: a stop or an offset commit waits as long.
pub const POLL_WAIT_MAX: Duration = Duration::from_secs(1);

/// The shortest such wait, when an offset commit is due soon.
pub const POLL_WAIT_MIN: Duration = Duration::from_millis(10);

/// The longest that an idle source is left alone, whatever it asked for.
pub const IDLE_MAX: Duration = Duration::from_secs(60);

/// How often the files of idle sources are looked at; who idles no longer is polled without that. Java's FileStreamSource looks as often.
pub const FILE_LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// How often the plugin path is looked at: two looks and a little work are within two seconds.
pub const PLUGIN_LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// How long a file in the plugin path that cannot be decoded may stay as it is before it is called broken: it may be on its way.
pub const PLUGIN_SETTLE_TIME: Duration = Duration::from_secs(2);

/// How many components are compiled at a time; the others wait. Each may take `sandbox.compile.memory.max.bytes`.
pub const COMPILED_AT_A_TIME: usize = 2;

/// How long a component that could not be loaded is refused without being tried again.
pub const COMPILE_RETRY: Duration = Duration::from_secs(60);

/// How many bytes of messages a sink task with a dead letter queue keeps as they came, in case they fail before they are committed.
pub const ORIGINAL_RECORDS_BYTES: usize = 64 << 20;

/// How many bytes of letters for a dead letter queue a source task writes before it waits for them to be in Kafka.
pub const WAITING_LETTERS_BYTES: usize = 4 << 20;

/// How many bytes of errant records a sink task may report before the worker takes them, which it does after each call.
pub const ERRANT_REPORTS_BYTES: usize = 16 << 20;

/// How many partitions a sink task may ask to rewind before the worker does it, which it does after each call.
pub const REWOUND_PARTITIONS: usize = 10_000;

/// How many bytes of what a plugin says in an error are kept; the rest is cut off.
pub const ERROR_MESSAGE_BYTES: usize = 32 << 10;

/// How many names of topics and headers are shared between records before they are forgotten.
pub const INTERNED_NAMES: usize = 10_000;

/// How long one task may take to come to rest and go on with another version of its plugin; a poll, a flush and a commit are in it.
pub const UPGRADE_TASK_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a task that cannot come to rest is asked again before its connector goes back to the old version.
pub const UPGRADE_TIMEOUT: Duration = Duration::from_secs(120);

/// How often a connector on probation is looked at.
pub const UPGRADE_LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// The first wait before a transform or converter that asks for it is called again (Java's `RETRIES_DELAY_MIN_MS`).
pub const STAGE_RETRY_DELAY_MIN: Duration = Duration::from_millis(300);

/// How many calls of one batch may take too long while the record is looked for that a transform or converter hangs of: one that
/// hangs of everything must not hang its task for hours.
pub const STAGE_OVERDUE_CALLS: usize = 32;

/// Back-off after a retriable error: doubled each time, from this …
pub const RETRY_BACKOFF_MIN: Duration = Duration::from_millis(100);

/// … to this.
pub const RETRY_BACKOFF_MAX: Duration = Duration::from_secs(10);

/// The longest wait before a failed task is started again (`errors.restart.max`), unless the first is longer.
pub const RESTART_BACKOFF_MAX: Duration = Duration::from_secs(5 * 60);

/// The longest wait before a connector that could not configure its tasks is asked again (Java's 60 s).
pub const RECONFIGURE_BACKOFF_MAX: Duration = Duration::from_secs(60);
