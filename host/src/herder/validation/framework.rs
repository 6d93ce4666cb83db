//! The framework's part of a validation: the keys that Connect itself gives to a connector, with defaults and recommendations from
//! the worker and its plugins, and the checks across keys.

use std::collections::HashMap;

use super::{Validation, Values, connector_keys};
use crate::config::config_def::{ConfigKey, Default as DefaultValue};
use crate::config::config_value::{parse_list, trim};
use crate::config::connector_config::{NO_TOPICS, TWICE_TOPICS, group_def, group_names};
use crate::config::definition::ConfigDef;
use crate::config::java_pattern::JavaPattern;
use crate::config::keys::{topic_creation, transforms};
use crate::config::worker_config::ConverterConfig;
use crate::connect::{Config, ConnectorType, RawConfig};
use crate::plugin::ports::{PluginDesc, PluginKind};

/// The keys of a connector with this configuration.
pub struct Framework<'a> {
    context: &'a Validation<'a>,
    kind: ConnectorType,
    pub def: ConfigDef,
    recommended: HashMap<String, Vec<String>>,
}

impl<'a> Framework<'a> {
    /// `plugin` is none if it cannot be loaded.
    pub fn new(context: &'a Validation<'a>, config: &RawConfig, kind: ConnectorType, plugin: Option<&PluginDesc>) -> Self {
        let def = connector_keys(kind).into_iter().collect();
        let mut framework = Self { context, kind, def, recommended: HashMap::new() };
        if let Some(plugin) = plugin {
            let versions = context.plugins.connector_versions(&plugin.class);
            framework.known_version("connector.plugin.version", Some(plugin.version.clone()), versions);
        }
        let worker = context.worker;
        framework.add_converter("key.converter", PluginKind::Converter, &worker.key_converter, config);
        framework.add_converter("value.converter", PluginKind::Converter, &worker.value_converter, config);
        framework.add_converter("header.converter", PluginKind::HeaderConverter, &worker.header_converter, config);
        framework.add_chain("transforms", "Transformation", PluginKind::Transformation, config);
        framework.add_chain("predicates", "Predicate", PluginKind::Predicate, config);
        if kind == ConnectorType::Source && worker.topic_creation_enable {
            framework.add_topic_creation(config);
        }
        framework
    }

    /// Checks each key, then across keys.
    pub fn validate(&self, config: &RawConfig) -> Values {
        let classes = |key: &ConfigKey, class: &str| match class_kind(&key.name) {
            Some(kind) => self.context.plugins.class(kind, class).map(|found| found.class),
            None => Some(class.to_owned()),
        };
        let values = self.def.validate_all_with(config, &classes).into_iter();
        let mut values: Values = values.map(|value| (value.name.clone(), value)).collect();
        for (key, recommended) in &self.recommended {
            if let Some(value) = values.get_mut(key) {
                value.recommended_values.clone_from(recommended);
            }
        }
        check_negations(config, &mut values);
        if self.kind == ConnectorType::Sink {
            check_topics(config, &mut values);
        }
        values
    }

    // === what the configuration adds

    fn known_version(&mut self, key: &str, default: Option<String>, versions: Vec<String>) {
        if let Some(default) = default {
            self.def.set_default(key, DefaultValue::Value(default.into()));
        }
        self.recommended.insert(key.to_owned(), versions);
    }

    /// The worker's converter is the default, in full name; the version is that of the connector's own or of the worker's class.
    fn add_converter(&mut self, key: &str, kind: PluginKind, default: &ConverterConfig, config: &RawConfig) {
        let plugins = self.context.plugins;
        let own = text(config, key);
        let full = plugins.class(kind, &default.class).map_or_else(|| default.class.clone(), |class| class.class);
        self.def.set_default(key, DefaultValue::Value(full.into()));
        self.recommended.insert(key.to_owned(), plugins.classes(kind));
        if let Some(class) = plugins.class(kind, own.unwrap_or(&default.class)) {
            let configured = default.version.clone().filter(|_| own.is_none());
            let version = configured.or_else(|| class.versions.last().cloned());
            self.known_version(&format!("{key}.plugin.version"), version, class.versions);
        }
    }

    /// The keys of each alias that `list` names, and those of its class.
    fn add_chain(&mut self, list: &str, noun: &str, kind: PluginKind, config: &RawConfig) {
        let plugins = self.context.plugins;
        for alias in text(config, list).map(parse_list).unwrap_or_default().iter().filter(|alias| !alias.is_empty()) {
            let prefix = format!("{list}.{alias}.");
            let class = text(config, &format!("{prefix}type")).and_then(|name| plugins.class(kind, name));
            let version = class.as_ref().and_then(|class| class.versions.last().cloned());
            let default = version.map_or(DefaultValue::Null, |version| DefaultValue::Value(version.into()));
            let mut keys = transforms::class_keys(noun, alias, default).to_vec();
            self.recommended.insert(format!("{prefix}type"), plugins.classes(kind));
            if let Some(class) = class {
                self.recommended.insert(format!("{prefix}plugin.version"), class.versions);
                keys.extend(class.keys);
                if kind == PluginKind::Transformation {
                    keys.extend(transforms::predicate_keys());
                }
            }
            let group = if kind == PluginKind::Transformation { "Transforms" } else { "Predicates" };
            self.def.embed(&prefix, &format!("{group}: {alias}"), 0, keys);
        }
    }

    fn add_topic_creation(&mut self, config: &RawConfig) {
        if !config.keys().any(|key| key.starts_with(topic_creation::PREFIX)) {
            return;
        }
        let given: Config = config.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))).collect();
        let names = std::iter::once(topic_creation::DEFAULT_GROUP.to_owned()).chain(group_names(&given));
        for name in names {
            self.def.absorb(group_def(&given, &name));
        }
    }
}

/// Which kind of plugin a CLASS key of the framework names.
fn class_kind(key: &str) -> Option<PluginKind> {
    match key {
        "key.converter" | "value.converter" => Some(PluginKind::Converter),
        "header.converter" => Some(PluginKind::HeaderConverter),
        _ if !key.ends_with(".type") => None,
        _ if key.starts_with("transforms.") => Some(PluginKind::Transformation),
        _ if key.starts_with("predicates.") => Some(PluginKind::Predicate),
        _ => None,
    }
}

fn text<'a>(config: &'a RawConfig, key: &str) -> Option<&'a str> {
    config.get(key)?.as_deref().map(trim)
}

// === checks across keys

fn check_negations(config: &RawConfig, values: &mut Values) {
    for (name, value) in values.iter_mut() {
        let Some(prefix) = name.strip_suffix(".negate").filter(|prefix| prefix.starts_with("transforms.")) else {
            continue;
        };
        let predicate = format!("{prefix}.predicate");
        if config.contains_key(name) && !config.contains_key(&predicate) {
            value.errors.push(format!(
                "Config '{name}' was provided but there is no config '{predicate}' defining a predicate to be negated."
            ));
        }
    }
}

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
    let Some(dlq) = given("errors.deadletterqueue.topic.name") else { return };
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
