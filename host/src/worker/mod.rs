//! Runs the connectors and tasks that the herder assigned: one actor and one Store each (Java's `Worker`).

mod component_stage;
mod connector_offsets;
mod converters;
mod errors;
mod instance_swap;
mod restarts;
mod sink_task;
mod source_task;
mod task_setup;
mod task_version;
mod transformations;
mod worker_connector;
mod worker_task;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

pub use self::connector_offsets::{OffsetChange, OffsetsError, OffsetsOf};
use self::errors::TaskFailure;
use self::instance_swap::Swapped;
use self::restarts::Restarts;
use self::sink_task::{BatchLimits, SinkTaskContext, WorkerSinkTask};
use self::source_task::{AckInbox, WorkerSourceTask};
use self::task_setup::TaskSetup;
use self::task_version::TaskVersion;
pub use self::worker_connector::ReconfigurationRequests;
use self::worker_connector::{ConnectorHandle, ConnectorOptions, QUIET_INSTANCES};
use self::worker_task::{TaskHandle, TaskStatus};
use crate::config::connector_config::{ConnectorConfig, RestartPolicy};
use crate::config::provider::with_references;
use crate::config::worker_config::WorkerConfig;
use crate::connect::{Config, ConnectorTaskId, State, TargetState, caps};
use crate::kafka::ports::Clients;
use crate::plugin::installed::InstalledPlugins;
use crate::plugin::ports::{PluginDesc, PluginKind, PluginRuntime, StopSignal};
use crate::storage::offset_store::OffsetStore;
use crate::storage::status_store::{Status, StatusStore};

/// What a worker works with.
pub struct WorkerParts {
    pub config: Arc<WorkerConfig>,
    pub plugins: InstalledPlugins,
    pub runtime: Arc<dyn PluginRuntime>,
    pub clients: Arc<dyn Clients>,
    pub offsets: Arc<dyn OffsetStore>,
    pub status: Arc<dyn StatusStore>,
    /// `host:port` of the advertised REST address.
    pub worker_id: String,
}

/// Whoever calls takes care that two calls for one connector do not overlap; the herder does.
pub struct Worker {
    parts: Arc<WorkerParts>,
    reconfigurations: Arc<ReconfigurationRequests>,
    quiet: Arc<Semaphore>,
    connectors: Mutex<HashMap<String, Arc<ConnectorHandle>>>,
    tasks: Mutex<HashMap<ConnectorTaskId, TaskHandle>>,
}

/// What a task is started with.
pub struct TaskAssignment<'a> {
    pub id: &'a ConnectorTaskId,
    pub plugin: &'a Arc<PluginDesc>,
    pub connector_config: &'a Config,
    pub task_config: &'a Config,
    pub target: TargetState,
}

/// What became of the upgrade of one task.
#[derive(Debug)]
pub enum TaskUpgrade {
    Done,
    /// The task goes on as it was, and why; it may work another time.
    Postponed(String),
    /// The other version does not start, and why; the present one goes on.
    RolledBack(String),
    /// It has failed or was stopped, perhaps on the way; its status says.
    NotRunning,
}

/// Why there are no task configurations.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TaskConfigsError {
    /// More than `tasks.max`: the connector has failed.
    #[error("{0}")]
    TooMany(String),
    /// The connector may do better the next time.
    #[error("{0}")]
    Failed(String),
}

// === impl Worker ===

impl Worker {
    pub fn new(parts: WorkerParts) -> Self {
        let reconfigurations = Arc::default();
        let quiet = Arc::new(Semaphore::new(QUIET_INSTANCES));
        Self { parts: Arc::new(parts), reconfigurations, quiet, connectors: Mutex::default(), tasks: Mutex::default() }
    }

    /// Connectors whose tasks want to be configured anew.
    pub fn reconfigurations(&self) -> Arc<ReconfigurationRequests> {
        self.reconfigurations.clone()
    }

    // --- connectors

    /// Starts the connector's actor at once; the answer comes when it has reached `target`. An error is also in its status.
    pub fn start_connector(
        &self,
        name: &str,
        plugin: &Arc<PluginDesc>,
        config: &Config,
        target: TargetState,
    ) -> impl Future<Output = Result<(), String>> + Send + use<> {
        let handle = self.spawn_connector(name, plugin, config);
        async move { handle?.set_target(target).await }
    }

