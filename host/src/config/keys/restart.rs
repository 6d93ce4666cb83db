//! The keys of a connector that say whether its failed tasks are started again. Java has none like them.

use super::super::config_def::{ConfigKey, ConfigType as T, Importance as I, Validator};
use super::{is, key};

pub const MAX: &str = "errors.restart.max";
pub const BACKOFF: &str = "errors.restart.backoff.ms";
pub const ON: &str = "errors.restart.on";

pub fn keys() -> Vec<ConfigKey> {
    vec![
        key(
            MAX,
            T::Int,
            is("0"),
            I::Medium,
            "How many times in a row a failed task is started again, from its committed offsets on. A task that has run for ten times \
             the back-off that it was given has recovered, and is counted anew. By default none is, as in Java. Since 0.1.0.",
        )
        .check(Validator::Min(0.0)),
        key(
            BACKOFF,
            T::Long,
            is("1000"),
            I::Low,
            "How long a failed task stays FAILED before it is started again, in milliseconds; twice as long each time in a row, up to \
             five minutes. Since 0.1.0.",
        )
        .check(Validator::Min(1.0)),
        key(
            ON,
            T::List,
            is("trap,timeout,limit,malformed,error"),
            I::Low,
            "Of which failures a task is started again, separated by commas. trap: the plugin crashed. timeout: a call took too long. \
             limit: another limit of the sandbox. malformed: a batch that breaks the format. error: what the plugin answered, and all \
             else that fails a task. Since 0.1.0.",
        )
        .check(Validator::NonEmpty),
    ]
}
