//! What one instance of a plugin may use up: the worker's limits, and a connector's own within the worker's caps.

use std::collections::HashMap;
use std::time::Duration;

use super::config_def::ConfigType;
use super::config_exception::ConfigException;
use super::config_value::ParsedValue;
use super::definition::ParsedConfig;
use super::keys::limits::{self, LIMITS, Limit};
use crate::connect::Config;

/// What an instance that only answers questions, or ends, gets at most where no key says otherwise.
const BRIEF: Duration = Duration::from_secs(10);

/// The limits of one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxLimits {
    pub memory_max_bytes: usize,
    /// Above it a fresh instance takes over.
    pub memory_recycle_bytes: usize,
    pub calls: CallTimeouts,
    pub table_max_elements: usize,
    pub handles_max: usize,
    pub open_files_max: usize,
    pub open_sockets_max: usize,
    /// In a second.
    pub log_max_lines: u64,
    /// In a second.
    pub log_max_bytes: u64,
    pub batch_max_records: usize,
    pub batch_max_bytes: usize,
}

/// How long calls may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallTimeouts {
    start: CallTimeout,
    poll: CallTimeout,
    put: CallTimeout,
    pre_commit: CallTimeout,
    validate: CallTimeout,
    stop: CallTimeout,
    other: CallTimeout,
}

/// How long one call may take, and the key that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallTimeout {
    pub key: &'static str,
    pub time: Duration,
}

impl CallTimeouts {
    /// No call takes longer, but for the wait that a poll is asked for.
    pub fn longest(&self) -> Duration {
        let Self { start, poll, put, pre_commit, validate, stop, other } = self;
        [start, poll, put, pre_commit, validate, stop, other].iter().map(|of| of.time).max().unwrap_or_default()
    }

    /// Of a call by its name in the contract.
    pub fn of(&self, operation: &str) -> CallTimeout {
        match operation {
            "instantiate" | "start" | "configure" => self.start,
            "poll" => self.poll,
            "put" => self.put,
            "pre-commit" => self.pre_commit,
            "describe" | "config-def" | "validate" => self.validate,
            "stop" => self.stop,
            _ => self.other,
        }
    }
}

/// The worker's limits, and how far connectors may go.
#[derive(Clone, Debug)]
pub struct LimitRules {
    worker: Stated,
    /// By the name of the capped key.
    caps: HashMap<&'static str, u64>,
}

/// Limits that are stated, by key.
type Stated = HashMap<&'static str, u64>;

// === impl LimitRules

impl LimitRules {
    /// Reads the worker's. Fails if a cap is below the worker's own value.
    pub fn new(parsed: &ParsedConfig) -> Result<Self, ConfigException> {
        let number = |name, least| parsed.integer(name)?.map(|value| at_least(name, least, value)).transpose();
        let mut worker = Stated::new();
        for limit in &LIMITS {
            worker.extend(number(limit.name, limit.least)?.map(|value| (limit.name, value)));
        }
        let mut caps = HashMap::new();
        for limit in &LIMITS {
            let Some(cap) = limit.cap else { continue };
            let alike = LIMITS.iter().filter(|other| other.cap == limit.cap);
            let own = alike.filter_map(|other| worker.get(other.name)).max().copied();
            let most = number(cap, limit.least)?.or(own);
            if let (Some(most), Some(own)) = (most, own)
                && most < own
            {
                let why = format_args!("Value must be at least {own}, which the worker itself allows");
                return Err(ConfigException::invalid(cap, most, why));
            }
            caps.extend(most.map(|most| (limit.name, most)));
        }
        Ok(Self { worker, caps })
    }

    /// The limits of instances that no connector's configuration says anything about.
    pub fn worker(&self) -> SandboxLimits {
        SandboxLimits::of(&self.worker)
    }

    /// The limits of a connector's instances. Fails if one that it states is wrong or above the worker's cap.
    pub fn connector(&self, config: &Config) -> Result<SandboxLimits, ConfigException> {
        let mut stated = Stated::new();
        for (limit, text) in stated_in(config) {
            stated.insert(limit.name, self.read(limit, text)?);
        }
        if stated.is_empty() {
            return Ok(self.worker());
        }
        let mut all = self.worker.clone();
        if stated.contains_key(limits::CALL_TIMEOUT) {
            // What a connector says of all its calls is meant for each.
            let of_calls = |name: &str| {
                limits::limit(name)
                    .is_some_and(|limit| limit.cap == limits::limit(limits::CALL_TIMEOUT).and_then(|all| all.cap))
            };
            all.retain(|name, _| !of_calls(name));
        }
        all.extend(stated);
        Ok(SandboxLimits::of(&all))
    }

