//! What members run, how new work is spread over them, and what some must give up for a balance.

use std::sync::Arc;

use indexmap::IndexSet;

use super::Placement;
use crate::connect::ConnectorTaskId;
use crate::herder::protocol::ConnectorsAndTasks;

/// A connector or a task: each kind is balanced by itself.
pub(super) trait Resource: Clone + Eq + std::hash::Hash + Ord {
    fn of(held: &ConnectorsAndTasks) -> &IndexSet<Self>;
    fn of_mut(held: &mut ConnectorsAndTasks) -> &mut IndexSet<Self>;
    fn connector(&self) -> &str;
}

impl Resource for Arc<str> {
    fn of(held: &ConnectorsAndTasks) -> &IndexSet<Self> {
        &held.connectors
    }

    fn of_mut(held: &mut ConnectorsAndTasks) -> &mut IndexSet<Self> {
        &mut held.connectors
    }

    fn connector(&self) -> &str {
        self
    }
}

impl Resource for ConnectorTaskId {
    fn of(held: &ConnectorsAndTasks) -> &IndexSet<Self> {
        &held.tasks
    }

    fn of_mut(held: &mut ConnectorsAndTasks) -> &mut IndexSet<Self> {
        &mut held.tasks
    }

    fn connector(&self) -> &str {
        &self.connector
    }
}

/// A member and what it runs.
#[derive(Clone, Debug)]
pub(super) struct WorkerLoad {
    pub(super) member: String,
    pub(super) held: ConnectorsAndTasks,
}

impl WorkerLoad {
    fn size<R: Resource>(&self) -> usize {
        R::of(&self.held).len()
    }
}

/// What each worker, by its place, is to give up.
pub(super) type Revocations = Vec<ConnectorsAndTasks>;

/// Gives each item to the worker that has the fewest; among equals to the one that had fewer at first, then by member id. An item
/// that has a destination goes there. Those that few can run come first, so that the others can make up for them.
pub(super) fn assign<R: Resource>(
    workers: &mut [WorkerLoad],
    items: &IndexSet<R>,
    placement: &Placement,
    destinations: &[WorkerLoad],
) {
    let mut order: Vec<usize> = (0..workers.len()).collect();
    order.sort_by(|a, b| {
        let key = |at: usize| (workers[at].size::<R>(), &workers[at].member);
        key(*a).cmp(&key(*b))
    });
    let mut items: Vec<&R> = items.iter().collect();
    if !placement.is_anywhere() {
        let able =
            |item: &R| workers.iter().filter(|worker| placement.allows(item.connector(), &worker.member)).count();
        items.sort_by_cached_key(|item| able(item));
    }
    for item in items {
        let destination = destinations.iter().find(|destination| R::of(&destination.held).contains(item));
        let is_destination = |worker: &WorkerLoad| destination.is_some_and(|there| there.member == worker.member);
        let able = order.iter().filter(|at| placement.allows(item.connector(), &workers[**at].member));
        let chosen = able.min_by_key(|at| (!is_destination(&workers[**at]), workers[**at].size::<R>()));
        if let Some(at) = chosen {
            R::of_mut(&mut workers[*at].held).insert(item.clone());
        }
    }
}

/// What workers must give up so that none has more of `total` than in a perfect balance (Java's `loadBalancingRevocations`).
pub(super) fn revoke_for_balance<R: Resource>(workers: &[WorkerLoad], total: usize, revocations: &mut Revocations) {
    if workers.is_empty() {
        return;
    }
    let (minimum, with_extra) = (total / workers.len(), total % workers.len());
    let count = |size: usize| workers.iter().filter(|worker| worker.size::<R>() == size).count();
    let at_extra = count(minimum + 1);
    if at_extra == with_extra && count(minimum) + at_extra == workers.len() {
        return;
    }
    let mut extras = 0;
    for (worker, revoked) in workers.iter().zip(revocations) {
        let size = worker.size::<R>();
        if size <= minimum {
            continue;
        }
        let most = if extras < with_extra {
            extras += 1;
            minimum + 1
        } else {
            minimum
        };
        R::of_mut(revoked).extend(R::of(&worker.held).iter().take(size.saturating_sub(most)).cloned());
    }
}

/// The same where not every worker can run everything: what is on a worker that cannot run it leaves it, and then items leave
/// workers for others that have at least two fewer. Answers where they are to go, so that the next rebalance ends in a better
/// balance than this one began with, and moving comes to an end.
pub(super) fn revoke_for_placement<R: Resource>(
    workers: &[WorkerLoad],
    pending: &IndexSet<R>,
    placement: &Placement,
    revocations: &mut Revocations,
    destinations: &mut [WorkerLoad],
) {
    let mut projected = workers.to_vec();
    let mut moving = IndexSet::new();
    for (worker, revoked) in projected.iter_mut().zip(revocations.iter_mut()) {
        let able = |item: &R| placement.allows(item.connector(), &worker.member);
        let misplaced: Vec<R> = R::of(&worker.held).iter().filter(|item| !able(item)).cloned().collect();
        R::of_mut(&mut worker.held).retain(|item| able(item));
        R::of_mut(revoked).extend(misplaced.iter().cloned());
        moving.extend(misplaced);
    }
    let stay: Vec<IndexSet<R>> = projected.iter().map(|worker| R::of(&worker.held).clone()).collect();
    let unmoved: IndexSet<R> = pending.difference(&moving).cloned().collect();
    assign(&mut projected, &unmoved, placement, &[]);
    assign(&mut projected, &moving, placement, &[]);

    let mut sizes: Vec<usize> = projected.iter().map(WorkerLoad::size::<R>).collect();
    let mut order: Vec<usize> = (0..workers.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(sizes[*at]));
    for from in order {
        for item in &stay[from] {
            let able = (0..sizes.len()).filter(|to| placement.allows(item.connector(), &workers[*to].member));
            let Some(to) = able.min_by_key(|to| sizes[*to]).filter(|to| sizes[*to] + 1 < sizes[from]) else { continue };
            sizes[from] -= 1;
            sizes[to] += 1;
            R::of_mut(&mut revocations[from]).insert(item.clone());
            R::of_mut(&mut destinations[to].held).insert(item.clone());
        }
    }
    for (worker, destination) in projected.iter().zip(destinations) {
        let arrived = R::of(&worker.held).iter().filter(|item| moving.contains(*item));
        R::of_mut(&mut destination.held).extend(arrived.cloned());
    }
}
