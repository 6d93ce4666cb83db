//! What the config topic adds up to at one moment (Java's `ClusterConfigState`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::connect::{Config, ConnectorTaskId, SessionKey, TargetState};

const CONNECTOR_CLASS: &str = "connector.class";

/// The state of the cluster's configuration. Configurations are shared, so that a copy costs one pointer a connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterConfigState {
    pub(super) offset: i64,
    pub(super) session_key: Option<SessionKey>,
    /// By name; also those of which only a trace is left.
    pub(super) connectors: BTreeMap<Arc<str>, Arc<Entry>>,
}

/// What the topic says about one connector. A part can be there without any other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) config: Option<Arc<Config>>,
    pub(super) target: Option<TargetState>,
    pub(super) task_count: Option<u32>,
    pub(super) task_configs: BTreeMap<u32, Arc<Config>>,
    pub(super) applied: Option<Arc<Config>>,
    /// The last commit came without all of its task configurations, which compaction can bring about.
    pub(super) inconsistent: bool,
    pub(super) task_config_generation: Option<u32>,
    pub(super) task_count_record: Option<u32>,
    pub(super) pending_fencing: bool,
}

impl Default for ClusterConfigState {
    fn default() -> Self {
        Self { offset: -1, session_key: None, connectors: BTreeMap::new() }
    }
}

// === impl ClusterConfigState ===

impl ClusterConfigState {
    /// The offset after that of the last record read; −1: none was read. Task configurations that wait for their commit may be
    /// among them.
    pub fn offset(&self) -> i64 {
        self.offset
    }

    /// None: no leader has written one yet.
    pub fn session_key(&self) -> Option<&SessionKey> {
        self.session_key.as_ref()
    }

    pub fn contains(&self, connector: &str) -> bool {
        self.connector_config(connector).is_some()
    }

    /// The connectors that are configured, in alphabetical order.
    pub fn connectors(&self) -> impl Iterator<Item = &Arc<str>> {
        self.connectors.iter().filter(|(_, entry)| entry.config.is_some()).map(|(name, _)| name)
    }

    /// As it was written: references to config providers are not resolved.
    pub fn connector_config(&self, connector: &str) -> Option<&Arc<Config>> {
        self.entry(connector)?.config.as_ref()
    }

    /// The configuration that the connector had when its tasks were last configured.
    pub fn applied_connector_config(&self, connector: &str) -> Option<&Arc<Config>> {
        self.entry(connector)?.applied.as_ref()
    }

    pub fn target_state(&self, connector: &str) -> Option<TargetState> {
        self.entry(connector)?.target
    }

    /// The tasks that the connector has; none while its task configurations are incomplete.
    pub fn tasks(&self, connector: &str) -> impl Iterator<Item = ConnectorTaskId> {
        let entry = self.connectors.get_key_value(connector);
        entry.into_iter().flat_map(|(name, entry)| {
            (0..entry.consistent_task_count()).map(|task| ConnectorTaskId::new(name.clone(), task))
        })
    }

    /// What the last commit record says, whether its task configurations were complete or not.
    pub fn task_count(&self, connector: &str) -> u32 {
        self.entry(connector).and_then(|entry| entry.task_count).unwrap_or(0)
    }

    /// Whether it is one of the connector's [`tasks`](Self::tasks).
    pub fn has_task(&self, id: &ConnectorTaskId) -> bool {
        self.entry(&id.connector).is_some_and(|entry| id.task < entry.consistent_task_count())
    }

    /// Of tasks that are no more, too: their records are never taken back.
    pub fn task_config(&self, id: &ConnectorTaskId) -> Option<&Arc<Config>> {
        self.entry(&id.connector)?.task_configs.get(&id.task)
    }

    /// Connectors whose task configurations are incomplete, so that they must be asked for them anew.
    pub fn inconsistent_connectors(&self) -> impl Iterator<Item = &Arc<str>> {
        self.connectors.iter().filter(|(_, entry)| entry.inconsistent).map(|(name, _)| name)
    }

    /// Goes up with each new set of task configurations.
    pub fn task_config_generation(&self, connector: &str) -> Option<u32> {
        self.entry(connector)?.task_config_generation
    }

    /// How many transactional producers the last tasks had (KIP-618); none: exactly-once was never on.
    pub fn task_count_record(&self, connector: &str) -> Option<u32> {
        self.entry(connector)?.task_count_record
    }

    /// Whether producers must be fenced before the connector's tasks start with exactly-once support.
    pub fn pending_fencing(&self, connector: &str) -> bool {
        self.entry(connector).is_some_and(|entry| entry.pending_fencing)
    }

    /// Whether who runs what must be decided anew since `before`, an earlier state of the same topic: connectors have come or gone
    /// or are of another class, which not every worker may have, or there are other tasks.
    pub fn needs_rebalance_since(&self, before: &Self) -> bool {
        let configured = |state: &Self| state.connectors().count();
        let is_same = |name: &Arc<str>| {
            let (Some(old), Some(new)) = (before.connectors.get(name), self.connectors.get(name)) else { return false };
            Arc::ptr_eq(old, new) || (old.config.is_some() && old.has_tasks_of(new) && old.has_class_of(new))
        };
        configured(self) != configured(before) || !self.connectors().all(is_same)
    }

    fn entry(&self, connector: &str) -> Option<&Entry> {
        self.connectors.get(connector).map(Arc::as_ref)
    }
}

impl Entry {
    fn consistent_task_count(&self) -> u32 {
        self.task_count.filter(|_| !self.inconsistent).unwrap_or(0)
    }

    /// The very same ones: equal configurations that were written again are others.
    fn has_tasks_of(&self, other: &Self) -> bool {
        let count = self.consistent_task_count();
        let config = |entry: &Self, task| entry.task_configs.get(&task).map(Arc::as_ptr);
        count == other.consistent_task_count() && (0..count).all(|task| config(self, task) == config(other, task))
    }

    fn has_class_of(&self, other: &Self) -> bool {
        let class = |entry: &'_ Self| entry.config.as_ref().and_then(|config| config.get(CONNECTOR_CLASS).cloned());
        class(self) == class(other)
    }
}
