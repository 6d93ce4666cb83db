//! A sink task's way: consumer → convert → transform → guest put → guest pre-commit → the consumer group's offsets
//! (Java's `WorkerSinkTask`).
//!
//! **I2**: a committed offset exceeds neither what `pre-commit` returned nor what was delivered to `put`; if `pre-commit`
//! returns nothing, nothing is committed.

mod batching;
mod consumer_offsets;
mod context;
mod postponed;
mod probing;
mod transforming;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::Instant;

pub use self::batching::BatchLimits;
use self::batching::{Batching, Delivery};
use self::consumer_offsets::ConsumerOffsets;
pub use self::context::SinkTaskContext;
use super::converters::Converters;
use super::errors::{ErrorHandling, Failure, LookedUp, PipelineStage, RecordContext, TaskFailure};
use super::instance_swap::{self, Drained, Instances, Swappable};
use super::worker_task::TaskStatus;
use crate::config::connector_config::{FailureClass, Tolerance};
use crate::connect::{PartitionOffset, TargetState, TopicPartition, caps};
use crate::kafka::ports::{Consumer, KafkaError, Polled};
use crate::plugin::ports::{PluginDesc, PluginError, PluginErrorKind, RecordError, SinkTask, StopSignal};
use crate::transform::TransformationChain;

/// Everything that a sink task is made of.
pub struct WorkerSinkTask {
    pub instances: Instances,
    pub guest: Box<dyn SinkTask>,
    pub consumer: Box<dyn Consumer>,
    pub context: Arc<SinkTaskContext>,
    pub converters: Arc<Converters>,
    pub transforms: TransformationChain,
    pub errors: ErrorHandling,
    pub status: TaskStatus,
    pub target: watch::Receiver<TargetState>,
    pub stop: StopSignal,
    /// `max.poll.records`
    pub max_poll_records: usize,
    pub batch_limits: BatchLimits,
    pub flush_interval: Duration,
    pub flush_timeout: Duration,
}

/// The parts that change while the task runs.
struct Running {
    task: WorkerSinkTask,
    batching: Batching,
    assignment: Vec<TopicPartition>,
    offsets: ConsumerOffsets,
    /// A batch that the guest asked to be given again.
    redelivery: Option<Redelivery>,
    paused: bool,
    next_commit: Instant,
    /// Not before may the instance be recycled; it could not when it was tried last.
    next_recycle: Instant,
    /// The instance had its last call and there is no other one.
    retired: bool,
}

/// While it is there, everything is paused and nothing else is delivered.
struct Redelivery {
    delivery: Delivery,
    at: Instant,
    backoff: Duration,
}

/// What became of a commit.
enum Committed {
    /// What the guest called safe is committed.
    Safe,
    /// Not, and why.
    Not(String),
}

