//! What REST may ask of a distributed herder.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::action::Answer;
use super::event::Request;
use super::shell::Letter;
use super::{DistributedHerder, Shared};
use crate::config::config_infos::{ConfigInfos, ConfigKeyInfo};
use crate::config::config_value::trim;
use crate::connect::{
    ActiveTopics, Config, ConnectorInfo, ConnectorOffset, ConnectorOffsets, ConnectorStateInfo, ConnectorTaskId,
    ConnectorType, Message, PluginInfo, RawConfig, ServerInfo, TargetState, TaskInfo, TaskState,
};
use crate::herder::standalone::CONNECT_VERSION;
use crate::herder::validation::{self, Validation};
use crate::herder::{
    Herder, HerderError, InternalRequest, LogLevel, LoggerLevel, Put, RestartRequest, answers, restart_plan,
};
use crate::plugin::registry::Plugins;
use crate::storage::config_store::{ClusterConfigState, ConfigStoreError};
use crate::storage::status_store::StatusStore;
use crate::worker::{OffsetChange, OffsetsOf};

impl From<ConfigStoreError> for HerderError {
    fn from(error: ConfigStoreError) -> Self {
        Self::Internal(error.0)
    }
}

// === impl Shared ===

impl Shared {
    /// Asks the step, and waits for its answer; REST has the deadline.
    async fn ask(&self, request: Request) -> Result<Answer, HerderError> {
        let (reply, answer) = oneshot::channel();
        let ended = || HerderError::Internal("Worker is shutting down".into());
        self.letters.send(Letter::Request { request, reply }).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }

    /// What the step allows to be done with this configuration.
    async fn ask_for_config(&self, request: Request) -> Result<Arc<Config>, HerderError> {
        match self.ask(request).await? {
            Answer::Config(config) => Ok(config),
            other => Err(HerderError::Internal(format!("the worker itself failed; please report this: {other:?}"))),
        }
    }

    fn state(&self) -> Arc<ClusterConfigState> {
        self.parts.configs.snapshot()
    }

    fn config_of(&self, name: &str) -> Result<Arc<Config>, HerderError> {
        let config = self.state().connector_config(name).cloned();
        config.ok_or_else(|| HerderError::NotFound(format!("Connector {name} not found")))
    }

    /// Unknown while the plugin is not on this worker.
    fn kind_of(&self, config: &Config) -> ConnectorType {
        self.plugin_of(config).map_or(ConnectorType::Unknown, |plugin| plugin.connector_type())
    }

    pub(super) fn state_info(&self, name: &str) -> Option<ConnectorStateInfo> {
        let kind = self.config_of(name).map_or(ConnectorType::Unknown, |config| self.kind_of(&config));
        answers::state_info(&*self.parts.status, name, kind)
    }

    fn validation<'a>(&'a self, plugins: &'a Plugins) -> Validation<'a> {
        let config = &self.parts.config;
        Validation { worker: &config.worker, plugins, runtime: &*self.parts.runtime, group_id: Some(&config.group_id) }
    }

    /// Checks here, whoever leads; then it is the leader's.
    async fn put(
        &self,
        name: &str,
        config: RawConfig,
        target: Option<TargetState>,
        replace: bool,
    ) -> Result<Put, HerderError> {
        let plugins = self.parts.plugins.current();
        let (config, plugin) = answers::validated(self.validation(&plugins), config).await?;
        let request = Request::PutConnector { connector: name.into(), config: config.clone(), target, replace };
        match self.ask(request).await? {
            Answer::Put { created, tasks } => {
                let kind = plugin.connector_type();
                Ok(Put { created, info: ConnectorInfo { name: name.to_owned(), config, tasks, kind } })
            }
            other => Err(HerderError::Internal(format!("the worker itself failed; please report this: {other:?}"))),
        }
    }

    async fn modify_offsets(&self, name: &str, change: OffsetChange<'_>) -> Result<Message, HerderError> {
        let config = self.ask_for_config(Request::ModifyOffsets { connector: name.into() }).await?;
        let plugin = self.plugin_of(&config).map_err(HerderError::BadRequest)?;
        let of = OffsetsOf { name, plugin: &plugin, config: &config };
        Ok(self.parts.worker.modify_connector_offsets(of, change).await?)
    }

