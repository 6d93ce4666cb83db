//! The keys of one transformation or predicate of a connector, beside those of its class.

use super::super::config_def::{ConfigKey, ConfigType as T, Importance as I, Width as W};
use super::{NONE, REQUIRED, is, key};

/// `type` and `plugin.version` of one alias, with their prefix. `noun` is `Transformation` or `Predicate`.
pub fn class_keys(noun: &str, alias: &str, prefix: &str, group: &str) -> [ConfigKey; 2] {
    [
        ConfigKey::new(
            format!("{prefix}type"),
            T::Class,
            REQUIRED,
            I::High,
            format!("The class of the {} '{alias}'.", noun.to_lowercase()),
        )
        .shown(group.to_owned(), 0, W::Long, format!("{noun} type for {alias}")),
        ConfigKey::new(
            format!("{prefix}plugin.version"),
            T::String,
            NONE,
            I::High,
            format!("The version of the {} '{alias}', or a range of versions.", noun.to_lowercase()),
        )
        .shown(group.to_owned(), 1, W::Long, format!("{noun} version for {alias}")),
    ]
}

/// What every transformation has beside the keys of its class.
pub fn predicate_keys() -> [ConfigKey; 2] {
    [
        key(
            "negate",
            T::Boolean,
            is("false"),
            I::Medium,
            "Whether the transformation is applied to the records for which its predicate does not hold.",
        ),
        key(
            "predicate",
            T::String,
            NONE,
            I::Medium,
            "The alias of the predicate that says which records the transformation is applied to. By default it is applied to all.",
        ),
    ]
}
