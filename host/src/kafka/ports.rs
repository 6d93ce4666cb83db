//! What the worker needs of Kafka, in plain Rust: one dynamic call a batch, no allocation a record.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::connect::{PartitionOffset, TopicPartition};

/// A client operation failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct KafkaError {
    /// Whether the same call may succeed later without anybody changing anything.
    pub retriable: bool,
    /// What was attempted, on what, and what the client or broker said.
    pub message: String,
}

// === producing

/// Why a record did not get into Kafka.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProduceError {
    /// This record will never be taken; others may.
    #[error("{0}")]
    Record(KafkaError),
    /// The producer takes nothing any more. Nothing is known against the record, so nobody may skip it.
    #[error("{0}")]
    Producer(KafkaError),
}

/// Records on their way into a producer: all bytes in one arena, so that filling it allocates nothing a record, but for those that
/// are in order as they were polled.
#[derive(Debug, Default)]
pub struct ProduceBatch {
    /// What the records were polled in, if any of them refers to it. The producer keeps it until they are acknowledged.
    pub polled: Option<Arc<Vec<u8>>>,
    /// Keys, values and header values, one after the other. The producer copies them.
    pub arena: Vec<u8>,
    pub records: Vec<ProduceRecord>,
    pub headers: Vec<ProduceHeader>,
}

/// One record of a [`ProduceBatch`].
#[derive(Clone, Debug)]
pub struct ProduceRecord {
    pub topic: Arc<str>,
    /// None: the partitioner decides.
    pub partition: Option<i32>,
    /// Milliseconds since the epoch; none: now.
    pub timestamp: Option<i64>,
    /// Into the arena; none: null.
    pub key: Option<Range<usize>>,
    /// None: null.
    pub value: Option<ProduceValue>,
    /// Into `headers`.
    pub headers: Range<usize>,
    /// Given back with the acknowledgement. If a batch has `polled`, its values are copied unless each record's is above those of all
    /// records with `polled` before it.
    pub sequence: u64,
}

/// Where the bytes of a value are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProduceValue {
    Arena(Range<usize>),
    Polled(Range<usize>),
}

impl ProduceValue {
    /// Bytes.
    pub fn size(&self) -> usize {
        match self {
            Self::Arena(range) | Self::Polled(range) => range.len(),
        }
    }
}

/// One header of a record.
#[derive(Clone, Debug)]
pub struct ProduceHeader {
    pub name: Arc<str>,
    pub value: Option<Range<usize>>,
}

impl ProduceBatch {
    /// The value of a record.
    pub fn value(&self, record: &ProduceRecord) -> Option<&[u8]> {
        match record.value.as_ref()? {
            ProduceValue::Arena(range) => self.arena.get(range.clone()),
            ProduceValue::Polled(range) => self.polled.as_ref()?.get(range.clone()),
        }
    }

    /// Forgets the records and keeps the memory.
    pub fn clear(&mut self) {
        self.polled = None;
        self.arena.clear();
        self.records.clear();
        self.headers.clear();
    }
}

/// Where a record went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordMetadata {
    pub partition: i32,
    pub offset: i64,
    /// Milliseconds since the epoch; −1: none.
    pub timestamp: i64,
}

/// Receives acknowledgements, on the client's own thread: must be quick and must not block. Order is not promised.
pub trait AckListener: Send + Sync + 'static {
    /// Whether [`Self::delivered`] is to say where each record went, which is work for each.
    fn wants_metadata(&self) -> bool {
        false
    }
    /// The records with these sequences are safely in Kafka: as many at once as lie side by side. `metadata` has one for each if
    /// they are wanted, else none.
    fn delivered(&self, sequences: Range<u64>, metadata: &[RecordMetadata]);
    /// The record with this sequence will never be in Kafka.
    fn failed(&self, sequence: u64, error: ProduceError);
}

/// What became of a `send`.
#[derive(Debug)]
pub struct Sent {
    /// So many records from the start were taken and will be acknowledged one way or the other.
    pub accepted: usize,
    /// Why the next one was not taken and never will be. None with `accepted` below the length: not now, await
    /// [`Producer::room`]; that is also how a topic that is not there yet is waited for, up to half a minute.
    pub refused: Option<ProduceError>,
}

