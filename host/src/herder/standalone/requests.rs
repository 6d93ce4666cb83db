//! What REST may ask of a standalone herder.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use async_trait::async_trait;

use super::{CONNECT_VERSION, StandaloneHerder};
use crate::config::config_infos::{ConfigInfos, ConfigKeyInfo};
use crate::config::config_value::trim;
use crate::connect::{
    ActiveTopics, Config, ConnectorInfo, ConnectorOffset, ConnectorOffsets, ConnectorStateInfo, ConnectorTaskId,
    Message, PluginInfo, RawConfig, ServerInfo, State, TargetState, TaskInfo, TaskState, caps,
};
use crate::herder::{
    Herder, HerderError, InternalRequest, LogLevel, LoggerLevel, Put, RestartRequest, answers, restart_plan, validation,
};
use crate::worker::{OffsetChange, OffsetsError, OffsetsOf};

impl From<OffsetsError> for HerderError {
    fn from(error: OffsetsError) -> Self {
        match error {
            OffsetsError::Request(message) => Self::BadRequest(message),
            OffsetsError::Failed(message) => Self::Internal(message),
        }
    }
}

// === impl Herder for StandaloneHerder ===

#[async_trait]
impl Herder for StandaloneHerder {
    async fn server_info(&self) -> Result<ServerInfo, HerderError> {
        Ok(ServerInfo {
            version: CONNECT_VERSION.to_owned(),
            commit: format!("wasm-connect-{}", env!("CARGO_PKG_VERSION")),
            kafka_cluster_id: self.0.kafka_cluster_id.get().cloned().unwrap_or_default(),
        })
    }

    fn is_ready(&self) -> bool {
        self.0.ready.load(Ordering::SeqCst)
    }

    async fn connectors(&self) -> Result<Vec<String>, HerderError> {
        Ok(self.0.update(|entries| entries.keys().cloned().collect()))
    }

    async fn connector_info(&self, name: &str) -> Result<ConnectorInfo, HerderError> {
        Ok(self.0.entry(name)?.info(name))
    }

    async fn connector_config(&self, name: &str) -> Result<Config, HerderError> {
        Ok(self.0.entry(name)?.config)
    }

    async fn connector_status(&self, name: &str) -> Result<ConnectorStateInfo, HerderError> {
        self.0.status_info(name)
    }

    async fn task_status(&self, id: &ConnectorTaskId) -> Result<TaskState, HerderError> {
        let status = self.0.parts.status.task(id);
        let status = status.ok_or_else(|| HerderError::NotFound(format!("No status found for task {id}")))?;
        Ok(answers::task_state(id.task, status))
    }

    async fn task_configs(&self, name: &str) -> Result<Vec<TaskInfo>, HerderError> {
        let tasks = self.0.entry(name)?.task_configs.into_iter().enumerate();
        Ok(tasks.map(|(task, config)| TaskInfo { id: ConnectorTaskId::new(name, task as u32), config }).collect())
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
        let shared = self.0.clone();
        // Spawned, so that a client that hangs up does not leave a connector half started.
        answers::spawned(async move { shared.put(&name, config, initial_state, replace).await }).await
    }

    async fn patch_connector_config(&self, name: &str, patch: RawConfig) -> Result<Put, HerderError> {
        let config = answers::patched(&self.0.entry(name)?.config, patch);
        self.put_connector(name, config, None, true).await
    }

    async fn delete_connector(&self, name: &str) -> Result<(), HerderError> {
        self.0.refuse_when_stopping()?;
        let (shared, name) = (self.0.clone(), name.to_owned());
        answers::spawned(async move {
            let _changing = shared.change(&name).await;
            shared.entry(&name)?;
            shared.stop_tasks(&name).await;
            shared.parts.worker.stop_connector(&name).await;
            shared.update(|entries| entries.shift_remove(&name));
            shared.parts.status.delete_connector(&name);
            Ok(())
        })
        .await
    }

