//! The transforms and predicates that a connector names: their keys, and what is wrong with their classes and versions
//! (Java's `ConnectorConfig.EnrichablePlugin`).

use std::sync::Arc;

use indexmap::IndexSet;

use super::Values;
use super::framework::{Framework, does_not_implement, text};
use crate::config::config_def::ConfigKey;
use crate::config::config_value::{ParsedValue, parse_list};
use crate::config::keys::transforms;
use crate::connect::RawConfig;
use crate::plugin::ports::{PluginDesc, PluginKind};
use crate::plugin::registry::Plugins;
use crate::plugin::version::VersionRange;

/// A kind of plugin that a connector lists by alias.
pub struct Enrichable {
    /// The key with the aliases.
    list: &'static str,
    kind: PluginKind,
    /// Java's interface.
    interface: &'static str,
    group: &'static str,
}

/// Transforms first, as in the definitions of Java.
pub const ENRICHABLE: [Enrichable; 2] = [
    Enrichable {
        list: "transforms",
        kind: PluginKind::Transformation,
        interface: "Transformation",
        group: "Transforms",
    },
    Enrichable { list: "predicates", kind: PluginKind::Predicate, interface: "Predicate", group: "Predicates" },
];

/// Why a class cannot be used. Java complains of a version at the key of the class and at that of the version.
enum Unusable {
    Class(String),
    Version(String),
}

// === impl Enrichable ===

impl Enrichable {
    /// The kind of plugin that this CLASS key names, if it is the `type` of an alias.
    pub fn kind_of(&self, key: &str) -> Option<PluginKind> {
        let alias = key.strip_prefix(self.list)?.strip_prefix('.')?;
        alias.ends_with(".type").then_some(self.kind)
    }

    /// Adds the keys of each alias, and those of its class if that can be used.
    pub fn enrich(&self, framework: &mut Framework<'_>, config: &RawConfig) {
        for alias in self.aliases(config) {
            let (prefix, group) = (format!("{}.{alias}.", self.list), format!("{}: {alias}", self.group));
            let [ty, version] = transforms::class_keys(self.interface, &alias, &prefix, &group);
            let (type_key, version_key) = (ty.name.to_string(), version.name.to_string());
            framework.def.put(ty);
            framework.def.put(version);
            framework.recommend_classes(&type_key, self.kind);
            let Some(class) = text(config, &type_key) else { continue };
            if let Ok(newest) = framework.plugins.resolve(self.kind, class, None) {
                framework.known_version(&version_key, &newest, newest.version.clone());
            }
            let plugin = framework.plugins.resolve(self.kind, class, text(config, &version_key));
            if let Ok(plugin) = plugin {
                framework.def.embed(&prefix, &group, 2, self.keys(&plugin.config));
            }
        }
    }

    /// The plugins that can be used, with the prefix of their settings.
    pub fn plugins(&self, plugins: &Plugins, config: &RawConfig) -> Vec<(String, Arc<PluginDesc>)> {
        let aliases = self.aliases(config).into_iter();
        let of_alias = |alias: String| {
            let prefix = format!("{}.{alias}.", self.list);
            let (class, version) = (format!("{prefix}type"), format!("{prefix}plugin.version"));
            let plugin = plugins.resolve(self.kind, text(config, &class)?, text(config, &version)).ok()?;
            Some((prefix, plugin))
        };
        aliases.filter_map(of_alias).collect()
    }

    /// The keys of a plugin; those that every transform has hide its own of the same name.
    fn keys(&self, own: &[ConfigKey]) -> Vec<ConfigKey> {
        let implicit =
            if self.kind == PluginKind::Transformation { transforms::predicate_keys().to_vec() } else { vec![] };
        let is_own = |key: &&ConfigKey| implicit.iter().all(|implicit| implicit.name != key.name);
        own.iter().filter(is_own).chain(&implicit).cloned().collect()
    }

    /// Checks the class and version of each alias.
    pub fn check(&self, plugins: &Plugins, config: &RawConfig, values: &mut Values) {
        for alias in self.aliases(config) {
            let prefix = format!("{}.{alias}.", self.list);
            let (type_key, version_key) = (format!("{prefix}type"), format!("{prefix}plugin.version"));
            let unusable =
                text(config, &type_key).and_then(|class| self.unusable(plugins, class, text(config, &version_key)));
            if let Some(value) = values.get_mut(&type_key) {
                match (self.negates_nothing(config, &prefix), &unusable) {
                    (Some(error), _) => value.errors.push(error),
                    (None, Some(Unusable::Class(error) | Unusable::Version(error)))
                        if value.value != ParsedValue::Null =>
                    {
                        value.errors.push(error.clone());
                    }
                    _ => {}
                }
            }
            if let (Some(value), Some(Unusable::Version(error))) = (values.get_mut(&version_key), unusable) {
                value.errors.push(error);
            }
        }
    }

    /// Java checks this together with the class, so the error stands there.
    fn negates_nothing(&self, config: &RawConfig, prefix: &str) -> Option<String> {
        let (negate, predicate) = (format!("{prefix}negate"), format!("{prefix}predicate"));
        let is_wrong =
            self.kind == PluginKind::Transformation && config.contains_key(&negate) && !config.contains_key(&predicate);
        is_wrong.then(|| {
            format!(
                "Config '{negate}' was provided but there is no config '{predicate}' defining a predicate to be negated."
            )
        })
    }

    /// None also for a class that is not there, which has been said.
    fn unusable(&self, plugins: &Plugins, class: &str, version: Option<&str>) -> Option<Unusable> {
        if let Err(error) = VersionRange::parse(version) {
            return Some(Unusable::Version(error));
        }
        if plugins.resolve(self.kind, class, None).is_ok() {
            return plugins.resolve(self.kind, class, version).err().map(Unusable::Version);
        }
        if let Some(other) = plugins.class_named(class) {
            return Some(Unusable::Class(does_not_implement(other, self.interface)));
        }
        let nested: IndexSet<_> = plugins.nested_in(class, self.kind).collect();
        let nested: Vec<_> = nested.into_iter().collect();
        (!nested.is_empty()).then(|| {
            let nested = nested.join(", ");
            Unusable::Class(format!("This class is abstract and cannot be created. Did you mean {nested}?"))
        })
    }

    fn aliases(&self, config: &RawConfig) -> IndexSet<String> {
        text(config, self.list).map(parse_list).unwrap_or_default().into_iter().collect()
    }
}