    /// What is wrong with the limits that a connector states: key, text and reason each.
    pub fn errors<'a>(&self, config: &'a Config) -> Vec<(&'static str, &'a str, ConfigException)> {
        stated_in(config).filter_map(|(limit, text)| Some((limit.name, text, self.read(limit, text).err()?))).collect()
    }

    fn read(&self, limit: &Limit, text: &str) -> Result<u64, ConfigException> {
        let ParsedValue::Long(value) = ParsedValue::parse(limit.name, text, ConfigType::Long)? else {
            return Err(ConfigException::missing(limit.name));
        };
        let value = at_least(limit.name, limit.least, value)?;
        match (limit.cap, self.caps.get(limit.name)) {
            (Some(cap), Some(most)) if value > *most => {
                let why = format_args!("Value must be no more than {most}, the worker's '{cap}'");
                Err(ConfigException::invalid(limit.name, text, why))
            }
            _ => Ok(value),
        }
    }
}

impl Default for LimitRules {
    fn default() -> Self {
        let worker: Stated = LIMITS.iter().filter_map(|limit| Some((limit.name, limit.default()?))).collect();
        let caps = worker.clone();
        Self { worker, caps }
    }
}

fn at_least(name: &str, least: u32, value: i64) -> Result<u64, ConfigException> {
    match u64::try_from(value) {
        Ok(value) if value >= u64::from(least) => Ok(value),
        _ => Err(ConfigException::invalid(name, value, format_args!("Value must be at least {least}"))),
    }
}

fn stated_in(config: &Config) -> impl Iterator<Item = (&'static Limit, &str)> {
    LIMITS.iter().filter_map(|limit| Some((limit, config.get(limit.name)?.as_str())))
}

// === impl SandboxLimits

impl SandboxLimits {
    fn of(stated: &Stated) -> Self {
        let number = |name: &str| {
            let value = stated.get(name).copied().or_else(|| limits::limit(name)?.default());
            value.unwrap_or_default()
        };
        let size = |name: &str| usize::try_from(number(name)).unwrap_or(usize::MAX);
        let memory_max_bytes = size(limits::MEMORY_MAX);
        let recycle = stated.contains_key(limits::MEMORY_RECYCLE).then(|| size(limits::MEMORY_RECYCLE));
        let timeout = |key| CallTimeout { key, time: Duration::from_millis(number(key)) };
        let other = timeout(limits::CALL_TIMEOUT);
        let call = |key, most: Duration| match stated.contains_key(key) {
            true => timeout(key),
            false if most < other.time => CallTimeout { key, time: most },
            false => other,
        };
        Self {
            memory_max_bytes,
            memory_recycle_bytes: recycle.unwrap_or(memory_max_bytes / 4 * 3),
            calls: CallTimeouts {
                start: call(limits::START_TIMEOUT, Duration::MAX),
                poll: call(limits::POLL_TIMEOUT, Duration::MAX),
                put: call(limits::PUT_TIMEOUT, Duration::MAX),
                pre_commit: call(limits::PRE_COMMIT_TIMEOUT, Duration::MAX),
                validate: call(limits::VALIDATE_TIMEOUT, BRIEF),
                stop: call(limits::STOP_TIMEOUT, BRIEF),
                other,
            },
            table_max_elements: size(limits::TABLE_MAX),
            handles_max: size(limits::HANDLES_MAX),
            open_files_max: size(limits::OPEN_FILES_MAX),
            open_sockets_max: size(limits::OPEN_SOCKETS_MAX),
            log_max_lines: number(limits::LOG_MAX_LINES),
            log_max_bytes: number(limits::LOG_MAX_BYTES),
            batch_max_records: size(limits::BATCH_MAX_RECORDS),
            batch_max_bytes: size(limits::BATCH_MAX_BYTES),
        }
    }
}

/// The worker's where its configuration says nothing.
impl Default for SandboxLimits {
    fn default() -> Self {
        LimitRules::default().worker()
    }
}

#[cfg(test)]
mod tests {
    use super::super::definition::ConfigDef;
    use super::*;
    use crate::connect::RawConfig;