    fn spawn_connector(
        &self,
        name: &str,
        plugin: &Arc<PluginDesc>,
        config: &Config,
    ) -> Result<Arc<ConnectorHandle>, String> {
        tracing::info!("Creating connector {name} of type {} {}", plugin.class, plugin.version);
        let name: Arc<str> = name.into();
        let config = match self.parts.config.providers.transform(config) {
            Ok(resolved) => resolved.config,
            Err(error) => return Err(self.not_started(&name, plugin, error.to_string())),
        };
        let handle = Arc::new(ConnectorHandle::spawn(ConnectorOptions {
            context: task_setup::connector_context(&self.parts, &name, config.into()),
            plugin: plugin.clone(),
            runtime: self.parts.runtime.clone(),
            status: self.parts.status.clone(),
            worker_id: self.parts.worker_id.clone(),
            reconfigurations: self.reconfigurations.clone(),
            quiet: self.quiet.clone(),
            name: name.clone(),
        }));
        self.connectors().insert(name.to_string(), handle.clone());
        Ok(handle)
    }

    /// None: no such connector is running here.
    pub async fn set_connector_target(&self, name: &str, target: TargetState) -> Option<Result<(), String>> {
        let handle = self.connectors().get(name).cloned()?;
        Some(handle.set_target(target).await)
    }

    /// The configurations of the connector's tasks as the plugin splits the work, with what every task config holds added
    /// (Java's `Worker.connectorTaskConfigs`), and with the references to config providers that `config` has, not their values.
    /// None: the connector is not running.
    pub async fn task_configs(
        &self,
        name: &str,
        plugin: &PluginDesc,
        raw: &Config,
    ) -> Option<Result<Vec<Config>, TaskConfigsError>> {
        let config = match ConnectorConfig::new(raw.clone(), plugin.connector_type(), &self.parts.config) {
            Ok(config) => config,
            Err(error) => return Some(Err(TaskConfigsError::Failed(error.to_string()))),
        };
        let handle = self.connectors().get(name).cloned()?;
        let mut configs = match handle.task_configs(config.tasks_max).await? {
            Ok(configs) => configs,
            Err(error) => return Some(Err(TaskConfigsError::Failed(error.to_string()))),
        };
        if let Err(too_many) = task_setup::check_tasks_max(name, configs.len(), &config) {
            handle.fail(too_many.clone()).await;
            return Some(Err(TaskConfigsError::TooMany(too_many)));
        }
        for task in &mut configs {
            if let Some(class) = &plugin.task_class {
                task.insert("task.class".to_owned(), class.clone());
            }
            if plugin.kind == PluginKind::Sink {
                for key in ["topics", "topics.regex"] {
                    if let Some(value) = config.originals().get(key) {
                        task.insert(key.to_owned(), value.clone());
                    }
                }
            }
            with_references(task, raw);
        }
        Some(Ok(configs))
    }

    /// Stops the connector instance, not its tasks.
    pub async fn stop_connector(&self, name: &str) {
        let Some(handle) = self.connectors().remove(name) else {
            return;
        };
        tracing::info!("Stopping connector {name}");
        if !handle.stop(caps::CONNECTOR_STOP_TIMEOUT).await {
            tracing::error!(
                "Connector '{name}' failed to properly shut down, has become unresponsive, and was abandoned"
            );
        }
    }

    /// Notes that a connector cannot even be begun: its plugin is not here.
    pub fn connector_cannot_start(&self, name: &str, reason: &str) {
        self.parts.status.put_connector(name, self.failed(None, reason));
    }

    // --- tasks

    /// Notes that a task cannot even be begun: its plugin is not here.
    pub fn task_cannot_start(&self, id: &ConnectorTaskId, reason: &str) {
        self.parts.status.put_task(id, self.failed(None, reason));
    }

    /// Starts a task; what goes wrong is in its status.
    pub fn start_task(&self, task: TaskAssignment<'_>) {
        tracing::info!("Creating task {}", task.id);
        let status = self.task_status(task.id, task.plugin.clone());
        let (target, wanted) = watch::channel(task.target);
        let stop = StopSignal::default();
        let setup = TaskSetup {
            parts: self.parts.clone(),
            id: task.id.clone(),
            connector_config: task.connector_config.clone().into(),
            task_config: task.task_config.clone().into(),
            status: status.clone(),
            target: wanted,
            stop: stop.clone(),
        };
        // One that is wrong is a failure of the setup.
        let policy = RestartPolicy::new(task.connector_config).unwrap_or_else(|_| RestartPolicy::never());
        let handle = TaskHandle::spawn(status, stop, target, Restarts::new(policy), move || setup.clone().run());
        self.tasks().insert(task.id.clone(), handle);
    }

