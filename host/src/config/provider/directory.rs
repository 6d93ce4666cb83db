//! Values from the files of a directory, one each, as Kubernetes mounts secrets: `${dir:/path:file}` (Java's
//! `DirectoryConfigProvider`).

use std::collections::BTreeMap;
use std::path::{Component, Path};

use super::super::config_exception::ConfigException;
use super::ConfigProvider;
use super::allowed_paths::AllowedPaths;
use crate::connect::Config;

pub struct DirectoryConfigProvider {
    allowed: AllowedPaths,
}

impl DirectoryConfigProvider {
    pub fn new(params: &Config) -> Result<Self, ConfigException> {
        Ok(Self { allowed: AllowedPaths::new(params)? })
    }
}

impl ConfigProvider for DirectoryConfigProvider {
    fn get(&self, path: &str, keys: &[&str]) -> Result<BTreeMap<String, String>, ConfigException> {
        let mut found = BTreeMap::new();
        if path.is_empty() {
            return Ok(found);
        }
        let Some(directory) = self.allowed.permit(path) else { return Ok(found) };
        if !directory.is_dir() {
            tracing::warn!("The path {path} is not a directory");
            return Ok(found);
        }
        for key in keys.iter().filter(|key| is_name(key)) {
            let file = directory.join(key);
            if file.is_file() {
                let text = std::fs::read_to_string(&file).map_err(|error| {
                    tracing::error!("Could not read file {} for property {key}: {error}", file.display());
                    ConfigException(format!("Could not read file {} for property {key}", file.display()))
                })?;
                found.insert((*key).to_owned(), text);
            }
        }
        Ok(found)
    }
}

/// A file of the directory itself, not of another one.
fn is_name(key: &str) -> bool {
    matches!(Path::new(key).components().collect::<Vec<_>>().as_slice(), [Component::Normal(name)] if **name == *key)
}