/// One task's handle on a producer, which tasks with equal client settings share. Dropping it forgets the listener.
#[async_trait]
pub trait Producer: Send + Sync {
    /// Takes the records from `from` on until the producer, or this task's share of it, is full. Never blocks.
    fn send(&self, batch: &ProduceBatch, from: usize) -> Sent;
    /// Resolves as soon as another `send` may be accepted, which for a task whose share is full is when half of it is free.
    async fn room(&self);
    /// Resolves when every accepted record was acknowledged; false: not within `timeout`.
    async fn flush(&self, timeout: Duration) -> bool;
    /// Records accepted and not acknowledged yet.
    fn in_flight(&self) -> usize;
}

// === consuming

/// A batch of messages, borrowed from the client's fetch buffers.
#[derive(Default)]
pub struct Messages<'a> {
    pub records: Vec<Message<'a>>,
    pub headers: Vec<(&'a str, Option<&'a [u8]>)>,
}

/// One message of a topic.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    /// Milliseconds since the epoch, and whether the broker set it (LogAppendTime).
    pub timestamp: Option<(i64, bool)>,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    /// Into `Messages::headers`.
    pub headers: Range<usize>,
}

/// Takes messages while they are borrowed.
pub trait MessageListener: Send {
    /// Called at most once a `poll`; a message that it does not copy is gone.
    fn messages(&mut self, messages: &Messages<'_>);
}

/// What a `poll` brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// Nothing within the time.
    Nothing,
    /// So many messages were given to the listener.
    Messages(usize),
    /// The group gives these partitions; answer with [`Consumer::assign`] after preparing. No messages come before.
    Assigned(Vec<TopicPartition>),
    /// The group takes these partitions back; commit, then answer with [`Consumer::unassign`].
    Revoked(Vec<TopicPartition>),
    /// As `Revoked`, but they are gone already: nothing may be committed for them.
    Lost(Vec<TopicPartition>),
}

/// A consumer in a group, used by one sink task.
#[async_trait]
pub trait Consumer: Send {
    /// Waits until there is something to tell, at most `timeout`. Gives at most `max` messages to `listener`.
    /// Errors are of the kind that the task should fail on (authorization, fatal); a broker that is away is logged and retried inside.
    async fn poll(
        &mut self,
        timeout: Duration,
        max: usize,
        listener: &mut dyn MessageListener,
    ) -> Result<Polled, KafkaError>;
    /// Where the group stands in each of these partitions, in their order: at the committed offset, or where `auto.offset.reset` says
    /// (Java's `position`). Fails if it says nothing.
    async fn positions(&mut self, partitions: &[TopicPartition]) -> Result<Vec<PartitionOffset>, KafkaError>;
    /// Takes what [`Polled::Assigned`] offered; the first message of each partition is that at the offset.
    fn assign(&mut self, from: &[PartitionOffset]) -> Result<(), KafkaError>;
    /// Gives back what [`Polled::Revoked`] or [`Polled::Lost`] named.
    async fn unassign(&mut self, partitions: &[TopicPartition]) -> Result<(), KafkaError>;
    /// Stops fetching from these partitions; messages of them that were not given yet will be given again after `resume`.
    fn pause(&mut self, partitions: &[TopicPartition]) -> Result<(), KafkaError>;
    fn resume(&mut self, partitions: &[TopicPartition]) -> Result<(), KafkaError>;
    /// The next message of each partition is that at the offset.
    async fn seek(&mut self, offsets: &[PartitionOffset]) -> Result<(), KafkaError>;
    /// Commits and waits for the broker's answer.
    async fn commit(&mut self, offsets: &[PartitionOffset]) -> Result<(), KafkaError>;
    /// Cuts a blocked `poll` short; callable from anywhere.
    fn waker(&self) -> Arc<dyn Fn() + Send + Sync>;
    /// Leaves the group and frees the client.
    async fn close(self: Box<Self>);
}

// === reading a topic as a log

