//! One step of a distributed herder: an event in, actions out, nothing else touched (the tick of Java's `DistributedHerder`).
//!
//! What takes time is an action whose outcome comes back as an event; until then the herder is busy and only takes notes. So all
//! that Java does in its one herder thread happens here in the same order, while heartbeats, reads and replies go on.

use std::sync::Arc;

use super::action::{Action, Answer};
use super::event::{Event, RequestId};
use super::state::{BACKOFF_RETRIES, Busy, Phase, Reading, State, Then};
use crate::herder::HerderError;
use crate::herder::protocol::ConnectProtocol;
use crate::storage::config_store::ClusterConfigState;

/// The world at the moment of a step.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// Milliseconds since the epoch, by a clock that never goes back.
    pub now_ms: i64,
    /// All that was read from the config topic.
    pub latest: &'a Arc<ClusterConfigState>,
}

/// Takes an event and says what is to be done.
pub fn step(state: &mut State, moment: Moment<'_>, event: Event) -> Vec<Action> {
    let mut step = Step { state, now_ms: moment.now_ms, latest: moment.latest, actions: Vec::new() };
    step.on(event);
    step.progress();
    step.actions
}

/// When the next step is due if nothing happens; none: never.
pub fn next_step_ms(state: &State, latest: &ClusterConfigState) -> Option<i64> {
    let key = latest.session_key().filter(|_| state.is_leader() && state.is_sessioned());
    let timed = [
        state.catching_up.not_before_ms,
        state.membership.scheduled_rebalance_ms.filter(|_| matches!(state.membership.phase, Phase::Stable)),
        key.and_then(|key| state.options.session_keys.expiry_ms(key)),
        state.requests.iter().map(|waiting| waiting.deadline_ms).min(),
        state.next_reconfiguration_ms(),
    ];
    timed.into_iter().flatten().min()
}

/// A step under way.
pub(super) struct Step<'a> {
    pub(super) state: &'a mut State,
    pub(super) now_ms: i64,
    pub(super) latest: &'a Arc<ClusterConfigState>,
    pub(super) actions: Vec<Action>,
}

