//! One worker alone (Java's `StandaloneHerder`): configs and statuses in memory, offsets in a file.
//!
//! Reads are answered from `configs` at once; changes of one connector wait for each other and for nothing else, so a plugin
//! that hangs in `start` holds up requests for itself only.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use indexmap::IndexMap;

use super::validation::{self, Validation};
use super::{Herder, HerderError, LogLevel, LoggerLevel, Put, RestartRequest, restart_plan};
use crate::config::config_infos::{ConfigInfos, ConfigKeyInfo};
use crate::config::config_value::trim;
use crate::config::connector_config::ConnectorConfig;
use crate::connect::{
    ActiveTopics, Config, ConnectorInfo, ConnectorOffset, ConnectorOffsets, ConnectorState, ConnectorStateInfo,
    ConnectorTaskId, ConnectorType, Message, PluginInfo, RawConfig, ServerInfo, State, TargetState, TaskInfo,
    TaskState, caps,
};
use crate::logging::Loggers;
use crate::plugin::ports::{PluginDesc, PluginKind, PluginRuntime};
use crate::plugin::registry::Plugins;
use crate::storage::offset_store::OffsetStore;
use crate::storage::status_store::{Status, StatusStore};
use crate::worker::{OffsetChange, OffsetsError, OffsetsOf, TaskAssignment, Worker};

/// The version of Kafka Connect whose API, configs and formats are spoken.
pub const CONNECT_VERSION: &str = "4.3.1";

/// What a standalone herder works with.
pub struct StandaloneParts {
    pub worker: Worker,
    pub plugins: Arc<Plugins>,
    pub runtime: Arc<dyn PluginRuntime>,
    pub status: Arc<dyn StatusStore>,
    pub offsets: Arc<dyn OffsetStore>,
    pub worker_config: Arc<crate::config::worker_config::WorkerConfig>,
    pub worker_id: String,
    pub loggers: Loggers,
}

/// Cheap to clone; all clones are one herder.
#[derive(Clone)]
pub struct StandaloneHerder(Arc<Shared>);

struct Shared {
    parts: StandaloneParts,
    configs: RwLock<IndexMap<String, Entry>>,
    /// Held while a connector is changed.
    changing: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    /// Known as soon as Kafka answers.
    kafka_cluster_id: OnceLock<String>,
    ready: AtomicBool,
    stopping: AtomicBool,
}

#[derive(Clone)]
struct Entry {
    config: Config,
    plugin: Arc<PluginDesc>,
    target: TargetState,
    task_configs: Vec<Config>,
}

impl Entry {
    fn info(&self, name: &str) -> ConnectorInfo {
        let tasks = (0..self.task_configs.len()).map(|task| ConnectorTaskId::new(name, task as u32)).collect();
        ConnectorInfo { name: name.to_owned(), config: self.config.clone(), tasks, kind: self.plugin.connector_type() }
    }
}

// === impl StandaloneHerder ===

impl StandaloneHerder {
    pub fn new(parts: StandaloneParts) -> Self {
        Self(Arc::new(Shared {
            parts,
            configs: RwLock::default(),
            changing: Mutex::default(),
            kafka_cluster_id: OnceLock::new(),
            ready: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
        }))
    }

    /// Kafka has answered.
    pub fn set_kafka_cluster_id(&self, id: String) {
        let _ = self.0.kafka_cluster_id.set(id);
    }

    /// From now on `/health` answers healthy.
    pub fn ready(&self) {
        self.0.ready.store(true, Ordering::SeqCst);
    }

    /// Follows connectors that ask for their tasks to be configured anew; never ends.
    pub async fn follow_reconfigurations(&self) {
        let reconfigurations = self.0.parts.worker.reconfigurations();
        loop {
            let name = reconfigurations.next().await;
            let herder = self.clone();
            tokio::spawn(async move {
                let changing = herder.0.change(&name).await;
                herder.0.reconfigure_tasks(&name, false, caps::RETRY_BACKOFF_MIN).await;
                drop(changing);
            });
        }
    }

    /// Refuses new work, stops all tasks and connectors, and commits what is safe.
    pub async fn stop(&self) {
        self.0.stopping.store(true, Ordering::SeqCst);
        self.0.parts.worker.stop().await;
    }
}

// === impl Shared ===

impl Shared {
    // --- state

    fn entry(&self, name: &str) -> Result<Entry, HerderError> {
        let configs = self.configs.read().unwrap_or_else(PoisonError::into_inner);
        configs.get(name).cloned().ok_or_else(|| HerderError::NotFound(format!("Connector {name} not found")))
    }

