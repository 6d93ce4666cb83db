//! The keys of sink connectors (Java's `SinkConnectorConfig`).

use super::super::config_def::{ConfigKey, ConfigType as T, Importance as I, Validator, Width as W};
use super::super::validators::regex;
use super::common::{ERROR_GROUP, GROUP};
use super::{common, is, key};

/// With the common ones, in the order in which Java's REST answers list them.
pub fn keys() -> Vec<ConfigKey> {
    let mut keys = common::keys();
    keys.extend([
        key("topics", T::List, is(""), I::High, "The topics to read, separated by commas.")
            .check(Validator::EachOnce)
            .shown(GROUP, 4, W::Long, "Topics"),
        key(
            "topics.regex",
            T::String,
            is(""),
            I::High,
            "A regular expression in Java's dialect; every topic is read whose whole name it matches. Either this or topics is set, not both.",
        )
        .check(Validator::Custom(regex))
        .shown(GROUP, 4, W::Long, "Topics regex"),
    ]);
    keys.extend(dead_letter_queue());
    keys
}

/// The keys of the dead letter queue.
pub fn dead_letter_queue() -> [ConfigKey; 3] {
    [
        key(
            "errors.deadletterqueue.topic.name",
            T::String,
            is(""),
            I::Medium,
            "The topic that records go to which this connector, its transformations or its converters cannot process. Empty: none.",
        )
        .shown(ERROR_GROUP, 6, W::Medium, "Dead Letter Queue Topic Name"),
        key(
            "errors.deadletterqueue.topic.replication.factor",
            T::Short,
            is("3"),
            I::Medium,
            "The replication factor of the dead letter queue's topic if it has to be created.",
        )
        .shown(ERROR_GROUP, 7, W::Medium, "Dead Letter Queue Topic Replication Factor"),
        key(
            "errors.deadletterqueue.context.headers.enable",
            T::Boolean,
            is("false"),
            I::Medium,
            "Whether records in the dead letter queue get headers that say what went wrong; their names start with __connect.errors.",
        )
        .shown(ERROR_GROUP, 8, W::Medium, "Enable Error Context Headers"),
    ]
}
