//! The framework's part of a validation: the keys that Connect itself gives to a connector, with defaults and recommendations from
//! the worker and its plugins, and the checks across keys.

use std::collections::HashMap;
use std::sync::Arc;

use super::enrichable::ENRICHABLE;
use super::{Validation, Values, connector_keys, given, versions};
use crate::config::config_def::{ConfigKey, Default as DefaultValue};
use crate::config::config_value::{ParsedValue, parse_list, trim};
use crate::config::connector_config::{NO_TOPICS, TWICE_TOPICS, group_def, group_names};
use crate::config::definition::ConfigDef;
use crate::config::java_pattern::JavaPattern;
use crate::config::keys::topic_creation;
use crate::config::worker_config::ConverterConfig;
use crate::connect::{ConnectorType, RawConfig};
use crate::plugin::ports::{PluginDesc, PluginKind};
use crate::plugin::registry::Plugins;

/// The keys of converters, with the kind of plugin and Java's interface.
const CONVERTERS: [(&str, PluginKind, &str); 3] = [
    ("key.converter", PluginKind::Converter, "Converter"),
    ("value.converter", PluginKind::Converter, "Converter"),
    ("header.converter", PluginKind::HeaderConverter, "HeaderConverter"),
];

/// The keys of a connector with this configuration.
pub struct Framework<'a> {
    pub(super) plugins: &'a Plugins,
    kind: ConnectorType,
    pub def: ConfigDef,
    recommended: HashMap<String, Vec<String>>,
}

impl<'a> Framework<'a> {
    /// `plugin` is none if it cannot be loaded.
    pub fn new(context: &Validation<'a>, config: &RawConfig, kind: ConnectorType, plugin: Option<&PluginDesc>) -> Self {
        let def = connector_keys(kind).into_iter().collect();
        let mut framework = Self { plugins: context.plugins, kind, def, recommended: HashMap::new() };
        if let Some(plugin) = plugin {
            framework.known_version("connector.plugin.version", plugin, plugin.version.clone());
        }
        let worker = context.worker;
        // Java looks at all that the connector and the worker name only when it has the connector.
        if plugin.is_some() {
            framework.add_converter("key.converter", PluginKind::Converter, &worker.key_converter, config);
            framework.add_converter("value.converter", PluginKind::Converter, &worker.value_converter, config);
            framework.add_converter("header.converter", PluginKind::HeaderConverter, &worker.header_converter, config);
            ENRICHABLE.iter().for_each(|enrichable| enrichable.enrich(&mut framework, config));
        }
        if kind == ConnectorType::Source && worker.topic_creation_enable {
            framework.add_topic_creation(config);
        }
        framework
    }

    /// Checks each key, then across keys.
    pub fn validate(&self, config: &RawConfig) -> Values {
        // As in Java a class of another kind is found, and is then wrong.
        let classes = |key: &ConfigKey, class: &str| match class_kind(&key.name) {
            Some(kind) => self.class(kind, class),
            None => Some(class.to_owned()),
        };
        let values = self.def.validate_all_with(config, &classes).into_iter();
        let mut values: Values = values.map(|value| (value.name.clone(), value)).collect();
        for (key, recommended) in &self.recommended {
            if let Some(value) = values.get_mut(key) {
                value.recommended_values.clone_from(recommended);
            }
        }
        ENRICHABLE.iter().for_each(|enrichable| enrichable.check(self.plugins, config, &mut values));
        self.check_converters(config, &mut values);
        if self.kind == ConnectorType::Sink {
            check_topics(config, &mut values);
        }
        values
    }

    /// The full name of a class that is there, of whatever kind, or that classes of the kind are nested in.
    fn class(&self, kind: PluginKind, name: &str) -> Option<String> {
        if let Ok(plugin) = self.plugins.resolve(kind, name, None) {
            return Some(plugin.class.clone());
        }
        let is_outer = || self.plugins.nested_in(name, kind).next().map(|_| name);
        self.plugins.class_named(name).or_else(is_outer).map(str::to_owned)
    }

    /// A converter must be one, and there in the version asked for; without it, its version is nothing to be set.
    fn check_converters(&self, config: &RawConfig, values: &mut Values) {
        for (key, kind, interface) in CONVERTERS {
            let version_key = format!("{key}.plugin.version");
            let resolved = text(config, key).map(|class| (class, self.plugins.resolve(kind, class, None)));
            match resolved {
                Some((class, Err(_))) => {
                    if let (Some(value), Some(other)) = (values.get_mut(key), self.plugins.class_named(class)) {
                        value.errors.push(does_not_implement(other, interface));
                    }
                }
                Some((class, Ok(_))) => {
                    let version = text(config, &version_key);
                    let Err(error) = self.plugins.resolve(kind, class, version) else { continue };
                    for key in [key, version_key.as_str()] {
                        values.entry(key.to_owned()).and_modify(|value| value.errors.push(error.clone()));
                    }
                }
                None => {}
            }
            // Also if the connector is not there.
            let is_class = values.get(key).is_some_and(|value| value.value != ParsedValue::Null);
            if !self.recommended.contains_key(&version_key) && !is_class {
                values.entry(version_key).and_modify(|value| value.visible = false);
            }
        }
    }

