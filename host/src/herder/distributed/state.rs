//! Everything that a distributed herder knows; changed by its steps alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::event::{Request, RequestId};
use super::leadership::Leadership;
use crate::connect::{Config, ConnectorTaskId, RestartRequest, SessionKey};
use crate::herder::assignor::IncrementalCooperativeAssignor;
use crate::herder::protocol::{Assignment, ConnectProtocol, ConnectorsAndTasks};
use crate::storage::config_store::ClusterConfigState;

/// How often a worker that cannot read the config topic waits before it gives its work up (Java's `BACKOFF_RETRIES`).
pub(super) const BACKOFF_RETRIES: i64 = 5;

/// What a herder is told at its start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where this worker's REST API is for others, with a `/` at the end.
    pub url: String,
    pub protocol: ConnectProtocol,
    /// `scheduled.rebalance.max.delay.ms`
    pub max_delay_ms: i64,
    /// `worker.sync.timeout.ms`
    pub sync_timeout_ms: i64,
    /// `worker.unsync.backoff.ms`
    pub unsync_backoff_ms: i64,
    pub session_keys: SessionKeyOptions,
}

/// What session keys are to be like (KIP-507).
#[derive(Clone, Debug)]
pub struct SessionKeyOptions {
    pub algorithm: &'static str,
    /// Bytes.
    pub length: usize,
    /// None: a key is used for ever.
    pub ttl_ms: Option<i64>,
}

impl SessionKeyOptions {
    /// When the leader must make another key; none: never.
    pub(super) fn expiry_ms(&self, key: &SessionKey) -> Option<i64> {
        Some(key.creation_timestamp.saturating_add(self.ttl_ms?))
    }
}

/// See the module's description.
#[derive(Debug)]
pub struct State {
    pub(super) options: Options,
    /// The configuration that this worker acts on; the topic may have more.
    pub(super) config: Arc<ClusterConfigState>,
    pub(super) membership: Membership,
    pub(super) leadership: Leadership,
    /// What was started and not stopped, as far as a rebalance is concerned.
    pub(super) running: ConnectorsAndTasks,
    /// Stopped because of new configurations; to be started again after the rebalance if still assigned.
    pub(super) tasks_to_restart: BTreeSet<ConnectorTaskId>,
    pub(super) started: Started,
    pub(super) updates: Updates,
    pub(super) requests: VecDeque<Waiting>,
    pub(super) restarting: BTreeMap<Arc<str>, Vec<RequestId>>,
    pub(super) reconfigurations: BTreeMap<Arc<str>, Reconfiguration>,
    pub(super) busy: Option<Busy>,
    pub(super) catching_up: CatchingUp,
    pub(super) shutting_down: bool,
}

/// This worker in its group.
#[derive(Debug)]
pub(super) struct Membership {
    pub(super) phase: Phase,
    pub(super) member_id: String,
    /// Of the last assignment; −1: none yet.
    pub(super) generation: i32,
    pub(super) protocol: ConnectProtocol,
    /// All that is assigned, also what was assigned before and is kept.
    pub(super) assignment: Option<Assignment>,
    /// Whether the assignment is told when the worker joins; not after it was given up because no coordinator was found.
    pub(super) held: bool,
    /// Whether what was assigned has been started.
    pub(super) resolved: bool,
    /// When to join again because the leader said so.
    pub(super) scheduled_rebalance_ms: Option<i64>,
    /// The configuration that was told when the worker joined.
    pub(super) joined_with: Arc<ClusterConfigState>,
}

/// Where a member is between two rebalances.
#[derive(Debug)]
pub(super) enum Phase {
    /// Not in the group, or on the way out of a generation: `Joining` is to come.
    Away,
    /// The coordinator waits for this worker to join.
    Joining,
    /// The other members are waited for.
    Joined,
    /// An assignment has come that was not looked at yet.
    Assigned {
        member_id: String,
        generation: i32,
        protocol: ConnectProtocol,
        assignment: Box<Assignment>,
    },
    Stable,
}

/// The configuration that each connector and task was last started with: what runs with another one than the topic's, the very
/// same record's, must be started anew.
#[derive(Debug, Default)]
pub(super) struct Started {
    pub(super) connectors: BTreeMap<Arc<str>, Arc<Config>>,
    pub(super) tasks: BTreeMap<ConnectorTaskId, Arc<Config>>,
}

/// What was read from the config topic and not acted on yet.
#[derive(Debug, Default)]
pub(super) struct Updates {
    /// Another configuration than that which was acted on last.
    pub(super) is_new: bool,
    /// Who runs what must be decided anew.
    pub(super) needs_rebalance: bool,
    pub(super) targets: BTreeSet<Arc<str>>,
    pub(super) restarts: BTreeMap<Arc<str>, RestartRequest>,
    /// Connectors with changed values of config providers.
    pub(super) reloads: BTreeSet<Arc<str>>,
    /// No coordinator was found for long.
    pub(super) unreachable: bool,
}

/// Of the config topic.
#[derive(Debug)]
pub(super) struct CatchingUp {
    /// False after a read that took too long: before the worker joins again, one must succeed.
    pub(super) can_read: bool,
    pub(super) retries: i64,
    /// Nothing is tried before.
    pub(super) not_before_ms: Option<i64>,
    /// How often in a row the topic, read to its end, had less than the leader says that it has.
    pub(super) short_reads: u32,
}

