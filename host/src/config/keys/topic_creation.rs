//! The keys of a group of topics that a source connector creates (Java's `TopicCreationConfig`, KIP-158).

use std::borrow::Cow;

use super::super::config_def::{ConfigKey, ConfigType as T, Default, Importance as I, Validator, Width as W};
use super::super::validators::{partitions, regex_list, replication_factor};

/// What the keys of all groups start with.
pub const PREFIX: &str = "topic.creation.";
/// The group of the topics that no other group includes.
pub const DEFAULT_GROUP: &str = "default";

pub const INCLUDE: &str = "include";
pub const EXCLUDE: &str = "exclude";
pub const REPLICATION_FACTOR: &str = "replication.factor";
pub const PARTITIONS: &str = "partitions";

/// The default group's keys without their prefix; number of partitions and replication factor must be given.
pub fn default_group_keys() -> Vec<ConfigKey> {
    keys(DEFAULT_GROUP, Default::value(".*"), Default::Required, Default::Required)
}

/// A group's keys without their prefix; what is not given is as in the default group.
pub fn group_keys(group: &str, partitions: &str, replication_factor: &str) -> Vec<ConfigKey> {
    let own = |text: &str| Default::Value(Cow::Owned(text.to_owned()));
    keys(group, Default::Required, own(partitions), own(replication_factor))
}

fn keys(
    group: &str,
    include: Default,
    default_partitions: Default,
    default_replication_factor: Default,
) -> Vec<ConfigKey> {
    let key = |name: &'static str, ty, default, doc: &'static str, check, order, display: &str| {
        ConfigKey::new(name, ty, default, I::Low, doc).check(Validator::Custom(check)).shown(
            group.to_owned(),
            order,
            W::Long,
            format!("{display} {group}"),
        )
    };
    vec![
        key(
            INCLUDE,
            T::List,
            include,
            "Regular expressions in Java's dialect; the group is for the topics whose whole name one of them matches.",
            regex_list,
            1,
            "Inclusion Topic Pattern for",
        ),
        key(
            EXCLUDE,
            T::List,
            Default::value(""),
            "Regular expressions in Java's dialect; topics whose whole name one of them matches are not of this group, even if included.",
            regex_list,
            2,
            "Exclusion Topic Pattern for",
        ),
        key(
            REPLICATION_FACTOR,
            T::Short,
            default_replication_factor,
            "The replication factor of topics created for this group; -1 for the broker's default.",
            replication_factor,
            3,
            "Replication Factor for Topics in",
        ),
        key(
            PARTITIONS,
            T::Int,
            default_partitions,
            "The number of partitions of topics created for this group; -1 for the broker's default.",
            partitions,
            4,
            "Partition Count for Topics in",
        ),
    ]
}
