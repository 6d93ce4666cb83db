//! The built-in predicates by class name, for the registry and for tasks: one file each.

/// `HasHeaderKey`.
mod has_header_key;
/// `RecordIsTombstone`.
mod record_is_tombstone;
/// `TopicNameMatches`.
mod topic_name_matches;

use super::{Predicate, TransformError, parse};
use crate::config::config_def::ConfigKey;
use crate::config::definition::ParsedConfig;
use crate::connect::Config;

/// A predicate that is part of the worker.
pub struct BuiltinPredicate {
    /// Full name of Java's class.
    pub class: &'static str,
    config_keys: fn() -> Vec<ConfigKey>,
    create: fn(&ParsedConfig) -> Result<Box<dyn Predicate>, TransformError>,
}

const fn row(
    class: &'static str,
    config_keys: fn() -> Vec<ConfigKey>,
    create: fn(&ParsedConfig) -> Result<Box<dyn Predicate>, TransformError>,
) -> BuiltinPredicate {
    BuiltinPredicate { class, config_keys, create }
}

/// Ordered by class name.
static BUILTINS: [BuiltinPredicate; 3] = [
    row("org.apache.kafka.connect.transforms.predicates.HasHeaderKey", has_header_key::keys, |config| {
        Ok(Box::new(has_header_key::HasHeaderKey::new(config)?))
    }),
    row("org.apache.kafka.connect.transforms.predicates.RecordIsTombstone", Vec::new, |_| {
        Ok(Box::new(record_is_tombstone::RecordIsTombstone))
    }),
    row("org.apache.kafka.connect.transforms.predicates.TopicNameMatches", topic_name_matches::keys, |config| {
        Ok(Box::new(topic_name_matches::TopicNameMatches::new(config)?))
    }),
];

// === impl BuiltinPredicate ===

impl BuiltinPredicate {
    /// The keys of its configuration.
    pub fn config_keys(&self) -> Vec<ConfigKey> {
        (self.config_keys)()
    }

    /// Configures one. `config` has the keys without their prefix (`predicates.ALIAS.`); unknown ones are ignored.
    ///
    /// # Errors
    /// A value that is not allowed, in Java's words.
    pub fn create(&self, config: &Config) -> Result<Box<dyn Predicate>, TransformError> {
        (self.create)(&parse(self.config_keys(), config)?)
    }
}

/// The built-in predicate of that full class name.
pub fn builtin_predicate(class: &str) -> Option<&'static BuiltinPredicate> {
    BUILTINS.iter().find(|builtin| builtin.class == class)
}

/// All built-in predicates, ordered by class name.
pub fn builtin_predicates() -> &'static [BuiltinPredicate] {
    &BUILTINS
}
