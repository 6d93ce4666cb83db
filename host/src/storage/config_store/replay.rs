//! Adds up the records of the config topic, one after the other (the reading half of Java's `KafkaConfigBackingStore`).
//!
//! Task configurations wait until the commit record of their connector and then take effect all together, or not at all if one
//! of them is missing (invariant I3): compaction may have removed it, or the leader died while it wrote. The connector is then
//! inconsistent until it is asked for its task configurations anew.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::record::{ConfigRecord, UnreadableRecord};
use super::snapshot::{ClusterConfigState, Entry};
use crate::connect::{Config, ConnectorTaskId, RestartRequest, SessionKey, TargetState};

/// What changed for those who follow the topic (Java's `UpdateListener`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigUpdate {
    /// A connector is new or has a new configuration.
    ConnectorConfig(Arc<str>),
    ConnectorRemoved(Arc<str>),
    /// These tasks have new configurations. Empty: they were incomplete, or there are fewer tasks than before.
    TaskConfigs {
        connector: Arc<str>,
        tasks: Vec<ConnectorTaskId>,
    },
    TargetState(Arc<str>),
    SessionKey(SessionKey),
    Restart {
        connector: Arc<str>,
        request: RestartRequest,
    },
    LoggerLevel {
        namespace: String,
        level: String,
    },
}

/// The topic up to some offset.
#[derive(Debug, Default)]
pub struct ConfigReplay {
    state: Arc<ClusterConfigState>,
    /// Task configurations that no commit has followed yet, of every connector that ever had some.
    deferred: HashMap<Arc<str>, BTreeMap<u32, Arc<Config>>>,
    started: bool,
}

// === impl ConfigReplay ===

impl ConfigReplay {
    /// Everything that was there has been read: from now on changes are told.
    pub fn started(&mut self) {
        self.started = true;
    }

    /// What was read so far; later records do not change it.
    pub fn snapshot(&self) -> Arc<ClusterConfigState> {
        self.state.clone()
    }

    /// Takes the record at `offset`. What it changed is told once [`started`](Self::started); an error names a record that
    /// is left out.
    pub fn read(
        &mut self,
        offset: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
    ) -> Result<Option<ConfigUpdate>, UnreadableRecord> {
        let record = ConfigRecord::decode(key, value);
        if !matches!(record, Err(UnreadableRecord::Json { .. })) {
            Arc::make_mut(&mut self.state).offset = offset + 1;
        }
        let update = self.apply(record?);
        Ok(update.filter(|_| self.started))
    }

    fn apply(&mut self, record: ConfigRecord) -> Option<ConfigUpdate> {
        match record {
            ConfigRecord::Connector { connector, config: Some(config) } => {
                let (name, entry) = self.entry(&connector);
                entry.config = Some(Arc::new(config));
                entry.target.get_or_insert_default();
                Some(ConfigUpdate::ConnectorConfig(name))
            }
            ConfigRecord::Connector { connector, config: None } => {
                self.remove(&connector);
                Some(ConfigUpdate::ConnectorRemoved(connector.into()))
            }
            ConfigRecord::TargetState { connector, target: Some(target) } => {
                let (name, entry) = self.entry(&connector);
                let changed = entry.target.replace(target) != Some(target);
                // A connector that is created with an initial state has its target state first.
                (changed && entry.config.is_some()).then_some(ConfigUpdate::TargetState(name))
            }
            ConfigRecord::TargetState { connector, target: None } => {
                let (_, entry) = self.entry(&connector);
                // Every connector has one. Nobody is told: the connector's own removal says it.
                entry.target = entry.config.as_ref().map(|_| TargetState::default());
                self.forget_if_empty(&connector);
                None
            }
            ConfigRecord::Task { id, config } => {
                self.deferred.entry(id.connector).or_default().insert(id.task, Arc::new(config));
                None
            }
            ConfigRecord::Commit { connector, tasks } => self.commit(&connector, tasks),
            ConfigRecord::TaskCount { connector, tasks } => {
                let (_, entry) = self.entry(&connector);
                entry.task_count_record = tasks;
                entry.pending_fencing = false;
                self.forget_if_empty(&connector);
                None
            }
            ConfigRecord::SessionKey(key) => {
                Arc::make_mut(&mut self.state).session_key = Some(key.clone());
                Some(ConfigUpdate::SessionKey(key))
            }
            ConfigRecord::Restart { connector, request } => {
                Some(ConfigUpdate::Restart { connector: connector.into(), request })
            }
            ConfigRecord::LoggerLevel { namespace, level } => Some(ConfigUpdate::LoggerLevel { namespace, level }),
        }
    }

    fn commit(&mut self, connector: &str, count: u32) -> Option<ConfigUpdate> {
        if !self.state.contains(connector) {
            // Deleted before the tasks were configured, and compaction has removed all other traces.
            self.remove(connector);
            return None;
        }
        // Even if they are incomplete: after this commit a completely fresh set is needed.
        let deferred = self.deferred.get_mut(connector).map(std::mem::take);
        // More than the count is no mistake: compaction leaves the tasks of a time when there were more.
        let complete = (0..count).all(|task| deferred.as_ref().is_some_and(|tasks| tasks.contains_key(&task)));
        let (name, entry) = self.entry(connector);
        entry.task_count = Some(count);
        entry.inconsistent = !complete;
        entry.pending_fencing = true;
        let mut updated = Vec::new();
        if complete {
            entry.applied = entry.config.clone();
            if let Some(tasks) = deferred {
                updated.extend(tasks.keys().map(|task| ConnectorTaskId::new(name.clone(), *task)));
                entry.task_configs.extend(tasks);
                entry.task_config_generation =
                    Some(entry.task_config_generation.map_or(0, |generation| generation + 1));
            }
        }
        Some(ConfigUpdate::TaskConfigs { connector: name, tasks: updated })
    }

    /// What a tombstone leaves: a target state, which has a tombstone of its own, and what fencing needs to know.
    fn remove(&mut self, connector: &str) {
        self.deferred.remove(connector);
        if !self.state.connectors.contains_key(connector) {
            return;
        }
        let (_, entry) = self.entry(connector);
        *entry = Entry {
            config: None,
            task_count: None,
            task_configs: BTreeMap::new(),
            applied: None,
            inconsistent: false,
            ..std::mem::take(entry)
        };
        self.forget_if_empty(connector);
    }

    /// Connectors that come and go leave nothing behind.
    fn forget_if_empty(&mut self, connector: &str) {
        let state = Arc::make_mut(&mut self.state);
        let empty =
            |entry: &Arc<Entry>| entry.config.is_none() && entry.target.is_none() && entry.task_count_record.is_none();
        if state.connectors.get(connector).is_some_and(empty) {
            state.connectors.remove(connector);
        }
    }

    fn entry(&mut self, connector: &str) -> (Arc<str>, &mut Entry) {
        let state = Arc::make_mut(&mut self.state);
        let name = state.connectors.get_key_value(connector).map_or_else(|| connector.into(), |(name, _)| name.clone());
        (name.clone(), Arc::make_mut(state.connectors.entry(name).or_default()))
    }
}

#[cfg(test)]
mod tests;