    fn rules(entries: &[(&str, &str)]) -> Result<LimitRules, ConfigException> {
        let raw: RawConfig =
            entries.iter().map(|(key, value)| ((*key).to_owned(), Some((*value).to_owned()))).collect();
        LimitRules::new(&ConfigDef::new(limits::keys()).unwrap().parse(&raw).unwrap())
    }

    fn connector(rules: &LimitRules, entries: &[(&str, &str)]) -> Result<SandboxLimits, String> {
        let config = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        rules.connector(&config).map_err(|error| error.0)
    }

    fn call(limits: &SandboxLimits, operation: &str) -> (&'static str, u128) {
        let CallTimeout { key, time } = limits.calls.of(operation);
        (key, time.as_millis())
    }

    #[test]
    fn a_connector_may_lower_a_limit_and_raise_it_to_the_cap() {
        let rules =
            rules(&[("sandbox.memory.max.bytes", "4000000"), ("sandbox.memory.max.bytes.cap", "8000000")]).unwrap();
        let memory =
            |value| connector(&rules, &[("sandbox.memory.max.bytes", value)]).map(|limits| limits.memory_max_bytes);
        assert_eq!(memory("2000000"), Ok(2_000_000));
        assert_eq!(memory(" 8000000 "), Ok(8_000_000));
        assert_eq!(
            memory("8000001"),
            Err("Invalid value 8000001 for configuration sandbox.memory.max.bytes: Value must be no more than 8000000, the worker's \
                 'sandbox.memory.max.bytes.cap'"
                .to_owned())
        );
        assert_eq!(
            memory("much"),
            Err("Invalid value much for configuration sandbox.memory.max.bytes: Not a number of type LONG".to_owned())
        );
        assert_eq!(
            memory("1"),
            Err("Invalid value 1 for configuration sandbox.memory.max.bytes: Value must be at least 1048576".to_owned())
        );
        assert_eq!(rules.worker().memory_max_bytes, 4_000_000);
    }

    #[test]
    fn without_a_cap_connectors_may_only_lower() {
        let rules = rules(&[("sandbox.handles.max", "50")]).unwrap();
        assert!(connector(&rules, &[("sandbox.handles.max", "51")]).is_err());
        assert_eq!(connector(&rules, &[("sandbox.handles.max", "49")]).unwrap().handles_max, 49);
    }

    #[test]
    fn a_cap_is_not_below_what_the_worker_allows() {
        assert_eq!(
            rules(&[("sandbox.call.timeout.put.ms", "90000"), ("sandbox.call.timeout.ms.cap", "70000")]).unwrap_err().0,
            "Invalid value 70000 for configuration sandbox.call.timeout.ms.cap: Value must be at least 90000, which the worker itself \
             allows"
        );
    }

    #[test]
    fn a_call_has_its_own_time_or_that_of_all_calls() {
        let worker = rules(&[("sandbox.call.timeout.put.ms", "90000")]).unwrap();
        let of_worker = worker.worker();
        assert_eq!(call(&of_worker, "put"), ("sandbox.call.timeout.put.ms", 90_000));
        assert_eq!(call(&of_worker, "poll"), ("sandbox.call.timeout.ms", 60_000));
        assert_eq!(call(&of_worker, "validate"), ("sandbox.call.timeout.validate.ms", 10_000));
        let brief =
            connector(&worker, &[("sandbox.call.timeout.ms", "3000"), ("sandbox.call.timeout.stop.ms", "70000")]);
        let brief = brief.unwrap();
        for operation in ["put", "poll", "validate", "monitor"] {
            assert_eq!(call(&brief, operation), ("sandbox.call.timeout.ms", 3_000), "{operation}");
        }
        assert_eq!(call(&brief, "stop"), ("sandbox.call.timeout.stop.ms", 70_000));
    }

    #[test]
    fn an_instance_is_recycled_at_three_quarters_of_its_own_memory() {
        let rules = rules(&[]).unwrap();
        assert_eq!(connector(&rules, &[]).unwrap().memory_recycle_bytes, 192 << 20);
        assert_eq!(
            connector(&rules, &[("sandbox.memory.max.bytes", "4000000")]).unwrap().memory_recycle_bytes,
            3_000_000
        );
        assert_eq!(connector(&rules, &[("sandbox.memory.recycle.bytes", "5")]).unwrap().memory_recycle_bytes, 5);
        assert_eq!(SandboxLimits::default(), rules.worker());
    }
}
