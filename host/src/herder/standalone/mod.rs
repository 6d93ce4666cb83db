//! One worker alone (Java's `StandaloneHerder`): configs and statuses in memory, offsets in a file.
//!
//! Reads are answered from `configs` at once; changes of one connector wait for each other and for nothing else, so a plugin
//! that hangs in `start` holds up requests for itself only.

mod changes;
mod reload;
mod requests;
mod upgrades;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use indexmap::IndexMap;

use crate::connect::{
    Config, ConnectorInfo, ConnectorStateInfo, ConnectorTaskId, ConnectorType, RawConfig, State, TargetState, caps,
};
use crate::herder::HerderError;
use crate::herder::answers;
use crate::herder::validation::Validation;
use crate::logging::Loggers;
use crate::plugin::installed::InstalledPlugins;
use crate::plugin::plugin_file::PluginFile;
use crate::plugin::ports::{PluginDesc, PluginRuntime};
use crate::plugin::registry::Plugins;
use crate::storage::offset_store::OffsetStore;
use crate::storage::status_store::{Status, StatusStore};
use crate::worker::Worker;

/// The version of Kafka Connect whose API, configs and formats are spoken.
pub const CONNECT_VERSION: &str = "4.3.1";

/// What a standalone herder works with.
pub struct StandaloneParts {
    pub worker: Worker,
    pub plugins: InstalledPlugins,
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
    /// What looks at the values of config providers again, by connector.
    following: Mutex<HashMap<String, tokio::task::AbortHandle>>,
    /// Connectors that are being upgraded, or on probation after it.
    upgrading: Mutex<HashSet<String>>,
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
    /// Versions that an upgrade came back from.
    refused: Vec<PluginFile>,
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
            following: Mutex::default(),
            upgrading: Mutex::default(),
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
        let kind = self.entry(name).map_or(ConnectorType::Unknown, |entry| entry.plugin.connector_type());
        let info = answers::state_info(&*self.parts.status, name, kind);
        info.ok_or_else(|| HerderError::NotFound(format!("No status found for connector {name}")))
    }

    fn mark(&self, state: State, version: &str) -> Status {
        let (worker_id, version) = (self.parts.worker_id.clone(), Some(version.to_owned()));
        Status { state, trace: None, worker_id, version }
    }

    // --- validation

    fn validation<'a>(&'a self, plugins: &'a Plugins) -> Validation<'a> {
        let StandaloneParts { worker_config, runtime, .. } = &self.parts;
        Validation { worker: worker_config, plugins, runtime: &**runtime, group_id: None }
    }

    /// The configuration without nulls and the plugin that it names, or all errors.
    async fn validated(&self, config: RawConfig) -> Result<(Config, Arc<PluginDesc>), HerderError> {
        let plugins = self.parts.plugins.current();
        answers::validated(self.validation(&plugins), config).await
    }
}
