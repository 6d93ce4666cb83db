//! A source task's way: guest poll → transform → convert → producer → acknowledgements → offsets → guest commit
//! (Java's `AbstractWorkerSourceTask` and `WorkerSourceTask`).
//!
//! One loop owns everything, so nothing here is locked but the inbox of acknowledgements, which the client's thread fills.

mod ack_inbox;
mod acknowledgements;
mod converting;
mod idle;
mod submitted_records;
mod topic_creation;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::Instant;
use wasm_connect_batch::{Batch, Limits};

pub use ack_inbox::AckInbox;
pub use topic_creation::TopicCreation;

use self::acknowledgements::Acknowledgements;
use self::converting::{Converting, Destination, Progress};
use self::submitted_records::SubmittedRecords;
use super::converters::Converters;
use super::errors::{ErrorHandling, Failure, Lacking, LookedUp, PipelineStage, RecordContext, TaskFailure};
use super::instance_swap::{self, Drained, Instances, Swappable};
use super::worker_task::TaskStatus;
use crate::config::connector_config::FailureClass;
use crate::config::keys::limits::{BATCH_MAX_BYTES, BATCH_MAX_RECORDS};
use crate::connect::{TargetState, caps};
use crate::kafka::ports::{ProduceBatch, ProduceError, Producer};
use crate::plugin::ports::{
    PluginDesc, PluginError, PluginErrorKind, PollLimits, PolledRecords, SourceTask, SourceTaskOptions, StopSignal,
};
use crate::storage::offset_store::OffsetStore;
use crate::transform::{AnsweredBatches, ConnectRecord, TransformationChain, Transformed};

/// What logs name for [`PipelineStage::KafkaProduce`].
const PRODUCER_CLASS: &str = "org.apache.kafka.clients.producer.KafkaProducer";

/// Everything that a source task is made of.
pub struct WorkerSourceTask {
    pub instances: Instances,
    pub guest: Box<dyn SourceTask>,
    pub producer: Box<dyn Producer>,
    pub acks: Arc<AckInbox>,
    pub transforms: TransformationChain,
    pub converters: Converters,
    pub errors: ErrorHandling,
    pub offsets: Arc<dyn OffsetStore>,
    pub topic_creation: TopicCreation,
    pub status: TaskStatus,
    pub target: watch::Receiver<TargetState>,
    pub stop: StopSignal,
    pub batch_max_records: usize,
    pub batch_max_bytes: usize,
    pub flush_interval: Duration,
    pub flush_timeout: Duration,
}

/// The parts that change while the task runs.
struct Running {
    task: WorkerSourceTask,
    options: SourceTaskOptions,
    submitted: SubmittedRecords,
    produce: ProduceBatch,
    converting: Converting,
    acknowledgements: Acknowledgements,
    next_commit: Instant,
    /// Records were polled since a commit last found nothing under way: there may be something to commit.
    uncommitted: bool,
    backoff: Duration,
    /// Not before may the instance be recycled; it could not when it was tried last.
    next_recycle: Instant,
    /// The instance had its last call and there is no other one.
    retired: bool,
}

impl WorkerSourceTask {
    /// Runs until it is stopped (Ok) or fails. Either way offsets of what is safely in Kafka are committed.
    pub async fn run(mut self) -> Result<(), TaskFailure> {
        if !self.wait_while_paused().await {
            return Ok(());
        }
        let options = self.guest.start().await?;
        self.acks.want_metadata(options.acknowledge_records);
        self.status.running();
        let mut running = Running {
            next_commit: Instant::now() + self.flush_interval,
            task: self,
            options,
            submitted: SubmittedRecords::default(),
            produce: ProduceBatch::default(),
            converting: Converting::default(),
            acknowledgements: Acknowledgements::new(options.acknowledge_records, 0),
            uncommitted: false,
            backoff: caps::RETRY_BACKOFF_MIN,
            next_recycle: Instant::now(),
            retired: false,
        };
        let ended = running.until_stopped().await;
        running.finish().await;
        ended
    }