/// A request that waits for its turn.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) id: RequestId,
    pub(super) request: Request,
    pub(super) deadline_ms: i64,
}

/// A connector that is asked for its tasks, again and again until it is done.
#[derive(Debug)]
pub(super) struct Reconfiguration {
    pub(super) phase: ReconfigurationPhase,
    pub(super) first_ms: i64,
    pub(super) attempts: u32,
    /// It was wanted once more meanwhile.
    pub(super) again: bool,
}

#[derive(Debug)]
pub(super) enum ReconfigurationPhase {
    Due {
        at_ms: i64,
    },
    Asking,
    Answered(Vec<Config>),
    /// To the topic or to the leader.
    Publishing,
}

/// What is waited for; nothing else is begun meanwhile.
#[derive(Debug)]
pub(super) enum Busy {
    Reading(Reading),
    Writing(Writing),
    Stopping(Then),
    PlanningRestart,
}

/// Why the config topic is read to its end.
#[derive(Debug)]
pub(super) enum Reading {
    /// An earlier read took too long.
    Again,
    Rebalance {
        needs_rejoin: bool,
    },
    /// The answer to a request depends on what is in the topic now.
    Request {
        id: RequestId,
        request: Request,
    },
    /// A connector was stopped.
    Stopped {
        id: RequestId,
    },
}

/// Why something is written to the config topic.
#[derive(Debug)]
pub(super) enum Writing {
    SessionKey,
    Request {
        id: RequestId,
        answer: super::action::Answer,
    },
    /// The first of two records: no tasks; then the target state.
    StopTasks {
        id: RequestId,
        connector: Arc<str>,
    },
    StopTarget {
        id: RequestId,
    },
    Reconfiguration {
        connector: Arc<str>,
    },
}

/// What follows when something has stopped.
#[derive(Debug)]
pub(super) enum Then {
    Nothing,
    Join,
    /// What the last assignment takes away has stopped.
    Assigned,
    Updated {
        start: Vec<Arc<str>>,
        targets: Vec<Arc<str>>,
        rejoin: bool,
    },
    RestartConnector {
        id: RequestId,
        connector: Arc<str>,
    },
    RestartTask {
        id: RequestId,
        task: ConnectorTaskId,
    },
    Restart(ConnectorsAndTasks),
}

// === impl State ===

impl State {
    /// Before the group is joined. `config`: what is in the topic.
    pub fn new(options: Options, config: Arc<ClusterConfigState>) -> Self {
        let membership = Membership {
            phase: Phase::Away,
            member_id: String::new(),
            generation: -1,
            protocol: options.protocol,
            assignment: None,
            held: false,
            resolved: true,
            scheduled_rebalance_ms: None,
            joined_with: config.clone(),
        };
        Self {
            leadership: Leadership::new(IncrementalCooperativeAssignor::new(options.max_delay_ms)),
            membership,
            config,
            running: ConnectorsAndTasks::default(),
            tasks_to_restart: BTreeSet::new(),
            started: Started::default(),
            updates: Updates::default(),
            requests: VecDeque::new(),
            restarting: BTreeMap::new(),
            reconfigurations: BTreeMap::new(),
            busy: None,
            catching_up: CatchingUp { can_read: true, retries: BACKOFF_RETRIES, not_before_ms: None, short_reads: 0 },
            shutting_down: false,
            options,
        }
    }

    /// The configuration that this worker acts on.
    pub fn config(&self) -> &Arc<ClusterConfigState> {
        &self.config
    }

    /// Only in a generation that is complete: during a rebalance nobody leads.
    pub fn is_leader(&self) -> bool {
        let Membership { phase, member_id, assignment, .. } = &self.membership;
        matches!(phase, Phase::Stable) && assignment.as_ref().is_some_and(|assignment| assignment.leader == *member_id)
    }

    /// Where the leader's REST API is, as far as this worker has heard.
    pub fn leader_url(&self) -> Option<&str> {
        let url = self.membership.assignment.as_ref()?.leader_url.as_str();
        Some(url).filter(|url| !url.is_empty())
    }

    /// The group's last generation that reached this worker; −1: none yet.
    pub fn generation(&self) -> i32 {
        self.membership.generation
    }

    /// Whether requests between workers must be signed.
    pub fn is_sessioned(&self) -> bool {
        self.membership.protocol >= ConnectProtocol::Sessioned
    }

    /// Whether the worker runs what it was assigned and nothing is about to change that.
    pub fn is_settled(&self) -> bool {
        matches!(self.membership.phase, Phase::Stable) && self.membership.resolved && !self.updates.needs_rebalance
    }

    /// What the worker is to run now.
    pub fn assigned(&self) -> Option<&ConnectorsAndTasks> {
        self.membership.assignment.as_ref().map(|assignment| &assignment.assigned)
    }

    /// What the herder is waiting for, for a request that takes too long (Java's stages of the tick thread).
    pub fn stage(&self) -> &'static str {
        match &self.busy {
            Some(Busy::Reading(_)) => "reading to the end of the config topic",
            Some(Busy::Writing(Writing::SessionKey)) => "writing a new session key to the config topic",
            Some(Busy::Writing(_)) => "writing to the config topic",
            Some(Busy::Stopping(_)) => "stopping connectors and tasks",
            Some(Busy::PlanningRestart) => "handling a restart request",
            None if matches!(self.membership.phase, Phase::Stable) => "polling the group coordinator until interrupted",
            None => "ensuring membership in the cluster",
        }
    }
}
