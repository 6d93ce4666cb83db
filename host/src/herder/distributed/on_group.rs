//! Joining, leading, and taking an assignment.

use std::collections::{BTreeMap, BTreeSet};

use super::action::{Action, StopWork};
use super::leadership::{Circumstances, Generation, is_called};
use super::state::{Busy, Phase, Reading, Then};
use super::step::Step;
use crate::herder::protocol::{Assignment, ConnectProtocol, ConnectorsAndTasks, WorkerState};
use crate::kafka::ports::{GroupEvent, JoinProtocol};

/// How long a worker waits that got an assignment which it does not understand.
const MALFORMED_BACKOFF_MS: i64 = 1000;

/// How often a worker looks for what the leader has read before it believes that the leader reads another topic, and how long it
/// waits in between: a broker that has just become a partition's leader may not show all of it at once.
const SHORT_READS: u32 = 10;
const SHORT_READ_BACKOFF_MS: i64 = 500;

impl Step<'_> {
    pub(super) fn on_group(&mut self, event: GroupEvent) {
        match event {
            GroupEvent::Joining => {
                tracing::info!("Rebalance started");
                self.state.leadership.rebalance_begins();
                self.state.membership.phase = Phase::Joining;
            }
            GroupEvent::Leading { member_id, generation, protocol, members } => {
                let protocol = self.protocol(&protocol);
                let generation = Generation::new(member_id, generation, protocol, members);
                let asked = self.state.leadership.to_be_asked(&generation, self.latest);
                self.state.leadership.pending = Some(generation);
                if asked.is_empty() {
                    self.assign();
                } else {
                    self.act(Action::AskPlugins(asked));
                }
            }
            GroupEvent::Joined { member_id, generation, protocol, assignment } => {
                self.on_joined(member_id, generation, &protocol, &assignment);
            }
            GroupEvent::Lost { reason } => {
                tracing::warn!("This worker is no member of the group any more: {reason}");
                self.state.leadership.rebalance_begins();
                self.state.membership.phase = Phase::Away;
            }
            GroupEvent::CoordinatorUnreachable => {
                self.state.membership.phase = Phase::Away;
                self.state.updates.unreachable = true;
            }
            GroupEvent::PollTimeout => {
                tracing::warn!(
                    "worker poll timeout has expired. The last known action being performed by the worker is : {} and may contribute \
                     to the timeout. One of the ways of addressing this can be increasing the rebalance.timeout.ms configuration \
                     value.",
                    self.state.stage()
                );
                self.state.membership.phase = Phase::Away;
            }
        }
    }

    /// What the group has agreed on is always among what this worker offers.
    fn protocol(&self, name: &str) -> ConnectProtocol {
        ConnectProtocol::from_name(name).unwrap_or(self.state.options.protocol)
    }

    // --- leading

    pub(super) fn on_plugins(&mut self, classes: BTreeMap<String, Option<BTreeSet<String>>>) {
        if let Some(generation) = self.state.leadership.pending.take() {
            self.state.leadership.note_plugins(&generation, classes);
            self.state.leadership.pending = Some(generation);
            self.assign();
        }
    }

    /// This worker has got plugins: it may be able to run what is elsewhere, or nowhere.
    pub(super) fn on_new_classes(&mut self, classes: &BTreeSet<String>) {
        let is_new = |name: &str| classes.iter().any(|class| is_called(class, name.trim()));
        let configs = self.latest.connectors().filter_map(|connector| self.latest.connector_config(connector));
        if configs.filter_map(|config| config.get("connector.class")).any(|name| is_new(name)) {
            self.request_rejoin("the worker has new plugins");
        }
    }

    fn assign(&mut self) {
        let Some(mut generation) = self.state.leadership.pending.take() else { return };
        self.state.leadership.set_strangers_aside(&mut generation, self.latest.offset());
        let at = Circumstances {
            now_ms: self.now_ms,
            last_completed_generation: self.state.membership.generation,
            joined_with: &self.state.membership.joined_with,
            latest: self.latest,
        };
        let assignments = self.state.leadership.assign(&generation, at);
        self.act(Action::Sync(assignments));
    }

    // --- joining

    /// Says what this worker runs; in the eager protocol that is nothing, so it stops everything first.
    pub(super) fn join(&mut self) -> bool {
        let membership = &self.state.membership;
        if membership.protocol == ConnectProtocol::Eager && membership.held && membership.resolved {
            let assignment = membership.assignment.as_ref().filter(|assignment| !assignment.failed());
            let work = assignment.map(|assignment| assignment.assigned.clone()).unwrap_or_default();
            if !work.is_empty() && !self.state.running.is_empty() {
                return self.stop(work, true, Then::Join);
            }
        }
        self.send_join();
        true
    }

    pub(super) fn send_join(&mut self) {
        let membership = &mut self.state.membership;
        membership.joined_with = self.latest.clone();
        membership.phase = Phase::Joined;
        let worker = WorkerState {
            url: self.state.options.url.clone(),
            offset: self.latest.offset(),
            assignment: membership.assignment.clone().filter(|_| membership.held),
        };
        let offered = self.state.options.protocol.offered();
        let protocols = offered.map(|protocol| {
            let metadata = worker.encode(protocol);
            JoinProtocol { name: protocol.name().to_owned(), metadata }
        });
        let protocols = protocols.collect();
        self.act(Action::Join(protocols));
    }

    // --- assigned

    fn on_joined(&mut self, member_id: String, generation: i32, protocol: &str, assignment: &[u8]) {
        let protocol = self.protocol(protocol);
        match Assignment::decode(assignment) {
            Ok(assignment) => {
                let assignment = Box::new(assignment);
                self.state.membership.phase = Phase::Assigned { member_id, generation, protocol, assignment };
            }
            Err(error) => {
                tracing::error!("The leader of the group gave an assignment that is not understood here: {error}");
                self.act(Action::RequestRejoin("the assignment was malformed"));
                self.state.membership.phase = Phase::Away;
                self.state.catching_up.not_before_ms = Some(self.now_ms + MALFORMED_BACKOFF_MS);
            }
        }
    }

    /// First everything stops that this worker is not to run any more.
    pub(super) fn take_assignment(&mut self) -> bool {
        let Phase::Assigned { assignment, protocol, .. } = &mut self.state.membership.phase else { return false };
        let kept = self.state.membership.assignment.as_ref().filter(|_| self.state.membership.held);
        if let Some(kept) = kept.filter(|_| *protocol != ConnectProtocol::Eager) {
            let mut kept = kept.assigned.clone();
            kept.remove_all(&assignment.revoked);
            assignment.assigned.extend(&kept);
        }
        let mut work = self.state.running.clone();
        work.remove_all(&assignment.assigned);
        if !work.is_empty() {
            return self.stop(work, true, Then::Assigned);
        }
        self.on_assigned();
        true
    }

    pub(super) fn on_assigned(&mut self) {
        let membership = &mut self.state.membership;
        let phase = std::mem::replace(&mut membership.phase, Phase::Stable);
        let Phase::Assigned { member_id, generation, protocol, assignment } = phase else {
            // Another rebalance has begun meanwhile; what has stopped is assigned anew.
            membership.phase = phase;
            return;
        };
        tracing::info!(
            "Joined group at generation {generation} with protocol {} and got {} connectors and {} tasks from leader {} ({}), \
             config offset {}, rebalance delay {} ms",
            protocol.name(),
            assignment.assigned.connectors.len(),
            assignment.assigned.tasks.len(),
            assignment.leader,
            assignment.leader_url,
            assignment.offset,
            assignment.delay_ms,
        );
        tell_about_signatures(membership.protocol, protocol);
        membership.member_id = member_id;
        membership.generation = generation;
        membership.protocol = protocol;
        membership.scheduled_rebalance_ms =
            Some(self.now_ms + i64::from(assignment.delay_ms)).filter(|_| assignment.delay_ms > 0);
        membership.resolved = false;
        membership.held = true;
        membership.assignment = Some(*assignment);
        self.act(Action::SetGeneration(generation));
        if self.state.is_leader() {
            self.act(Action::CleanStatuses);
        }
    }

    /// Starts what was assigned once this worker has read exactly as much of the config topic as the leader (Java's
    /// `handleRebalanceCompleted`).
    pub(super) fn resolve_assignment(&mut self) -> bool {
        let Some(assignment) = &self.state.membership.assignment else { return false };
        let (failed, offset) = (assignment.failed(), assignment.offset);
        let behind = self.state.config.offset() < offset;
        if failed {
            tracing::warn!("Join group completed, but assignment failed. Reading to end of config and retrying.");
            if self.state.is_leader() || behind {
                return self.read_config(Reading::Rebalance { needs_rejoin: true });
            }
            self.request_rejoin("the assignment failed");
            return true;
        }
        if offset < self.state.membership.joined_with.offset() {
            // Leaders of any kind assign by all that their members have read, or say that they cannot.
            return self.quit_as_stranger(self.state.membership.joined_with.offset(), offset);
        }
        if behind && self.latest.offset() < offset {
            return self.catch_up(offset);
        }
        self.state.catching_up.short_reads = 0;
        if self.state.config.offset() != offset {
            self.adopt_config();
        }
        if self.state.config.offset() == offset {
            // The leader had the same configuration. But tasks of an older one that run here still must stop first, and what a
            // new leader did not know to be gone it takes away the next time.
            self.state.updates.needs_rebalance = !self.outdated_tasks().is_empty() || self.has_more_than_configured();
            self.state.updates.is_new = true;
        } else {
            tracing::info!(
                "Current config state offset {} does not match group assignment {offset}. Forcing rebalance.",
                self.state.config.offset()
            );
            self.request_rejoin("the config topic has gone on");
            return true;
        }
        self.start_assigned();
        true
    }

    /// Reads what the leader has read, if it is there.
    fn catch_up(&mut self, offset: i64) -> bool {
        tracing::warn!("Catching up to assignment's config offset {offset}.");
        let catching_up = &mut self.state.catching_up;
        catching_up.short_reads += 1;
        if catching_up.short_reads > SHORT_READS {
            return self.quit_as_stranger(self.latest.offset(), offset);
        }
        if catching_up.short_reads > 1 {
            catching_up.not_before_ms = Some(self.now_ms + SHORT_READ_BACKOFF_MS);
        }
        self.read_config(Reading::Rebalance { needs_rejoin: false })
    }

    /// What this worker reads is not what the others read, and nothing will change that.
    fn quit_as_stranger(&mut self, here: i64, there: i64) -> bool {
        let leader = self.state.leader_url().unwrap_or_default();
        let reason = format!(
            "this worker's config.storage.topic is not that of the others: it has been read here up to offset {here}, and there up to \
             offset {there} by the leader {leader}; workers with the same group.id need the same config, offset and status topics"
        );
        self.act(Action::Quit(reason));
        false
    }

    fn has_more_than_configured(&self) -> bool {
        let is_gone = |assigned: &ConnectorsAndTasks| {
            assigned.connectors.iter().any(|connector| !self.state.config.contains(connector))
                || assigned.tasks.iter().any(|task| !self.state.config.has_task(task))
        };
        self.state.assigned().is_some_and(is_gone)
    }

    fn start_assigned(&mut self) {
        let membership = &mut self.state.membership;
        let Some(assignment) = &mut membership.assignment else { return };
        membership.resolved = true;
        let gave_up = !std::mem::take(&mut assignment.revoked).is_empty();
        let assigned = assignment.assigned.clone();

        let restart = std::mem::take(&mut self.state.tasks_to_restart);
        self.state.running.tasks.retain(|task| !restart.contains(task));
        let mut new = assigned.clone();
        new.remove_all(&self.state.running);
        tracing::info!("Starting connectors and tasks using config offset {}", self.state.config.offset());
        for connector in &new.connectors {
            self.start_connector(connector);
        }
        for task in &new.tasks {
            self.start_task(task);
        }
        self.state.running = assigned;
        if gave_up {
            // So that others get it.
            self.request_rejoin("connectors or tasks were given up");
        }
    }

    /// The leader wants everybody back, to assign what a lost worker had.
    pub(super) fn rejoin_if_scheduled(&mut self) -> bool {
        let membership = &mut self.state.membership;
        let due = membership.scheduled_rebalance_ms.is_some_and(|time| time <= self.now_ms);
        if due {
            membership.scheduled_rebalance_ms = None;
            self.request_rejoin("the scheduled rebalance is due");
        }
        due
    }

    /// Others may have this worker's work by now.
    pub(super) fn give_up_all(&mut self) -> bool {
        let membership = &mut self.state.membership;
        let held = std::mem::take(&mut membership.held);
        if held && membership.assignment.as_ref().is_some_and(|assignment| !assignment.failed()) {
            tracing::info!(
                "Broker coordinator was unreachable. Revoking previous assignment to avoid running tasks while not being a member \
                 the group"
            );
        }
        if matches!(self.state.membership.phase, Phase::Away) {
            self.act(Action::RequestRejoin("the coordinator was unreachable"));
        }
        let work = self.state.running.clone();
        if work.is_empty() { true } else { self.stop(work, true, Then::Nothing) }
    }

    /// Stops connectors and tasks and takes them out of what runs. `given_up`: another worker may start them next.
    pub(super) fn stop(&mut self, work: ConnectorsAndTasks, given_up: bool, then: Then) -> bool {
        let mut reset_topics = Vec::new();
        if given_up {
            self.state.running.remove_all(&work);
            self.state.started.connectors.retain(|connector, _| !work.connectors.contains(connector));
            self.state.started.tasks.retain(|task, _| !work.tasks.contains(task));
            let connectors = work.connectors.iter().chain(work.tasks.iter().map(|task| &task.connector));
            let gone: BTreeSet<_> = connectors.filter(|connector| !self.latest.contains(connector)).cloned().collect();
            reset_topics.extend(gone);
        }
        self.begin(Action::Stop(StopWork { work, given_up, reset_topics }), Busy::Stopping(then))
    }
}

fn tell_about_signatures(before: ConnectProtocol, now: ConnectProtocol) {
    let is_signed = |protocol| protocol >= ConnectProtocol::Sessioned;
    if is_signed(now) && !is_signed(before) {
        tracing::info!("Internal request validation has been re-enabled");
    } else if is_signed(before) && !is_signed(now) {
        tracing::warn!(
            "The protocol used by this Connect cluster has been downgraded from '{}' to '{}' and internal request validation is now \
             disabled. This is most likely caused by a new worker joining the cluster with an older protocol specified for the \
             connect.protocol configuration; if this is not intentional, either remove the connect.protocol configuration from that \
             worker's config file, or change its value to 'sessioned'. If this configuration is left as-is, the cluster will be \
             insecure; for more information, see KIP-507: \
             https://cwiki.apache.org/confluence/display/KAFKA/KIP-507%3A+Securing+Internal+Connect+REST+Endpoints",
            before.name(),
            now.name(),
        );
    }
}
