//! The loop around the step: waits for whatever happens next, and does what the step wants.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::action::{Action, Answer};
use super::event::{Event, Request, RequestId};
use super::inbox::ConfigInbox;
use super::{Moment, Shared, State, next_step_ms, step};
use crate::herder::HerderError;
use crate::kafka::ports::{GroupMembership, GroupMembershipError};

/// Messages to the loop that wait: requests, of which REST bounds the number, and outcomes, of which each action has one.
pub(super) const MAILBOX: usize = 1024;

/// The longest that the loop sleeps when nothing is due.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// What others tell the loop.
pub(super) enum Letter {
    Request { request: Request, reply: oneshot::Sender<Result<Answer, HerderError>> },
    Happened(Event),
    ShutDown(oneshot::Sender<()>),
}

/// Owns the state and the membership.
pub(super) struct Shell {
    pub(super) shared: Arc<Shared>,
    pub(super) state: State,
    pub(super) membership: Box<dyn GroupMembership>,
    pub(super) inbox: ConfigInbox,
    pub(super) mailbox: mpsc::Receiver<Letter>,
    /// Who waits for which request.
    waiting: HashMap<RequestId, oneshot::Sender<Result<Answer, HerderError>>>,
    last_request: RequestId,
    /// What actions that take no time have brought about.
    pub(super) queue: VecDeque<Event>,
    /// Why this worker can be no member of its group.
    refused: Option<String>,
}

// === impl Shell ===

impl Shell {
    pub(super) fn new(
        shared: Arc<Shared>,
        state: State,
        membership: Box<dyn GroupMembership>,
        inbox: ConfigInbox,
        mailbox: mpsc::Receiver<Letter>,
    ) -> Self {
        let (waiting, queue) = (HashMap::new(), VecDeque::new());
        Self { shared, state, membership, inbox, mailbox, waiting, last_request: 0, queue, refused: None }
    }

    /// Until it is told to end, or until the group cannot be joined for a reason that does not go away.
    pub(super) async fn run(mut self) -> Result<(), GroupMembershipError> {
        let reconfigurations = self.shared.parts.worker.reconfigurations();
        let mut plugins = self.shared.parts.plugins.changes();
        let mut classes = self.shared.connector_classes();
        loop {
            let due = self.due();
            tokio::select! {
                event = self.membership.poll() => self.turn(Event::Group(event?)).await,
                () = self.inbox.changed() => self.turn(Event::Tick).await,
                letter = self.mailbox.recv() => match letter {
                    Some(Letter::Request { request, reply }) => self.request(request, reply).await,
                    Some(Letter::Happened(event)) => self.turn(event).await,
                    Some(Letter::ShutDown(done)) => {
                        self.shut_down().await;
                        // Nobody waits any more if the time for it is over.
                        let _ = done.send(());
                        return Ok(());
                    }
                    // Every handle is gone.
                    None => return Ok(()),
                },
                connector = reconfigurations.next() => {
                    self.turn(Event::ReconfigurationWanted(connector.into())).await;
                }
                Ok(()) = plugins.changed() => {
                    let now = self.shared.connector_classes();
                    let new = now.difference(&classes).cloned().collect();
                    classes = now;
                    self.turn(Event::NewClasses(new)).await;
                }
                () = tokio::time::sleep_until(due) => self.turn(Event::Tick).await,
            }
            if let Some(message) = self.refused.take() {
                self.shut_down().await;
                return Err(GroupMembershipError { retriable: false, message });
            }
        }
    }

    fn due(&self) -> Instant {
        let latest = self.shared.parts.configs.snapshot();
        let due = next_step_ms(&self.state, &latest).map(|due| due - self.shared.clock.now_ms());
        let wait = due.map_or(LONGEST_SLEEP, |ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
        Instant::now() + wait.min(LONGEST_SLEEP)
    }

    async fn request(&mut self, request: Request, reply: oneshot::Sender<Result<Answer, HerderError>>) {
        self.last_request += 1;
        self.waiting.insert(self.last_request, reply);
        self.turn(Event::Request { id: self.last_request, request }).await;
    }

    /// One event and all that follows from it at once.
    async fn turn(&mut self, event: Event) {
        self.queue.push_back(event);
        // Before the topic's state is looked at: what is told then is in it.
        self.queue.extend(self.inbox.take());
        while let Some(event) = self.queue.pop_front() {
            let latest = self.shared.parts.configs.snapshot();
            let moment = Moment { now_ms: self.shared.clock.now_ms(), latest: &latest };
            let actions = step(&mut self.state, moment, event);
            self.publish();
            for action in actions {
                self.act(action).await;
            }
        }
    }

    fn publish(&self) {
        self.shared.sessioned.store(self.state.is_sessioned(), Ordering::SeqCst);
        if self.state.is_settled() {
            self.shared.ready.store(true, Ordering::SeqCst);
        }
    }

    /// Begins what the step wants; what does not take long is done at once.
    async fn act(&mut self, action: Action) {
        match action {
            Action::Join(protocols) => self.membership.join(protocols),
            Action::Sync(assignments) => self.membership.sync(assignments),
            Action::RequestRejoin(reason) => self.membership.request_rejoin(reason),
            Action::LeaveGroup(reason) => self.membership.leave(reason).await,
            Action::Quit(reason) => self.refused = Some(reason),
            Action::Reply { id, result } => {
                if let Some(reply) = self.waiting.remove(&id) {
                    // The client may have gone.
                    let _ = reply.send(result);
                }
            }
            action => self.queue.extend(self.shared.clone().perform(action)),
        }
    }

    async fn shut_down(&mut self) {
        self.turn(Event::ShutDown).await;
        self.shared.parts.worker.stop().await;
        self.shared.parts.status.flush(super::STATUS_FLUSH_TIMEOUT).await;
        self.membership.leave("the worker is shutting down").await;
    }
}