    fn update<T>(&self, change: impl FnOnce(&mut IndexMap<String, Entry>) -> T) -> T {
        change(&mut self.configs.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for other changes of the same connector.
    async fn change(&self, name: &str) -> tokio::sync::OwnedMutexGuard<()> {
        let lock = {
            let mut changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
            changing.retain(|_, lock| Arc::strong_count(lock) > 1);
            changing.entry(name.to_owned()).or_default().clone()
        };
        lock.lock_owned().await
    }

    fn refuse_when_stopping(&self) -> Result<(), HerderError> {
        if self.stopping.load(Ordering::SeqCst) {
            return Err(HerderError::Internal("Worker is shutting down".into()));
        }
        Ok(())
    }

    fn status_info(&self, name: &str) -> Result<ConnectorStateInfo, HerderError> {
        let none = || HerderError::NotFound(format!("No status found for connector {name}"));
        let connector = self.parts.status.connector(name).ok_or_else(none)?;
        let Status { state, worker_id, version, trace } = connector;
        let tasks = self.parts.status.tasks(name).into_iter().map(|(id, status)| task_state(id, status)).collect();
        let kind = self.entry(name).map_or(ConnectorType::Unknown, |entry| entry.plugin.connector_type());
        let connector = ConnectorState { state, worker_id, version, trace };
        Ok(ConnectorStateInfo { name: name.to_owned(), connector, tasks, kind })
    }

    fn mark(&self, state: State, version: &str) -> Status {
        let (worker_id, version) = (self.parts.worker_id.clone(), Some(version.to_owned()));
        Status { state, trace: None, worker_id, version }
    }

    // --- validation

    fn validation(&self) -> Validation<'_> {
        let StandaloneParts { worker_config, plugins, runtime, .. } = &self.parts;
        Validation { worker: worker_config, plugins, runtime: &**runtime }
    }

    /// The configuration without nulls and the plugin that it names, or all errors.
    async fn validated(&self, config: RawConfig) -> Result<(Config, Arc<PluginDesc>), HerderError> {
        let infos = self.validation().validate(&config).await?;
        validation::check_valid(&infos)?;
        let version = config.get("connector.plugin.version").and_then(Option::as_deref).map(trim);
        let class = trim(validation::connector_class(&config)?);
        let plugin = self.parts.plugins.resolve_connector(class, version).map_err(HerderError::BadRequest)?;
        Ok((config.into_iter().filter_map(|(key, value)| Some((key, value?))).collect(), plugin))
    }

    // --- changes; the caller holds `change`

    async fn start_connector(self: &Arc<Self>, name: &str) -> Result<(), HerderError> {
        let entry = self.entry(name)?;
        let started = self.parts.worker.start_connector(name, &entry.plugin, &entry.config, entry.target).await;
        started.map_err(|reason| HerderError::Internal(format!("Failed to start connector: {name}: {reason}")))?;
        if entry.target == TargetState::Started {
            self.reconfigure_tasks(name, true, caps::RETRY_BACKOFF_MIN).await;
        }
        Ok(())
    }

    /// Asks the connector for its tasks and, if they changed or `force` is set, restarts them all: progress is committed before
    /// the new ones start. A connector that cannot say is asked again later.
    async fn reconfigure_tasks(self: &Arc<Self>, name: &str, force: bool, backoff: Duration) {
        let Ok(entry) = self.entry(name) else { return };
        if entry.target != TargetState::Started || self.stopping.load(Ordering::SeqCst) {
            return;
        }
        let connector_config =
            ConnectorConfig::new(entry.config.clone(), entry.plugin.connector_type(), &self.parts.worker_config);
        let configs = match connector_config {
            Ok(config) => self.parts.worker.task_configs(name, &entry.plugin, &config).await,
            Err(error) => Some(Err(error.to_string())),
        };
        match configs {
            None => {}
            Some(Err(reason)) => {
                tracing::error!("Failed to reconfigure the tasks of connector {name}: {reason}");
                self.retry_reconfiguration(name, force, backoff);
            }
            Some(Ok(configs)) if !force && configs == entry.task_configs => {
                tracing::debug!("the tasks of connector {name} did not change");
            }
            Some(Ok(configs)) => {
                self.stop_tasks(name).await;
                for gone in configs.len()..entry.task_configs.len() {
                    self.parts.status.delete_task(&ConnectorTaskId::new(name, gone as u32));
                }
                self.update(|entries| {
                    if let Some(entry) = entries.get_mut(name) {
                        entry.task_configs = configs;
                    }
                });
                self.start_tasks(name);
            }
        }
    }

    /// Unless the connector has failed, which only a restart changes.
    fn retry_reconfiguration(self: &Arc<Self>, name: &str, force: bool, backoff: Duration) {
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

    async fn stop_tasks(&self, name: &str) {
        let ids = self.parts.worker.task_ids(name);
        self.parts.worker.stop_tasks(&ids).await;
    }

    fn start_tasks(&self, name: &str) {
        let Ok(entry) = self.entry(name) else { return };
        for task in 0..entry.task_configs.len() as u32 {
            self.start_task(&ConnectorTaskId::new(name, task), &entry);
        }
    }

    fn start_task(&self, id: &ConnectorTaskId, entry: &Entry) {
        let Some(task_config) = entry.task_configs.get(id.task as usize) else {
            return;
        };
        let Entry { plugin, config, target, .. } = entry;
        let task = TaskAssignment { id, plugin, connector_config: config, task_config, target: *target };
        self.parts.worker.start_task(task);
    }

    async fn restart(self: &Arc<Self>, name: &str, connector: bool, tasks: &[u32]) -> Result<(), HerderError> {
        let entry = self.entry(name)?;
        let ids: Vec<_> = tasks.iter().map(|task| ConnectorTaskId::new(name, *task)).collect();
        self.parts.worker.stop_tasks(&ids).await;
        if connector {
            self.parts.worker.stop_connector(name).await;
            let started = self.parts.worker.start_connector(name, &entry.plugin, &entry.config, entry.target).await;
            started.map_err(|reason| HerderError::Internal(format!("Failed to start connector: {name}: {reason}")))?;
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
    async fn modify_offsets(&self, name: &str, change: OffsetChange<'_>) -> Result<Message, HerderError> {
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

    async fn put(
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
        let entry = Entry { config, plugin, target, task_configs };
        self.update(|entries| entries.insert(name.to_owned(), entry));
        self.start_connector(name).await?;
        Ok(Put { created: old.is_none(), info: self.entry(name)?.info(name) })
    }
}

impl From<OffsetsError> for HerderError {
    fn from(error: OffsetsError) -> Self {
        match error {
            OffsetsError::Request(message) => Self::BadRequest(message),
            OffsetsError::Failed(message) => Self::Internal(message),
        }
    }
}

/// The name that a configuration is stored under must be the one it carries; without one it gets it, as the last key.
fn with_name(name: &str, mut config: RawConfig) -> Result<RawConfig, HerderError> {
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

fn task_state(id: u32, Status { state, worker_id, version, trace }: Status) -> TaskState {
    TaskState { id, state, worker_id, version, trace }
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
        Ok(task_state(id.task, status))
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
        let config = with_name(&name, config)?;
        let shared = self.0.clone();
        // Spawned, so that a client that hangs up does not leave a connector half started.
        spawned(async move { shared.put(&name, config, initial_state, replace).await }).await
    }

    async fn patch_connector_config(&self, name: &str, patch: RawConfig) -> Result<Put, HerderError> {
        let mut config: RawConfig =
            self.0.entry(name)?.config.into_iter().map(|(key, value)| (key, Some(value))).collect();
        for (key, value) in patch {
            match value {
                Some(value) => drop(config.insert(key, Some(value))),
                None => drop(config.shift_remove(&key)),
            }
        }
        self.put_connector(name, config, None, true).await
    }

    async fn delete_connector(&self, name: &str) -> Result<(), HerderError> {
        self.0.refuse_when_stopping()?;
        let (shared, name) = (self.0.clone(), name.to_owned());
        spawned(async move {
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
        spawned(async move {
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
        spawned(async move {
            let _changing = shared.change(&id.connector).await;
            shared.restart(&id.connector, false, &[id.task]).await
        })
        .await
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
        spawned(async move { shared.modify_offsets(&name, OffsetChange::Alter(&offsets)).await }).await
    }

    async fn reset_connector_offsets(&self, name: &str) -> Result<Message, HerderError> {
        self.0.refuse_when_stopping()?;
        let (shared, name) = (self.0.clone(), name.to_owned());
        spawned(async move { shared.modify_offsets(&name, OffsetChange::Reset).await }).await
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
        let shown = |plugin: &&Arc<PluginDesc>| {
            !connectors_only || matches!(plugin.kind, PluginKind::Source | PluginKind::Sink)
        };
        let info = |plugin: &Arc<PluginDesc>| PluginInfo {
            class: plugin.class.clone(),
            kind: plugin.kind.to_string(),
            version: plugin.version.clone(),
        };
        Ok(self.0.parts.plugins.list().iter().filter(shown).map(info).collect())
    }

    async fn plugin_config(&self, plugin: &str, version: Option<&str>) -> Result<Vec<ConfigKeyInfo>, HerderError> {
        self.0.validation().plugin_config(plugin, version).await
    }

    async fn validate(&self, plugin: &str, config: RawConfig) -> Result<ConfigInfos, HerderError> {
        validation::check_requested_plugin(plugin, &config)?;
        self.0.validation().validate(&config).await
    }
}

/// Runs a change to its end, whatever becomes of the request that wanted it.
async fn spawned<T: Send + 'static>(
    change: impl Future<Output = Result<T, HerderError>> + Send + 'static,
) -> Result<T, HerderError> {
    match tokio::spawn(change).await {
        Ok(result) => result,
        Err(panic) => Err(HerderError::Internal(format!("the worker itself failed; please report this: {panic}"))),
    }
}
