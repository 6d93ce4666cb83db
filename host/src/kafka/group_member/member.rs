//! The task that is a member: finds the coordinator, joins, syncs, and stays until something happens.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{JoinGroupResponse, LeaveGroupResponse, SyncGroupResponse};
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};
use tokio::time::{Duration, Instant, sleep, sleep_until, timeout};

use super::heartbeat::{Beat, Heart};
use super::requests::{self, Failure};
use super::{LEAVE_TIMEOUT, News, Orders, Reply, Wanted};
use crate::kafka::ports::{GroupEvent, GroupMembershipOptions, JoinProtocol, KafkaError, MemberMetadata};
use crate::kafka::wire::{Brokers, Connection, Node, WireConfig};

/// The coordinator answers a join when all members have come, or after the rebalance timeout; so much later at most.
const JOIN_GRACE: Duration = Duration::from_secs(5);

/// A member's place in the group.
#[derive(Clone, Debug)]
pub(super) struct Generation {
    pub id: i32,
    pub member_id: String,
    pub protocol: String,
}

// === the coordinator

/// Who coordinates the group, as far as it is known; the heart and the member ask for it.
pub(super) struct Coordinator {
    group_id: String,
    brokers: AsyncMutex<Brokers>,
    node: Mutex<Option<Node>>,
}

impl Coordinator {
    fn new(group_id: &str) -> Self {
        Self { group_id: group_id.to_owned(), brokers: AsyncMutex::new(Brokers::new()), node: Mutex::default() }
    }

