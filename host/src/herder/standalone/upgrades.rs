//! Connectors that follow newer versions of their plugin by themselves (`connector.plugin.upgrade=auto`).
//!
//! States of a connector: steady → replaced → on probation → steady. It is replaced instance by instance: first its own, then its
//! tasks one by one, each drained, committed and swapped between two batches. Whatever fails before the probation is over brings the
//! old version back, and that file is not tried again for this connector. A change by its user (a restart, another configuration, a
//! deletion) overtakes the upgrade, which ends then. No other connector is touched.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{Entry, Shared, StandaloneHerder};
use crate::config::config_value::trim;
use crate::config::plugin_upgrade::PluginUpgrade;
use crate::connect::{ConnectorTaskId, RawConfig, State, TargetState, caps};
use crate::plugin::ports::PluginDesc;
use crate::plugin::version::{VersionRange, compare};
use crate::worker::TaskUpgrade;

/// One upgrade of one connector.
struct Upgrade<'a> {
    name: &'a str,
    from: Arc<PluginDesc>,
    to: Arc<PluginDesc>,
    /// Tasks that had failed before; they wait for their user.
    failed: BTreeSet<u32>,
}

/// Why an upgrade does not go on.
enum Setback {
    /// Somebody has changed the connector meanwhile.
    Overtaken,
    /// The new version is not good for this connector, and why.
    Failed(String),
}

impl StandaloneHerder {
    /// Upgrades connectors that follow when a newer version comes; never ends.
    pub async fn follow_plugins(&self) {
        let mut changes = self.0.parts.plugins.changes();
        while changes.changed().await.is_ok() {
            let names: Vec<String> = self.0.update(|entries| entries.keys().cloned().collect());
            names.iter().for_each(|name| self.0.upgrade_if_newer(name));
        }
    }
}

impl Shared {
    /// The plugin that a connector is started with: versions come and go while it runs. Its own, if no other is there any more.
    pub(super) fn newest_allowed(&self, entry: &Entry) -> Arc<PluginDesc> {
        let pinned = entry.config.get("connector.plugin.version").map(|version| trim(version));
        let Ok(range) = VersionRange::parse(pinned) else { return entry.plugin.clone() };
        let plugins = self.parts.plugins.current();
        let allowed = plugins.connectors().filter(|plugin| {
            plugin.kind == entry.plugin.kind
                && plugin.class == entry.plugin.class
                && range.contains(&plugin.version)
                && !entry.refused.iter().any(|file| plugin.location.as_deref() == Some(file))
        });
        let newest = allowed.max_by(|left, right| compare(&left.version, &right.version));
        newest.unwrap_or(&entry.plugin).clone()
    }

    /// Upgrades the connector, in the background, if it follows and there is a newer version.
    pub(super) fn upgrade_if_newer(self: &Arc<Self>, name: &str) {
        let upgrading = || self.upgrading.lock().unwrap_or_else(PoisonError::into_inner);
        if self.newer_version(name).is_none() || !upgrading().insert(name.to_owned()) {
            return;
        }
        let (shared, name) = (self.clone(), name.to_owned());
        tokio::spawn(async move {
            loop {
                let next = {
                    let mut upgrading = shared.upgrading.lock().unwrap_or_else(PoisonError::into_inner);
                    let next = shared.newer_version(&name);
                    if next.is_none() {
                        upgrading.remove(&name);
                    }
                    next
                };
                let Some((entry, to)) = next else { return };
                shared.upgrade(&name, &entry, to).await;
            }
        });
    }

    fn newer_version(&self, name: &str) -> Option<(Entry, Arc<PluginDesc>)> {
        let entry = self.entry(name).ok()?;
        let follows = PluginUpgrade::of(&entry.config).is_ok_and(|upgrade| upgrade.auto);
        let running = self.parts.status.connector(name).is_some_and(|status| status.state == State::Running);
        if !follows || !running || !self.is_wanted(&entry) {
            return None;
        }
        let newest = self.newest_allowed(&entry);
        compare(&newest.version, &entry.plugin.version).is_gt().then_some((entry, newest))
    }

    fn is_wanted(&self, entry: &Entry) -> bool {
        entry.target == TargetState::Started && !self.stopping.load(Ordering::SeqCst)
    }

