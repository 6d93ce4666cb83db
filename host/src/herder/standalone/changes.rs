//! What a request, a signal or a connector's wish changes. Whoever calls holds [`Shared::change`] of the connector.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Entry, Shared};
use crate::connect::{Config, ConnectorTaskId, Message, RawConfig, State, TargetState, caps};
use crate::herder::{HerderError, Put};
use crate::worker::{OffsetChange, OffsetsOf, TaskAssignment};

impl Shared {
    pub(super) async fn start_connector(self: &Arc<Self>, name: &str) -> Result<(), HerderError> {
        let entry = self.entry(name)?;
        self.launch(name, &entry).await?;
        if entry.target == TargetState::Started {
            self.reconfigure_tasks(name, true, caps::RETRY_BACKOFF_MIN).await;
        }
        Ok(())
    }

    /// Starts the connector instance, without its tasks.
    pub(super) async fn launch(self: &Arc<Self>, name: &str, entry: &Entry) -> Result<(), HerderError> {
        self.follow_values(name, entry);
        let started = self.parts.worker.start_connector(name, &entry.plugin, &entry.config, entry.target).await;
        started.map_err(|reason| HerderError::Internal(format!("Failed to start connector: {name}: {reason}")))?;
        // A newer version may have come since the one that was started was found.
        self.upgrade_if_newer(name);
        Ok(())
    }

    /// Asks the connector for its tasks and, if they changed or `force` is set, restarts them all: progress is committed before
    /// the new ones start. A connector that cannot say is asked again later.
    pub(super) async fn reconfigure_tasks(self: &Arc<Self>, name: &str, force: bool, backoff: Duration) {
        let Ok(entry) = self.entry(name) else { return };
        if entry.target != TargetState::Started || self.stopping.load(Ordering::SeqCst) {
            return;
        }
        match self.parts.worker.task_configs(name, &entry.plugin, &entry.config).await {
            None => {}
            Some(Err(reason)) => {
                tracing::error!("Failed to reconfigure the tasks of connector {name}: {reason}");
                self.retry_reconfiguration(name, force, backoff);
            }
            Some(Ok(configs)) if !force && configs == entry.task_configs => {
                tracing::debug!("the tasks of connector {name} did not change");
            }
            Some(Ok(configs)) => {
                self.restart_tasks(name, &entry, configs).await;
            }
        }
    }

    /// Replaces all tasks by tasks of these configurations.
    pub(super) async fn restart_tasks(&self, name: &str, before: &Entry, configs: Vec<Config>) {
        self.stop_tasks(name).await;
        for gone in configs.len()..before.task_configs.len() {
            self.parts.status.delete_task(&ConnectorTaskId::new(name, gone as u32));
        }
        self.update(|entries| {
            if let Some(entry) = entries.get_mut(name) {
                entry.task_configs = configs;
            }
        });
        self.start_tasks(name);
    }

    /// Unless the connector has failed, which only a restart changes.
    pub(super) fn retry_reconfiguration(self: &Arc<Self>, name: &str, force: bool, backoff: Duration) {
        let running = self.parts.status.connector(name).is_some_and(|status| status.state == State::Running);
        if !running {
            return;
        }
        let (shared, name) = (self.clone(), name.to_owned());
        // Boxed by the spawn: the retry calls what called it.
        let retry = async move {
            tokio::time::sleep(backoff).await;
            let changing = shared.change(&name).await;
            shared.reconfigure_tasks(&name, force, (backoff * 2).min(caps::RECONFIGURE_BACKOFF_MAX)).await;
            drop(changing);
        };
        let retry: std::pin::Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(retry);
        tokio::spawn(retry);
    }

    pub(super) async fn stop_tasks(&self, name: &str) {
        let ids = self.parts.worker.task_ids(name);
        self.parts.worker.stop_tasks(&ids).await;
    }

    pub(super) fn start_tasks(&self, name: &str) {
        let Ok(entry) = self.entry(name) else { return };
        for task in 0..entry.task_configs.len() as u32 {
            self.start_task(&ConnectorTaskId::new(name, task), &entry);
        }
    }

    pub(super) fn start_task(&self, id: &ConnectorTaskId, entry: &Entry) {
        let Some(task_config) = entry.task_configs.get(id.task as usize) else {
            return;
        };
        let Entry { plugin, config, target, .. } = entry;
        let task = TaskAssignment { id, plugin, connector_config: config, task_config, target: *target };
        self.parts.worker.start_task(task);
    }

    pub(super) async fn restart(
        self: &Arc<Self>,
        name: &str,
        connector: bool,
        tasks: &[u32],
    ) -> Result<(), HerderError> {
        let mut entry = self.entry(name)?;
        if connector {
            entry.plugin = self.newest_allowed(&entry);
            self.set_plugin(name, &entry.plugin);
        }
        let ids: Vec<_> = tasks.iter().map(|task| ConnectorTaskId::new(name, *task)).collect();
        self.parts.worker.stop_tasks(&ids).await;
        if connector {
            self.parts.worker.stop_connector(name).await;
            self.launch(name, &entry).await?;
        }
        for id in &ids {
            self.start_task(id, &entry);
        }
        if connector && entry.target == TargetState::Started {
            self.reconfigure_tasks(name, false, caps::RETRY_BACKOFF_MIN).await;
        }
        Ok(())
    }

    /// Only of a connector that is stopped, with all its tasks; nobody can resume it meanwhile.
    pub(super) async fn modify_offsets(&self, name: &str, change: OffsetChange<'_>) -> Result<Message, HerderError> {
        let _changing = self.change(name).await;
        let entry = self.entry(name)?;
        if entry.target != TargetState::Stopped || !entry.task_configs.is_empty() {
            return Err(HerderError::BadRequest(format!(
                "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified \
                 connector by issuing a 'PUT' request to the '/connectors/{name}/stop' endpoint"
            )));
        }
        let of = OffsetsOf { name, plugin: &entry.plugin, config: &entry.config };
        Ok(self.parts.worker.modify_connector_offsets(of, change).await?)
    }

    pub(super) async fn put(
        self: &Arc<Self>,
        name: &str,
        config: RawConfig,
        initial_state: Option<TargetState>,
        replace: bool,
    ) -> Result<Put, HerderError> {
        self.refuse_when_stopping()?;
        let (config, plugin) = self.validated(config).await?;
        let _changing = self.change(name).await;
        let old = self.entry(name).ok();
        if old.is_some() && !replace {
            return Err(HerderError::Conflict(format!("Connector {name} already exists")));
        }
        if old.is_some() {
            self.stop_tasks(name).await;
            self.parts.worker.stop_connector(name).await;
        }
        let target = initial_state.or(old.as_ref().map(|old| old.target)).unwrap_or_default();
        let task_configs = old.as_ref().map(|old| old.task_configs.clone()).unwrap_or_default();
        let entry = Entry { config, plugin, target, task_configs, refused: Vec::new() };
        self.update(|entries| entries.insert(name.to_owned(), entry));
        self.start_connector(name).await?;
        Ok(Put { created: old.is_none(), info: self.entry(name)?.info(name) })
    }
}