    /// It has moved or is away.
    pub(super) fn forget(&self) {
        *self.node.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// A new connection to it; brokers are asked where it is if it is not known.
    pub(super) async fn connect(&self, config: &WireConfig) -> Result<Connection, Failure> {
        let known = self.node.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let node = match known {
            Some(node) => node,
            None => {
                let node = self.brokers.lock().await.coordinator(config, &self.group_id).await.map_err(Failure::of)?;
                tracing::info!("Discovered group coordinator {node} of group {}", self.group_id);
                *self.node.lock().unwrap_or_else(PoisonError::into_inner) = Some(node.clone());
                node
            }
        };
        Connection::open(config, &node).await.map_err(Failure::of)
    }
}

impl Failure {
    /// Of an attempt to reach the coordinator.
    fn of(error: KafkaError) -> Self {
        if error.retriable { Self::CoordinatorUnknown(error) } else { Self::Refused(error) }
    }
}

// === the member

/// See the module's description.
pub(super) struct Member {
    config: Arc<WireConfig>,
    options: Arc<GroupMembershipOptions>,
    orders: Arc<Orders>,
    tell: mpsc::Sender<News>,
    /// The number of the attempt to be in the group.
    attempt: u64,
    coordinator: Arc<Coordinator>,
    /// As the coordinator calls it; empty: it has no name yet.
    member_id: String,
    /// Beats as long as the member has a place in a generation.
    heart: Option<Heart>,
    /// Whether it was given something that others get when it is lost.
    has_place: bool,
    /// Whether it has left, or never joined: it stays outside until somebody asks what happens.
    outside: bool,
    /// The last attempts that failed, one after the other.
    failures: u32,
    /// Why it joins, for the coordinator's log.
    reason: String,
}

/// What ends a wait, apart from what is waited for.
enum Interruption {
    Beat(Beat),
    Leave(String, oneshot::Sender<()>),
    /// Nobody has asked what happens for a rebalance timeout.
    PollTimeout,
}

/// How an attempt to be in the group ended.
enum Ended {
    Failed(Failure),
    Interrupted(Interruption),
    /// The worker wants to join anew.
    Rejoin(String),
    /// There is nobody to tell any more.
    Gone,
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Member {
    pub(super) fn new(
        config: WireConfig,
        options: GroupMembershipOptions,
        orders: Arc<Orders>,
        tell: mpsc::Sender<News>,
    ) -> Self {
        Self {
            coordinator: Arc::new(Coordinator::new(&options.group_id)),
            config: Arc::new(config),
            options: Arc::new(options),
            orders,
            tell,
            attempt: 0,
            member_id: String::new(),
            heart: None,
            has_place: false,
            outside: true,
            failures: 0,
            reason: "the worker has started".to_owned(),
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            let ended = match self.one_generation().await {
                Ok(never) => match never {},
                Err(ended) => ended,
            };
            if self.prepare_next(ended).await.is_none() {
                return;
            }
        }
    }

    /// Joins and stays until something ends it.
    async fn one_generation(&mut self) -> Result<Infallible, Ended> {
        if self.outside {
            self.wait_until_asked().await?;
        }
        let mut connection = self.reach().await?;
        self.attempt += 1;
        self.say(GroupEvent::Joining).await?;
        let protocols = self.protocols().await?;
        let answer = self.join(&mut connection, &protocols).await?;
        let generation = Generation {
            id: answer.generation_id,
            member_id: self.member_id.clone(),
            protocol: answer.protocol_name.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        self.beat_in(&generation);
        let assignments =
            if answer.leader == answer.member_id { self.lead(&generation, answer).await? } else { Vec::new() };
        let assignment = self.sync(&mut connection, &generation, &assignments).await?;
        drop(connection);
        self.failures = 0;
        self.has_place = true;
        // What was asked for before is done now.
        self.orders.give(|wanted| wanted.rejoin = None);
        let Generation { id, member_id, protocol } = generation;
        self.say(GroupEvent::Joined { member_id, generation: id, protocol, assignment }).await?;
        Err(Ended::Rejoin(self.order(|wanted| wanted.rejoin.take()).await?))
    }

    /// Draws the conclusions and tells them; none: this was the end.
    async fn prepare_next(&mut self, ended: Ended) -> Option<()> {
        match ended {
            Ended::Gone => return None,
            Ended::Rejoin(reason) => self.reason = reason,
            Ended::Interrupted(Interruption::Leave(reason, done)) => {
                self.leave(&reason).await;
                let _ = done.send(());
                self.reason = "the worker comes back".to_owned();
            }
            Ended::Interrupted(Interruption::PollTimeout) => {
                tracing::warn!(
                    "worker poll timeout has expired. This means the time between subsequent polls of the group was longer than \
                     the configured rebalance.timeout.ms. The worker leaves the group"
                );
                self.leave("worker poll timeout has expired.").await;
                self.tell(GroupEvent::PollTimeout).await?;
                self.reason = "the worker is responsive again".to_owned();
            }
            Ended::Interrupted(Interruption::Beat(Beat::Rebalance)) | Ended::Failed(Failure::Rebalance) => {
                self.reason = "group is already rebalancing".to_owned();
            }
            Ended::Interrupted(Interruption::Beat(Beat::Unreachable(elapsed))) => self.unreachable(elapsed).await?,
            Ended::Interrupted(Interruption::Beat(Beat::NotAMember(reason))) => self.lost(reason).await?,
            Ended::Interrupted(Interruption::Beat(Beat::Refused(error))) | Ended::Failed(Failure::Refused(error)) => {
                let _ = self.tell.send((self.attempt, Err(error))).await;
                return None;
            }
            Ended::Failed(Failure::NotAMember(reason)) => self.lost(reason).await?,
            Ended::Failed(Failure::MemberIdRequired(id)) => self.member_id = id,
            Ended::Failed(Failure::CoordinatorUnknown(error)) => {
                self.coordinator.forget();
                tracing::warn!("{error}; trying on");
                sleep(self.backoff()).await;
            }
            Ended::Failed(Failure::Later(error)) => {
                tracing::warn!("{error}; trying on");
                sleep(self.backoff()).await;
            }
        }
        Some(())
    }

    /// Others may have the work of this member already, so that it comes back as a new one.
    async fn lost(&mut self, reason: String) -> Option<()> {
        self.heart = None;
        self.member_id.clear();
        self.reason = format!("the membership was lost: {reason}");
        if std::mem::take(&mut self.has_place) { self.tell(GroupEvent::Lost { reason }).await } else { Some(()) }
    }

    /// Others may be given the work of this member soon.
    async fn unreachable(&mut self, elapsed: Duration) -> Option<()> {
        self.reason = "the coordinator was not reachable".to_owned();
        if !std::mem::take(&mut self.has_place) {
            return Some(());
        }
        tracing::warn!("Broker coordinator was unreachable for {} ms", elapsed.as_millis());
        self.tell(GroupEvent::CoordinatorUnreachable).await
    }

    /// The pause after one more failure.
    fn backoff(&mut self) -> Duration {
        let (least, most) = self.config.retry_backoff;
        let pause = least.saturating_mul(1 << self.failures.min(10)).min(most);
        self.failures = self.failures.saturating_add(1);
        pause
    }

    // --- the steps of a rebalance

    async fn wait_until_asked(&mut self) -> Result<(), Ended> {
        let before = self.orders.lock().asked;
        let asks = |wanted: &Wanted| wanted.asked > before || wanted.asked > 0 && wanted.unasked_since.is_none();
        self.order(|wanted| asks(wanted).then_some(())).await?;
        self.outside = false;
        Ok(())
    }

    /// Connects to the coordinator, however long it is looked for.
    async fn reach(&mut self) -> Result<Connection, Ended> {
        let since = Instant::now();
        loop {
            let (coordinator, config) = (self.coordinator.clone(), self.config.clone());
            let connect = async move { coordinator.connect(&config).await };
            let error = match self.or_interrupted(connect).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(Failure::CoordinatorUnknown(error) | Failure::Later(error))) => error,
                Ok(Err(failure)) => return Err(failure.into()),
                Err(Ended::Interrupted(Interruption::Beat(Beat::Rebalance))) => continue,
                Err(ended) => return Err(ended),
            };
            self.coordinator.forget();
            match self.failures {
                0 => tracing::warn!("{error}; trying on"),
                _ => tracing::debug!("{error}; trying on"),
            }
            if since.elapsed() > self.options.heartbeat_interval {
                self.unreachable(since.elapsed()).await.ok_or(Ended::Gone)?;
            }
            let pause = self.backoff();
            self.or_interrupted(sleep(pause)).await?;
        }
    }