impl WorkerSinkTask {
    /// Runs until it is stopped (Ok) or fails.
    pub async fn run(self) -> Result<(), TaskFailure> {
        let wake = self.consumer.waker();
        let (stop, mut target) = (self.stop.clone(), self.target.clone());
        // A blocked poll hears of a stop, a pause or a resume at once.
        let waking = async move {
            loop {
                tokio::select! {
                    () = stop.stopped() => break wake(),
                    changed = target.changed() => match changed {
                        Ok(()) => wake(),
                        Err(_) => break,
                    },
                }
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            ended = self.run_awake() => ended,
            () = waking => Ok(()),
        }
    }

    async fn run_awake(mut self) -> Result<(), TaskFailure> {
        let transforms = std::mem::take(&mut self.transforms);
        let mut running = Running {
            batching: Batching::new(self.converters.clone(), transforms, self.errors.clone(), self.batch_limits),
            assignment: Vec::new(),
            offsets: ConsumerOffsets::default(),
            redelivery: None,
            paused: false,
            next_commit: Instant::now() + self.flush_interval,
            next_recycle: Instant::now(),
            retired: false,
            task: self,
        };
        let mut ended = match running.task.guest.start().await {
            Ok(()) => {
                running.task.status.running();
                running.until_stopped().await
            }
            Err(error) => Err(error.into()),
        };
        if !running.retired {
            if let Err(failure) = running.close_all().await {
                ended = ended.and(Err(failure));
            }
            running.stop_guest().await;
        }
        running.batching.close().await;
        // Also those of the record that ended the task.
        if let Err(failure) = running.task.errors.settle(running.task.flush_timeout).await {
            ended = ended.and(Err(failure));
        }
        running.task.consumer.close().await;
        ended
    }
}

// === impl Running ===

impl Running {
    async fn until_stopped(&mut self) -> Result<(), TaskFailure> {
        while !self.task.stop.is_stopping() {
            self.follow_target()?;
            if self.task.context.take_commit_request() || Instant::now() >= self.next_commit {
                self.commit(false).await?;
            }
            self.upgrade_if_ordered().await?;
            self.recycle_if_outgrown().await?;
            self.iteration().await?;
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

    async fn iteration(&mut self) -> Result<(), TaskFailure> {
        self.follow_context().await?;
        let asked = self.task.context.take_timeout();
        if let (Some(time), Some(redelivery)) = (asked, &mut self.redelivery) {
            redelivery.at = Instant::now() + time;
        }
        let now = Instant::now();
        let mut wait = self.next_commit.saturating_duration_since(now);
        if let Some(redelivery) = &self.redelivery {
            wait = wait.min(redelivery.at.saturating_duration_since(now));
        }
        wait = asked.map_or(wait, |asked| wait.min(asked));
        let max = self.batching.probing.limit(self.task.max_poll_records);
        let polled = self.task.consumer.poll(wait, max, &mut self.batching).await;
        match polled.map_err(consumer_failed)? {
            Polled::Assigned(partitions) => self.assigned(partitions).await,
            Polled::Revoked(partitions) => self.revoked(partitions).await,
            Polled::Lost(partitions) => self.lost(partitions).await,
            Polled::Messages(_) | Polled::Nothing => {
                if self.task.stop.is_stopping() {
                    return Ok(());
                }
                if self.paused {
                    return self.undeliver().await;
                }
                match self.convert_postponed().await? {
                    true => self.deliver().await,
                    false => Ok(()),
                }
            }
        }
    }

    /// Asks for what converters lack and goes on, until all that was polled is converted; false: the task is being stopped.
    async fn convert_postponed(&mut self) -> Result<bool, TaskFailure> {
        while let Some(lacking) = self.batching.take_lacking() {
            match self.task.errors.look_up(&lacking, &self.task.stop).await? {
                LookedUp::Found => self.batching.go_on(None),
                LookedUp::Refused(error) => self.batching.go_on(Some((lacking, error))),
                LookedUp::Stopped => return Ok(false),
            }
        }
        Ok(true)
    }

    // --- delivering

    /// Puts what was polled, in as many batches as it takes.
    async fn deliver(&mut self) -> Result<(), TaskFailure> {
        self.deliver_batch().await?;
        while !self.batching.is_empty() {
            let goes_on = self.redelivery.is_none() && !self.task.context.wants_change();
            if !goes_on || self.task.stop.is_stopping() {
                return self.undeliver().await;
            }
            self.deliver_batch().await?;
        }
        Ok(())
    }

    /// Puts one batch of what was polled, or what is due again. Empty batches are put too, so that time-based writers get a turn.
    async fn deliver_batch(&mut self) -> Result<(), TaskFailure> {
        let (delivery, backoff) = match self.redelivery.take() {
            None => (self.batching.take().await?, Duration::ZERO),
            Some(redelivery) => {
                self.undeliver().await?;
                if Instant::now() < redelivery.at {
                    self.redelivery = Some(redelivery);
                    return Ok(());
                }
                (redelivery.delivery, redelivery.backoff)
            }
        };
        match self.task.guest.put(&delivery.bytes).await {
            Ok(failed) => {
                self.delivered(&delivery, failed)?;
                if !backoff.is_zero() {
                    self.resume_all()?;
                }
                if self.batching.probing.is_active() {
                    self.commit(false).await?;
                }
                Ok(())
            }
            Err(error) if error.kind == PluginErrorKind::Retriable => self.retry_later(delivery, backoff, error),
            Err(error) if self.is_probed(&delivery, &error) => self.probe(&delivery, error).await,
            Err(error) => {
                Err(TaskFailure::caused_by_plugin("Exiting WorkerSinkTask due to unrecoverable exception.", error))
            }
        }
    }

    /// The guest took the batch, but for `failed`.
    fn delivered(&mut self, delivery: &Delivery, failed: Vec<RecordError>) -> Result<(), TaskFailure> {
        for record in failed {
            self.not_put(delivery, record.index, &record.message)?;
        }
        self.report_errant()?;
        for to in &delivery.offsets {
            self.task.status.topic(&to.partition.topic);
        }
        self.offsets.deliver(&delivery.offsets);
        Ok(())
    }

    /// Nothing else is delivered until the guest has taken this batch.
    fn retry_later(&mut self, delivery: Delivery, backoff: Duration, error: PluginError) -> Result<(), TaskFailure> {
        let backoff = (backoff * 2).clamp(caps::RETRY_BACKOFF_MIN, caps::RETRY_BACKOFF_MAX);
        let wait = self.task.context.take_timeout().unwrap_or(backoff);
        tracing::warn!("{error}; putting the same {} record(s) again in {} ms", delivery.records, wait.as_millis());
        self.pause_all()?;
        self.redelivery = Some(Redelivery { delivery, at: Instant::now() + wait, backoff });
        Ok(())
    }

    /// Messages that came all the same while everything is paused, or while the task is being stopped, are polled again.
    async fn undeliver(&mut self) -> Result<(), TaskFailure> {
        let first = self.batching.discard();
        if first.is_empty() {
            return Ok(());
        }
        self.task.consumer.seek(&first).await.map_err(consumer_failed)
    }

    fn not_put(&self, delivery: &Delivery, index: u32, message: &str) -> Result<(), TaskFailure> {
        let malformed = |why: &str| {
            let what = format!("{}: put: record {index}: {why}", self.task.instances);
            TaskFailure::new(what).of(FailureClass::Malformed)
        };
        let batch = wasm_connect_batch::Batch::parse(&delivery.bytes, &wasm_connect_batch::Limits::default())
            .map_err(|error| malformed(&error.to_string()))?;
        let record = batch.record(index as usize).ok_or_else(|| malformed("there is no such record in the batch"))?;
        let (topic, partition) = (record.original_topic().unwrap_or_default(), record.original_partition());
        self.not_taken(topic, partition.unwrap_or_default(), record.offset(), message)
    }

    /// The guest could not write this record.
    fn not_taken(&self, topic: &str, partition: i32, offset: i64, message: &str) -> Result<(), TaskFailure> {
        let failure = Failure {
            stage: PipelineStage::TaskPut,
            class: &self.task.instances.plugin.class,
            exception: "org.apache.kafka.connect.errors.ConnectException",
            message,
        };
        self.task.errors.handle(failure, RecordContext::Sink { topic, partition, offset })
    }

    fn report_errant(&self) -> Result<(), TaskFailure> {
        self.task.context.take_errant().into_iter().try_for_each(|errant| {
            let TopicPartition { topic, partition } = &errant.partition;
            self.not_taken(topic, *partition, errant.offset, &errant.message)
        })
    }

    // --- looking for the record that ends the guest

    /// Whether the guest ended because of a record that may be skipped. A call that took too long is not repeated: looking for its
    /// record would take as long again and again.
    fn is_probed(&self, delivery: &Delivery, error: &PluginError) -> bool {
        let ended = matches!(error.kind, PluginErrorKind::Trap | PluginErrorKind::Limit);
        ended && delivery.records > 0 && self.task.errors.tolerance == Tolerance::All && !self.task.stop.is_stopping()
    }

    /// Goes on with a fresh instance: without the record that ended the last one, or nearer to it.
    async fn probe(&mut self, delivery: &Delivery, error: PluginError) -> Result<(), TaskFailure> {
        if delivery.records == 1 {
            let (partition, offset) = delivery.only_record()?;
            if self.batching.probing.ended_by(&partition, offset) {
                self.not_put(delivery, 0, &error.to_string())?;
                tracing::warn!("{error}; going on without the record at offset {offset} of {partition}");
            } else {
                tracing::info!("{error}; giving the record at offset {offset} of {partition} to a fresh instance");
            }
        } else {
            tracing::info!("{error}; looking for the record among {} that ended the instance", delivery.records);
            self.batching.probing.failed(delivery.records, &delivery.offsets);
        }
        self.settle().await?;
        self.install().await
    }

    // --- pausing

    /// Pauses or resumes everything, as the user wants it.
    fn follow_target(&mut self) -> Result<(), TaskFailure> {
        let pause = *self.task.target.borrow_and_update() != TargetState::Started;
        if pause == self.paused {
            return Ok(());
        }
        self.paused = pause;
        if pause {
            self.pause_all()?;
            self.next_commit = Instant::now();
            self.task.status.paused();
        } else {
            self.resume_all()?;
            self.task.status.running();
        }
        Ok(())
    }

    /// Does what the guest asked for in its last calls.
    async fn follow_context(&mut self) -> Result<(), TaskFailure> {
        let mut rewind = self.task.context.take_rewind();
        rewind.retain(|to| self.assignment.contains(&to.partition));
        self.rewind(&rewind).await?;
        match self.task.context.take_paused() {
            Some(paused) if !self.paused && self.redelivery.is_none() => {
                let (pause, resume): (Vec<_>, Vec<_>) =
                    self.assignment.iter().cloned().partition(|partition| paused.contains(partition));
                self.task.consumer.pause(&pause).map_err(consumer_failed)?;
                self.task.consumer.resume(&resume).map_err(consumer_failed)
            }
            // Whoever resumes everything leaves out what the guest paused.
            _ => Ok(()),
        }
    }

    fn pause_all(&mut self) -> Result<(), TaskFailure> {
        self.task.consumer.pause(&self.assignment).map_err(consumer_failed)
    }

    /// Resumes all but what the guest paused, unless something else still wants a pause.
    fn resume_all(&mut self) -> Result<(), TaskFailure> {
        if self.paused || self.redelivery.is_some() {
            return Ok(());
        }
        let paused: HashSet<_> = self.task.context.paused();
        let resume: Vec<_> = self.assignment.iter().filter(|partition| !paused.contains(partition)).cloned().collect();
        self.task.consumer.resume(&resume).map_err(consumer_failed)
    }

    /// The next records are those at `offsets`; what is to be delivered again is not, for it may be older or newer.
    async fn rewind(&mut self, offsets: &[PartitionOffset]) -> Result<(), TaskFailure> {
        if offsets.is_empty() {
            return Ok(());
        }
        if let Some(redelivery) = &mut self.redelivery {
            let gone: Vec<_> = offsets.iter().map(|to| to.partition.clone()).collect();
            redelivery.delivery.remove_partitions(&gone)?;
        }
        self.offsets.rewind(offsets);
        self.task.consumer.seek(offsets).await.map_err(consumer_failed)
    }

    // --- committing

    /// Asks the guest what is safe and commits that. A failure is logged and told; the guest then gets everything since the last
    /// commit again, unless it is closing.
    async fn commit(&mut self, closing: bool) -> Result<Committed, TaskFailure> {
        self.next_commit = Instant::now() + self.task.flush_interval;
        let delivered = self.offsets.delivered();
        if delivered.is_empty() {
            return Ok(Committed::Safe);
        }
        let safe = match self.task.guest.pre_commit(&delivered).await {
            Ok(safe) => safe,
            Err(error) if error.kind.is_deadly() => return Err(error.into()),
            Err(error) => {
                tracing::error!("Offset commit failed, rewinding to last committed offsets: {error}");
                if !closing {
                    let last = self.offsets.resume_points();
                    self.rewind(&last).await?;
                }
                return Ok(Committed::Not(error.to_string()));
            }
        };
        self.report_errant()?;
        if !self.task.errors.settle(self.task.flush_timeout).await? {
            tracing::warn!("Commit of offsets waits: dead letters are not in Kafka yet");
            return Ok(Committed::Not("dead letters are not in Kafka yet".to_owned()));
        }
        let (commit, ignored) = self.offsets.committable(&safe);
        ignored.iter().for_each(|reason| tracing::warn!("{reason}"));
        if commit.is_empty() {
            return Ok(Committed::Safe);
        }
        match tokio::time::timeout(self.task.flush_timeout, self.task.consumer.commit(&commit)).await {
            Ok(Ok(())) => {
                self.offsets.commit(&commit);
                self.batching.probing.committed(&commit);
                if let Some(queue) = &self.task.errors.queue {
                    queue.forget_committed(&commit);
                }
                Ok(Committed::Safe)
            }
            Ok(Err(error)) => {
                tracing::error!("Commit of offsets failed, will try again: {error}");
                Ok(Committed::Not(error.to_string()))
            }
            Err(_) => {
                tracing::warn!("Commit of offsets timed out");
                Ok(Committed::Not("the commit of offsets timed out".to_owned()))
            }
        }
    }

    // --- rebalancing

    async fn assigned(&mut self, partitions: Vec<TopicPartition>) -> Result<(), TaskFailure> {
        tracing::debug!("assigned {partitions:?}");
        let positions = self.task.consumer.positions(&partitions).await.map_err(consumer_failed)?;
        self.offsets.assign(positions);
        self.assignment.extend(partitions.iter().cloned());
        self.task.context.set_assignment(self.assignment.clone());
        let from = if partitions.is_empty() { Vec::new() } else { self.open(&partitions).await? };
        let (new, others): (Vec<_>, Vec<_>) = from.into_iter().partition(|to| partitions.contains(&to.partition));
        self.offsets.rewind(&new);
        // Only now, so that nothing is fetched that the guest does not want.
        self.task.consumer.assign(&self.offsets.resume_points_of(&partitions)).map_err(consumer_failed)?;
        if self.paused || self.redelivery.is_some() {
            self.pause_all()?;
        }
        self.rewind(&others).await
    }

    /// Tells the guest what it has; answers where it wants to read on.
    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Vec<PartitionOffset>, TaskFailure> {
        let mut from = self.task.guest.open(partitions).await?;
        from.retain(|to| {
            let is_own = to.offset >= 0 && self.assignment.contains(&to.partition);
            if !is_own {
                let PartitionOffset { partition, offset } = to;
                tracing::warn!(
                    "Ignoring invalid task provided offset {partition}/{offset} -- partition not assigned, or offset negative"
                );
            }
            is_own
        });
        Ok(from)
    }

    async fn revoked(&mut self, partitions: Vec<TopicPartition>) -> Result<(), TaskFailure> {
        tracing::debug!("revoked {partitions:?}");
        self.commit(true).await?;
        self.close(partitions).await
    }

    /// Somebody else may have them already: nothing may be committed.
    async fn lost(&mut self, partitions: Vec<TopicPartition>) -> Result<(), TaskFailure> {
        tracing::warn!("lost {partitions:?}: the group took them without asking");
        self.close(partitions).await
    }

    async fn close(&mut self, partitions: Vec<TopicPartition>) -> Result<(), TaskFailure> {
        let closed = if partitions.is_empty() { Ok(()) } else { self.task.guest.close(&partitions).await };
        // While the records are known: what it reports later is not this task's any more.
        self.report_errant()?;
        self.task.consumer.unassign(&partitions).await.map_err(consumer_failed)?;
        self.assignment.retain(|partition| !partitions.contains(partition));
        self.task.context.set_assignment(self.assignment.clone());
        self.offsets.unassign(&partitions);
        self.batching.probing.forget(&partitions);
        if let Some(queue) = &self.task.errors.queue {
            queue.forget_partitions(&partitions);
        }
        if let Some(redelivery) = &mut self.redelivery {
            redelivery.delivery.remove_partitions(&partitions)?;
        }
        Ok(closed?)
    }

    /// The end: one last commit, unless the instance is dead, which the failed calls show.
    async fn close_all(&mut self) -> Result<(), TaskFailure> {
        self.commit(true).await?;
        let partitions = std::mem::take(&mut self.assignment);
        if !partitions.is_empty() {
            self.task.guest.close(&partitions).await?;
        }
        self.report_errant()
    }

    async fn stop_guest(&mut self) {
        if let Err(error) = self.task.guest.stop().await {
            tracing::warn!("{error}");
        }
    }
}

#[async_trait]
impl Swappable for Running {
    fn plugin(&mut self) -> &mut Arc<PluginDesc> {
        &mut self.task.instances.plugin
    }

    async fn drain(&mut self) -> Result<Drained, TaskFailure> {
        let committed = self.commit(false).await?;
        self.follow_context().await?;
        Ok(match committed {
            Committed::Safe => Drained::AtRest,
            Committed::Not(reason) => Drained::NotYet(reason),
        })
    }

    /// What a sink took is safe only if its instance says so: everything else is read again, also a put that failed.
    async fn settle(&mut self) -> Result<(), TaskFailure> {
        self.redelivery = None;
        self.batching.discard();
        let last = self.offsets.resume_points();
        self.rewind(&last).await
    }

    async fn retire(&mut self) {
        self.retired = true;
        if !self.assignment.is_empty()
            && let Err(error) = self.task.guest.close(&self.assignment).await
        {
            tracing::warn!("{error}");
        }
        self.stop_guest().await;
    }

    async fn install(&mut self) -> Result<(), TaskFailure> {
        self.task.context.forget();
        self.task.guest = self.task.instances.sink_task().await?;
        self.task.guest.start().await?;
        // What the last instance took and did not call safe is delivered again.
        let uncommitted = self.offsets.uncommitted();
        self.rewind(&uncommitted).await?;
        if !self.assignment.is_empty() {
            let from = self.open(&self.assignment.clone()).await?;
            self.rewind(&from).await?;
        }
        self.resume_all()?;
        self.retired = false;
        Ok(())
    }
}

fn consumer_failed(error: KafkaError) -> TaskFailure {
    TaskFailure::caused_by("the consumer cannot go on", error)
}