    /// One upgrade to its end, be it good or bad.
    async fn upgrade(self: &Arc<Self>, name: &str, before: &Entry, to: Arc<PluginDesc>) {
        let failed = self.parts.status.tasks(name).into_iter().filter(|(_, status)| status.state == State::Failed);
        let failed = failed.map(|(task, _)| task).collect();
        let upgrade = Upgrade { name, from: before.plugin.clone(), to, failed };
        let Upgrade { from, to, .. } = &upgrade;
        let (old, new) = (&from.version, &to.version);
        if let Err(reason) = self.check_config(before, to).await {
            tracing::error!(
                "Connector {name} stays with version {old}, because version {new} is not good for it: {reason}"
            );
            return self.refuse(name, to);
        }
        tracing::info!("Upgrading connector {name} from version {old} to {new} of {}", to.class);
        let outcome = match self.replace(&upgrade).await {
            Ok(()) => self.probation(&upgrade, before).await,
            Err(setback) => Err(setback),
        };
        match outcome {
            Ok(()) => tracing::info!("Connector {name} is upgraded to version {new}"),
            Err(Setback::Overtaken) => {
                tracing::info!("The upgrade of connector {name} was overtaken by another change")
            }
            Err(Setback::Failed(reason)) => self.go_back(&upgrade, &reason).await,
        }
    }

    /// Replaces the connector's instance, then those of its tasks.
    async fn replace(self: &Arc<Self>, upgrade: &Upgrade<'_>) -> Result<(), Setback> {
        if self.replace_connector(upgrade).await? {
            return Ok(());
        }
        for id in self.parts.worker.task_ids(upgrade.name) {
            self.replace_task(upgrade, &id).await?;
        }
        Ok(())
    }

    /// True: the new version splits the work in another way, so that its tasks were started anew.
    async fn replace_connector(self: &Arc<Self>, upgrade: &Upgrade<'_>) -> Result<bool, Setback> {
        let Upgrade { name, from, to, .. } = upgrade;
        let _changing = self.change(name).await;
        let mut entry = self.unchanged(upgrade, from)?;
        self.parts.worker.stop_connector(name).await;
        self.set_plugin(name, to);
        entry.plugin = to.clone();
        self.launch(name, &entry).await.map_err(|error| Setback::Failed(error.to_string()))?;
        match self.parts.worker.task_configs(name, to, &entry.config).await {
            Some(Ok(configs)) if configs == entry.task_configs => Ok(false),
            Some(Ok(configs)) => {
                self.restart_tasks(name, &entry, configs).await;
                Ok(true)
            }
            Some(Err(reason)) => Err(Setback::Failed(reason.to_string())),
            None => Err(Setback::Failed("the connector is not running".to_owned())),
        }
    }

    /// Whether the new version takes the connector's configuration.
    async fn check_config(&self, entry: &Entry, to: &PluginDesc) -> Result<(), String> {
        let mut config: RawConfig =
            entry.config.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        config.insert("connector.plugin.version".to_owned(), Some(format!("[{}]", to.version)));
        let plugins = self.parts.plugins.current();
        let infos = self.validation(&plugins).validate(&config).await.map_err(|error| error.to_string())?;
        let errors: Vec<_> = infos.configs.iter().flat_map(|config| &config.value.errors).map(String::as_str).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
    }

    /// A task that cannot come to rest is asked again for a while.
    async fn replace_task(&self, upgrade: &Upgrade<'_>, id: &ConnectorTaskId) -> Result<(), Setback> {
        let deadline = Instant::now() + caps::UPGRADE_TIMEOUT;
        loop {
            {
                let _changing = self.change(upgrade.name).await;
                self.unchanged(upgrade, &upgrade.to)?;
                match self.parts.worker.upgrade_task(id, &upgrade.to, caps::UPGRADE_TASK_TIMEOUT).await {
                    // One that has failed on the way is found in its status.
                    TaskUpgrade::Done | TaskUpgrade::NotRunning => return Ok(()),
                    TaskUpgrade::RolledBack(reason) => return Err(Setback::Failed(reason)),
                    TaskUpgrade::Postponed(reason) if Instant::now() >= deadline => {
                        return Err(Setback::Failed(reason));
                    }
                    TaskUpgrade::Postponed(reason) => tracing::debug!("task {id} is not upgraded yet: {reason}"),
                }
            }
            tokio::time::sleep(caps::UPGRADE_LOOK_INTERVAL).await;
        }
    }

