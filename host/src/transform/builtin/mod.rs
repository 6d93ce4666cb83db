//! The built-in transforms by class name, for the registry and for tasks: one file each, `$Key` and `$Value` are two rows.

/// `Filter`.
mod filter;

use super::{TransformError, Transformation, parse};
use crate::config::config_def::ConfigKey;
use crate::config::definition::ParsedConfig;
use crate::connect::Config;

/// A transform that is part of the worker.
pub struct BuiltinTransformation {
    /// Full name of Java's class.
    pub class: &'static str,
    config_keys: fn() -> Vec<ConfigKey>,
    create: fn(&ParsedConfig) -> Result<Box<dyn Transformation>, TransformError>,
}

/// Ordered by class name.
static BUILTINS: [BuiltinTransformation; 1] = [BuiltinTransformation {
    class: "org.apache.kafka.connect.transforms.Filter",
    config_keys: Vec::new,
    create: |_| Ok(Box::new(filter::Filter)),
}];

// === impl BuiltinTransformation ===

impl BuiltinTransformation {
    /// The keys of its configuration.
    pub fn config_keys(&self) -> Vec<ConfigKey> {
        (self.config_keys)()
    }

    /// Configures one. `config` has the keys without their prefix (`transforms.ALIAS.`); unknown ones are ignored.
    ///
    /// # Errors
    /// A value that is not allowed, in Java's words.
    pub fn create(&self, config: &Config) -> Result<Box<dyn Transformation>, TransformError> {
        (self.create)(&parse(self.config_keys(), config)?)
    }
}

/// The built-in transform of that full class name.
pub fn builtin_transformation(class: &str) -> Option<&'static BuiltinTransformation> {
    BUILTINS.iter().find(|builtin| builtin.class == class)
}

/// All built-in transforms, ordered by class name.
pub fn builtin_transformations() -> &'static [BuiltinTransformation] {
    &BUILTINS
}
