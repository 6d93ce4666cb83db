//! The parts of a validation that stand under a prefix: overrides of the Kafka clients' settings, and the converters' own keys.

use super::Values;
use crate::config::config_def::ConfigKey;
use crate::config::config_infos::{ConfigInfo, ConfigInfos, ConfigKeyInfo};
use crate::config::config_value::{HIDDEN, ParsedValue, trim};
use crate::config::definition::{ConfigDef, ConfigValue};
use crate::config::java_hash::sort_like_hash_map;
use crate::config::keys::client::{self, ADMIN_OVERRIDE, CONSUMER_OVERRIDE, PRODUCER_OVERRIDE};
use crate::config::keys::topic_creation;
use crate::config::worker_config::WorkerConfig;
use crate::connect::{ConnectorType, RawConfig};
use crate::plugin::ports::PluginKind;
use crate::plugin::registry::Plugins;

/// What the connector overrides in its clients, and whether the worker's policy lets it.
pub fn client_overrides(worker: &WorkerConfig, config: &RawConfig, kind: ConnectorType) -> ConfigInfos {
    let mut part = empty();
    for prefix in overridden_clients(worker, config, kind) {
        let keys = client::keys(prefix);
        let mut entries = entries(config, prefix);
        sort_like_hash_map(&mut entries, |(name, _)| name);
        for (name, text) in entries {
            let key = keys.iter().find(|key| key.name == name);
            let mut value = ConfigValue::new(name);
            value.value = client_value(key, name, text);
            if let (Some(key), Some(text)) = (key, text)
                && let Err(error) = ParsedValue::parse(name, text, key.ty)
            {
                value.errors.push(error.0);
            }
            value.errors.extend(worker.override_policy.check(name).err());
            add(&mut part, prefix, key, value);
        }
    }
    part
}

/// The clients that the connector will have, by the prefix of their overrides.
fn overridden_clients(worker: &WorkerConfig, config: &RawConfig, kind: ConnectorType) -> Vec<&'static str> {
    let has_dlq = config
        .get("errors.deadletterqueue.topic.name")
        .and_then(Option::as_deref)
        .is_some_and(|topic| !trim(topic).is_empty());
    let creates_topics =
        worker.topic_creation_enable && config.keys().any(|key| key.starts_with(topic_creation::PREFIX));
    match kind {
        ConnectorType::Source if creates_topics || has_dlq => vec![PRODUCER_OVERRIDE, ADMIN_OVERRIDE],
        ConnectorType::Source => vec![PRODUCER_OVERRIDE],
        ConnectorType::Sink if has_dlq => vec![PRODUCER_OVERRIDE, CONSUMER_OVERRIDE, ADMIN_OVERRIDE],
        ConnectorType::Sink => vec![CONSUMER_OVERRIDE],
        ConnectorType::Unknown => Vec::new(),
    }
}

/// As REST shows it: a secret is hidden, also one whose key is not in our table.
fn client_value(key: Option<&ConfigKey>, name: &str, text: Option<&str>) -> ParsedValue {
    let Some(text) = text else { return ParsedValue::Null };
    let parsed = key.and_then(|key| ParsedValue::parse(name, text, key.ty).ok());
    let is_secret = ["password", "secret", "passphrase", "jaas", "credential"].iter().any(|word| name.contains(word));
    parsed.unwrap_or_else(|| ParsedValue::String(if is_secret { HIDDEN } else { trim(text) }.to_owned()))
}

/// The keys of the converters that the connector names itself; those of the worker are not its business.
pub fn converters(plugins: &Plugins, config: &RawConfig, values: &Values) -> ConfigInfos {
    let converters = [
        ("header.converter", PluginKind::HeaderConverter, "header"),
        ("key.converter", PluginKind::Converter, "key"),
        ("value.converter", PluginKind::Converter, "value"),
    ];
    let mut part = empty();
    for (key, kind, role) in converters {
        let Some(Some(class)) = config.get(key) else { continue };
        // A class that could not be found has been reported.
        let Ok(plugin) = plugins.resolve(kind, trim(class), None) else {
            continue;
        };
        if values.get(key).is_some_and(|value| !value.errors.is_empty()) {
            continue;
        }
        let prefix = format!("{key}.");
        let def: ConfigDef = plugin.config.iter().cloned().collect();
        let mut settings: RawConfig = entries(config, &prefix)
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text.map(str::to_owned)))
            .collect();
        settings.insert("converter.type".to_owned(), Some(role.to_owned()));
        let mut values = def.validate_all(&settings);
        sort_like_hash_map(&mut values, |value| &value.name);
        for value in values {
            add(&mut part, &prefix, def.get(&value.name), value);
        }
    }
    part
}

fn empty() -> ConfigInfos {
    ConfigInfos { name: String::new(), error_count: 0, groups: Vec::new(), configs: Vec::new() }
}

/// The entries behind a prefix, without it.
fn entries<'a>(config: &'a RawConfig, prefix: &str) -> Vec<(&'a str, Option<&'a str>)> {
    config
        .iter()
        .filter_map(|(key, text)| Some((key.strip_prefix(prefix)?, text.as_deref())))
        .filter(|(name, _)| !name.is_empty())
        .collect()
}

/// Adds a value under its prefix. Here `error_count` counts values with errors, not messages, as Java does it.
fn add(part: &mut ConfigInfos, prefix: &str, key: Option<&ConfigKey>, mut value: ConfigValue) {
    part.error_count += usize::from(!value.errors.is_empty());
    value.name = format!("{prefix}{}", value.name);
    let definition = key.map(|key| {
        let group = key.group.as_deref().filter(|group| !part.groups.iter().any(|known| known == group));
        part.groups.extend(group.map(str::to_owned));
        ConfigKeyInfo { name: value.name.clone(), ..ConfigKeyInfo::from(key) }
    });
    part.configs.push(ConfigInfo { definition, value: value.into() });
}
