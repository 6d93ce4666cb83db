//! Only what must move moves (KIP-415, Java's `IncrementalCooperativeAssignor`): work that a lost worker had waits for it up to
//! `scheduled.rebalance.max.delay.ms`, and members with too much give some up in one rebalance so that others get it in the next.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use indexmap::IndexSet;

use super::load::{self, Resource, Revocations, WorkerLoad};
use super::{ClusterAssignment, MemberAssignment, Placement, configured};
use crate::config::java_hash;
use crate::connect::ConnectorTaskId;
use crate::herder::protocol::ConnectorsAndTasks;
use crate::storage::config_store::ClusterConfigState;

/// The rebalance of one generation.
pub struct Rebalance<'a> {
    pub config: &'a ClusterConfigState,
    /// Milliseconds of a clock that never goes back.
    pub now_ms: i64,
    /// The last generation of which this member got its assignment, −1: none.
    pub last_completed_generation: i32,
    pub generation: i32,
    /// What each member runs, in the order in which the coordinator lists them.
    pub members: Vec<(String, ConnectorsAndTasks)>,
    pub placement: &'a Placement,
}

/// What a leader remembers from one rebalance to the next. A new leader begins anew.
#[derive(Debug)]
pub struct IncrementalCooperativeAssignor {
    max_delay_ms: i64,
    previous_assignment: ConnectorsAndTasks,
    previous_revocation: ConnectorsAndTasks,
    previous_generation: i32,
    previous_members: BTreeSet<String>,
    /// Members that had nothing when work was found lost: one of them may be the lost worker, come back.
    candidates: IndexSet<String>,
    /// When lost work is given to others; 0: none is waiting.
    scheduled_rebalance_ms: i64,
    delay_ms: i64,
    revoked_in_previous: bool,
    successive_revoking_rebalances: u32,
    /// Where what was revoked because of a [`Placement`] is to go.
    destinations: Vec<WorkerLoad>,
}

// === impl IncrementalCooperativeAssignor ===

impl IncrementalCooperativeAssignor {
    /// Lost work waits for at most `max_delay_ms`.
    pub fn new(max_delay_ms: i64) -> Self {
        Self {
            max_delay_ms,
            previous_assignment: ConnectorsAndTasks::default(),
            previous_revocation: ConnectorsAndTasks::default(),
            previous_generation: -1,
            previous_members: BTreeSet::new(),
            candidates: IndexSet::new(),
            scheduled_rebalance_ms: 0,
            delay_ms: 0,
            revoked_in_previous: false,
            successive_revoking_rebalances: 0,
            destinations: Vec::new(),
        }
    }

    /// What each member is to give up and to start.
    pub fn assign(&mut self, rebalance: Rebalance<'_>) -> ClusterAssignment {
        let Rebalance { config, now_ms, last_completed_generation, generation, mut members, placement } = rebalance;
        if self.previous_generation != last_completed_generation {
            // The last assignment did not reach the members, so that what is missing is not lost.
            self.previous_assignment = ConnectorsAndTasks::default();
        }
        // Java goes through the members as a map lists them.
        java_hash::sort_like_hash_map(&mut members, |(member, _)| member);
        let configured = configured(config);
        let mut active = ConnectorsAndTasks::default();
        members.iter().for_each(|(_, held)| active.extend(held));
        self.check_revocation(&active);

        let deleted = difference(&self.previous_assignment, &[&configured]);
        let lost = difference(&self.previous_assignment, &[&active, &deleted]);
        let created = difference(&configured, &[&self.previous_assignment, &active]);
        let duplicated = duplicated(&members);

        let mut revoked: Revocations = Vec::with_capacity(members.len());
        let mut workers: Vec<WorkerLoad> = Vec::with_capacity(members.len());
        for (member, held) in &members {
            let mut gone = deleted.clone();
            gone.extend(&duplicated);
            let (mut next, mut given_up) = (held.clone(), held.clone());
            next.remove_all(&gone);
            given_up.retain_all(&gone);
            workers.push(WorkerLoad { member: member.clone(), held: next });
            revoked.push(given_up);
        }

        let mut to_assign = created;
        to_assign.extend(&self.reassignable(&lost, &mut workers, now_ms, placement));
        if self.delay_ms == 0 {
            self.balance(&configured, &to_assign, &mut workers, &mut revoked, now_ms, placement);
        } else {
            self.revoked_in_previous = false;
        }
        let destinations = std::mem::take(&mut self.destinations);
        load::assign(&mut workers, &to_assign.connectors, placement, &destinations);
        load::assign(&mut workers, &to_assign.tasks, placement, &destinations);
        if !placement.is_anywhere() {
            self.destinations = self.pending_destinations(destinations, &workers);
        }

        self.remember(&workers, &revoked, &lost, generation);
        let held: HashMap<String, ConnectorsAndTasks> = members.into_iter().collect();
        let assignments = workers.into_iter().zip(revoked).map(|(WorkerLoad { member, held: all }, revoked)| {
            let mut assigned = all.clone();
            if let Some(held) = held.get(&member) {
                assigned.remove_all(&difference(held, &[&deleted]));
            }
            let mut all = all;
            all.remove_all(&revoked);
            (member, MemberAssignment { assigned, revoked, all })
        });
        ClusterAssignment { members: assignments.collect(), delay_ms: self.delay_ms }
    }