/// Which end of a partition is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetSpec {
    /// The offset of the oldest record that is kept.
    Earliest,
    /// The offset that the next record will get.
    Latest,
    /// As `Latest`, but before the first transaction that is still open.
    LatestCommitted,
}

/// A consumer of all partitions of one topic, which nobody takes away from it. Dropping it frees the client.
#[async_trait]
pub trait TopicReader: Send {
    /// Waits until a message is there, at most `timeout`, and gives at most `max` messages to `listener`; how many it was.
    /// Nothing is lost if the future is dropped. A broker that is away is logged and retried inside; an error is one that asking
    /// again does not mend.
    async fn poll(
        &mut self,
        timeout: Duration,
        max: usize,
        listener: &mut dyn MessageListener,
    ) -> Result<usize, KafkaError>;
    /// By partition, the offset that is read next. Records that are never shown, such as the marks of transactions, are passed.
    fn positions(&self) -> &[i64];
}

// === the cluster

/// How a topic is to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTopic {
    pub name: String,
    /// −1: the broker's default.
    pub partitions: i32,
    pub replication_factor: i16,
    pub configs: Vec<(String, String)>,
}

/// What a topic looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicDescription {
    pub name: String,
    pub partitions: i32,
}

/// Why a consumer group's offsets could not be changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GroupError {
    /// The group has members; only they may change its offsets.
    #[error("{0}")]
    HasMembers(KafkaError),
    #[error(transparent)]
    Kafka(#[from] KafkaError),
}

/// Questions and orders about the cluster.
#[async_trait]
pub trait Admin: Send + Sync {
    /// The cluster's id; retried until `timeout`.
    async fn cluster_id(&self, timeout: Duration) -> Result<String, KafkaError>;
    /// None: there is no such topic. Never creates it.
    async fn describe_topic(&self, topic: &str) -> Result<Option<TopicDescription>, KafkaError>;
    /// True: created; false: it was there already.
    async fn create_topic(&self, topic: &NewTopic) -> Result<bool, KafkaError>;
    /// A topic's setting, as it is or by default. None: this client may not see the settings, or the topic has none of this name.
    async fn topic_config(&self, topic: &str, key: &str) -> Result<Option<String>, KafkaError>;
    /// By partition of `0..partitions`, the offset at one end of it.
    async fn list_offsets(&self, topic: &str, partitions: i32, spec: OffsetSpec) -> Result<Vec<i64>, KafkaError>;
    /// The names of all topics.
    async fn topics(&self) -> Result<Vec<String>, KafkaError>;
    /// What the consumer group has committed; nothing for a group that does not exist.
    async fn group_offsets(&self, group: &str) -> Result<Vec<PartitionOffset>, KafkaError>;
    /// Commits these offsets for a consumer group without members, which is created if need be.
    async fn alter_group_offsets(&self, group: &str, offsets: &[PartitionOffset]) -> Result<(), GroupError>;
    /// Forgets what a consumer group without members has committed for these partitions.
    async fn delete_group_offsets(&self, group: &str, partitions: &[TopicPartition]) -> Result<(), GroupError>;
    /// Deletes a consumer group without members; done also if there is none.
    async fn delete_group(&self, group: &str) -> Result<(), GroupError>;
}

/// Makes clients. Settings carry Java's client keys, as worker and connector configs do.
#[async_trait]
pub trait Clients: Send + Sync {
    /// A handle for one task on the producer for these settings; `client_id` names a producer that is made for it.
    async fn producer(
        &self,
        client_id: &str,
        settings: &ClientSettings,
        acks: Arc<dyn AckListener>,
    ) -> Result<Box<dyn Producer>, KafkaError>;
    /// A consumer that has subscribed to `topics`; `settings` hold `group.id`.
    async fn consumer(
        &self,
        client_id: &str,
        settings: &ClientSettings,
        topics: &Subscription,
    ) -> Result<Box<dyn Consumer>, KafkaError>;
    async fn admin(&self, client_id: &str, settings: &ClientSettings) -> Result<Arc<dyn Admin>, KafkaError>;
    /// A reader of all partitions of `topic`, each from the offset at its place in `from`.
    async fn topic_reader(
        &self,
        client_id: &str,
        settings: &ClientSettings,
        topic: &str,
        from: Vec<i64>,
    ) -> Result<Box<dyn TopicReader>, KafkaError>;
    /// A member of a group, which does nothing before it is polled.
    async fn group_membership(
        &self,
        client_id: &str,
        settings: &ClientSettings,
        options: GroupMembershipOptions,
    ) -> Result<Box<dyn GroupMembership>, KafkaError>;
}

