//! Validates a connector's configuration as a whole (Java's `AbstractHerder.validateConnectorConfig`): the framework's keys, the
//! plugin's own, those of its converters, transformations and predicates, the overrides of its clients, and what the sandbox grants.

mod enrichable;
mod exactly_once;
mod framework;
mod parts;

use std::sync::Arc;

use indexmap::IndexMap;

use self::framework::Framework;
use super::HerderError;
use crate::config::config_def::{ConfigKey, Default as DefaultValue};
use crate::config::config_infos::{ConfigInfo, ConfigInfos, ConfigKeyInfo};
use crate::config::config_value::{ParsedValue, trim};
use crate::config::connector_config::{DeadLetterQueueConfig, RestartPolicy};
use crate::config::definition::{ConfigDef, ConfigValue};
use crate::config::java_hash::sort_like_hash_map;
use crate::config::keys::{common, sink, source};
use crate::config::plugin_upgrade::PluginUpgrade;
use crate::config::worker_config::{WorkerConfig, with_prefix};
use crate::connect::{Config, ConnectorType, RawConfig};
use crate::plugin::ports::{PluginDesc, PluginError, PluginErrorKind, PluginKind, PluginRuntime};
use crate::plugin::registry::Plugins;
use crate::plugin::version::VersionRange;

const CONSUMER_GROUP: &str = "consumer.override.group.id";

const NULL_VALUE: &str = "Null value can not be supplied as the configuration value.";

/// Validates against what the worker is and has.
#[derive(Clone, Copy)]
pub struct Validation<'a> {
    pub worker: &'a WorkerConfig,
    pub plugins: &'a Plugins,
    pub runtime: &'a dyn PluginRuntime,
    /// The group of workers, whose name no sink's consumers may have; none: one worker alone.
    pub group_id: Option<&'a str>,
}

/// By key; those of the framework first, in order of definition.
type Values = IndexMap<String, ConfigValue>;

// === impl Validation

