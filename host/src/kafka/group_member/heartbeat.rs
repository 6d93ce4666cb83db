//! Tells the coordinator that a member is alive, on a connection of its own: an answer to a join can take as long as a rebalance.

use std::sync::Arc;
use std::time::Duration;

use kafka_protocol::messages::HeartbeatResponse;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::member::{Coordinator, Generation};
use super::requests::{self, Failure};
use crate::kafka::ports::{GroupMembershipOptions, KafkaError};
use crate::kafka::wire::{Connection, WireConfig};

/// What heartbeats have found out, each told once; the heart beats on after the first two.
#[derive(Debug)]
pub(super) enum Beat {
    /// The group begins a new generation.
    Rebalance,
    /// No coordinator has answered for longer than a heartbeat's interval.
    Unreachable(Duration),
    /// The coordinator knows no such member.
    NotAMember(String),
    Refused(KafkaError),
}

/// Beats until it is dropped.
pub(super) struct Heart {
    beats: mpsc::Receiver<Beat>,
    task: JoinHandle<()>,
}

impl Heart {
    pub(super) fn start(
        config: Arc<WireConfig>,
        options: Arc<GroupMembershipOptions>,
        coordinator: Arc<Coordinator>,
        generation: Generation,
    ) -> Self {
        let (tell, beats) = mpsc::channel(1);
        let beating = Beating { config, options, coordinator, generation, tell, connection: None };
        Self { beats, task: tokio::spawn(beating.run()) }
    }

    /// Waits until there is something to tell; cancel safe.
    pub(super) async fn next(&mut self) -> Beat {
        match self.beats.recv().await {
            Some(beat) => beat,
            // It has told its last.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Heart {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Beating {
    config: Arc<WireConfig>,
    options: Arc<GroupMembershipOptions>,
    coordinator: Arc<Coordinator>,
    generation: Generation,
    tell: mpsc::Sender<Beat>,
    connection: Option<Connection>,
}

impl Beating {
    async fn run(mut self) {
        let interval = self.options.heartbeat_interval;
        let mut answered = Instant::now();
        let (mut told_rebalance, mut told_unreachable) = (false, false);
        let mut pause = interval;
        loop {
            sleep(pause).await;
            pause = interval;
            match self.beat().await {
                Ok(()) => answered = Instant::now(),
                Err(Failure::Rebalance) => {
                    answered = Instant::now();
                    if !std::mem::replace(&mut told_rebalance, true) {
                        self.say(Beat::Rebalance).await;
                    }
                }
                // The coordinator is there, and busy.
                Err(Failure::Later(error)) => {
                    answered = Instant::now();
                    tracing::warn!("{error}; trying on");
                }
                Err(Failure::CoordinatorUnknown(error)) => {
                    self.coordinator.forget();
                    self.connection = None;
                    tracing::debug!("{error}; trying on");
                    // One interval has passed since the last answer in any case.
                    let silent = answered.elapsed().saturating_sub(interval);
                    if silent > interval && !std::mem::replace(&mut told_unreachable, true) {
                        self.say(Beat::Unreachable(silent)).await;
                    }
                    pause = self.config.retry_backoff.1.min(interval);
                }
                Err(Failure::NotAMember(reason) | Failure::MemberIdRequired(reason)) => {
                    return self.say(Beat::NotAMember(reason)).await;
                }
                Err(Failure::Refused(error)) => return self.say(Beat::Refused(error)).await,
            }
        }
    }

    async fn beat(&mut self) -> Result<(), Failure> {
        // An answer that comes after the session has ended is none.
        let limit = self.config.request_timeout.min(self.options.session_timeout);
        let mut connection = match self.connection.take().filter(|connection| !connection.is_spent()) {
            Some(connection) => connection,
            None => self.coordinator.connect(&self.config).await?,
        };
        let answer: HeartbeatResponse = connection
            .ask(limit, |_| requests::heartbeat(&self.options, &self.generation))
            .await
            .map_err(Failure::CoordinatorUnknown)?;
        self.connection = Some(connection);
        requests::check(answer.error_code, "send a heartbeat")
    }

    async fn say(&self, beat: Beat) {
        // Whoever does not listen has dropped the heart, which ends this task.
        let _ = self.tell.send(beat).await;
    }
}