    /// Waits for what the worker says of itself.
    async fn protocols(&mut self) -> Result<Vec<JoinProtocol>, Ended> {
        loop {
            let attempt = self.attempt;
            match self.order(|wanted| answer_to(attempt, &mut wanted.join)).await {
                // That is what it is about to take part in.
                Err(Ended::Interrupted(Interruption::Beat(Beat::Rebalance))) => {}
                other => return other,
            }
        }
    }

    /// Waits until the group's new generation is made.
    async fn join(
        &mut self,
        connection: &mut Connection,
        protocols: &[JoinProtocol],
    ) -> Result<JoinGroupResponse, Ended> {
        let limit = self.config.request_timeout.max(self.options.rebalance_timeout + JOIN_GRACE);
        let options = self.options.clone();
        loop {
            // From here on the coordinator waits for this member, which needs no heartbeats meanwhile.
            self.heart = None;
            let (member_id, reason) = (self.member_id.clone(), self.reason.clone());
            let join = |version| requests::join(&options, &member_id, protocols, &reason, version);
            let asked = self.or_interrupted(connection.ask(limit, join)).await?;
            let answer: JoinGroupResponse = asked.map_err(Failure::CoordinatorUnknown)?;
            match join_outcome(&answer, &options.protocol_type) {
                Err(Failure::MemberIdRequired(id)) if self.member_id != id => self.member_id = id,
                Err(failure) => return Err(failure.into()),
                Ok(()) => {
                    self.member_id = answer.member_id.to_string();
                    return Ok(answer);
                }
            }
        }
    }

    /// Asks the worker for everybody's assignment.
    async fn lead(
        &mut self,
        generation: &Generation,
        answer: JoinGroupResponse,
    ) -> Result<Vec<(String, Vec<u8>)>, Ended> {
        let members = answer.members.iter().map(|member| MemberMetadata {
            member_id: member.member_id.to_string(),
            metadata: member.metadata.to_vec(),
        });
        self.say(GroupEvent::Leading {
            member_id: generation.member_id.clone(),
            generation: generation.id,
            protocol: generation.protocol.clone(),
            members: members.collect(),
        })
        .await?;
        let attempt = self.attempt;
        self.order(|wanted| answer_to(attempt, &mut wanted.sync)).await
    }

    /// Waits for this member's assignment; the leader gives everybody's.
    async fn sync(
        &mut self,
        connection: &mut Connection,
        generation: &Generation,
        assignments: &[(String, Vec<u8>)],
    ) -> Result<Vec<u8>, Ended> {
        let limit = self.config.request_timeout.max(self.options.rebalance_timeout + JOIN_GRACE);
        let options = self.options.clone();
        let sync = |version| requests::sync(&options, generation, assignments, version);
        let asked = self.or_interrupted(connection.ask(limit, sync)).await?;
        let answer: SyncGroupResponse = asked.map_err(Failure::CoordinatorUnknown)?;
        requests::check(answer.error_code, "sync with the group")?;
        Ok(answer.assignment.to_vec())
    }