impl Validation<'_> {
    /// The answer of `PUT /connector-plugins/{plugin}/config/validate`. Fails if the connector's class is missing or unknown, or if the plugin fails to
    /// answer.
    pub async fn validate(&self, config: &RawConfig) -> Result<ConfigInfos, HerderError> {
        let config = &self.resolved(config)?;
        let class = connector_class(config)?;
        let plugin = match self.resolve(config)? {
            Ok(plugin) => plugin,
            Err(no_such_version) => return Ok(self.without_plugin(class, config, no_such_version)),
        };
        let kind = plugin.connector_type();
        let framework = Framework::new(self, config, kind, Some(&plugin));
        let mut values = framework.validate(config);
        let mut infos =
            vec![parts::client_overrides(self.worker, config, kind), parts::converters(self.plugins, config, &values)];
        let mut def = framework.def;
        self.add_own_keys(&plugin, config, &mut def, &mut values).await?;
        for (prefix, stage) in framework::stages(self.plugins, config) {
            self.add_stage(&prefix, &stage, config, &mut values).await?;
        }
        self.refuse_own_keys(&given(config), kind, &mut values);
        match kind {
            ConnectorType::Sink => self.refuse_workers_group(config, &mut values),
            _ if self.group_id.is_some() => self.check_exactly_once(&plugin, &given(config), &mut values).await,
            _ => {}
        }
        refuse_nulls(config, &mut values);
        infos.insert(0, merge_definitions(class, &def, values));
        Ok(merge(class, infos))
    }

    /// The configuration with the values of config providers, as Java validates it and shows it in the answer.
    pub fn resolved(&self, config: &RawConfig) -> Result<RawConfig, HerderError> {
        self.worker.providers.transform_raw(config).map_err(|error| HerderError::BadRequest(error.to_string()))
    }

    /// The plugin that a configuration names; `Ok(Err)` if it is there, but not in the version asked for.
    fn resolve(&self, config: &RawConfig) -> Result<Result<Arc<PluginDesc>, NoSuchVersion>, HerderError> {
        let class = connector_class(config)?;
        let class = if trim(class).is_empty() { class } else { trim(class) };
        let version = config.get("connector.plugin.version").and_then(Option::as_deref).map(trim);
        VersionRange::parse(version).map_err(HerderError::BadRequest)?;
        let message = match self.plugins.resolve_connector(class, version) {
            Ok(plugin) => return Ok(Ok(plugin)),
            Err(message) => message,
        };
        match self.plugins.resolve_connector(class, None) {
            Ok(newest) => Ok(Err(NoSuchVersion { message, available: versions(self.plugins, &newest) })),
            Err(_) => Err(HerderError::BadRequest(message)),
        }
    }

    /// The connector cannot be loaded in the version asked for: its type is not known, so that only common keys are checked.
    fn without_plugin(&self, class: &str, config: &RawConfig, reason: NoSuchVersion) -> ConfigInfos {
        let mut framework = Framework::new(self, config, ConnectorType::Unknown, None);
        if let Some(newest) = reason.available.last() {
            framework.def.set_default("connector.plugin.version", DefaultValue::Value(newest.clone().into()));
        }
        let mut values = framework.validate(config);
        for key in ["connector.class", "connector.plugin.version"] {
            if let Some(value) = values.get_mut(key) {
                value.errors.push(reason.message.clone());
            }
        }
        if let Some(value) = values.get_mut("connector.plugin.version") {
            value.recommended_values = reason.available;
        }
        refuse_nulls(config, &mut values);
        merge_definitions(class, &framework.def, values)
    }

    /// The consumers of a sink would be taken for workers (Java's `validateSinkConnectorGroupId`).
    fn refuse_workers_group(&self, config: &RawConfig, values: &mut Values) {
        let Some(worker_group) = self.group_id else { return };
        let own_group = config.get(CONSUMER_GROUP);
        let name = config.get("name").and_then(Option::as_deref).map(trim).unwrap_or_default();
        let (key, clashes, message) = match own_group {
            Some(group) => {
                let group = group.as_deref().unwrap_or_default();
                let message = format!("Consumer group {group} conflicts with Connect worker group {worker_group}");
                (CONSUMER_GROUP, group == worker_group, message)
            }
            None => {
                let message = format!(
                    "Consumer group for sink connector named {name} conflicts with Connect worker group {worker_group}"
                );
                ("name", worker_group.strip_prefix("connect-") == Some(name), message)
            }
        };
        if clashes {
            let value = values.entry(key.to_owned()).or_insert_with(|| {
                let value = own_group.cloned().flatten().map_or(ParsedValue::Null, ParsedValue::String);
                ConfigValue { value, ..ConfigValue::new(key) }
            });
            value.errors.push(message);
        }
    }

    /// What the plugin's definition, the plugin itself and the sandbox say. A key of the plugin replaces the framework's of that name.
    async fn add_own_keys(
        &self,
        plugin: &PluginDesc,
        config: &RawConfig,
        def: &mut ConfigDef,
        values: &mut Values,
    ) -> Result<(), HerderError> {
        let own: ConfigDef = self.runtime.config_def(plugin).await.map_err(refused)?.into_iter().collect();
        let own_values = own.validate_all(config);
        let has_errors = own_values.iter().any(|value| !value.errors.is_empty());
        values.extend(own_values.into_iter().map(|value| (value.name.clone(), value)));
        own.keys().for_each(|key| def.put(key.clone()));

        let given = given(config);
        let answers = match self.runtime.validate(plugin, &given).await {
            Ok(answers) => answers,
            // The plugin stumbles over what the definition has found already.
            Err(error) if has_errors && error.kind == PluginErrorKind::Config => Vec::new(),
            Err(error) => return Err(refused(error)),
        };
        for answer in answers {
            let value = values.entry(answer.name.clone()).or_insert_with(|| ConfigValue::new(&answer.name));
            if !answer.recommended_values.is_empty() {
                value.recommended_values = answer.recommended_values;
            }
            add_errors(value, answer.errors);
            value.visible = answer.visible;
        }
        for (key, reason) in self.runtime.denied_grants(plugin, &given).await.map_err(refused)? {
            let value = values.entry(key.clone()).or_insert_with(|| ConfigValue::new(&key));
            add_errors(value, [reason]);
        }
        Ok(())
    }

    /// What a transform, predicate or converter in a component says of its settings, and the sandbox of what they grant.
    async fn add_stage(
        &self,
        prefix: &str,
        plugin: &PluginDesc,
        config: &RawConfig,
        values: &mut Values,
    ) -> Result<(), HerderError> {
        let settings = with_prefix(&given(config), prefix);
        let has_errors = values.iter().any(|(key, value)| key.starts_with(prefix) && !value.errors.is_empty());
        let answers = match self.runtime.validate(plugin, &settings).await {
            Ok(answers) => answers,
            // The plugin stumbles over what the definition has found already.
            Err(error) if has_errors && error.kind == PluginErrorKind::Config => Vec::new(),
            Err(error) => return Err(refused(error)),
        };
        let denied = self.runtime.denied_grants(plugin, &settings).await.map_err(refused)?;
        let denied = denied.into_iter().map(|(key, reason)| (key, vec![reason]));
        let errors = answers.into_iter().map(|answer| (answer.name, answer.errors)).chain(denied);
        for (key, errors) in errors.filter(|(_, errors)| !errors.is_empty()) {
            let key = format!("{prefix}{key}");
            match values.get_mut(&key) {
                Some(value) => add_errors(value, errors),
                // The keys of converters are an answer of their own, so what is wrong with them stands at the class.
                None => {
                    let class = prefix.trim_end_matches('.');
                    let value = values.entry(class.to_owned()).or_insert_with(|| ConfigValue::new(class));
                    add_errors(value, errors.into_iter().map(|error| format!("{key}: {error}")));
                }
            }
        }
        Ok(())
    }

    /// Limits of the sandbox, the restart policy and a source's dead letter queue. Java has no such keys, so that they are shown only
    /// where they are wrong.
    fn refuse_own_keys(&self, config: &Config, kind: ConnectorType, values: &mut Values) {
        let is_source = kind == ConnectorType::Source;
        let of_queue = if is_source { DeadLetterQueueConfig::errors_of_source(config) } else { Vec::new() };
        for (key, text, error) in self
            .worker
            .sandbox
            .limits
            .errors(config)
            .into_iter()
            .chain(RestartPolicy::errors(config))
            .chain(PluginUpgrade::errors(config))
            .chain(of_queue)
        {
            let value = values.entry(key.to_owned()).or_insert_with(|| ConfigValue::new(key));
            value.value = ParsedValue::String(trim(text).to_owned());
            add_errors(value, [error.0]);
        }
    }

    /// The answer of `GET /connector-plugins/{plugin}/config`: the plugin's keys, then, for a connector, those of all connectors.
    /// Of the plugin's newest version that `version`, a range, allows.
    pub async fn plugin_config(&self, plugin: &str, version: Option<&str>) -> Result<Vec<ConfigKeyInfo>, HerderError> {
        if let Some(text) = version.filter(|text| VersionRange::parse(Some(text)).is_err()) {
            return Err(HerderError::BadRequest(format!("Invalid version specification: {text}")));
        }
        if self.plugins.resolve_connector(plugin, None).is_ok() {
            let plugin = self.plugins.resolve_connector(plugin, version).map_err(HerderError::BadRequest)?;
            let own = self.runtime.config_def(&plugin).await.map_err(refused)?;
            let mut framework: ConfigDef = connector_keys(plugin.connector_type()).into_iter().collect();
            framework.set_default("connector.plugin.version", DefaultValue::Value(plugin.version.clone().into()));
            let others = framework.keys().filter(|key| own.iter().all(|own| own.name != key.name));
            return Ok(own.iter().chain(others).map(ConfigKeyInfo::from).collect());
        }
        let kinds =
            [PluginKind::Converter, PluginKind::HeaderConverter, PluginKind::Transformation, PluginKind::Predicate];
        let kind = kinds.into_iter().find(|kind| self.plugins.resolve(*kind, plugin, None).is_ok());
        let kind = kind.ok_or_else(|| HerderError::NotFound(format!("Unknown plugin {plugin}.")))?;
        let plugin = self.plugins.resolve(kind, plugin, version).map_err(HerderError::BadRequest)?;
        Ok(plugin.config.iter().map(ConfigKeyInfo::from).collect())
    }
}