    fn malformed(&self, record: usize, why: impl std::fmt::Display) -> TaskFailure {
        TaskFailure::caused_by(
            format!("{}: poll", self.instances),
            format_args!("malformed batch: record {record}: {why}"),
        )
        .of(FailureClass::Malformed)
    }

    /// A batch that the guest brought, if it is one and not too large.
    fn parse<'b>(&self, bytes: &'b [u8]) -> Result<Batch<'b>, TaskFailure> {
        let within = |what: &str, count: usize, key: &str, max: usize| match count <= max {
            true => Ok(()),
            false => {
                let why = format!("{}: poll: the batch has {count} {what} and {key} is {max}", self.instances);
                Err(TaskFailure::new(why).of(FailureClass::Limit))
            }
        };
        within("bytes", bytes.len(), BATCH_MAX_BYTES, self.batch_max_bytes)?;
        let limits = Limits { max_bytes: bytes.len(), max_records: usize::MAX, ..Limits::default() };
        let batch = Batch::parse(bytes, &limits).map_err(|error| {
            TaskFailure::caused_by(format!("{}: poll", self.instances), error).of(FailureClass::Malformed)
        })?;
        within("records", batch.len(), BATCH_MAX_RECORDS, self.batch_max_records)?;
        Ok(batch)
    }

    /// A task whose connector is paused waits before it starts; false: stopped meanwhile.
    async fn wait_while_paused(&mut self) -> bool {
        if *self.target.borrow_and_update() != TargetState::Started {
            self.status.paused();
        }
        let stop = self.stop.clone();
        tokio::select! {
            biased;
            () = stop.stopped() => false,
            resumed = self.target.wait_for(|target| *target == TargetState::Started) => resumed.is_ok(),
        }
    }
}

// === impl Running ===

impl Running {
    async fn until_stopped(&mut self) -> Result<(), TaskFailure> {
        while !self.task.stop.is_stopping() {
            self.take_acks().await?;
            self.commit_if_due().await?;
            if *self.task.target.borrow_and_update() != TargetState::Started {
                self.pause().await?;
                continue;
            }
            self.upgrade_if_ordered().await?;
            self.recycle_if_outgrown().await?;
            self.poll_and_send().await?;
        }
        Ok(())
    }

    async fn upgrade_if_ordered(&mut self) -> Result<(), TaskFailure> {
        if let Some(order) = self.task.status.version.take_order() {
            instance_swap::upgrade(self, order).await?;
            self.task.status.runs(&self.task.instances.plugin);
        }
        Ok(())
    }