    async fn set_target_state(&self, name: &str, target: TargetState) -> Result<(), HerderError> {
        self.0.refuse_when_stopping()?;
        self.0.entry(name).map_err(|_| HerderError::NotFound(format!("Unknown connector {name}")))?;
        let (shared, name) = (self.0.clone(), name.to_owned());
        let (tasks_stopped, stopped) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            let _changing = shared.change(&name).await;
            let Ok(before) = shared.entry(&name) else { return };
            shared.update(|entries| {
                if let Some(entry) = entries.get_mut(&name) {
                    entry.target = target;
                    if target == TargetState::Stopped {
                        entry.task_configs.clear();
                    }
                }
            });
            if target == TargetState::Stopped {
                shared.stop_tasks(&name).await;
                (0..before.task_configs.len() as u32)
                    .for_each(|task| shared.parts.status.delete_task(&ConnectorTaskId::new(name.as_str(), task)));
            }
            // Nobody waits if the request is gone.
            let _ = tasks_stopped.send(());
            if let Some(Err(reason)) = shared.parts.worker.set_connector_target(&name, target).await {
                tracing::error!("{reason}");
            }
            shared.parts.worker.set_task_targets(&name, target);
            if target == TargetState::Started {
                shared.reconfigure_tasks(&name, before.target == TargetState::Stopped, caps::RETRY_BACKOFF_MIN).await;
                shared.upgrade_if_newer(&name);
            }
        });
        // Pause and resume are accepted now and done as soon as the connector can; who stops one may change its offsets next.
        if target == TargetState::Stopped {
            let _ = stopped.await;
        }
        Ok(())
    }

    async fn restart_connector(&self, name: &str) -> Result<(), HerderError> {
        self.0.refuse_when_stopping()?;
        self.0.entry(name)?;
        let (shared, name) = (self.0.clone(), name.to_owned());
        answers::spawned(async move {
            let _changing = shared.change(&name).await;
            shared.restart(&name, true, &[]).await
        })
        .await
    }

    async fn restart_connector_and_tasks(
        &self,
        name: &str,
        request: RestartRequest,
    ) -> Result<ConnectorStateInfo, HerderError> {
        self.0.refuse_when_stopping()?;
        let entry = self.0.entry(name).map_err(|_| HerderError::NotFound(format!("Unknown connector: {name}")))?;
        let none = |_| HerderError::NotFound(format!("Status for connector {name} not found"));
        let (plan, info) = restart_plan::plan(request, self.0.status_info(name).map_err(none)?);
        let version = &entry.plugin.version;
        if plan.connector {
            self.0.parts.status.put_connector(name, self.0.mark(State::Restarting, version));
        }
        for task in &plan.tasks {
            let id = ConnectorTaskId::new(name, *task);
            self.0.parts.status.put_task(&id, self.0.mark(State::Restarting, version));
        }
        let (shared, name) = (self.0.clone(), name.to_owned());
        tokio::spawn(async move {
            let _changing = shared.change(&name).await;
            if let Err(error) = shared.restart(&name, plan.connector, &plan.tasks).await {
                tracing::error!("Failed to restart connector {name}: {error}");
            }
        });
        Ok(info)
    }

    async fn restart_task(&self, id: &ConnectorTaskId) -> Result<(), HerderError> {
        self.0.refuse_when_stopping()?;
        let entry = self.0.entry(&id.connector)?;
        if id.task as usize >= entry.task_configs.len() {
            return Err(HerderError::NotFound(format!("Task {id} not found")));
        }
        let (shared, id) = (self.0.clone(), id.clone());
        answers::spawned(async move {
            let _changing = shared.change(&id.connector).await;
            shared.restart(&id.connector, false, &[id.task]).await
        })
        .await
    }

    async fn put_task_configs(&self, _: &str, _: Vec<Config>, _: InternalRequest) -> Result<(), HerderError> {
        let message = "Kafka Connect in standalone mode does not support externally setting task configurations.";
        Err(HerderError::Internal(message.to_owned()))
    }

    async fn fence_zombie_source_tasks(&self, _: &str, _: InternalRequest) -> Result<(), HerderError> {
        let message = "Kafka Connect in standalone mode does not support exactly-once source connectors.";
        Err(HerderError::Internal(message.to_owned()))
    }

    async fn active_topics(&self, name: &str) -> Result<ActiveTopics, HerderError> {
        if !self.0.parts.worker_config.topic_tracking_enable {
            return Err(HerderError::Forbidden("Topic tracking is disabled.".into()));
        }
        Ok(ActiveTopics { connector: name.to_owned(), topics: self.0.parts.status.topics(name) })
    }

    async fn reset_active_topics(&self, name: &str) -> Result<(), HerderError> {
        let config = &self.0.parts.worker_config;
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
        let entry = self.0.entry(name)?;
        let of = OffsetsOf { name, plugin: &entry.plugin, config: &entry.config };
        Ok(self.0.parts.worker.connector_offsets(of).await?)
    }

    async fn alter_connector_offsets(&self, name: &str, offsets: Vec<ConnectorOffset>) -> Result<Message, HerderError> {
        self.0.refuse_when_stopping()?;
        let (shared, name) = (self.0.clone(), name.to_owned());
        answers::spawned(async move { shared.modify_offsets(&name, OffsetChange::Alter(&offsets)).await }).await
    }

    async fn reset_connector_offsets(&self, name: &str) -> Result<Message, HerderError> {
        self.0.refuse_when_stopping()?;
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
        // This worker is the cluster.
        self.set_worker_logger_level(namespace, level);
        Ok(())
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
