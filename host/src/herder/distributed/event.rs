//! What a distributed herder hears of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::connect::{Config, ConnectorTaskId, RestartRequest, TargetState};
use crate::herder::restart_plan::RestartPlan;
use crate::kafka::ports::GroupEvent;
use crate::storage::config_store::ConfigUpdate;

/// Tells requests apart; the shell remembers who waits for which.
pub type RequestId = u64;

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// Time has passed, nothing else.
    Tick,
    Group(GroupEvent),
    Config(ConfigUpdate),
    Request {
        id: RequestId,
        request: Request,
    },
    /// Connector classes that this worker has got while it runs.
    NewClasses(BTreeSet<String>),
    /// The worker is to end: nothing new is begun.
    ShutDown,

    // --- what became of an action
    /// Of `AskPlugins`: the classes that each worker has, by its URL; none: it did not say.
    Plugins(BTreeMap<String, Option<BTreeSet<String>>>),
    /// Of `ReadConfig`: whether the end of the config topic was reached in time.
    ConfigRead(bool),
    /// Of `Write`; the error's text is for REST.
    Written(Result<(), String>),
    /// Of `Stop`.
    Stopped,
    /// Of `StartConnector` and `SetTarget`: the state that the connector instance has reached, or why not.
    ConnectorReached {
        connector: Arc<str>,
        result: Result<TargetState, String>,
    },
    /// Of `PlanRestart`; none: nothing is known of the connector's state.
    RestartPlanned {
        connector: Arc<str>,
        plan: Option<RestartPlan>,
    },
    /// A connector instance wants its tasks to be configured anew.
    ReconfigurationWanted(Arc<str>),
    /// A value of a config provider has changed for a connector that runs here, or a task of it.
    ValuesChanged(Arc<str>),
    /// Of `AskTaskConfigs`.
    TaskConfigs {
        connector: Arc<str>,
        answer: TaskConfigsAnswer,
    },
    /// Of `ForwardTaskConfigs`.
    Forwarded {
        connector: Arc<str>,
        result: Result<(), ForwardError>,
    },
}

/// What a connector instance says when it is asked for its tasks.
#[derive(Clone, Debug)]
pub enum TaskConfigsAnswer {
    Configs(Vec<Config>),
    /// It is not running here.
    NotRunning,
    /// It has failed for good, with too many tasks.
    TooMany,
    /// It may do better the next time.
    Failed(String),
}

/// The leader did not take task configurations.
#[derive(Clone, Debug)]
pub struct ForwardError {
    /// The status that it answered; none: it was not reached.
    pub status: Option<u16>,
    pub message: String,
}

/// What REST asks that not every worker may do at any time. Configurations were validated before.
#[derive(Clone, Debug)]
pub enum Request {
    PutConnector {
        connector: Arc<str>,
        config: Config,
        target: Option<TargetState>,
        replace: bool,
    },
    /// Whether this worker may patch, and what there is to patch.
    PatchConnector {
        connector: Arc<str>,
    },
    DeleteConnector {
        connector: Arc<str>,
    },
    StopConnector {
        connector: Arc<str>,
    },
    RestartConnector {
        connector: Arc<str>,
    },
    RestartConnectorAndTasks {
        connector: Arc<str>,
        request: RestartRequest,
    },
    RestartTask {
        id: ConnectorTaskId,
    },
    /// From the worker that runs the connector; the signature was checked.
    PutTaskConfigs {
        connector: Arc<str>,
        configs: Vec<Config>,
    },
    /// Whether this worker may change offsets of the connector now.
    ModifyOffsets {
        connector: Arc<str>,
    },
}

impl Request {
    /// Whether a wrong view of who runs what would answer wrongly (Java's `checkRebalanceNeeded`).
    pub(super) fn needs_settled_group(&self) -> bool {
        matches!(
            self,
            Self::RestartConnector { .. }
                | Self::RestartConnectorAndTasks { .. }
                | Self::RestartTask { .. }
                | Self::ModifyOffsets { .. }
        )
    }
}
