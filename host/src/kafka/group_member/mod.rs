//! Membership in a group of Kafka's classic protocol: Java's `AbstractCoordinator`, as far as workers need it.
//!
//! A task of its own ([`member`]) talks to the coordinator; the worker sees events and answers them when it likes, within the
//! rebalance timeout. Edges of a membership:
//! - outside → joining: the worker answers `Joining`.
//! - joining → leading → joined: the coordinator has chosen this member, and the worker answers `Leading`.
//! - joining → joined: another member leads.
//! - joined → joining: the group rebalances, the worker asks for it, or the membership was lost.
//! - any → outside: the worker leaves, or does not ask what happens for a rebalance timeout.

mod heartbeat;
mod member;
mod requests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use self::member::Member;
use super::ports::{GroupEvent, GroupMembership, GroupMembershipError, GroupMembershipOptions, JoinProtocol};
use super::wire::WireConfig;

/// Events that wait for the worker: a few, as it must answer one before the next comes.
const EVENTS: usize = 8;
/// The longest that leaving the group takes; the coordinator finds out by itself after the session timeout.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);

/// What the member tells: the number of its attempt to be in the group, and what happened.
type News = (u64, Result<GroupEvent, GroupMembershipError>);

/// See [`GroupMembership`].
pub(super) struct GroupMember {
    events: mpsc::Receiver<News>,
    /// The attempt that the worker has heard of last: answers are to that one, and not to one that has begun meanwhile.
    attempt: u64,
    orders: Arc<Orders>,
    task: Option<JoinHandle<()>>,
}

/// Everybody's assignment, by member id.
type Assignments = Vec<(String, Vec<u8>)>;

/// What the worker wants, of each kind the last.
#[derive(Default)]
struct Orders {
    wanted: Mutex<Wanted>,
    changed: Notify,
}

/// An answer to an event.
struct Reply<T> {
    attempt: u64,
    answer: T,
}

#[derive(Default)]
struct Wanted {
    join: Option<Reply<Vec<JoinProtocol>>>,
    sync: Option<Reply<Assignments>>,
    rejoin: Option<String>,
    leave: Option<(String, oneshot::Sender<()>)>,
    /// How often somebody has asked what happens.
    asked: u64,
    /// Since when nobody does; none: somebody is waiting for the answer.
    unasked_since: Option<Instant>,
}

impl Orders {
    fn lock(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give(&self, order: impl FnOnce(&mut Wanted)) {
        order(&mut self.lock());
        self.changed.notify_waiters();
    }
}

/// Somebody asks what happens as long as this lives.
struct Asking<'a>(&'a Orders);

impl<'a> Asking<'a> {
    fn new(orders: &'a Orders) -> Self {
        orders.give(|wanted| {
            wanted.asked += 1;
            wanted.unasked_since = None;
        });
        Self(orders)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.lock().unasked_since = Some(Instant::now());
    }
}

impl GroupMember {
    /// Joins nothing before it is told to.
    pub(super) fn start(config: WireConfig, options: GroupMembershipOptions) -> Self {
        let orders = Arc::<Orders>::default();
        let (tell, events) = mpsc::channel(EVENTS);
        let task = tokio::spawn(Member::new(config, options, orders.clone(), tell).run());
        Self { events, attempt: 0, orders, task: Some(task) }
    }
}

#[async_trait]
impl GroupMembership for GroupMember {
    async fn poll(&mut self) -> Result<GroupEvent, GroupMembershipError> {
        let _asking = Asking::new(&self.orders);
        match self.events.recv().await {
            Some((attempt, event)) => {
                self.attempt = attempt;
                event
            }
            // It has ended with an error, and its last word was heard.
            None => std::future::pending().await,
        }
    }

    fn join(&mut self, protocols: Vec<JoinProtocol>) {
        self.orders.give(|wanted| wanted.join = Some(Reply { attempt: self.attempt, answer: protocols }));
    }

    fn sync(&mut self, assignments: Vec<(String, Vec<u8>)>) {
        self.orders.give(|wanted| wanted.sync = Some(Reply { attempt: self.attempt, answer: assignments }));
    }

    fn request_rejoin(&mut self, reason: &str) {
        self.orders.give(|wanted| wanted.rejoin = Some(reason.to_owned()));
    }

    async fn leave(&mut self, reason: &str) {
        let (done, left) = oneshot::channel();
        self.orders.give(|wanted| wanted.leave = Some((reason.to_owned(), done)));
        // Without an answer the coordinator finds out after the session timeout.
        let _ = timeout(LEAVE_TIMEOUT, left).await;
    }

    async fn close(mut self: Box<Self>) {
        self.leave("the worker is shutting down").await;
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
    }
}

impl Drop for GroupMember {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}
