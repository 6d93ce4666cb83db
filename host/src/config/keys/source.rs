//! The keys of source connectors (Java's `SourceConnectorConfig`).

use super::super::config_def::{ConfigKey, ConfigType as T, Importance as I, Validator, Width as W};
use super::super::validators::{null_or_not_negative, unique_aliases};
use super::{NONE, common, is, key, one_of_any_case};

const EXACTLY_ONCE_GROUP: &str = "Exactly Once Support";

/// With the common ones, in the order in which Java's REST answers list them.
pub fn keys() -> Vec<ConfigKey> {
    let mut keys = common::keys();
    keys.extend([
        key(
            "topic.creation.groups",
            T::List,
            is(""),
            I::Low,
            "Names of groups of topics that are created with settings of their own, given as topic.creation.<group>.…",
        )
        .check(Validator::Custom(unique_aliases))
        .shown("Topic Creation", 1, W::Long, "Topic Creation Groups"),
        key(
            "exactly.once.support",
            T::String,
            is("requested"),
            I::Medium,
            "requested or required. If required, the connector is created only if it can deliver each record exactly once with this \
             configuration.",
        )
        .check(one_of_any_case(&["required", "requested"]))
        .shown(EXACTLY_ONCE_GROUP, 2, W::Short, "Exactly once support"),
        key(
            "transaction.boundary",
            T::String,
            is("poll"),
            I::Medium,
            "Where a producer's transaction ends with exactly-once support: after each poll, after an interval, or where the connector says.",
        )
        .check(one_of_any_case(&["interval", "poll", "connector"]))
        .shown(EXACTLY_ONCE_GROUP, 3, W::Short, "Transaction Boundary"),
        key(
            "transaction.boundary.interval.ms",
            T::Long,
            NONE,
            I::Low,
            "How long a transaction lasts if transaction.boundary is interval, in milliseconds. By default the worker's \
             offset.flush.interval.ms.",
        )
        .check(Validator::Custom(null_or_not_negative))
        .shown(EXACTLY_ONCE_GROUP, 4, W::Short, "Transaction boundary interval"),
        key(
            "offsets.storage.topic",
            T::String,
            NONE,
            I::Low,
            "A topic for this connector's offsets alone, instead of the worker's.",
        )
        .check(Validator::NonEmpty)
        .shown("offsets.topic", 1, W::Long, "Offsets topic"),
    ]);
    keys
}
