//! The keys that bound what one instance of a plugin may use up. The worker's value counts for all connectors; a connector's own,
//! under the same name, counts for itself as far as the worker's key with `.cap` behind the name lets it.

use super::super::config_def::{ConfigKey, ConfigType, Default, Importance, Validator};
use super::key;

pub const MEMORY_MAX: &str = "sandbox.memory.max.bytes";
pub const MEMORY_RECYCLE: &str = "sandbox.memory.recycle.bytes";
pub const CALL_TIMEOUT: &str = "sandbox.call.timeout.ms";
pub const START_TIMEOUT: &str = "sandbox.call.timeout.start.ms";
pub const POLL_TIMEOUT: &str = "sandbox.call.timeout.poll.ms";
pub const PUT_TIMEOUT: &str = "sandbox.call.timeout.put.ms";
pub const PRE_COMMIT_TIMEOUT: &str = "sandbox.call.timeout.pre-commit.ms";
pub const VALIDATE_TIMEOUT: &str = "sandbox.call.timeout.validate.ms";
pub const STOP_TIMEOUT: &str = "sandbox.call.timeout.stop.ms";
pub const TABLE_MAX: &str = "sandbox.table.max.elements";
pub const HANDLES_MAX: &str = "sandbox.handles.max";
pub const OPEN_FILES_MAX: &str = "sandbox.open.files.max";
pub const OPEN_SOCKETS_MAX: &str = "sandbox.open.sockets.max";
pub const LOG_MAX_LINES: &str = "sandbox.log.max.lines.per.second";
pub const LOG_MAX_BYTES: &str = "sandbox.log.max.bytes.per.second";
pub const BATCH_MAX_RECORDS: &str = "sandbox.batch.max.records";
pub const BATCH_MAX_BYTES: &str = "sandbox.batch.max.bytes";

/// One limit.
pub struct Limit {
    pub name: &'static str,
    /// None: it follows from other limits, as the documentation says.
    default: Option<&'static str>,
    /// The least that may be stated.
    pub least: u32,
    /// The worker's key for the most that a connector may ask for; none: other limits bound it anyway.
    pub cap: Option<&'static str>,
    importance: Importance,
    documentation: &'static str,
}

impl Limit {
    /// For a configuration that states it.
    pub fn key(&self) -> ConfigKey {
        let default = self.default.map_or(Default::Null, Default::value);
        let key = key(self.name, ConfigType::Long, default, self.importance, self.documentation);
        match self.default {
            Some(_) => key.check(Validator::Min(f64::from(self.least))),
            // Java's bounds refuse null.
            None => key,
        }
    }

    /// The worker's value where it states none.
    pub fn default(&self) -> Option<u64> {
        self.default.and_then(|text| text.parse().ok())
    }
}

const CALL_TIMEOUT_CAP: &str = "sandbox.call.timeout.ms.cap";

/// The row of one call's time.
const fn timeout(name: &'static str, documentation: &'static str) -> Limit {
    Limit { name, default: None, least: 1, cap: Some(CALL_TIMEOUT_CAP), importance: Importance::Low, documentation }
}

