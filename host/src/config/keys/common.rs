//! The keys of every connector (Java's `ConnectorConfig`).

use super::super::config_def::{ConfigKey, ConfigType as T, Importance as I, Validator, Width as W};
use super::super::validators::unique_aliases;
use super::{NONE, REQUIRED, is, key, one_of};

pub const GROUP: &str = "Common";
pub const ERROR_GROUP: &str = "Error Handling";

/// In the order in which Java's REST answers list them.
pub fn keys() -> Vec<ConfigKey> {
    let mut keys = identity();
    keys.extend(converters());
    keys.extend(chains());
    keys.extend(errors());
    keys
}

fn identity() -> Vec<ConfigKey> {
    vec![
        key("name", T::String, REQUIRED, I::High, "The connector's name, unique among the connectors of the worker or cluster.")
            .check(Validator::NonEmptyWithoutControlChars)
            .shown(GROUP, 1, W::Medium, "Connector name"),
        key(
            "connector.class",
            T::String,
            REQUIRED,
            I::High,
            "The connector's plugin: its full class name or an alias. For org.apache.kafka.connect.file.FileStreamSinkConnector the \
             aliases are \"FileStreamSinkConnector\" and \"FileStreamSink\".",
        )
        .shown(GROUP, 2, W::Long, "Connector class"),
        key(
            "connector.plugin.version",
            T::String,
            NONE,
            I::Medium,
            "The version of the connector's plugin, or a range of versions such as [1.0,2.0). The newest that fits is used.",
        )
        .shown(GROUP, 3, W::Medium, "Connector version"),
        key("tasks.max", T::Int, is("1"), I::High, "The most tasks that the connector may split its work into.")
            .check(Validator::Min(1.0))
            .shown(GROUP, 4, W::Short, "Tasks max"),
        key(
            "tasks.max.enforce",
            T::Boolean,
            is("true"),
            I::Low,
            "(Deprecated) Whether a connector that generates more than tasks.max tasks fails. If false, all of them are run and a warning \
             is logged.",
        )
        .shown(GROUP, 5, W::Short, "Enforce tasks max"),
    ]
}

fn converters() -> Vec<ConfigKey> {
    vec![
        key(
            "key.converter",
            T::Class,
            NONE,
            I::Low,
            "The class that converts record keys between Connect's data and the bytes in Kafka. By default the worker's, together with \
             the worker's settings for it.",
        )
        .shown(GROUP, 6, W::Short, "Key converter class"),
        key("key.converter.plugin.version", T::String, NONE, I::Low, "The version of the key converter.")
            .shown(GROUP, 7, W::Short, "Key converter version"),
        key(
            "value.converter",
            T::Class,
            NONE,
            I::Low,
            "The class that converts record values between Connect's data and the bytes in Kafka. By default the worker's, together with \
             the worker's settings for it.",
        )
        .shown(GROUP, 8, W::Short, "Value converter class"),
        key("value.converter.plugin.version", T::String, NONE, I::Low, "The version of the value converter.")
            .shown(GROUP, 9, W::Short, "Value converter version"),
        key(
            "header.converter",
            T::Class,
            NONE,
            I::Low,
            "The class that converts the values of record headers between Connect's data and the bytes in Kafka. By default the worker's, \
             together with the worker's settings for it.",
        )
        .shown(GROUP, 10, W::Short, "Header converter class"),
        key("header.converter.plugin.version", T::String, NONE, I::Low, "The version of the header converter.")
            .shown(GROUP, 11, W::Short, "Header converter version"),
    ]
}

fn chains() -> Vec<ConfigKey> {
    vec![
        key(
            "transforms",
            T::List,
            is(""),
            I::Low,
            "Aliases of the transformations that records go through, in this order.",
        )
        .check(Validator::Custom(unique_aliases))
        .shown("Transforms", 12, W::Long, "Transforms"),
        key("predicates", T::List, is(""), I::Low, "Aliases of the predicates that transformations refer to.")
            .check(Validator::Custom(unique_aliases))
            .shown("Predicates", 13, W::Long, "Predicates"),
        key(
            "config.action.reload",
            T::String,
            is("restart"),
            I::Low,
            "What to do when a value that came from a config provider changes: restart the connector, or none.",
        )
        .check(one_of(&["none", "restart"]))
        .shown(GROUP, 14, W::Medium, "Reload Action"),
    ]
}

fn errors() -> Vec<ConfigKey> {
    vec![
        key(
            "errors.retry.timeout",
            T::Long,
            is("0"),
            I::Medium,
            "For how long a failed operation is tried again, in milliseconds. 0: not at all; -1: without end.",
        )
        .shown(ERROR_GROUP, 1, W::Medium, "Retry Timeout for Errors"),
        key(
            "errors.retry.delay.max.ms",
            T::Long,
            is("60000"),
            I::Medium,
            "The longest wait between two attempts, in milliseconds. Waits double from 300 ms on; from this limit on they are random.",
        )
        .shown(ERROR_GROUP, 2, W::Medium, "Maximum Delay Between Retries for Errors"),
        key(
            "errors.tolerance",
            T::String,
            is("none"),
            I::Medium,
            "What a record that cannot be processed does: none lets the task fail, all skips the record.",
        )
        .check(one_of(&["none", "all"]))
        .shown(ERROR_GROUP, 3, W::Short, "Error Tolerance"),
        key(
            "errors.log.enable",
            T::Boolean,
            is("false"),
            I::Medium,
            "Whether each error is logged, also if it is tolerated.",
        )
        .shown(ERROR_GROUP, 4, W::Short, "Log Errors"),
        key(
            "errors.log.include.messages",
            T::Boolean,
            is("false"),
            I::Medium,
            "Whether a logged error names the record: topic, partition, offset and timestamp.",
        )
        .shown(ERROR_GROUP, 5, W::Short, "Log Error Details"),
    ]
}