    /// A revocation that did not happen must be made again.
    fn check_revocation(&mut self, active: &ConnectorsAndTasks) {
        let revoked = std::mem::take(&mut self.previous_revocation);
        let still_runs = revoked.connectors.iter().any(|connector| active.connectors.contains(connector))
            || revoked.tasks.iter().any(|task| active.tasks.contains(task));
        if still_runs {
            self.previous_assignment = active.clone();
        }
    }

    // --- lost work

    /// The part of the lost work that is to be assigned in this round as if it were new. When a delay is over, the rest goes to
    /// those who came meanwhile (Java's `handleLostAssignments`).
    fn reassignable(
        &mut self,
        lost: &ConnectorsAndTasks,
        workers: &mut [WorkerLoad],
        now_ms: i64,
        placement: &Placement,
    ) -> ConnectorsAndTasks {
        if lost.is_empty() && !self.revoked_in_previous {
            self.reset_delay();
            return ConnectorsAndTasks::default();
        }
        let all_are_here = || {
            let here: BTreeSet<&str> = workers.iter().map(|worker| worker.member.as_str()).collect();
            self.previous_members.iter().all(|member| here.contains(member.as_str()))
        };
        // Nobody left: an assignment did not arrive.
        if (self.scheduled_rebalance_ms <= 0 && all_are_here()) || self.max_delay_ms == 0 {
            return lost.clone();
        }
        if self.scheduled_rebalance_ms > 0 && now_ms >= self.scheduled_rebalance_ms {
            let connectors = self.give_to_candidates(&lost.connectors, workers, placement);
            let tasks = self.give_to_candidates(&lost.tasks, workers, placement);
            self.reset_delay();
            self.revoked_in_previous = false;
            return ConnectorsAndTasks { connectors, tasks };
        }
        self.note_candidates(workers);
        self.delay_ms = if now_ms < self.scheduled_rebalance_ms {
            (self.scheduled_rebalance_ms - now_ms).min(self.max_delay_ms)
        } else {
            self.max_delay_ms
        };
        self.scheduled_rebalance_ms = now_ms + self.delay_ms;
        ConnectorsAndTasks::default()
    }

    fn note_candidates(&mut self, workers: &[WorkerLoad]) {
        let idle = workers.iter().filter(|worker| worker.held.is_empty()).map(|worker| worker.member.clone());
        let mut idle: Vec<String> = idle.collect();
        java_hash::sort_like_hash_map(&mut idle, |member| member);
        self.candidates.extend(idle);
    }

    /// Around the candidates that are still here; answers what none of them takes.
    fn give_to_candidates<R: Resource>(
        &self,
        items: &IndexSet<R>,
        workers: &mut [WorkerLoad],
        placement: &Placement,
    ) -> IndexSet<R> {
        let place = |candidate: &String| workers.iter().position(|worker| worker.member == *candidate);
        let candidates: Vec<usize> = self.candidates.iter().filter_map(place).collect();
        let mut next = 0;
        let mut rest = IndexSet::new();
        for item in items {
            let mut turns = (next..candidates.len()).chain(0..next);
            match turns.find(|turn| placement.allows(item.connector(), &workers[candidates[*turn]].member)) {
                Some(turn) => {
                    R::of_mut(&mut workers[candidates[turn]].held).insert(item.clone());
                    next = (turn + 1) % candidates.len();
                }
                None => drop(rest.insert(item.clone())),
            }
        }
        rest
    }

    fn reset_delay(&mut self) {
        self.candidates.clear();
        self.scheduled_rebalance_ms = 0;
        self.delay_ms = 0;
    }

    // --- balance