    /// Leaves as well as it can be done in a short time.
    async fn leave(&mut self, reason: &str) {
        self.heart = None;
        (self.has_place, self.outside) = (false, true);
        let member_id = std::mem::take(&mut self.member_id);
        if member_id.is_empty() {
            return;
        }
        tracing::info!("Member {member_id} leaves group {} due to: {reason}", self.options.group_id);
        let leave = async {
            let mut connection = self.coordinator.connect(&self.config).await?;
            let answer: LeaveGroupResponse = connection
                .ask(LEAVE_TIMEOUT, |version| requests::leave(&self.options, &member_id, reason, version))
                .await
                .map_err(Failure::of)?;
            requests::check(answer.error_code, "leave the group")
        };
        match timeout(LEAVE_TIMEOUT, leave).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => tracing::debug!("the group was left without a word: {failure:?}"),
            Err(_) => tracing::debug!("the group was left without a word: no answer"),
        }
    }

    fn beat_in(&mut self, generation: &Generation) {
        let (config, options) = (self.config.clone(), self.options.clone());
        self.heart = Some(Heart::start(config, options, self.coordinator.clone(), generation.clone()));
    }

    // --- waits

    async fn say(&mut self, event: GroupEvent) -> Result<(), Ended> {
        self.tell(event).await.ok_or(Ended::Gone)
    }

    async fn tell(&mut self, event: GroupEvent) -> Option<()> {
        self.tell.send((self.attempt, Ok(event))).await.ok()
    }

    /// Waits for an order of the worker.
    async fn order<T>(&mut self, take: impl Fn(&mut Wanted) -> Option<T>) -> Result<T, Ended> {
        let orders = self.orders.clone();
        let wait = async {
            loop {
                let changed = orders.changed.notified();
                if let Some(order) = take(&mut orders.lock()) {
                    return order;
                }
                changed.await;
            }
        };
        self.or_interrupted(wait).await
    }

    /// Waits for `work`, or for what ends all waits of a member.
    async fn or_interrupted<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Ended> {
        let heart = &mut self.heart;
        let beat = async {
            match heart {
                Some(heart) => heart.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            done = work => Ok(done),
            beat = beat => Err(Ended::Interrupted(Interruption::Beat(beat))),
            interruption = interruption(&self.orders, self.options.rebalance_timeout) => {
                Err(Ended::Interrupted(interruption))
            }
        }
    }
}

/// Takes an answer, unless it is to another attempt: that one waits no more.
fn answer_to<T>(attempt: u64, reply: &mut Option<Reply<T>>) -> Option<T> {
    reply.take().filter(|reply| reply.attempt == attempt).map(|reply| reply.answer)
}

/// Resolves when the worker leaves, or has not asked what happens for so long.
async fn interruption(orders: &Orders, rebalance_timeout: Duration) -> Interruption {
    loop {
        let changed = orders.changed.notified();
        let deadline = {
            let mut wanted = orders.lock();
            if let Some((reason, done)) = wanted.leave.take() {
                return Interruption::Leave(reason, done);
            }
            wanted.unasked_since.map(|since| since + rebalance_timeout)
        };
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            orders.lock().unasked_since = None;
            return Interruption::PollTimeout;
        }
        // Whoever asks and stops asking tells nobody; so that is looked at once a timeout.
        let look = deadline.unwrap_or_else(|| Instant::now() + rebalance_timeout);
        tokio::select! {
            () = changed => {}
            () = sleep_until(look) => {}
        }
    }
}

/// What the coordinator says to a join.
fn join_outcome(answer: &JoinGroupResponse, protocol_type: &str) -> Result<(), Failure> {
    if answer.error_code == ResponseError::MemberIdRequired.code() {
        return Err(Failure::MemberIdRequired(answer.member_id.to_string()));
    }
    requests::check(answer.error_code, "join the group")?;
    match &answer.protocol_type {
        Some(other) if other.as_str() != protocol_type => Err(Failure::Refused(KafkaError {
            retriable: false,
            message: format!("the group is one of type {other}, not {protocol_type}"),
        })),
        _ => Ok(()),
    }
}