/// All of them.
pub const LIMITS: [Limit; 17] = [
    Limit {
        name: MEMORY_MAX,
        default: Some("268435456"),
        // Below this no guest language starts.
        least: 1_048_576,
        cap: Some("sandbox.memory.max.bytes.cap"),
        importance: Importance::Medium,
        documentation: "The most linear memory that one connector or task may use, in bytes. One that needs more fails. Since 0.1.0.",
    },
    Limit {
        name: MEMORY_RECYCLE,
        default: None,
        least: 1,
        cap: None,
        importance: Importance::Low,
        documentation: "Linear memory never shrinks. A connector or task whose instance has more than this, in bytes, gets a fresh one and \
                        stays RUNNING; a task between two batches and from its committed offsets on. A value above \
                        sandbox.memory.max.bytes: never. By default three quarters of sandbox.memory.max.bytes. Since 0.1.0.",
    },
    Limit {
        name: CALL_TIMEOUT,
        default: Some("60000"),
        least: 1,
        cap: Some(CALL_TIMEOUT_CAP),
        importance: Importance::Medium,
        documentation: "How long one call into a plugin may take, in milliseconds, where no key of that call says otherwise. A connector \
                        or task that takes longer fails. Since 0.1.0.",
    },
    timeout(
        START_TIMEOUT,
        "How long an instance may take to start, in milliseconds. By default sandbox.call.timeout.ms. Since 0.1.0.",
    ),
    timeout(
        POLL_TIMEOUT,
        "How long a poll of a source task may take beyond the second that it is asked to wait, in milliseconds. By default \
         sandbox.call.timeout.ms. Since 0.1.0.",
    ),
    timeout(
        PUT_TIMEOUT,
        "How long a put of a sink task may take, in milliseconds. By default sandbox.call.timeout.ms. Since 0.1.0.",
    ),
    timeout(
        PRE_COMMIT_TIMEOUT,
        "How long a sink task may take to make safe what it was given, in milliseconds. By default sandbox.call.timeout.ms. Since 0.1.0.",
    ),
    timeout(
        VALIDATE_TIMEOUT,
        "How long a plugin may take to say what it is, which keys it has, and whether a configuration is valid, in milliseconds. By \
         default 10000, or sandbox.call.timeout.ms if that is less. Since 0.1.0.",
    ),
    timeout(
        STOP_TIMEOUT,
        "How long an instance may take to stop, in milliseconds; task.shutdown.graceful.timeout.ms may end it earlier. By default \
         10000, or sandbox.call.timeout.ms if that is less. Since 0.1.0.",
    ),
    Limit {
        name: TABLE_MAX,
        // A language runtime has some ten thousand functions.
        default: Some("1000000"),
        least: 1,
        cap: Some("sandbox.table.max.elements.cap"),
        importance: Importance::Low,
        documentation: "The most elements of all tables of an instance, which hold its functions. Since 0.1.0.",
    },
    Limit {
        name: HANDLES_MAX,
        default: Some("10000"),
        least: 10,
        cap: Some("sandbox.handles.max.cap"),
        importance: Importance::Low,
        documentation: "The most handles of the host that an instance may hold: streams, files, sockets, pollables, requests. Since 0.1.0.",
    },
    Limit {
        name: OPEN_FILES_MAX,
        default: Some("256"),
        least: 1,
        cap: Some("sandbox.open.files.max.cap"),
        importance: Importance::Low,
        documentation: "The most files and directories that an instance may hold open; opening another one is an error to it. Since 0.1.0.",
    },
    Limit {
        name: OPEN_SOCKETS_MAX,
        default: Some("256"),
        least: 1,
        cap: Some("sandbox.open.sockets.max.cap"),
        importance: Importance::Low,
        documentation: "The most sockets and requests that an instance may hold open; opening another one is an error to it. Since 0.1.0.",
    },
    Limit {
        name: LOG_MAX_LINES,
        default: Some("1000"),
        least: 1,
        cap: Some("sandbox.log.max.lines.per.second.cap"),
        importance: Importance::Low,
        documentation: "The most lines that an instance may log in a second; more are dropped, and one line says how many. Since 0.1.0.",
    },
    Limit {
        name: LOG_MAX_BYTES,
        default: Some("1048576"),
        // One line of the greatest length.
        least: 8_192,
        cap: Some("sandbox.log.max.bytes.per.second.cap"),
        importance: Importance::Low,
        documentation: "The most bytes that an instance may log in a second; more are dropped, and one line says how many. Since 0.1.0.",
    },
    Limit {
        name: BATCH_MAX_RECORDS,
        default: Some("1000000"),
        least: 1,
        cap: Some("sandbox.batch.max.records.cap"),
        importance: Importance::Low,
        documentation: "The most records of one batch: a source task that polls more fails, a sink task is given no more at a time. Since \
                        0.1.0.",
    },
    Limit {
        name: BATCH_MAX_BYTES,
        default: Some("67108864"),
        least: 1_024,
        cap: Some("sandbox.batch.max.bytes.cap"),
        importance: Importance::Low,
        documentation: "The most bytes of one batch: a source task that polls more fails, a sink task is given no more at a time unless one \
                        record alone is larger. Since 0.1.0.",
    },
];

/// The limit of this name.
pub fn limit(name: &str) -> Option<&'static Limit> {
    LIMITS.iter().find(|limit| limit.name == name)
}

/// The worker's keys: each limit, and how far connectors may go.
pub fn keys() -> Vec<ConfigKey> {
    LIMITS.iter().flat_map(|limit| [Some(limit.key()), cap_key(limit)]).flatten().collect()
}

/// None: there is none, or another limit's is in the list already.
fn cap_key(limit: &Limit) -> Option<ConfigKey> {
    let cap = limit.cap.filter(|cap| cap.strip_suffix(".cap") == Some(limit.name))?;
    let documentation = match limit.name {
        CALL_TIMEOUT => "The most that connectors may set for themselves under any key of sandbox.call.timeout, in milliseconds. By default the \
             greatest of the worker's own values: connectors may only lower them. Since 0.1.0."
            .to_owned(),
        name => format!(
            "The most that connectors may set for themselves under {name}. By default the worker's own value: connectors may only lower \
             it. Since 0.1.0."
        ),
    };
    let mut key = key(cap, ConfigType::Long, Default::Null, Importance::Low, "");
    key.documentation = documentation.into();
    Some(key)
}
