//! The levels of loggers as `/admin/loggers` shows and sets them, under Java's names (Java's `Loggers`, KIP-495).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};
use tracing::level_filters::LevelFilter;

use super::java_names;
use super::level_layer::{TargetLevel, TargetLevels};

/// The logger that all others inherit from.
pub const ROOT: &str = "root";

/// A level that a logger can have, log4j's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    Off,
    Fatal,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
    All,
}

/// A logger's level, and when it was set, in milliseconds since the epoch; none: not since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LoggerLevel {
    pub level: LogLevel,
    pub last_modified: Option<i64>,
}

/// The loggers of this process.
pub struct Loggers {
    /// Levels that were given or set, by name; the root's always.
    set: Mutex<BTreeMap<String, LoggerLevel>>,
    targets: TargetLevels,
}

// === impl LogLevel ===

impl LogLevel {
    const NAMES: [(&'static str, Self); 8] = [
        ("OFF", Self::Off),
        ("FATAL", Self::Fatal),
        ("ERROR", Self::Error),
        ("WARN", Self::Warn),
        ("INFO", Self::Info),
        ("DEBUG", Self::Debug),
        ("TRACE", Self::Trace),
        ("ALL", Self::All),
    ];

    /// In any case; none: there is no such level.
    pub fn parse(text: &str) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        found.map(|(_, level)| *level)
    }

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, level)| *level == self).map_or("", |(name, _)| name)
    }

    fn filter(self) -> LevelFilter {
        match self {
            Self::Off => LevelFilter::OFF,
            Self::Fatal | Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace | Self::All => LevelFilter::TRACE,
        }
    }
}

impl Serialize for LogLevel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

// === impl Loggers ===

impl Loggers {
    /// With the levels that `directives` gives, in the form of `log.level`.
    pub(super) fn new(directives: &str, targets: TargetLevels) -> Self {
        let mut set = BTreeMap::new();
        // What no directive covers logs errors.
        let given = |level| LoggerLevel { level, last_modified: None };
        set.insert(ROOT.to_owned(), given(LogLevel::Error));
        for directive in directives.split(',').map(str::trim) {
            match directive.split_once('=') {
                None => {
                    if let Some(level) = LogLevel::parse(directive) {
                        set.insert(ROOT.to_owned(), given(level));
                    }
                }
                Some((target, level)) => {
                    if let Some(level) = LogLevel::parse(level) {
                        set.insert(target.to_owned(), given(level));
                    }
                }
            }
        }
        Self { set: Mutex::new(set), targets }
    }

    /// The loggers with a level of their own, by name.
    pub fn all_levels(&self) -> BTreeMap<String, LoggerLevel> {
        self.lock().clone()
    }

    /// The level that the logger has or inherits; none: no such logger.
    pub fn level(&self, name: &str) -> Option<LoggerLevel> {
        let set = self.lock();
        if let Some(level) = set.get(name) {
            return Some(*level);
        }
        java_names::known().any(|known| known == name).then(|| effective(&set, name))
    }

    /// Sets the level of the loggers named `namespace` or below it, `root` being above all; answers those whose level changed,
    /// sorted.
    pub fn set_level(&self, namespace: &str, level: LogLevel) -> Vec<String> {
        tracing::info!("Setting level of namespace {namespace} and children to {}", level.name());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let last_modified = Some(i64::try_from(now).unwrap_or(i64::MAX));
        let mut set = self.lock();
        let mut names: BTreeSet<String> = java_names::known().map(str::to_owned).collect();
        names.extend(set.keys().cloned());
        names.retain(|name| is_below(name, namespace));
        names.insert(namespace.to_owned());
        // Decided before any is set: a child inherits what its parent is about to lose.
        names.retain(|name| effective(&set, name).level != level);
        for name in &names {
            set.insert(name.clone(), LoggerLevel { level, last_modified });
        }
        // Also what was not set by this call, if it was set since the start: the directives of the start are below them.
        let changed = set.iter().filter(|(_, set)| set.last_modified.is_some());
        self.targets.set(changed.flat_map(|(name, set)| target_levels(name, set.level)).collect());
        names.into_iter().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, LoggerLevel>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn target_levels(name: &str, level: LogLevel) -> Vec<TargetLevel> {
    let targets = if name == ROOT { vec![String::new()] } else { java_names::targets(name) };
    targets.into_iter().map(|target| (target, level.filter())).collect()
}

/// The level of the logger itself, or else that of the nearest above it.
fn effective(set: &BTreeMap<String, LoggerLevel>, name: &str) -> LoggerLevel {
    if let Some(level) = set.get(name) {
        return *level;
    }
    let above =
        set.iter().filter(|(above, _)| *above != ROOT && is_below(name, above)).max_by_key(|(above, _)| above.len());
    let level = above.map(|(_, level)| level.level).or_else(|| Some(set.get(ROOT)?.level)).unwrap_or(LogLevel::Error);
    LoggerLevel { level, last_modified: None }
}

/// Whether `name` is in `namespace`: one or more parts longer.
fn is_below(name: &str, namespace: &str) -> bool {
    namespace == ROOT || name.strip_prefix(namespace).is_some_and(|rest| rest.starts_with(['.', '$', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: &str = "org.apache.kafka.connect.runtime.WorkerTask";

    fn loggers() -> Loggers {
        Loggers::new("info,librdkafka=warn", TargetLevels::default())
    }

    #[test]
    fn a_logger_inherits_its_level_until_it_gets_one() {
        let loggers = loggers();
        let names: Vec<_> = loggers.all_levels().into_keys().collect();
        assert_eq!(names, ["librdkafka", "root"]);
        let inherited = LoggerLevel { level: LogLevel::Info, last_modified: None };
        assert_eq!(loggers.level(TASK), Some(inherited));
        assert_eq!(loggers.level("root"), Some(inherited));
        assert_eq!(loggers.level("nope"), None);

        assert_eq!(loggers.set_level(TASK, LogLevel::Debug), [TASK]);
        let level = loggers.level(TASK).unwrap();
        assert!(level.level == LogLevel::Debug && level.last_modified.is_some(), "{level:?}");
        assert_eq!(loggers.set_level("a.b", LogLevel::Warn), ["a.b"]);
        assert_eq!(loggers.set_level("a.b", LogLevel::Warn), Vec::<String>::new());
        assert_eq!(loggers.level("a.b").unwrap().level, LogLevel::Warn);
    }

    #[test]
    fn a_namespace_reaches_what_is_below_it() {
        let loggers = loggers();
        let changed = loggers.set_level("org.apache.kafka.connect.storage", LogLevel::Trace);
        let expected = [
            "org.apache.kafka.connect.storage",
            "org.apache.kafka.connect.storage.FileOffsetBackingStore",
            "org.apache.kafka.connect.storage.MemoryStatusBackingStore",
        ];
        assert_eq!(changed, expected);
        let changed = loggers.set_level("root", LogLevel::Trace);
        assert!(changed.iter().any(|name| name == "root") && changed.iter().any(|name| name == TASK), "{changed:?}");
        assert!(!changed.iter().any(|name| name.contains(".storage")), "{changed:?}");
    }

    #[test]
    fn levels_are_log4js_in_any_case() {
        assert_eq!(LogLevel::parse("debug"), Some(LogLevel::Debug));
        assert_eq!(LogLevel::parse("FATAL").map(LogLevel::name), Some("FATAL"));
        assert_eq!(LogLevel::parse("BOGUS"), None);
        assert_eq!(LogLevel::parse(""), None);
    }
}
