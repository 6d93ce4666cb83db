//! What the config topic brings: connectors that come, change and go, new tasks, target states, restarts and session keys.

use std::sync::Arc;

use super::action::{Action, ConfigWrite, ConnectorStart, TaskStart};
use super::state::{Busy, State, Then, Writing};
use super::step::Step;
use crate::connect::ConnectorTaskId;
use crate::herder::protocol::{ConnectProtocol, ConnectorsAndTasks};
use crate::herder::restart_plan::RestartPlan;
use crate::storage::config_store::ConfigUpdate;

impl Step<'_> {
    /// What a configuration is now is in the latest state. But a restart is not part of it, and a connector that was stopped and
    /// started in one go must hear of it.
    pub(super) fn on_config(&mut self, update: ConfigUpdate) {
        match update {
            ConfigUpdate::TargetState(connector) => {
                self.state.updates.is_new = true;
                self.state.updates.targets.insert(connector);
            }
            ConfigUpdate::Restart { connector, request } => {
                let kept = self.state.updates.restarts.entry(connector).or_insert(request);
                *kept = (*kept).max(request);
            }
            ConfigUpdate::LoggerLevel { namespace, level } => self.act(Action::SetLoggerLevel { namespace, level }),
            _ => {}
        }
    }

    /// Acts on the latest configuration from now on; what is different is noted.
    pub(super) fn adopt_config(&mut self) {
        if Arc::ptr_eq(&self.state.config, self.latest) {
            return;
        }
        let updates = &mut self.state.updates;
        updates.is_new = true;
        updates.needs_rebalance |= self.latest.needs_rebalance_since(&self.state.config);
        self.state.config = self.latest.clone();
    }

    /// Restarts connectors with new configurations, passes target states on, and, if who runs what must be decided anew, stops
    /// the tasks that it concerns and joins again. False: nothing has changed.
    pub(super) fn process_updates(&mut self) -> bool {
        if !std::mem::take(&mut self.state.updates.is_new) {
            return false;
        }
        let rejoin = std::mem::take(&mut self.state.updates.needs_rebalance);
        let targets: Vec<_> = std::mem::take(&mut self.state.updates.targets).into_iter().collect();
        if rejoin && self.state.membership.protocol == ConnectProtocol::Eager {
            // Everything is stopped and started with its new configuration.
            self.request_rejoin("connectors or tasks have changed");
            return true;
        }
        let connectors = self.outdated_connectors();
        // Old tasks of a connector must not run beside new ones, so all workers stop theirs before they join again.
        let tasks = if rejoin { self.outdated_tasks() } else { Vec::new() };
        let work = ConnectorsAndTasks {
            connectors: connectors.iter().cloned().collect(),
            tasks: tasks.iter().cloned().collect(),
        };
        self.state.tasks_to_restart.extend(tasks);
        if work.is_empty() {
            self.after_update(connectors, targets, rejoin);
            return true;
        }
        tracing::info!(
            "Handling config updates by stopping connectors {:?} and tasks {:?}, which will be started again if they are still \
             assigned to this worker",
            work.connectors,
            work.tasks.iter().map(ConnectorTaskId::to_string).collect::<Vec<_>>()
        );
        self.stop(work, false, Then::Updated { start: connectors, targets, rejoin })
    }

    /// Those that run with another configuration than they have; not those that are gone, which a rebalance takes away.
    fn outdated_connectors(&self) -> Vec<Arc<str>> {
        let State { config, started, running, .. } = &*self.state;
        let outdated = |name: &&Arc<str>| {
            let current = config.connector_config(name);
            current.is_some_and(|current| started.connectors.get(*name).is_none_or(|old| !Arc::ptr_eq(old, current)))
        };
        running.connectors.iter().filter(outdated).cloned().collect()
    }

    /// Those that run with another configuration than they have, or have none any more.
    pub(super) fn outdated_tasks(&self) -> Vec<ConnectorTaskId> {
        let State { config, started, running, tasks_to_restart, .. } = &*self.state;
        let outdated = |id: &&ConnectorTaskId| {
            let (old, current) = (started.tasks.get(*id), config.task_config(id).filter(|_| config.has_task(id)));
            !tasks_to_restart.contains(*id) && old.map(Arc::as_ptr) != current.map(Arc::as_ptr)
        };
        running.tasks.iter().filter(outdated).cloned().collect()
    }

    pub(super) fn after_update(&mut self, start: Vec<Arc<str>>, targets: Vec<Arc<str>>, rejoin: bool) {
        for connector in start {
            self.start_connector(&connector);
        }
        for connector in targets {
            if let Some(target) = self.state.config.target_state(&connector).filter(|_| self.known(&connector)) {
                self.act(Action::SetTarget { connector, target });
            }
        }
        if rejoin {
            self.request_rejoin("connectors or tasks have changed");
        }
    }

    fn known(&self, connector: &str) -> bool {
        self.state.config.contains(connector)
    }

    // --- starting

    /// One that was deleted meanwhile is not started.
    pub(super) fn start_connector(&mut self, connector: &Arc<str>) {
        let Some(config) = self.state.config.connector_config(connector).cloned() else { return };
        let target = self.state.config.target_state(connector).unwrap_or_default();
        let start = ConnectorStart { connector: connector.clone(), config: config.clone(), target };
        self.state.started.connectors.insert(connector.clone(), config);
        self.act(Action::StartConnector(start));
    }

    /// False: it has no configuration.
    pub(super) fn start_task(&mut self, id: &ConnectorTaskId) -> bool {
        let config = &self.state.config;
        // A leader that is new may not know yet that a task is gone, of which only a configuration is left.
        let task_config = config.task_config(id).filter(|_| config.has_task(id));
        let (Some(connector_config), Some(task_config)) = (config.connector_config(&id.connector), task_config) else {
            tracing::warn!("Task {id} is not started because it is not configured any more");
            self.state.started.tasks.remove(id);
            return false;
        };
        let start = TaskStart {
            id: id.clone(),
            connector_config: connector_config.clone(),
            config: task_config.clone(),
            target: config.target_state(&id.connector).unwrap_or_default(),
        };
        self.state.started.tasks.insert(id.clone(), task_config.clone());
        self.act(Action::StartTask(start));
        true
    }

    // --- restarts (KIP-745)

    pub(super) fn next_restart(&mut self) -> bool {
        let Some((connector, request)) = self.state.updates.restarts.pop_first() else { return false };
        self.begin(Action::PlanRestart { connector, request }, Busy::PlanningRestart)
    }

    /// Each worker restarts what it runs itself.
    pub(super) fn on_restart_planned(&mut self, connector: &Arc<str>, plan: Option<RestartPlan>) {
        if !matches!(self.state.busy, Some(Busy::PlanningRestart)) {
            return;
        }
        self.state.busy = None;
        let Some(plan) = plan else {
            tracing::debug!("Skipping restart of connector '{connector}' since no status is available");
            return;
        };
        let mut work = ConnectorsAndTasks::default();
        if plan.connector {
            work.connectors.insert(connector.clone());
        }
        work.tasks.extend(plan.tasks.into_iter().map(|task| ConnectorTaskId::new(connector.clone(), task)));
        work.retain_all(&self.state.running);
        if !work.is_empty() {
            tracing::info!("Restarting of connector '{connector}' what runs here");
            self.stop(work.clone(), false, Then::Restart(work));
        }
    }

    /// What runs here of a connector is started with its new values.
    pub(super) fn next_reload(&mut self) -> bool {
        let Some(connector) = self.state.updates.reloads.pop_first() else { return false };
        let mut work = self.state.running.clone();
        work.connectors.retain(|name| *name == connector);
        work.tasks.retain(|task| task.connector == connector && !self.state.tasks_to_restart.contains(task));
        if work.is_empty() {
            return true;
        }
        self.stop(work.clone(), false, Then::Restart(work))
    }

    // --- session keys (KIP-507)

    /// The leader gives out a new key when there is none, when it is old, and when it is not what is configured.
    pub(super) fn rotate_session_key(&mut self) -> bool {
        if !self.state.is_sessioned() || !self.state.is_leader() {
            return false;
        }
        let options = &self.state.options.session_keys;
        let fits = self.latest.session_key().is_some_and(|key| {
            key.algorithm == options.algorithm
                && key.key.len() == options.length
                && options.expiry_ms(key).is_none_or(|time| self.now_ms < time)
        });
        if fits {
            return false;
        }
        let write = ConfigWrite::SessionKey { created_ms: self.now_ms };
        self.begin(Action::Write(write), Busy::Writing(Writing::SessionKey))
    }
}