    /// Only workers of this cluster may ask, if the group speaks a protocol that says so (KIP-507).
    fn check_signature(&self, request: &InternalRequest) -> Result<(), HerderError> {
        if !self.sessioned.load(Ordering::SeqCst) {
            return Ok(());
        }
        request.verify(self.state().session_key(), &self.parts.config.inter_worker.verification_algorithms)
    }
}

// === impl Herder for DistributedHerder ===

#[async_trait]
impl Herder for DistributedHerder {
    async fn server_info(&self) -> Result<ServerInfo, HerderError> {
        Ok(ServerInfo {
            version: CONNECT_VERSION.to_owned(),
            commit: format!("wasm-connect-{}", env!("CARGO_PKG_VERSION")),
            kafka_cluster_id: self.0.parts.kafka_cluster_id.clone(),
        })
    }

    fn is_ready(&self) -> bool {
        self.0.ready.load(Ordering::SeqCst)
    }

    async fn connectors(&self) -> Result<Vec<String>, HerderError> {
        Ok(self.0.state().connectors().map(|name| name.to_string()).collect())
    }

    async fn connector_info(&self, name: &str) -> Result<ConnectorInfo, HerderError> {
        let state = self.0.state();
        let config = state.connector_config(name);
        let config = config.ok_or_else(|| HerderError::NotFound(format!("Connector {name} not found")))?;
        let (tasks, kind) = (state.tasks(name).collect(), self.0.kind_of(config));
        Ok(ConnectorInfo { name: name.to_owned(), config: Config::clone(config), tasks, kind })
    }

    async fn connector_config(&self, name: &str) -> Result<Config, HerderError> {
        Ok(Config::clone(&*self.0.config_of(name)?))
    }

    async fn connector_status(&self, name: &str) -> Result<ConnectorStateInfo, HerderError> {
        let none = || HerderError::NotFound(format!("No status found for connector {name}"));
        self.0.state_info(name).ok_or_else(none)
    }

    async fn task_status(&self, id: &ConnectorTaskId) -> Result<TaskState, HerderError> {
        let status = self.0.parts.status.task(id);
        let status = status.ok_or_else(|| HerderError::NotFound(format!("No status found for task {id}")))?;
        Ok(answers::task_state(id.task, status))
    }

    async fn task_configs(&self, name: &str) -> Result<Vec<TaskInfo>, HerderError> {
        self.0.config_of(name)?;
        let state = self.0.state();
        let config = |id: &ConnectorTaskId| state.task_config(id).map(|config| Config::clone(config));
        let tasks = state.tasks(name).filter_map(|id| Some(TaskInfo { config: config(&id)?, id }));
        Ok(tasks.collect())
    }

    async fn put_connector(
        &self,
        name: &str,
        config: RawConfig,
        initial_state: Option<TargetState>,
        replace: bool,
    ) -> Result<Put, HerderError> {
        let name = trim(name).to_owned();
        let config = answers::with_name(&name, config)?;
        self.0.put(&name, config, initial_state, replace).await
    }

    async fn patch_connector_config(&self, name: &str, patch: RawConfig) -> Result<Put, HerderError> {
        let config = self.0.ask_for_config(Request::PatchConnector { connector: name.into() }).await?;
        self.put_connector(name, answers::patched(&config, patch), None, true).await
    }

    async fn delete_connector(&self, name: &str) -> Result<(), HerderError> {
        self.0.ask(Request::DeleteConnector { connector: name.into() }).await.map(drop)
    }

    async fn set_target_state(&self, name: &str, target: TargetState) -> Result<(), HerderError> {
        if target == TargetState::Stopped {
            return self.0.ask(Request::StopConnector { connector: name.into() }).await.map(drop);
        }
        if !self.0.state().contains(name) {
            return Err(HerderError::NotFound(format!("Unknown connector {name}")));
        }
        // Any worker may write it.
        Ok(self.0.parts.configs.put_target_state(name, target).await?)
    }

    async fn restart_connector(&self, name: &str) -> Result<(), HerderError> {
        self.0.ask(Request::RestartConnector { connector: name.into() }).await.map(drop)
    }

    async fn restart_connector_and_tasks(
        &self,
        name: &str,
        request: RestartRequest,
    ) -> Result<ConnectorStateInfo, HerderError> {
        self.0.ask(Request::RestartConnectorAndTasks { connector: name.into(), request }).await?;
        let none = || HerderError::NotFound(format!("Status for connector {name} not found"));
        let info = self.0.state_info(name).ok_or_else(none)?;
        Ok(restart_plan::plan(request, info).1)
    }