impl Step<'_> {
    fn on(&mut self, event: Event) {
        match event {
            Event::Tick => {}
            Event::Group(event) => self.on_group(event),
            Event::Config(update) => self.on_config(update),
            Event::Request { id, request } => self.on_request(id, request),
            Event::ShutDown => self.on_shut_down(),
            Event::Plugins(classes) => self.on_plugins(classes),
            Event::NewClasses(classes) => self.on_new_classes(&classes),
            Event::ConfigRead(in_time) => self.on_config_read(in_time),
            Event::Written(result) => self.on_written(result),
            Event::Stopped => self.on_stopped(),
            Event::ConnectorReached { connector, result } => self.on_connector_reached(connector, result),
            Event::RestartPlanned { connector, plan } => self.on_restart_planned(&connector, plan),
            Event::ReconfigurationWanted(connector) => self.reconfigure(connector),
            Event::ValuesChanged(connector) => drop(self.state.updates.reloads.insert(connector)),
            Event::TaskConfigs { connector, answer } => self.on_task_configs(&connector, answer),
            Event::Forwarded { connector, result } => self.on_forwarded(&connector, result),
        }
    }

    /// Goes on until something must be waited for.
    fn progress(&mut self) {
        self.expire_requests();
        while self.state.busy.is_none() && !self.state.shutting_down && self.advance() {}
    }

    /// Begins the next thing that is to be done; false: there is nothing now.
    fn advance(&mut self) -> bool {
        if self.state.updates.unreachable {
            self.state.updates.unreachable = false;
            return self.give_up_all();
        }
        if self.state.catching_up.not_before_ms.is_some_and(|time| self.now_ms < time) {
            return false;
        }
        self.state.catching_up.not_before_ms = None;
        if !self.state.catching_up.can_read {
            return self.read_config(Reading::Again);
        }
        match self.state.membership.phase {
            Phase::Away | Phase::Joined => false,
            Phase::Joining => self.join(),
            Phase::Assigned { .. } => self.take_assignment(),
            Phase::Stable => self.advance_as_member(),
        }
    }

    fn advance_as_member(&mut self) -> bool {
        if !self.state.membership.resolved {
            return self.resolve_assignment();
        }
        self.adopt_config();
        if self.rejoin_if_scheduled() {
            return true;
        }
        if self.rotate_session_key() {
            return true;
        }
        self.next_request()
            || self.next_restart()
            || self.next_reload()
            || self.process_updates()
            || self.next_reconfiguration()
    }

    // --- what others use

    pub(super) fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    pub(super) fn reply(&mut self, id: RequestId, result: Result<Answer, HerderError>) {
        self.act(Action::Reply { id, result });
    }

    /// Waits for it; true, as everything that has begun.
    pub(super) fn begin(&mut self, action: Action, busy: Busy) -> bool {
        self.act(action);
        self.state.busy = Some(busy);
        true
    }

    /// Begins a rebalance, unless one has begun.
    pub(super) fn request_rejoin(&mut self, reason: &'static str) {
        if matches!(self.state.membership.phase, Phase::Stable) {
            self.act(Action::RequestRejoin(reason));
            self.state.membership.phase = Phase::Away;
        }
    }

    pub(super) fn read_config(&mut self, why: Reading) -> bool {
        let timeout_ms = self.state.options.sync_timeout_ms;
        self.begin(Action::ReadConfig { timeout_ms }, Busy::Reading(why))
    }

    // --- catching up with the config topic

    fn on_config_read(&mut self, in_time: bool) {
        let Some(Busy::Reading(why)) = self.state.busy.take() else { return };
        if in_time {
            self.adopt_config();
        }
        match why {
            Reading::Again | Reading::Rebalance { .. } if in_time => {
                self.state.catching_up.can_read = true;
                self.state.catching_up.retries = BACKOFF_RETRIES;
                if matches!(why, Reading::Rebalance { needs_rejoin: true }) {
                    self.note_what_is_missing();
                    self.request_rejoin("the config topic was read to its end");
                }
            }
            Reading::Again | Reading::Rebalance { .. } => self.fall_behind(),
            Reading::Request { id, request } if in_time => self.answer_after_reading(id, request),
            Reading::Request { id, .. } => {
                self.state.catching_up.can_read = false;
                let message = "Failed to read to end of config topic before modifying connector offsets";
                self.reply(id, Err(HerderError::Internal(message.into())));
            }
            Reading::Stopped { id } => {
                if !in_time {
                    self.state.catching_up.can_read = false;
                    tracing::warn!("Failed to read to end of config topic after writing the STOPPED target state");
                }
                self.reply(id, Ok(Answer::Done));
            }
        }
    }

    /// A leader that has read everything knows that members who have read more have read another topic.
    fn note_what_is_missing(&mut self) {
        let wanted = self.state.membership.assignment.as_ref().map_or(-1, |assignment| assignment.offset);
        if self.state.is_leader() && self.latest.offset() < wanted {
            self.state.leadership.note_missing(wanted);
        }
    }

    /// The worker cannot follow the config topic: it leaves, so that others need not wait for it, and tries again later.
    fn fall_behind(&mut self) {
        tracing::warn!("Didn't reach end of config log quickly enough");
        self.state.catching_up.can_read = false;
        self.state.catching_up.short_reads = 0;
        self.act(Action::LeaveGroup("taking too long to read the log"));
        self.state.membership.phase = Phase::Away;
        let (options, catching_up) = (&self.state.options, &mut self.state.catching_up);
        if self.state.membership.protocol == ConnectProtocol::Eager {
            catching_up.not_before_ms = Some(self.now_ms + options.unsync_backoff_ms);
        } else if catching_up.retries > 0 {
            catching_up.not_before_ms = Some(self.now_ms + options.max_delay_ms / 10 / catching_up.retries);
            catching_up.retries -= 1;
        } else {
            tracing::info!(
                "Revoking current running assignment because after {BACKOFF_RETRIES} retries the worker has not caught up with the \
                 latest Connect cluster updates"
            );
            catching_up.retries = BACKOFF_RETRIES;
            let work = self.state.running.clone();
            self.stop(work, true, Then::Nothing);
        }
    }

    fn on_shut_down(&mut self) {
        self.state.shutting_down = true;
        let refused = || Err(HerderError::Internal("Worker is shutting down".into()));
        let waiting: Vec<_> = self.state.requests.drain(..).map(|waiting| waiting.id).collect();
        let restarting: Vec<_> = std::mem::take(&mut self.state.restarting).into_values().flatten().collect();
        for id in waiting.into_iter().chain(restarting) {
            self.reply(id, refused());
        }
    }
}