// === questions about a configuration

/// The class of the connector that `config` is for.
pub fn connector_class(config: &RawConfig) -> Result<&str, HerderError> {
    match config.get("connector.class") {
        Some(Some(class)) => Ok(class),
        _ => Err(HerderError::BadRequest(format!("Connector config {} contains no connector type", printed(config)))),
    }
}

/// Refuses a configuration for another plugin than the path names. As in Java one name may be the end of the other's.
pub fn check_requested_plugin(plugin: &str, config: &RawConfig) -> Result<(), HerderError> {
    let Some(class) = config.get("connector.class").and_then(Option::as_deref) else {
        return Ok(());
    };
    let normalized = |name: &str| name.strip_suffix("Connector").unwrap_or(name).to_owned();
    if normalized(class).ends_with(&normalized(plugin)) {
        return Ok(());
    }
    Err(HerderError::BadRequest(format!("Included connector type {class} does not match request type {plugin}")))
}

/// Refuses a configuration with errors, in Java's words.
pub fn check_valid(infos: &ConfigInfos) -> Result<(), HerderError> {
    if infos.error_count == 0 {
        return Ok(());
    }
    let mut message =
        format!("Connector configuration is invalid and contains the following {} error(s):", infos.error_count);
    for error in infos.configs.iter().flat_map(|config| &config.value.errors) {
        message.push('\n');
        message.push_str(error);
    }
    message.push_str(
        "\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`",
    );
    Err(HerderError::BadRequest(message))
}

