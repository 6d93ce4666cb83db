//! Whether a connector follows newer versions of its plugin by itself.

use std::time::Duration;

use super::config_exception::ConfigException;
use super::definition::ConfigDef;
use super::keys::plugin_upgrade::{AUTO, PROBATION_MS, UPGRADE, keys};
use crate::connect::{Config, RawConfig};

/// What a connector's configuration says about newer versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PluginUpgrade {
    pub auto: bool,
    /// For how long a failure brings the old version back.
    pub probation: Duration,
}

impl PluginUpgrade {
    /// Reads a connector's configuration; one that has been validated has no errors here.
    pub fn of(config: &Config) -> Result<Self, ConfigException> {
        let raw: RawConfig = config.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        let parsed = ConfigDef::new(keys())?.parse(&raw)?;
        Ok(Self { auto: parsed.text(UPGRADE)? == AUTO, probation: parsed.millis(PROBATION_MS)? })
    }

    /// What is wrong in a connector's configuration: key, text and reason each.
    pub fn errors(config: &Config) -> Vec<(&'static str, &str, ConfigException)> {
        let wrong = |key: &'static str| {
            let text = config.get(key)?;
            let alone = Config::from_iter([(key.to_owned(), text.clone())]);
            Some((key, text.as_str(), Self::of(&alone).err()?))
        };
        [UPGRADE, PROBATION_MS].into_iter().filter_map(wrong).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upgrade(entries: &[(&str, &str)]) -> Result<PluginUpgrade, String> {
        let config = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        PluginUpgrade::of(&config).map_err(|error| error.0)
    }

    #[test]
    fn a_connector_follows_only_if_it_says_so() {
        let minute = Duration::from_secs(60);
        assert_eq!(upgrade(&[]), Ok(PluginUpgrade { auto: false, probation: minute }));
        assert_eq!(upgrade(&[(UPGRADE, "auto")]), Ok(PluginUpgrade { auto: true, probation: minute }));
        let brief = upgrade(&[(UPGRADE, "auto"), (PROBATION_MS, "5")]);
        assert_eq!(brief, Ok(PluginUpgrade { auto: true, probation: Duration::from_millis(5) }));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let config = |entries: [(&str, &str); 2]| {
            entries.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect::<Config>()
        };
        let wrong = config([(UPGRADE, "always"), (PROBATION_MS, "-1")]);
        let found: Vec<_> =
            PluginUpgrade::errors(&wrong).into_iter().map(|(key, text, why)| (key, text, why.0)).collect();
        let expected = [
            (
                UPGRADE,
                "always",
                "Invalid value always for configuration connector.plugin.upgrade: String must be one of: manual, auto",
            ),
            (
                PROBATION_MS,
                "-1",
                "Invalid value -1 for configuration connector.plugin.upgrade.probation.ms: Value must be at least 0",
            ),
        ];
        assert_eq!(found, expected.map(|(key, text, why)| (key, text, why.to_owned())));
        assert!(PluginUpgrade::errors(&config([(UPGRADE, "auto"), ("name", "x")])).is_empty());
    }
}