    // === what the configuration adds

    /// The default of a version key and what it may be.
    pub(super) fn known_version(&mut self, key: &str, plugin: &PluginDesc, default: String) {
        self.def.set_default(key, DefaultValue::Value(default.into()));
        self.recommended.insert(key.to_owned(), versions(self.plugins, plugin));
    }

    /// What a CLASS key may be.
    pub(super) fn recommend_classes(&mut self, key: &str, kind: PluginKind) {
        self.recommended.insert(key.to_owned(), classes(self.plugins, kind));
    }

    /// The worker's converter is the default, in full name; the version is that of the connector's own or of the worker's class.
    fn add_converter(&mut self, key: &str, kind: PluginKind, default: &ConverterConfig, config: &RawConfig) {
        let own = text(config, key);
        let worker_class = self.plugins.resolve(kind, &default.class, None);
        let full = worker_class.map_or_else(|_| default.class.clone(), |plugin| plugin.class.clone());
        self.def.set_default(key, DefaultValue::Value(full.into()));
        self.recommend_classes(key, kind);
        if let Ok(plugin) = self.plugins.resolve(kind, own.unwrap_or(&default.class), None) {
            let configured = default.version.clone().filter(|_| own.is_none());
            let version = configured.unwrap_or_else(|| plugin.version.clone());
            self.known_version(&format!("{key}.plugin.version"), &plugin, version);
        }
    }

    fn add_topic_creation(&mut self, config: &RawConfig) {
        if !config.keys().any(|key| key.starts_with(topic_creation::PREFIX)) {
            return;
        }
        let given = given(config);
        let names = std::iter::once(topic_creation::DEFAULT_GROUP.to_owned()).chain(group_names(&given));
        for name in names {
            self.def.absorb(group_def(&given, &name));
        }
    }
}

/// The full names of all classes of a kind, sorted.
fn classes(plugins: &Plugins, kind: PluginKind) -> Vec<String> {
    let mut classes: Vec<_> =
        plugins.list().iter().filter(|plugin| plugin.kind == kind).map(|plugin| plugin.class.clone()).collect();
    classes.dedup();
    classes
}

/// Which kind of plugin a CLASS key of the framework names.
fn class_kind(key: &str) -> Option<PluginKind> {
    let converter = CONVERTERS.iter().find(|(known, ..)| *known == key).map(|(_, kind, _)| *kind);
    converter.or_else(|| ENRICHABLE.iter().find_map(|enrichable| enrichable.kind_of(key)))
}

/// The transforms, predicates and converters of a connector that are in components, with the prefix of their settings.
pub(super) fn stages(plugins: &Plugins, config: &RawConfig) -> Vec<(String, Arc<PluginDesc>)> {
    let aliased = ENRICHABLE.iter().flat_map(|enrichable| enrichable.plugins(plugins, config));
    let converters = CONVERTERS.iter().filter_map(|(key, kind, _)| {
        let version = text(config, &format!("{key}.plugin.version"));
        Some((format!("{key}."), plugins.resolve(*kind, text(config, key)?, version).ok()?))
    });
    aliased.chain(converters).filter(|(_, plugin)| plugin.location.is_some()).collect()
}

pub(super) fn does_not_implement(class: &str, interface: &str) -> String {
    format!("Class class {class} does not implement the {interface} interface")
}

pub(super) fn text<'a>(config: &'a RawConfig, key: &str) -> Option<&'a str> {
    config.get(key)?.as_deref().map(trim)
}

// === checks across keys

/// Java's `SinkConnectorConfig.validate`.
fn check_topics(config: &RawConfig, values: &mut Values) {
    let given = |key| text(config, key).filter(|text| !text.is_empty());
    let (topics, regex) = (given("topics"), given("topics.regex"));
    let mut add = |key: &str, error: String| {
        if let Some(value) = values.get_mut(key) {
            value.errors.push(error);
        }
    };
    let both = match (topics, regex) {
        (None, None) => Some(NO_TOPICS),
        (Some(_), Some(_)) => Some(TWICE_TOPICS),
        _ => None,
    };
    if let Some(error) = both {
        add("topics", error.to_owned());
        add("topics.regex", error.to_owned());
    }
    let Some(dlq) = given("errors.deadletterqueue.topic.name") else {
        return;
    };
    let listed = topics.map(parse_list).unwrap_or_default();
    if listed.iter().any(|topic| topic == dlq) {
        let topics = listed.join(", ");
        add(
            "topics",
            format!(
                "The DLQ topic '{dlq}' may not be included in the list of topics ('topics=[{topics}]') consumed by the connector"
            ),
        );
    }
    if let Some(regex) = regex.filter(|regex| JavaPattern::compile(regex).is_ok_and(|pattern| pattern.matches(dlq))) {
        add(
            "topics.regex",
            format!(
                "The DLQ topic '{dlq}' may not be matched by the regex for the topics ('topics.regex={regex}') consumed by the \
                 connector"
            ),
        );
    }
}