    /// Revokes what is too much for some; rebalances that revoke one after the other are delayed more and more.
    fn balance(
        &mut self,
        configured: &ConnectorsAndTasks,
        to_assign: &ConnectorsAndTasks,
        workers: &mut [WorkerLoad],
        revoked: &mut Revocations,
        now_ms: i64,
        placement: &Placement,
    ) {
        let mut revocations: Revocations = vec![ConnectorsAndTasks::default(); workers.len()];
        let mut destinations = empty(workers);
        if workers.iter().all(|worker| worker.held.is_empty()) || configured.is_empty() {
            // Nothing to give up.
        } else if placement.is_anywhere() {
            load::revoke_for_balance::<Arc<str>>(workers, configured.connectors.len(), &mut revocations);
            load::revoke_for_balance::<ConnectorTaskId>(workers, configured.tasks.len(), &mut revocations);
        } else {
            let (connectors, tasks) = (&to_assign.connectors, &to_assign.tasks);
            load::revoke_for_placement(workers, connectors, placement, &mut revocations, &mut destinations);
            load::revoke_for_placement(workers, tasks, placement, &mut revocations, &mut destinations);
        }
        if revocations.iter().all(ConnectorsAndTasks::is_empty) {
            if self.revoked_in_previous {
                self.revoked_in_previous = false;
                self.successive_revoking_rebalances = 0;
            }
            return;
        }
        if self.revoked_in_previous {
            self.successive_revoking_rebalances = self.successive_revoking_rebalances.saturating_add(1);
            self.delay_ms = self.backoff(self.successive_revoking_rebalances);
            if self.delay_ms != 0 {
                self.scheduled_rebalance_ms = now_ms + self.delay_ms;
                return;
            }
        } else {
            self.revoked_in_previous = true;
        }
        for ((worker, revoked), revocation) in workers.iter_mut().zip(revoked).zip(&revocations) {
            worker.held.remove_all(revocation);
            revoked.extend(revocation);
        }
        self.destinations.extend(destinations);
    }

    /// 40 ms, 1.6 s, 64 s and so on up to the longest delay (Java's `ExponentialBackoff` of 1 ms).
    fn backoff(&self, attempts: u32) -> i64 {
        const MULTIPLIER: f64 = 40.0;
        if self.max_delay_ms <= 1 {
            return self.max_delay_ms;
        }
        let exponent_of_max = (self.max_delay_ms as f64).ln() / MULTIPLIER.ln();
        let backoff = MULTIPLIER.powf(f64::from(attempts).min(exponent_of_max)) as i64;
        backoff.min(self.max_delay_ms)
    }

    /// Those of what is still on its way.
    fn pending_destinations(&self, destinations: Vec<WorkerLoad>, workers: &[WorkerLoad]) -> Vec<WorkerLoad> {
        let mut arrived = ConnectorsAndTasks::default();
        workers.iter().for_each(|worker| arrived.extend(&worker.held));
        let mut pending = destinations;
        pending.iter_mut().for_each(|destination| destination.held.remove_all(&arrived));
        pending.retain(|destination| !destination.held.is_empty());
        pending
    }

    fn remember(
        &mut self,
        workers: &[WorkerLoad],
        revoked: &[ConnectorsAndTasks],
        lost: &ConnectorsAndTasks,
        generation: i32,
    ) {
        self.previous_assignment = ConnectorsAndTasks::default();
        workers.iter().for_each(|worker| self.previous_assignment.extend(&worker.held));
        for revoked in revoked {
            self.previous_assignment.remove_all(revoked);
            self.previous_revocation.extend(revoked);
        }
        self.previous_assignment.extend(lost);
        self.previous_generation = generation;
        self.previous_members = workers.iter().map(|worker| worker.member.clone()).collect();
    }
}

fn empty(workers: &[WorkerLoad]) -> Vec<WorkerLoad> {
    let empty = |worker: &WorkerLoad| WorkerLoad { member: worker.member.clone(), held: ConnectorsAndTasks::default() };
    workers.iter().map(empty).collect()
}

/// In order.
fn difference(base: &ConnectorsAndTasks, without: &[&ConnectorsAndTasks]) -> ConnectorsAndTasks {
    let mut rest = base.clone();
    without.iter().for_each(|other| rest.remove_all(other));
    rest.connectors.sort();
    rest.tasks.sort();
    rest
}

/// What more than one member runs: all of them must give it up.
fn duplicated(members: &[(String, ConnectorsAndTasks)]) -> ConnectorsAndTasks {
    ConnectorsAndTasks {
        connectors: repeated(members.iter().flat_map(|(_, held)| &held.connectors)),
        tasks: repeated(members.iter().flat_map(|(_, held)| &held.tasks)),
    }
}

fn repeated<'a, T: Clone + Eq + Hash + 'a>(items: impl Iterator<Item = &'a T>) -> IndexSet<T> {
    let mut seen = HashSet::new();
    items.filter(|item| !seen.insert(*item)).cloned().collect()
}