/// The plugin is there, but not in the version asked for.
struct NoSuchVersion {
    /// Java's.
    message: String,
    available: Vec<String>,
}

/// All versions of a plugin's class, oldest first.
fn versions(plugins: &Plugins, of: &PluginDesc) -> Vec<String> {
    let same = plugins.list().iter().filter(|plugin| plugin.kind == of.kind && plugin.class == of.class);
    same.map(|plugin| plugin.version.clone()).collect()
}

/// The entries that are not null.
fn given(config: &RawConfig) -> Config {
    config.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))).collect()
}

/// Java's text of a map. Only the name is shown: without a class nobody knows which other values are secrets.
fn printed(config: &RawConfig) -> String {
    let mut entries: Vec<_> = config.iter().collect();
    // Java has put the configuration into a HashMap by then.
    sort_like_hash_map(&mut entries, |(key, _)| key);
    let entries: Vec<_> = entries
        .into_iter()
        .map(|(key, value)| match value {
            None => format!("{key}=null"),
            Some(value) if key == "name" => format!("{key}={value}"),
            Some(_) => format!("{key}=[hidden]"),
        })
        .collect();
    format!("{{{}}}", entries.join(", "))
}

/// The keys that the framework gives to connectors of a type.
fn connector_keys(kind: ConnectorType) -> Vec<ConfigKey> {
    match kind {
        ConnectorType::Source => source::keys(),
        ConnectorType::Sink => sink::keys(),
        ConnectorType::Unknown => common::keys(),
    }
}

// === putting an answer together

fn refuse_nulls(config: &RawConfig, values: &mut Values) {
    for (key, _) in config.iter().filter(|(_, value)| value.is_none()) {
        let value = values.entry(key.clone()).or_insert_with(|| ConfigValue::new(key));
        value.errors.push(NULL_VALUE.to_owned());
    }
}

fn add_errors(value: &mut ConfigValue, errors: impl IntoIterator<Item = String>) {
    for error in errors {
        if !value.errors.contains(&error) {
            value.errors.push(error);
        }
    }
}

/// Values without a definition first, then every key in order of definition; `error_count` counts messages.
fn merge_definitions(class: &str, def: &ConfigDef, mut values: Values) -> ConfigInfos {
    let mut configs = Vec::with_capacity(values.len());
    let undefined: Vec<String> = values.keys().filter(|name| def.get(name).is_none()).cloned().collect();
    for name in undefined {
        configs.extend(values.shift_remove(&name).map(|value| ConfigInfo { definition: None, value: value.into() }));
    }
    for key in def.keys() {
        let value = values.shift_remove(&*key.name).unwrap_or_else(|| ConfigValue::new(&*key.name));
        configs.push(ConfigInfo { definition: Some(key.into()), value: value.into() });
    }
    let error_count = configs.iter().map(|config| config.value.errors.len()).sum();
    ConfigInfos { name: class.to_owned(), error_count, groups: def.groups(), configs }
}

/// One after the other; each group is named once.
fn merge(class: &str, parts: Vec<ConfigInfos>) -> ConfigInfos {
    let mut merged = ConfigInfos { name: class.to_owned(), error_count: 0, groups: Vec::new(), configs: Vec::new() };
    for part in parts {
        merged.error_count += part.error_count;
        for group in part.groups {
            if !merged.groups.contains(&group) {
                merged.groups.push(group);
            }
        }
        merged.configs.extend(part.configs);
    }
    merged
}

fn refused(error: PluginError) -> HerderError {
    match error.kind {
        PluginErrorKind::Config => HerderError::BadRequest(error.message),
        _ => HerderError::Internal(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
