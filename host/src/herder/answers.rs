//! What REST is answered alike by every kind of herder.

use std::sync::Arc;

use super::HerderError;
use super::validation::{self, Validation};
use crate::config::config_value::trim;
use crate::connect::{Config, ConnectorState, ConnectorStateInfo, ConnectorType, PluginInfo, RawConfig, TaskState};
use crate::plugin::ports::{PluginDesc, PluginKind};
use crate::plugin::registry::Plugins;
use crate::storage::status_store::{Status, StatusStore};

/// `GET /connector-plugins`.
pub(super) fn plugin_infos(plugins: &Plugins, connectors_only: bool) -> Vec<PluginInfo> {
    let shown =
        |plugin: &&Arc<PluginDesc>| !connectors_only || matches!(plugin.kind, PluginKind::Source | PluginKind::Sink);
    let info = |plugin: &Arc<PluginDesc>| PluginInfo {
        class: plugin.class.clone(),
        kind: plugin.kind.to_string(),
        version: plugin.version.clone(),
    };
    plugins.list().iter().filter(shown).map(info).collect()
}

/// `GET /connectors/{name}/status`; none: nothing is known of the connector.
pub(super) fn state_info(status: &dyn StatusStore, name: &str, kind: ConnectorType) -> Option<ConnectorStateInfo> {
    let Status { state, worker_id, version, trace } = status.connector(name)?;
    let tasks = status.tasks(name).into_iter().map(|(id, status)| task_state(id, status)).collect();
    let connector = ConnectorState { state, worker_id, version, trace };
    Some(ConnectorStateInfo { name: name.to_owned(), connector, tasks, kind })
}

/// `GET /connectors/{name}/tasks/{id}/status`.
pub(super) fn task_state(id: u32, Status { state, worker_id, version, trace }: Status) -> TaskState {
    TaskState { id, state, worker_id, version, trace }
}

/// The name that a configuration is stored under must be the one it carries; without one it gets it, as the last key.
pub(super) fn with_name(name: &str, mut config: RawConfig) -> Result<RawConfig, HerderError> {
    match config.get("name") {
        Some(Some(own)) if own != name => Err(HerderError::BadRequest(format!(
            "Connector name configuration ({own}) doesn't match connector name in the URL ({name})"
        ))),
        Some(Some(_)) => Ok(config),
        _ => {
            config.shift_remove("name");
            config.insert("name".to_owned(), Some(name.to_owned()));
            Ok(config)
        }
    }
}

/// The configuration with a patch merged into it; a null removes its key (KIP-477).
pub(super) fn patched(config: &Config, patch: RawConfig) -> RawConfig {
    let mut patched: RawConfig = config.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
    for (key, value) in patch {
        match value {
            Some(value) => drop(patched.insert(key, Some(value))),
            None => drop(patched.shift_remove(&key)),
        }
    }
    patched
}

/// The configuration without nulls and the plugin that it names, or all errors.
pub(super) async fn validated(
    validation: Validation<'_>,
    config: RawConfig,
) -> Result<(Config, Arc<PluginDesc>), HerderError> {
    let infos = validation.validate(&config).await?;
    validation::check_valid(&infos)?;
    let resolved = validation.resolved(&config)?;
    let version = resolved.get("connector.plugin.version").and_then(Option::as_deref).map(trim);
    let class = trim(validation::connector_class(&resolved)?);
    let plugin = validation.plugins.resolve_connector(class, version).map_err(HerderError::BadRequest)?;
    Ok((config.into_iter().filter_map(|(key, value)| Some((key, value?))).collect(), plugin))
}

/// Runs a change to its end, whatever becomes of the request that wanted it.
pub(super) async fn spawned<T: Send + 'static>(
    change: impl Future<Output = Result<T, HerderError>> + Send + 'static,
) -> Result<T, HerderError> {
    match tokio::spawn(change).await {
        Ok(result) => result,
        Err(panic) => Err(HerderError::Internal(format!("the worker itself failed; please report this: {panic}"))),
    }
}