    /// Fails as soon as the connector or a task does.
    async fn probation(&self, upgrade: &Upgrade<'_>, before: &Entry) -> Result<(), Setback> {
        let probation = PluginUpgrade::of(&before.config).map_or(Duration::ZERO, |upgrade| upgrade.probation);
        let end = Instant::now() + probation;
        loop {
            let entry = self.entry(upgrade.name).map_err(|_| Setback::Overtaken)?;
            if !entry.plugin.is_same(&upgrade.to) || self.stopping.load(Ordering::SeqCst) {
                return Err(Setback::Overtaken);
            }
            if let Some(reason) = self.failure(upgrade) {
                return Err(Setback::Failed(reason));
            }
            if Instant::now() >= end {
                return Ok(());
            }
            tokio::time::sleep_until(end.min(Instant::now() + caps::UPGRADE_LOOK_INTERVAL)).await;
        }
    }

    /// The first line of the trace of what has failed since the upgrade began.
    fn failure(&self, upgrade: &Upgrade<'_>) -> Option<String> {
        let connector = self.parts.status.connector(upgrade.name);
        let tasks = self.parts.status.tasks(upgrade.name).into_iter();
        let tasks = tasks.filter(|(task, _)| !upgrade.failed.contains(task)).map(|(_, status)| status);
        let failed = connector.into_iter().chain(tasks).find(|status| status.state == State::Failed)?;
        Some(failed.trace.unwrap_or_default().lines().next().unwrap_or_default().to_owned())
    }

    /// The old version takes its place again, and the new one is not tried again.
    async fn go_back(self: &Arc<Self>, upgrade: &Upgrade<'_>, reason: &str) {
        let Upgrade { name, from, to, failed } = upgrade;
        let (old, new) = (&from.version, &to.version);
        tracing::error!(
            "Connector {name} goes back to version {old}, because version {new} is not good for it: {reason}"
        );
        let _changing = self.change(name).await;
        self.refuse(name, to);
        let Ok(mut entry) = self.unchanged(upgrade, to) else { return };
        self.parts.worker.stop_connector(name).await;
        self.set_plugin(name, from);
        entry.plugin = from.clone();
        if let Err(error) = self.launch(name, &entry).await {
            tracing::error!("{error}");
        }
        match self.parts.worker.task_configs(name, from, &entry.config).await {
            Some(Ok(configs)) if configs != entry.task_configs => self.restart_tasks(name, &entry, configs).await,
            _ => {
                for id in self.parts.worker.task_ids(name) {
                    if !failed.contains(&id.task) {
                        self.bring_back(&id, &entry).await;
                    }
                }
            }
        }
    }

    /// This version is not tried again for this connector.
    fn refuse(&self, name: &str, version: &PluginDesc) {
        self.update(|entries| {
            if let (Some(entry), Some(file)) = (entries.get_mut(name), version.location.as_deref()) {
                entry.refused.push(file.clone());
            }
        });
    }

    /// A task that goes on as it is, is swapped back; one that has failed is started anew.
    async fn bring_back(&self, id: &ConnectorTaskId, entry: &Entry) {
        let running = self.parts.status.task(id).is_some_and(|status| status.state == State::Running);
        if running {
            let swapped = self.parts.worker.upgrade_task(id, &entry.plugin, caps::UPGRADE_TASK_TIMEOUT).await;
            if matches!(swapped, TaskUpgrade::Done) {
                return;
            }
        }
        self.parts.worker.stop_tasks(std::slice::from_ref(id)).await;
        self.start_task(id, entry);
    }

    /// The connector, if it still has this plugin and shall run.
    fn unchanged(&self, upgrade: &Upgrade<'_>, plugin: &PluginDesc) -> Result<Entry, Setback> {
        let entry = self.entry(upgrade.name).map_err(|_| Setback::Overtaken)?;
        match entry.plugin.is_same(plugin) && self.is_wanted(&entry) {
            true => Ok(entry),
            false => Err(Setback::Overtaken),
        }
    }

    pub(super) fn set_plugin(&self, name: &str, plugin: &Arc<PluginDesc>) {
        self.update(|entries| {
            if let Some(entry) = entries.get_mut(name) {
                entry.plugin = plugin.clone();
            }
        });
    }
}
