//! What is asked of any plugin: its configuration and its start.

use std::collections::HashSet;

use super::random::Random;
use super::{Found, Scene, Verdict, stage};
use crate::config::config_def::{Default as DefaultValue, Grant};
use crate::config::definition::ConfigDef;
use crate::connect::{ConnectorType, RawConfig};
use crate::plugin::ports::{PluginError, PluginErrorKind, PluginRuntime};

/// How many strange configurations are validated, and how many started.
const VALIDATED: usize = 200;
const STARTED: usize = 30;

/// Names are unique, everything is documented, defaults are values of their types, and what keys refer to is there.
pub fn keys(scene: &Scene<'_>) -> Verdict {
    let keys = &scene.subject.plugin.config;
    let names: HashSet<&str> = keys.iter().map(|key| &*key.name).collect();
    let def: ConfigDef = keys.iter().cloned().collect();
    if names.len() < keys.len() {
        return Err("a name comes twice".to_owned());
    }
    for key in keys.iter() {
        let name = &key.name;
        if name.is_empty() || name.trim() != name {
            return Err(format!("{name:?} is no name"));
        }
        if key.documentation.trim().is_empty() {
            return Err(format!("{name} has no documentation"));
        }
        if let Some(missing) = key.dependents.iter().find(|name| !names.contains(&***name)) {
            return Err(format!("{name} has the dependent {missing}, which is no key"));
        }
        let port_keys = key.grants.iter().filter_map(|grant| match grant {
            Grant::Connect { port_key, .. } | Grant::Listen { port_key, .. } => port_key.as_deref(),
            _ => None,
        });
        if let Some(missing) = port_keys.into_iter().find(|name| !names.contains(name)) {
            return Err(format!("the grant of {name} takes its port from {missing}, which is no key"));
        }
    }
    // What is wrong with nothing at all is wrong with defaults, but for keys that must be given.
    for value in def.validate_all(&RawConfig::new()) {
        let required = def.get(&value.name).is_some_and(|key| matches!(key.default, DefaultValue::Required));
        if let (false, Some(error)) = (required, value.errors.first()) {
            return Err(format!("the default of {}: {error}", value.name));
        }
    }
    Ok(Found::Fine(format!("{} keys", keys.len())))
}

/// Neither the definition nor the plugin finds anything wrong with the configuration that was given.
pub async fn valid(scene: &Scene<'_>) -> Verdict {
    let subject = scene.subject;
    let def: ConfigDef = subject.plugin.config.iter().cloned().collect();
    let raw: RawConfig = subject.config.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
    if let Some(error) = def.validate_all(&raw).into_iter().flat_map(|value| value.errors).next() {
        return Err(error);
    }
    let values = subject.runtime.validate(&subject.plugin, &subject.config).await.map_err(|error| error.to_string())?;
    if let Some(error) = values.into_iter().flat_map(|value| value.errors).next() {
        return Err(error);
    }
    let denied = subject.runtime.denied_grants(&subject.plugin, &subject.config).await;
    match denied.map_err(|error| error.to_string())?.first() {
        Some((key, reason)) => Err(format!("{key}: {reason}")),
        None => Ok(Found::Fine(String::new())),
    }
}

/// Whether a failure is an answer: the plugin is alive and says what is wrong.
fn is_answer(error: &PluginError) -> bool {
    !error.kind.is_deadly()
}

/// Whatever the configuration, validation neither traps nor hangs, and speaks of keys that there are.
pub async fn validation(scene: &Scene<'_>) -> Verdict {
    let subject = scene.subject;
    let names: HashSet<&str> = subject.plugin.config.iter().map(|key| &*key.name).collect();
    let mut random = Random::new();
    for _ in 0..VALIDATED {
        let config = random.config(&subject.plugin, &subject.config, true);
        match subject.runtime.validate(&subject.plugin, &config).await {
            Ok(values) => {
                // Keys of the framework may be spoken of too; those nobody knows may not.
                let known = |name: &str| names.contains(name) || config.contains_key(name);
                if let Some(unknown) = values.iter().find(|value| !known(&value.name)) {
                    return Err(format!("it speaks of {:?}, which is no key", unknown.name));
                }
            }
            Err(error) if error.kind == PluginErrorKind::Config => {}
            Err(error) => return Err(format!("{error}, with {config:?}")),
        }
    }
    Ok(Found::Fine(format!("{VALIDATED} strange configurations")))
}

/// Whatever the configuration, the connector and its task start, or the stage is configured, or they say why not.
pub async fn starts(scene: &Scene<'_>) -> Verdict {
    let (redirected, _directory) = scene.redirected()?;
    let mut random = Random::new();
    let mut started = 0;
    for _ in 0..STARTED {
        // Keys that grant something stay: what they name would be written to.
        let config = random.config(&redirected.plugin, &redirected.config, false);
        let subject = redirected.with(config);
        let outcome = async {
            for role in stage::roles(subject.plugin.kind) {
                subject.stage(role).await?;
            }
            if subject.plugin.connector_type() == ConnectorType::Unknown {
                return Ok(());
            }
            let configs = subject.task_configs(1).await?;
            let Some(config) = configs.first() else { return Ok(()) };
            match subject.plugin.connector_type() {
                ConnectorType::Source => subject.source(config).await.map(drop),
                _ => subject.sink(0, config, &[]).await.map(drop),
            }
        };
        match outcome.await {
            Ok(()) => started += 1,
            Err(error) if is_answer(&error) => {}
            Err(error) => return Err(format!("{error}, with {:?}", subject.config)),
        }
    }
    Ok(Found::Fine(format!("{started} of {STARTED} strange configurations were started, the others refused")))
}

/// At most as many as were asked for, at least one.
pub async fn task_configs(scene: &Scene<'_>) -> Verdict {
    let mut counts = Vec::new();
    for max in [1, 3] {
        let configs = scene.subject.task_configs(max).await.map_err(|error| error.to_string())?;
        if configs.is_empty() || configs.len() > max as usize {
            return Err(format!("{} for at most {max} tasks", configs.len()));
        }
        counts.push(configs.len());
    }
    Ok(Found::Fine(format!("{} for 1, {} for 3", counts[0], counts[1])))
}
