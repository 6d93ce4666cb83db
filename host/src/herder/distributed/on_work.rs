//! What becomes of connectors and tasks on this worker, and how a connector's tasks get their configurations.

use std::sync::Arc;

use super::action::{Action, Answer};
use super::event::{ForwardError, TaskConfigsAnswer};
use super::state::{Busy, Reconfiguration, ReconfigurationPhase as Phase, State, Then, Writing};
use super::step::Step;
use crate::connect::{Config, ConnectorTaskId, TargetState, caps};
use crate::herder::HerderError;
use crate::storage::config_store::ClusterConfigState;

/// The first wait before a connector is asked again (Java's `RECONFIGURE_CONNECTOR_TASKS_BACKOFF_INITIAL_MS`).
const BACKOFF_INITIAL_MS: i64 = 250;

/// So long after the first try, a leader that refuses a signature may just have a newer key.
const EXPIRED_KEY_MS: i64 = 60_000;

impl State {
    pub(super) fn next_reconfiguration_ms(&self) -> Option<i64> {
        let due = |reconfiguration: &Reconfiguration| match reconfiguration.phase {
            Phase::Due { at_ms } => Some(at_ms),
            _ => None,
        };
        self.reconfigurations.values().filter_map(due).min()
    }
}

impl Step<'_> {
    pub(super) fn on_stopped(&mut self) {
        let Some(Busy::Stopping(then)) = self.state.busy.take() else { return };
        match then {
            Then::Nothing => {}
            Then::Join => {
                if matches!(self.state.membership.phase, super::state::Phase::Joining) {
                    self.send_join();
                }
            }
            Then::Assigned => self.on_assigned(),
            Then::Updated { start, targets, rejoin } => self.after_update(start, targets, rejoin),
            Then::RestartConnector { id, connector } => {
                self.state.restarting.entry(connector.clone()).or_default().push(id);
                self.start_connector(&connector);
            }
            Then::RestartTask { id, task } => {
                let started = self.start_task(&task);
                let failed = || HerderError::Internal(format!("Failed to start task: {task}"));
                self.reply(id, if started { Ok(Answer::Done) } else { Err(failed()) });
            }
            Then::Restart(work) => {
                self.act(Action::MarkRestarting(work.clone()));
                for connector in &work.connectors {
                    self.start_connector(connector);
                }
                for task in &work.tasks {
                    self.start_task(task);
                }
            }
        }
    }

    pub(super) fn on_connector_reached(&mut self, connector: Arc<str>, result: Result<TargetState, String>) {
        let waiting = self.state.restarting.remove(&connector).unwrap_or_default();
        let answer = match &result {
            Ok(_) => Ok(Answer::Done),
            Err(reason) => {
                tracing::error!("Failed to start connector '{connector}': {reason}");
                Err(HerderError::Internal(format!("Failed to start connector: {connector}")))
            }
        };
        for id in waiting {
            self.reply(id, answer.clone());
        }
        if matches!(result, Ok(TargetState::Started)) {
            self.reconfigure(connector);
        }
    }

    // --- configurations of tasks

    /// Asks the connector for its tasks soon.
    pub(super) fn reconfigure(&mut self, connector: Arc<str>) {
        let due = Phase::Due { at_ms: self.now_ms };
        let fresh = || Reconfiguration { phase: Phase::Asking, first_ms: self.now_ms, attempts: 0, again: false };
        let known =
            self.state.reconfigurations.entry(connector).or_insert_with(|| Reconfiguration { phase: due, ..fresh() });
        match &mut known.phase {
            Phase::Due { at_ms } => *at_ms = self.now_ms,
            Phase::Asking | Phase::Answered(_) | Phase::Publishing => known.again = true,
        }
    }

    /// False: there is nothing to do for any connector now.
    pub(super) fn next_reconfiguration(&mut self) -> bool {
        let ready = |reconfiguration: &Reconfiguration| match &reconfiguration.phase {
            Phase::Due { at_ms } => *at_ms <= self.now_ms,
            Phase::Answered(_) => true,
            Phase::Asking | Phase::Publishing => false,
        };
        let next = self.state.reconfigurations.iter_mut().find(|(_, reconfiguration)| ready(reconfiguration));
        let Some((connector, reconfiguration)) = next else { return false };
        let connector = connector.clone();
        match std::mem::replace(&mut reconfiguration.phase, Phase::Asking) {
            Phase::Answered(configs) => self.publish(connector, configs),
            _ => self.ask(connector),
        }
        true
    }

    fn ask(&mut self, connector: Arc<str>) {
        let target = self.state.config.target_state(&connector);
        match self.state.config.connector_config(&connector) {
            Some(config) if target == Some(TargetState::Started) => {
                let config = config.clone();
                self.act(Action::AskTaskConfigs { connector, config });
            }
            _ => {
                tracing::info!(
                    "Skipping reconfiguration of connector {connector} since its target state is {target:?}"
                );
                self.state.reconfigurations.remove(&connector);
            }
        }
    }

    pub(super) fn on_task_configs(&mut self, connector: &Arc<str>, answer: TaskConfigsAnswer) {
        match answer {
            TaskConfigsAnswer::Configs(configs) => {
                if let Some(reconfiguration) = self.state.reconfigurations.get_mut(connector) {
                    reconfiguration.phase = Phase::Answered(configs);
                }
            }
            TaskConfigsAnswer::NotRunning => {
                tracing::info!("Skipping reconfiguration of connector {connector} since it is not running");
                self.finish(connector);
            }
            TaskConfigsAnswer::TooMany => self.finish(connector),
            TaskConfigsAnswer::Failed(reason) => {
                tracing::error!(
                    "Failed to reconfigure connector's tasks ({connector}), retrying after backoff: {reason}"
                );
                self.retry(connector);
            }
        }
    }

    fn publish(&mut self, connector: Arc<str>, configs: Vec<Config>) {
        if !self.state.running.connectors.contains(&connector)
            || !task_configs_changed(&self.state.config, &connector, &configs)
        {
            return self.finish(&connector);
        }
        if let Some(reconfiguration) = self.state.reconfigurations.get_mut(&connector) {
            reconfiguration.phase = Phase::Publishing;
        }
        if self.state.is_leader() {
            match self.task_configs_write(&connector, configs) {
                Ok(write) => {
                    self.begin(Action::Write(write), Busy::Writing(Writing::Reconfiguration { connector }));
                }
                Err(refusal) => self.on_published(&connector, Err(refusal.to_string())),
            }
        } else if let Some(leader_url) = self.state.leader_url().map(str::to_owned) {
            self.act(Action::ForwardTaskConfigs { connector, leader_url, configs });
        } else {
            let message = "Request to leader to reconfigure connector tasks failed because the URL of the leader's REST interface \
                           is empty!";
            self.on_published(&connector, Err(message.to_owned()));
        }
    }

    pub(super) fn on_forwarded(&mut self, connector: &Arc<str>, result: Result<(), ForwardError>) {
        let first_ms = self.state.reconfigurations.get(connector).map_or(0, |reconfiguration| reconfiguration.first_ms);
        match result {
            Err(ForwardError { status: Some(403), .. }) if first_ms + EXPIRED_KEY_MS >= self.now_ms => {
                tracing::debug!(
                    "Failed to reconfigure connector's tasks ({connector}), possibly due to expired session key. Retrying after backoff"
                );
                self.retry(connector);
            }
            result => self.on_published(connector, result.map_err(|error| error.message)),
        }
    }

    pub(super) fn on_published(&mut self, connector: &Arc<str>, result: Result<(), String>) {
        match result {
            Ok(()) => self.finish(connector),
            Err(reason) => {
                tracing::error!(
                    "Failed to reconfigure connector's tasks ({connector}), retrying after backoff: {reason}"
                );
                self.retry(connector);
            }
        }
    }

    fn retry(&mut self, connector: &Arc<str>) {
        let Some(reconfiguration) = self.state.reconfigurations.get_mut(connector) else { return };
        let most = caps::RECONFIGURE_BACKOFF_MAX.as_millis() as i64;
        let backoff_ms = BACKOFF_INITIAL_MS.saturating_mul(1 << reconfiguration.attempts.min(20)).min(most);
        reconfiguration.attempts += 1;
        reconfiguration.again = false;
        reconfiguration.phase = Phase::Due { at_ms: self.now_ms + backoff_ms };
    }

    /// Done, unless it was wanted once more.
    fn finish(&mut self, connector: &Arc<str>) {
        let again = self.state.reconfigurations.remove(connector).is_some_and(|reconfiguration| reconfiguration.again);
        if again {
            self.reconfigure(connector.clone());
        }
    }
}

/// Whether these are other tasks than those that are configured, or they were configured for another connector configuration,
/// which tasks read too (Java's `taskConfigsChanged`).
fn task_configs_changed(state: &ClusterConfigState, connector: &str, configs: &[Config]) -> bool {
    let configured = |task: usize| state.task_config(&ConnectorTaskId::new(connector, task as u32));
    state.task_count(connector) as usize != configs.len()
        || configs.iter().enumerate().any(|(task, config)| configured(task).map(Arc::as_ref) != Some(config))
        || state.applied_connector_config(connector) != state.connector_config(connector)
}