    async fn recycle_if_outgrown(&mut self) -> Result<(), TaskFailure> {
        let now = Instant::now();
        match self.task.guest.outgrown() {
            Some(memory) if now >= self.next_recycle => {
                if !instance_swap::recycle(self, memory).await? {
                    self.next_recycle = now + self.task.flush_interval;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Nothing is polled while paused; what is in flight is still acknowledged and committed.
    async fn pause(&mut self) -> Result<(), TaskFailure> {
        self.task.producer.flush(self.task.flush_timeout).await;
        self.take_acks().await?;
        self.commit_offsets().await?;
        if self.task.wait_while_paused().await {
            self.task.status.running();
        }
        Ok(())
    }

    async fn poll_and_send(&mut self) -> Result<(), TaskFailure> {
        let until_commit = self.next_commit.saturating_duration_since(Instant::now());
        let limits = PollLimits {
            max_records: caps::POLL_MAX_RECORDS.min(self.task.batch_max_records.try_into().unwrap_or(u32::MAX)),
            max_bytes: caps::POLL_MAX_BYTES.min(self.task.batch_max_bytes.try_into().unwrap_or(u32::MAX)),
            max_wait: until_commit.clamp(caps::POLL_WAIT_MIN, caps::POLL_WAIT_MAX),
        };
        match self.task.guest.poll(limits).await {
            Ok(PolledRecords::Batch(bytes)) => {
                self.backoff = caps::RETRY_BACKOFF_MIN;
                self.send(bytes).await
            }
            Ok(PolledRecords::Idle(time)) => {
                self.backoff = caps::RETRY_BACKOFF_MIN;
                self.idle(time.min(caps::IDLE_MAX), time > caps::FILE_LOOK_INTERVAL).await
            }
            Err(error) if error.kind == PluginErrorKind::Retriable => {
                tracing::warn!("{error}; polling again in {} ms", self.backoff.as_millis());
                self.idle(self.backoff, false).await?;
                self.backoff = (self.backoff * 2).min(caps::RETRY_BACKOFF_MAX);
                Ok(())
            }
            // The stop interrupted a guest that was in the middle of something.
            Err(_) if self.task.stop.is_stopping() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The host waits instead of the guest, so that an idle task costs memory only. It commits what is due meanwhile, and ends the
    /// wait if `or_file` changes that the guest was granted.
    async fn idle(&mut self, time: Duration, or_file: bool) -> Result<(), TaskFailure> {
        let until = idle::wake(Instant::now(), time);
        loop {
            // A thousand tasks that have nothing to commit need not wake to find that out.
            let commits = self.uncommitted || self.options.commit;
            let wake = if commits { until.min(self.next_commit) } else { until };
            tokio::select! {
                () = self.task.stop.stopped() => return Ok(()),
                _ = self.task.target.changed() => return Ok(()),
                () = self.task.guest.file_changed(), if or_file => return Ok(()),
                () = tokio::time::sleep_until(wake) => {}
            }
            if wake == until {
                return Ok(());
            }
            self.take_acks().await?;
            self.commit_if_due().await?;
        }
    }

    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), TaskFailure> {
        let bytes = Arc::new(bytes);
        let batch = self.task.parse(&bytes)?;
        self.submitted.retain(bytes.clone());
        self.uncommitted = true;
        self.produce.polled = Some(bytes.clone());
        let answers = self.task.transforms.answers();
        let batches = answers.batches();
        let transformed = self.transform(&batch, &batches).await?;
        let converted = self.convert(&bytes, &batch, transformed.as_deref()).await;
        self.submitted.seal();
        for topic in self.converting.new_topics() {
            self.task.topic_creation.ensure(&topic).await?;
            self.task.status.topic(&topic);
        }
        // What comes before a record that fails the task is sent, as in Java.
        let produced = self.produce_all().await;
        self.produce.clear();
        produced.and(converted)?;
        while self.task.errors.is_full() && !self.task.stop.is_stopping() {
            self.task.errors.settle(self.task.flush_timeout).await?;
        }
        Ok(())
    }

    /// Converts a batch. What a converter lacks is asked for in between, while acknowledgements are taken and offsets committed; a
    /// stop leaves the rest of the batch to be polled again.
    async fn convert(
        &mut self,
        bytes: &[u8],
        batch: &Batch<'_>,
        transformed: Option<&[Transformed<'_>]>,
    ) -> Result<(), TaskFailure> {
        let mut progress = Progress::default();
        self.converting.begin(batch);
        loop {
            let Running { task, submitted, acknowledgements, produce, .. } = self;
            let to = Destination { submitted, acknowledgements, produce };
            let lacking = match self.converting.convert(task, bytes, batch, transformed, &mut progress, to)? {
                Some(lacking) => lacking,
                None => return Ok(()),
            };
            match self.look_up(&lacking).await? {
                LookedUp::Found => {}
                LookedUp::Refused(error) => progress.refuse(lacking, error),
                LookedUp::Stopped => return Ok(()),
            }
        }
    }

    async fn look_up(&mut self, lacking: &Lacking) -> Result<LookedUp, TaskFailure> {
        let (errors, stop) = (self.task.errors.clone(), self.task.stop.clone());
        let looking = errors.look_up(lacking, &stop);
        tokio::pin!(looking);
        loop {
            tokio::select! {
                looked_up = &mut looking => return looked_up,
                () = tokio::time::sleep_until(self.next_commit) => {}
            }
            self.take_acks().await?;
            self.commit_if_due().await?;
        }
    }

    /// All records of the batch as the chain makes them; none: there is no chain.
    async fn transform<'b>(
        &mut self,
        batch: &'b Batch<'b>,
        answers: &'b AnsweredBatches<'_>,
    ) -> Result<Option<Vec<Transformed<'b>>>, TaskFailure> {
        if self.task.transforms.is_empty() {
            return Ok(None);
        }
        let record = |(_, record)| Transformed::Record(ConnectRecord::of_source(&record));
        let mut records: Vec<_> = batch.records().map(record).collect();
        self.task.transforms.apply(&mut records, answers).await?;
        Ok(Some(records))
    }

    /// Hands everything to the producer, waiting for room. What a stop leaves behind never reaches Kafka, holds its partition's
    /// watermark back, and is polled again after the next start.
    async fn produce_all(&mut self) -> Result<(), TaskFailure> {
        let mut sent = 0;
        while sent < self.produce.records.len() {
            let outcome = self.task.producer.send(&self.produce, sent);
            sent += outcome.accepted;
            if let Some(error) = outcome.refused {
                let sequence = self.produce.records[sent].sequence;
                self.not_produced(sequence, &error)?;
                sent += 1;
            } else if sent < self.produce.records.len() {
                tokio::select! {
                    biased;
                    () = self.task.stop.stopped() => return Ok(()),
                    () = self.task.producer.room() => {}
                    () = tokio::time::sleep_until(self.next_commit) => {}
                }
                self.take_acks().await?;
                self.commit_if_due().await?;
            }
        }
        Ok(())
    }

    /// Ok: given up under `errors.tolerance=all`, which lets the watermark pass, as in Java. What the producer itself failed of is
    /// never given up.
    fn not_produced(&mut self, sequence: u64, error: &ProduceError) -> Result<(), TaskFailure> {
        let error = match error {
            ProduceError::Record(error) => error,
            ProduceError::Producer(error) => {
                return Err(TaskFailure::caused_by("Unrecoverable exception trying to send", error));
            }
        };
        let failure = Failure {
            stage: PipelineStage::KafkaProduce,
            class: PRODUCER_CLASS,
            exception: "org.apache.kafka.common.KafkaException",
            message: &error.message,
        };
        let unknown = RecordContext::Source { topic: None, source_partition: None, source_offset: None };
        match self.submitted.polled(sequence) {
            Some((bytes, ordinal)) => {
                let batch = self.task.parse(&bytes)?;
                match batch.records().nth(ordinal) {
                    Some((_, record)) => self.task.errors.handle_polled(failure, &record)?,
                    None => self.task.errors.handle(failure, unknown)?,
                }
            }
            None => self.task.errors.handle(failure, unknown)?,
        }
        self.submitted.ack(sequence..sequence + 1);
        Ok(())
    }

    /// Applies what was acknowledged since the last call, and tells the guest if it wants to hear.
    async fn take_acks(&mut self) -> Result<(), TaskFailure> {
        let taken = self.task.acks.take();
        let mut failure = Ok(());
        for sequences in &taken.delivered {
            self.submitted.ack(sequences.clone());
        }
        for (sequence, error) in &taken.failed {
            failure = failure.and(self.not_produced(*sequence, error));
        }
        self.submitted.advance();
        if let Some(packed) = self.acknowledgements.pack(&taken) {
            failure = failure.and(survived(self.task.guest.acknowledged(packed).await));
        }
        self.task.acks.recycle(taken);
        failure
    }

    async fn commit_if_due(&mut self) -> Result<(), TaskFailure> {
        if Instant::now() >= self.next_commit {
            self.commit_offsets().await?;
        }
        Ok(())
    }

    /// Commits what is behind the watermarks and tells the guest if it wants to hear. False: a failure was logged, and it is tried
    /// again at the next interval with newer offsets.
    async fn commit_offsets(&mut self) -> Result<bool, TaskFailure> {
        let stored = self.store_offsets().await?;
        if stored && self.options.commit {
            survived(self.task.guest.commit().await)?;
        }
        Ok(stored)
    }

    async fn store_offsets(&mut self) -> Result<bool, TaskFailure> {
        self.next_commit = Instant::now() + self.task.flush_interval;
        if !self.task.errors.settle(self.task.flush_timeout).await? {
            tracing::warn!("Commit of offsets waits: dead letters are not in Kafka yet");
            return Ok(false);
        }
        let offsets = self.submitted.take_committable();
        if offsets.is_empty() {
            self.uncommitted = self.submitted.is_waiting();
            return Ok(true);
        }
        let id = &self.task.errors.task;
        let set = self.task.offsets.set(&id.connector, offsets.clone());
        let reason = match tokio::time::timeout(self.task.flush_timeout, set).await {
            Ok(Ok(())) => {
                tracing::debug!("committed {} source offset(s)", offsets.len());
                return Ok(true);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => {
                format!("not done within offset.flush.timeout.ms ({} ms)", self.task.flush_timeout.as_millis())
            }
        };
        tracing::error!("Failed to commit {} source offset(s) of {id}, will try again: {reason}", offsets.len());
        self.submitted.give_back(offsets);
        Ok(false)
    }

    /// Waits for what is in flight and commits, also when the task has failed; then lets the guest clean up.
    async fn finish(&mut self) {
        if let Err(failure) = self.settle().await {
            tracing::error!("{failure}");
        }
        self.task.transforms.close().await;
        if self.retired {
            return;
        }
        if self.options.commit
            && let Err(error) = self.task.guest.commit().await
        {
            tracing::warn!("{error}");
        }
        self.retire().await;
    }
}

#[async_trait]
impl Swappable for Running {
    fn plugin(&mut self) -> &mut Arc<PluginDesc> {
        &mut self.task.instances.plugin
    }

    async fn drain(&mut self) -> Result<Drained, TaskFailure> {
        let flushed = self.task.producer.flush(self.task.flush_timeout).await;
        self.take_acks().await?;
        if !flushed {
            let in_flight = self.task.producer.in_flight();
            return Ok(Drained::NotYet(format!("{in_flight} record(s) were not acknowledged in time")));
        }
        match self.commit_offsets().await? {
            true => Ok(Drained::AtRest),
            false => Ok(Drained::NotYet("its offsets could not be committed".to_owned())),
        }
    }

    async fn settle(&mut self) -> Result<(), TaskFailure> {
        if !self.task.producer.flush(self.task.flush_timeout).await {
            let in_flight = self.task.producer.in_flight();
            tracing::warn!(
                "{in_flight} record(s) were not acknowledged in time; they are read again after the next start"
            );
        }
        let taken = self.take_acks().await;
        taken.and(self.store_offsets().await.map(drop))
    }

    async fn retire(&mut self) {
        self.retired = true;
        if let Err(error) = self.task.guest.stop().await {
            tracing::warn!("{error}");
        }
    }

    async fn install(&mut self) -> Result<(), TaskFailure> {
        // What the last instance brought and did not get into Kafka is brought again.
        self.submitted.forget();
        self.produce.clear();
        self.task.guest = self.task.instances.source_task().await?;
        self.options = self.task.guest.start().await?;
        self.task.acks.want_metadata(self.options.acknowledge_records);
        self.acknowledgements = Acknowledgements::new(self.options.acknowledge_records, self.submitted.next_sequence());
        self.backoff = caps::RETRY_BACKOFF_MIN;
        self.retired = false;
        Ok(())
    }
}

/// Java only logs what `commit` and `commitRecord` throw; but here the guest may have died of the call.
fn survived(told: Result<(), PluginError>) -> Result<(), TaskFailure> {
    match told {
        Err(error) if error.kind.is_deadly() => Err(error.into()),
        Err(error) => {
            tracing::warn!("{error}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