    /// Has a running task go on with another version of its plugin: drained, committed, and swapped between two batches. `patience`:
    /// how long the task may take to get there.
    pub async fn upgrade_task(&self, id: &ConnectorTaskId, to: &Arc<PluginDesc>, patience: Duration) -> TaskUpgrade {
        let asked = self.tasks().get(id).map(|handle| handle.upgrade(to.clone()));
        match asked {
            None => TaskUpgrade::NotRunning,
            Some(None) => TaskUpgrade::Postponed("an earlier order is still to be done".to_owned()),
            Some(Some(answer)) => match tokio::time::timeout(patience, answer).await {
                Ok(Ok(Swapped::Done)) => TaskUpgrade::Done,
                Ok(Ok(Swapped::Postponed(reason))) => TaskUpgrade::Postponed(reason),
                Ok(Ok(Swapped::RolledBack(failure))) => TaskUpgrade::RolledBack(failure.to_string()),
                Ok(Err(_)) => TaskUpgrade::NotRunning,
                Err(_) => TaskUpgrade::Postponed(format!("it did not come to rest within {} ms", patience.as_millis())),
            },
        }
    }

    /// Tells the tasks to pause or go on.
    pub fn set_task_targets(&self, connector: &str, target: TargetState) {
        let tasks = self.tasks();
        tasks.iter().filter(|(id, _)| &*id.connector == connector).for_each(|(_, handle)| handle.set_target(target));
    }

    /// The tasks of the connector that were started and not stopped, failed ones included.
    pub fn task_ids(&self, connector: &str) -> Vec<ConnectorTaskId> {
        let mut ids: Vec<_> = self.tasks().keys().filter(|id| &*id.connector == connector).cloned().collect();
        ids.sort();
        ids
    }

    /// Whether the connector's instance or a task of it was started here and not stopped.
    pub fn has_any_of(&self, connector: &str) -> bool {
        self.connectors().contains_key(connector) || self.tasks().keys().any(|id| &*id.connector == connector)
    }

    /// Stops these tasks all at once, within `task.shutdown.graceful.timeout.ms` in all; then they are cancelled.
    pub async fn stop_tasks(&self, ids: &[ConnectorTaskId]) {
        let handles: Vec<_> = {
            let mut tasks = self.tasks();
            ids.iter().filter_map(|id| Some((id, tasks.remove(id)?))).collect()
        };
        handles.iter().for_each(|(_, handle)| handle.stop());
        let deadline = Instant::now() + self.parts.config.task_shutdown_graceful_timeout;
        for (id, handle) in handles {
            if !handle.ended(deadline).await {
                tracing::error!("Graceful stop of task {id} failed: it was cancelled");
            }
        }
    }

    /// Stops everything.
    pub async fn stop(&self) {
        let connectors: Vec<_> = self.connectors().keys().cloned().collect();
        let tasks: Vec<_> = self.tasks().keys().cloned().collect();
        let stop_connectors = async {
            for name in &connectors {
                self.stop_connector(name).await;
            }
        };
        tokio::join!(stop_connectors, self.stop_tasks(&tasks));
    }

    // --- setting up

    /// Leaves the reason in the connector's status, and gives it back.
    fn not_started(&self, name: &str, plugin: &PluginDesc, reason: String) -> String {
        self.parts.status.put_connector(name, self.failed(Some(plugin.version.clone()), &reason));
        reason
    }

    fn failed(&self, version: Option<String>, reason: &str) -> Status {
        let (worker_id, trace) = (self.parts.worker_id.clone(), Some(TaskFailure::new(reason).trace()));
        Status { state: State::Failed, worker_id, version, trace }
    }

    fn task_status(&self, id: &ConnectorTaskId, plugin: Arc<PluginDesc>) -> TaskStatus {
        TaskStatus {
            id: id.clone(),
            store: self.parts.status.clone(),
            worker_id: self.parts.worker_id.clone(),
            version: TaskVersion::new(plugin),
            track_topics: self.parts.config.topic_tracking_enable,
        }
    }

    fn connectors(&self) -> MutexGuard<'_, HashMap<String, Arc<ConnectorHandle>>> {
        self.connectors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tasks(&self) -> MutexGuard<'_, HashMap<ConnectorTaskId, TaskHandle>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
