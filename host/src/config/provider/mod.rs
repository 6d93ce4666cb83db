//! Where `${provider:path:key}` in a configuration gets its value from (Java's `ConfigProvider`s, KIP-297).

mod allowed_paths;
mod directory;
mod environment;
mod file;
mod transformer;
mod variable;

use std::collections::BTreeMap;

use super::config_exception::ConfigException;
use crate::connect::Config;

pub use transformer::{ConfigTransformer, Resolved, with_references};

use directory::DirectoryConfigProvider;
use environment::EnvVarConfigProvider;
use file::FileConfigProvider;

/// A place that holds values, such as a file with secrets.
trait ConfigProvider: Send + Sync {
    /// The values of those of `keys` that `path` has. Reads the place now; a path that may not be read has nothing.
    ///
    /// # Errors
    /// A path that is allowed and cannot be read, in Java's words.
    fn get(&self, path: &str, keys: &[&str]) -> Result<BTreeMap<String, String>, ConfigException>;
}

/// A provider that is part of the worker.
struct Builtin {
    class: &'static str,
    create: fn(&Config) -> Result<Box<dyn ConfigProvider>, ConfigException>,
}

/// Java's classes; others would be jars.
static BUILTINS: [Builtin; 3] = [
    Builtin {
        class: "org.apache.kafka.common.config.provider.DirectoryConfigProvider",
        create: |params| Ok(Box::new(DirectoryConfigProvider::new(params)?)),
    },
    Builtin {
        class: "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
        create: |params| Ok(Box::new(EnvVarConfigProvider::new(params)?)),
    },
    Builtin {
        class: "org.apache.kafka.common.config.provider.FileConfigProvider",
        create: |params| Ok(Box::new(FileConfigProvider::new(params)?)),
    },
];

/// The provider of a class, by its full or its simple name. `key` is the worker's key that names it.
fn create(key: &str, class: &str, params: &Config) -> Result<Box<dyn ConfigProvider>, ConfigException> {
    let named = |builtin: &&Builtin| builtin.class == class || builtin.class.rsplit('.').next() == Some(class);
    let Some(builtin) = BUILTINS.iter().find(named) else {
        let known: Vec<_> = BUILTINS.iter().map(|builtin| builtin.class).collect();
        return Err(ConfigException(format!(
            "Invalid value {class} for configuration {key}: this worker has no config provider of that class. It has: {}",
            known.join(", ")
        )));
    };
    (builtin.create)(params)
}