    async fn restart_task(&self, id: &ConnectorTaskId) -> Result<(), HerderError> {
        self.0.ask(Request::RestartTask { id: id.clone() }).await.map(drop)
    }

    async fn put_task_configs(
        &self,
        name: &str,
        configs: Vec<Config>,
        request: InternalRequest,
    ) -> Result<(), HerderError> {
        self.0.check_signature(&request)?;
        self.0.ask(Request::PutTaskConfigs { connector: name.into(), configs }).await.map(drop)
    }

    async fn fence_zombie_source_tasks(&self, name: &str, request: InternalRequest) -> Result<(), HerderError> {
        self.0.check_signature(&request)?;
        Err(HerderError::Internal(format!(
            "The leader of this cluster is a Wasm Connect worker, which has no exactly-once support for source connectors yet: the \
             tasks of connector {name} cannot be fenced"
        )))
    }

    async fn active_topics(&self, name: &str) -> Result<ActiveTopics, HerderError> {
        if !self.0.parts.config.worker.topic_tracking_enable {
            return Err(HerderError::Forbidden("Topic tracking is disabled.".into()));
        }
        Ok(ActiveTopics { connector: name.to_owned(), topics: self.0.parts.status.topics(name) })
    }

    async fn reset_active_topics(&self, name: &str) -> Result<(), HerderError> {
        let config = &self.0.parts.config.worker;
        if !config.topic_tracking_enable {
            return Err(HerderError::Forbidden("Topic tracking is disabled.".into()));
        }
        if !config.topic_tracking_allow_reset {
            return Err(HerderError::Forbidden("Topic tracking reset is disabled.".into()));
        }
        self.0.parts.status.reset_topics(name);
        Ok(())
    }

    async fn connector_offsets(&self, name: &str) -> Result<ConnectorOffsets, HerderError> {
        let config = self.0.config_of(name)?;
        let plugin = self.0.plugin_of(&config).map_err(HerderError::BadRequest)?;
        let of = OffsetsOf { name, plugin: &plugin, config: &config };
        Ok(self.0.parts.worker.connector_offsets(of).await?)
    }

    async fn alter_connector_offsets(&self, name: &str, offsets: Vec<ConnectorOffset>) -> Result<Message, HerderError> {
        let (shared, name) = (self.0.clone(), name.to_owned());
        answers::spawned(async move { shared.modify_offsets(&name, OffsetChange::Alter(&offsets)).await }).await
    }

    async fn reset_connector_offsets(&self, name: &str) -> Result<Message, HerderError> {
        let (shared, name) = (self.0.clone(), name.to_owned());
        answers::spawned(async move { shared.modify_offsets(&name, OffsetChange::Reset).await }).await
    }

    fn logger_levels(&self) -> BTreeMap<String, LoggerLevel> {
        self.0.parts.loggers.all_levels()
    }

    fn logger_level(&self, logger: &str) -> Option<LoggerLevel> {
        self.0.parts.loggers.level(logger)
    }

    fn set_worker_logger_level(&self, namespace: &str, level: LogLevel) -> Vec<String> {
        self.0.parts.loggers.set_level(namespace, level)
    }

    async fn set_cluster_logger_level(&self, namespace: &str, level: LogLevel) -> Result<(), HerderError> {
        Ok(self.0.parts.configs.put_logger_level(namespace, level.name()).await?)
    }

    async fn connector_plugins(&self, connectors_only: bool) -> Result<Vec<PluginInfo>, HerderError> {
        Ok(answers::plugin_infos(&self.0.parts.plugins.current(), connectors_only))
    }

    async fn plugin_config(&self, plugin: &str, version: Option<&str>) -> Result<Vec<ConfigKeyInfo>, HerderError> {
        self.0.validation(&self.0.parts.plugins.current()).plugin_config(plugin, version).await
    }

    async fn validate(&self, plugin: &str, config: RawConfig) -> Result<ConfigInfos, HerderError> {
        validation::check_requested_plugin(plugin, &config)?;
        self.0.validation(&self.0.parts.plugins.current()).validate(&config).await
    }
}
