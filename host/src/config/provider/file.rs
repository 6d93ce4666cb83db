//! Values from properties files: `${file:/path/secrets.properties:key}` (Java's `FileConfigProvider`).

use std::collections::BTreeMap;

use super::super::config_exception::ConfigException;
use super::super::properties;
use super::ConfigProvider;
use super::allowed_paths::AllowedPaths;
use crate::connect::Config;

pub struct FileConfigProvider {
    allowed: AllowedPaths,
}

impl FileConfigProvider {
    pub fn new(params: &Config) -> Result<Self, ConfigException> {
        Ok(Self { allowed: AllowedPaths::new(params)? })
    }
}

impl ConfigProvider for FileConfigProvider {
    fn get(&self, path: &str, keys: &[&str]) -> Result<BTreeMap<String, String>, ConfigException> {
        if path.is_empty() {
            return Ok(BTreeMap::new());
        }
        let Some(file) = self.allowed.permit(path) else { return Ok(BTreeMap::new()) };
        let entries = properties::load(&file).map_err(|error| {
            tracing::error!("Could not read properties from file {path}: {error}");
            ConfigException(format!("Could not read properties from file {path}"))
        })?;
        Ok(keys.iter().filter_map(|key| Some(((*key).to_owned(), entries.get(*key)?.clone()))).collect())
    }
}
