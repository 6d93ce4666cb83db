//! What REST asks: who may answer it, and what is written to the config topic for it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::action::{Action, Answer, ConfigWrite};
use super::event::{Request, RequestId};
use super::state::{Busy, Reading, Then, Waiting, Writing};
use super::step::Step;
use crate::connect::{Config, ConnectorTaskId, TargetState, caps};
use crate::herder::HerderError;
use crate::herder::protocol::ConnectorsAndTasks;

/// The most requests that wait for their turn; REST has fewer connections.
const MAX_WAITING: usize = caps::MAX_REST_CONNECTIONS * 2;

/// How long a request waits for the end of a rebalance whose outcome decides where it belongs.
const REBALANCE_WAIT_MS: i64 = 3000;

const STALE: &str =
    "Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)";

impl Step<'_> {
    pub(super) fn on_request(&mut self, id: RequestId, request: Request) {
        if self.state.shutting_down {
            return self.reply(id, Err(HerderError::Internal("Worker is shutting down".into())));
        }
        if self.state.requests.len() >= MAX_WAITING {
            return self.reply(id, Err(HerderError::Internal("Too many requests are waiting".into())));
        }
        let wait_ms = if request.needs_settled_group() {
            REBALANCE_WAIT_MS
        } else {
            caps::REST_REQUEST_TIMEOUT.as_millis() as i64
        };
        self.state.requests.push_back(Waiting { id, request, deadline_ms: self.now_ms + wait_ms });
    }

    pub(super) fn expire_requests(&mut self) {
        let expired = |waiting: &Waiting| waiting.deadline_ms <= self.now_ms;
        if !self.state.requests.iter().any(expired) {
            return;
        }
        let stage = self.state.stage();
        let all = std::mem::take(&mut self.state.requests);
        let (late, waiting): (VecDeque<_>, VecDeque<_>) = all.into_iter().partition(expired);
        self.state.requests = waiting;
        for Waiting { id, request, .. } in late {
            let error = match request.needs_settled_group() {
                true => HerderError::Conflict(STALE.into()),
                false => HerderError::Internal(format!("Request timed out. The worker is currently {stage}.")),
            };
            self.reply(id, Err(error));
        }
    }

    /// False: there is none that can be answered now.
    pub(super) fn next_request(&mut self) -> bool {
        let waits = self.state.updates.needs_rebalance;
        let ready = |waiting: &Waiting| !(waits && waiting.request.needs_settled_group());
        let Some(at) = self.state.requests.iter().position(ready) else { return false };
        let Some(Waiting { id, request, .. }) = self.state.requests.remove(at) else { return false };
        if let Err(refusal) = self.handle(id, request) {
            self.reply(id, Err(refusal));
        }
        true
    }

    /// Answers it or begins what answers it; an error is the answer.
    fn handle(&mut self, id: RequestId, request: Request) -> Result<(), HerderError> {
        match request {
            Request::PutConnector { connector, config, target, replace } => {
                self.leads("Only the leader can set connector configs.")?;
                let exists = self.state.config.contains(&connector) || self.latest.contains(&connector);
                if exists && !replace {
                    return Err(HerderError::Conflict(format!("Connector {connector} already exists")));
                }
                let answer = Answer::Put { created: !exists, tasks: self.state.config.tasks(&connector).collect() };
                self.write_for(id, ConfigWrite::Connector { connector, config, target }, answer);
            }
            Request::PatchConnector { connector } => {
                self.leads("Only the leader can set connector configs.")?;
                let config = self.config_of(&connector)?;
                self.reply(id, Ok(Answer::Config(config)));
            }
            Request::DeleteConnector { connector } => {
                self.leads("Only the leader can delete connector configs.")?;
                self.config_of(&connector)?;
                self.write_for(id, ConfigWrite::RemoveConnector(connector), Answer::Done);
            }
            Request::StopConnector { connector } => {
                if !self.latest.contains(&connector) {
                    return Err(HerderError::NotFound(format!("Unknown connector {connector}")));
                }
                self.leads("Only the leader can transition connectors to the STOPPED state.")?;
                // No tasks first: if the leader dies in between, a running connector without tasks is the better half.
                let write = ConfigWrite::TaskConfigs { connector: connector.clone(), configs: Vec::new() };
                self.begin(Action::Write(write), Busy::Writing(Writing::StopTasks { id, connector }));
            }
            Request::PutTaskConfigs { connector, configs } => {
                self.leads("Only the leader may write task configurations.")?;
                self.config_of(&connector)?;
                let write = self.task_configs_write(&connector, configs)?;
                self.write_for(id, write, Answer::Done);
            }
            Request::ModifyOffsets { .. } => {
                self.leads("Only the leader can process external offsets modification requests")?;
                self.read_config(Reading::Request { id, request });
            }
            Request::RestartConnector { connector } => self.restart_connector(id, connector)?,
            Request::RestartTask { id: task } => self.restart_task(id, task)?,
            Request::RestartConnectorAndTasks { connector, request } => {
                self.known_to_restart(&connector)?;
                self.leads("Only the leader can process restart requests.")?;
                self.write_for(id, ConfigWrite::Restart { connector, request }, Answer::Done);
            }
        }
        Ok(())
    }

    fn restart_connector(&mut self, id: RequestId, connector: Arc<str>) -> Result<(), HerderError> {
        self.known_to_restart(&connector)?;
        if self.state.running.connectors.contains(&connector) {
            let work = ConnectorsAndTasks { connectors: [connector.clone()].into(), ..Default::default() };
            self.stop(work, false, Then::RestartConnector { id, connector });
            return Ok(());
        }
        let owner = self.state.leadership.owner_of_connector(&connector).map(str::to_owned);
        Err(self.not_here(owner, "connector", "Only the leader can process restart requests."))
    }

    fn restart_task(&mut self, id: RequestId, task: ConnectorTaskId) -> Result<(), HerderError> {
        self.known_to_restart(&task.connector)?;
        if self.state.config.task_config(&task).is_none() {
            return Err(HerderError::NotFound(format!("Unknown task: {task}")));
        }
        if self.state.running.tasks.contains(&task) {
            let work = ConnectorsAndTasks { tasks: [task.clone()].into(), ..Default::default() };
            self.stop(work, false, Then::RestartTask { id, task });
            return Ok(());
        }
        let owner = self.state.leadership.owner_of_task(&task).map(str::to_owned);
        Err(self.not_here(owner, "task", "Cannot restart task since it is not assigned to this member"))
    }

    /// The leader knows the owner, others know the leader.
    fn not_here(&self, owner: Option<String>, what: &str, ask_the_leader: &str) -> HerderError {
        if self.state.is_leader() {
            let message = format!("Cannot restart {what} since it is not assigned to this member");
            return HerderError::NotTarget { message, forward_url: owner };
        }
        self.ask_the_leader(ask_the_leader)
    }

    fn ask_the_leader(&self, message: &str) -> HerderError {
        HerderError::NotTarget { message: message.to_owned(), forward_url: self.state.leader_url().map(str::to_owned) }
    }

    fn leads(&self, otherwise: &str) -> Result<(), HerderError> {
        if self.state.is_leader() { Ok(()) } else { Err(self.ask_the_leader(otherwise)) }
    }

    fn config_of(&self, connector: &str) -> Result<Arc<Config>, HerderError> {
        let config = self.latest.connector_config(connector).cloned();
        config.ok_or_else(|| HerderError::NotFound(format!("Connector {connector} not found")))
    }

    fn known_to_restart(&self, connector: &str) -> Result<(), HerderError> {
        if self.state.config.contains(connector) {
            return Ok(());
        }
        Err(HerderError::NotFound(format!("Unknown connector: {connector}")))
    }

    // --- the config topic

    /// Refused for a stopped connector, unless there are none.
    pub(super) fn task_configs_write(
        &self,
        connector: &Arc<str>,
        configs: Vec<Config>,
    ) -> Result<ConfigWrite, HerderError> {
        if !configs.is_empty() && self.latest.target_state(connector) == Some(TargetState::Stopped) {
            let message = format!("Cannot submit non-empty set of task configs for stopped connector {connector}");
            return Err(HerderError::BadRequest(message));
        }
        Ok(ConfigWrite::TaskConfigs { connector: connector.clone(), configs })
    }

    fn write_for(&mut self, id: RequestId, write: ConfigWrite, answer: Answer) {
        self.begin(Action::Write(write), Busy::Writing(Writing::Request { id, answer }));
    }

    pub(super) fn on_written(&mut self, result: Result<(), String>) {
        let Some(Busy::Writing(why)) = self.state.busy.take() else { return };
        match (why, result) {
            (Writing::SessionKey, Ok(())) => {}
            (Writing::SessionKey, Err(error)) => {
                tracing::info!("Failed to write new session key to config topic; forcing a read to its end: {error}");
                self.state.catching_up.can_read = false;
            }
            (Writing::Request { id, answer }, Ok(())) => self.reply(id, Ok(answer)),
            (Writing::StopTasks { id, connector }, Ok(())) => {
                let write = ConfigWrite::TargetState { connector, target: TargetState::Stopped };
                self.begin(Action::Write(write), Busy::Writing(Writing::StopTarget { id }));
            }
            (Writing::StopTarget { id }, Ok(())) => {
                self.read_config(Reading::Stopped { id });
            }
            (Writing::Request { id, .. } | Writing::StopTasks { id, .. } | Writing::StopTarget { id }, Err(error)) => {
                self.reply(id, Err(HerderError::Internal(error)))
            }
            (Writing::Reconfiguration { connector }, result) => self.on_published(&connector, result),
        }
    }

    pub(super) fn answer_after_reading(&mut self, id: RequestId, request: Request) {
        let Request::ModifyOffsets { connector } = request else { return };
        let config = match self.config_of(&connector) {
            Ok(config) => config,
            Err(error) => return self.reply(id, Err(error)),
        };
        let (target, tasks) = (self.state.config.target_state(&connector), self.state.config.task_count(&connector));
        if target != Some(TargetState::Stopped) || tasks != 0 {
            let message = format!(
                "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified \
                 connector by issuing a 'PUT' request to the '/connectors/{connector}/stop' endpoint"
            );
            return self.reply(id, Err(HerderError::BadRequest(message)));
        }
        self.reply(id, Ok(Answer::Config(config)));
    }
}
