//! Values from the worker's environment: `${env:NAME}` (Java's `EnvVarConfigProvider`, KIP-887).

use std::collections::BTreeMap;

use super::super::config_exception::ConfigException;
use super::super::java_pattern::JavaPattern;
use super::ConfigProvider;
use crate::connect::Config;

/// The provider's parameter: names must match it as a whole.
const ALLOWLIST_PATTERN: &str = "allowlist.pattern";

pub struct EnvVarConfigProvider {
    /// What may be read, as it was when the worker started. Java keeps it so, and nothing else changes it.
    variables: BTreeMap<String, String>,
}

impl EnvVarConfigProvider {
    pub fn new(params: &Config) -> Result<Self, ConfigException> {
        let text = |name: std::ffi::OsString, value: std::ffi::OsString| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self::of(std::env::vars_os().filter_map(|(name, value)| text(name, value)), params)
    }

    fn of(variables: impl Iterator<Item = (String, String)>, params: &Config) -> Result<Self, ConfigException> {
        let invalid = |error| ConfigException(format!("Invalid value for configuration {ALLOWLIST_PATTERN}: {error}"));
        let pattern = params.get(ALLOWLIST_PATTERN).map(|pattern| JavaPattern::compile(pattern).map_err(invalid));
        let pattern = pattern.transpose()?;
        let allowed = |name: &str| pattern.as_ref().is_none_or(|pattern| pattern.matches(name));
        Ok(Self { variables: variables.filter(|(name, _)| allowed(name)).collect() })
    }
}

impl ConfigProvider for EnvVarConfigProvider {
    fn get(&self, path: &str, keys: &[&str]) -> Result<BTreeMap<String, String>, ConfigException> {
        if !path.is_empty() {
            return Err(ConfigException(format!(
                "Path is not supported for EnvVarConfigProvider, invalid value '{path}'"
            )));
        }
        Ok(keys.iter().filter_map(|key| Some(((*key).to_owned(), self.variables.get(*key)?.clone()))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_allowed_names_are_seen() {
        let variables = [("DB_USER", "u"), ("DB_PASSWORD", "p"), ("HOME", "/root")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let params = [(ALLOWLIST_PATTERN.to_owned(), "DB_.*".to_owned())].into_iter().collect();
        let provider = EnvVarConfigProvider::of(variables.into_iter(), &params).unwrap();
        let found = provider.get("", &["DB_USER", "HOME", "NONE"]).unwrap();
        assert_eq!(found, [("DB_USER".to_owned(), "u".to_owned())].into_iter().collect());
        assert!(provider.get("/x", &["DB_USER"]).is_err());
    }
}