/// A client's settings under Java's names, later ones winning over earlier ones of the same name.
pub type ClientSettings = std::collections::BTreeMap<String, String>;

/// What a sink reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subscription {
    Topics(Vec<String>),
    /// A Java regular expression that must match the whole name; resolved from metadata, again and again.
    Pattern(String),
}

// === the group of workers

/// What a member says of itself under one protocol when it joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinProtocol {
    pub name: String,
    pub metadata: Vec<u8>,
}

/// A member as the leader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberMetadata {
    /// As the coordinator calls it.
    pub member_id: String,
    pub metadata: Vec<u8>,
}

/// What happens to a member of the group. Each is told once, in this order for each rebalance: `Joining`, then for the leader
/// `Leading`, then `Joined`; a rebalance that fails half-way begins again with `Joining`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupEvent {
    /// A rebalance begins (Java's `onJoinPrepare`); nothing is sent before [`GroupMembership::join`] answers.
    Joining,
    /// This member leads the generation that is being made; [`GroupMembership::sync`] answers with everybody's assignment.
    Leading {
        member_id: String,
        generation: i32,
        /// The name of the protocol that all members know.
        protocol: String,
        members: Vec<MemberMetadata>,
    },
    /// The rebalance is complete (Java's `onJoinComplete`).
    Joined { member_id: String, generation: i32, protocol: String, assignment: Vec<u8> },
    /// The coordinator does not count this member any more, so that others may have its work already (session expired, unknown
    /// member). A `Joining` follows.
    Lost { reason: String },
    /// The coordinator was not found for a heartbeat interval; it is looked for on and on (Java's "Broker coordinator was
    /// unreachable").
    CoordinatorUnreachable,
    /// Nobody asked what happens (`poll`) for a rebalance timeout, and so the member has left the group. A `Joining` follows.
    PollTimeout,
}

/// How to be a member (Java's `GroupRebalanceConfig`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMembershipOptions {
    pub group_id: String,
    /// What all members of the group must name; `connect` for workers.
    pub protocol_type: String,
    /// After so long a silence the coordinator puts the member out (`session.timeout.ms`).
    pub session_timeout: Duration,
    pub heartbeat_interval: Duration,
    /// How long the coordinator waits for each member to join again once a rebalance has begun (`rebalance.timeout.ms`).
    pub rebalance_timeout: Duration,
}

/// A failure that only somebody else can mend: no permission, another protocol type, an unknown protocol. What comes and goes is
/// retried inside.
pub type GroupMembershipError = KafkaError;

/// One worker's membership in the group of workers, `connect` by Kafka's protocol type. Knows bytes only.
///
/// Heartbeats go out by themselves as long as somebody asks [`poll`](Self::poll) within the rebalance timeout.
#[async_trait]
pub trait GroupMembership: Send {
    /// Waits for the next event. Cancel safe: no event is lost when the future is dropped.
    async fn poll(&mut self) -> Result<GroupEvent, GroupMembershipError>;
    /// Answers [`GroupEvent::Joining`]; protocols in the order of preference.
    fn join(&mut self, protocols: Vec<JoinProtocol>);
    /// Answers [`GroupEvent::Leading`]: assignments by member id.
    fn sync(&mut self, assignments: Vec<(String, Vec<u8>)>);
    /// Joins anew as soon as possible, which makes a rebalance; does nothing while one is under way before `Joined`.
    fn request_rejoin(&mut self, reason: &str);
    /// Leaves the group, so that a rebalance follows for the others at once. The next `poll` joins again.
    async fn leave(&mut self, reason: &str);
    /// Leaves the group and frees the client.
    async fn close(self: Box<Self>);
}
