//! The transforms of a connector and their predicates, by alias (Java's `ConnectorConfig.transformationStages`).

use super::super::config_exception::ConfigException;
use super::super::config_value::trim;
use super::super::worker_config::with_prefix;
use super::ConnectorConfig;
use crate::connect::Config;

/// One transform of the chain.
#[derive(Clone)]
pub struct TransformationConfig {
    pub alias: String,
    pub transformation: AliasedPlugin,
    /// None: it is for all records.
    pub predicate: Option<AliasedPlugin>,
    /// It is for the records for which the predicate does not hold.
    pub negate: bool,
}

/// What `transforms.ALIAS.` or `predicates.ALIAS.` says.
#[derive(Clone)]
pub struct AliasedPlugin {
    /// As it was given: full name or alias.
    pub class: String,
    /// None: the newest version.
    pub version: Option<String>,
    /// All of it, without the prefix.
    pub settings: Config,
}

impl ConnectorConfig {
    /// The transforms in the order of their aliases.
    ///
    /// # Errors
    /// A transform without a type, or with a predicate that is not one of `predicates`, which no validation notices, as in Java.
    pub fn transformations(&self) -> Result<Vec<TransformationConfig>, ConfigException> {
        self.transforms.iter().map(|alias| self.transformation(alias)).collect()
    }

    fn transformation(&self, alias: &str) -> Result<TransformationConfig, ConfigException> {
        let prefix = format!("transforms.{alias}.");
        let mut transformation = AliasedPlugin::new(self.originals(), &prefix)?;
        let predicate = transformation.settings.shift_remove("predicate");
        let negate = transformation.settings.shift_remove("negate");
        let predicate = match predicate.as_deref().map(trim) {
            None => None,
            Some(predicate) if self.predicates.iter().any(|known| known == predicate) => {
                Some(AliasedPlugin::new(self.originals(), &format!("predicates.{predicate}."))?)
            }
            Some(unknown) => {
                let key = format!("{prefix}predicate");
                return Err(ConfigException::invalid(&key, unknown, "Not an alias of the configuration predicates"));
            }
        };
        let negate = negate.is_some_and(|negate| trim(&negate).eq_ignore_ascii_case("true"));
        Ok(TransformationConfig { alias: alias.to_owned(), transformation, predicate, negate })
    }
}

impl AliasedPlugin {
    fn new(config: &Config, prefix: &str) -> Result<Self, ConfigException> {
        let settings = with_prefix(config, prefix);
        let class = settings.get("type").ok_or_else(|| ConfigException::missing(&format!("{prefix}type")))?;
        let version = settings.get("plugin.version").map(|version| trim(version).to_owned());
        Ok(Self { class: trim(class).to_owned(), version, settings })
    }
}
