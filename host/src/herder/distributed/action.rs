//! What a distributed herder wants to be done. The shell does it in this order; what takes time it begins in this order and tells
//! its outcome as an event.

use std::sync::Arc;

use super::event::RequestId;
use crate::connect::{Config, ConnectorTaskId, RestartRequest, TargetState};
use crate::herder::HerderError;
use crate::herder::protocol::ConnectorsAndTasks;
use crate::kafka::ports::JoinProtocol;

/// One thing to do.
#[derive(Clone, Debug)]
pub enum Action {
    // --- the group
    Join(Vec<JoinProtocol>),
    /// The leader's: assignments by member id.
    Sync(Vec<(String, Vec<u8>)>),
    RequestRejoin(&'static str),
    LeaveGroup(&'static str),
    /// This worker can be no member of the group, for this reason.
    Quit(String),
    /// Which connector classes the workers at these URLs have; `Event::Plugins` answers, soon.
    AskPlugins(Vec<String>),

    // --- the config topic
    /// `Event::ConfigRead` answers.
    ReadConfig {
        timeout_ms: i64,
    },
    /// `Event::Written` answers.
    Write(ConfigWrite),

    // --- connectors and tasks
    /// Stops all of them at once and waits; `Event::Stopped` answers.
    Stop(StopWork),
    /// Starts the connector instance; `Event::ConnectorReached` answers.
    StartConnector(ConnectorStart),
    StartTask(TaskStart),
    /// Tells a connector and its tasks, those of them that are here; `Event::ConnectorReached` answers if the connector is.
    SetTarget {
        connector: Arc<str>,
        target: TargetState,
    },
    /// Marks what is stopped for a moment as restarting.
    MarkRestarting(ConnectorsAndTasks),
    /// `Event::RestartPlanned` answers.
    PlanRestart {
        connector: Arc<str>,
        request: RestartRequest,
    },
    /// `Event::TaskConfigs` answers.
    AskTaskConfigs {
        connector: Arc<str>,
        config: Arc<Config>,
    },
    /// To the leader, signed; `Event::Forwarded` answers.
    ForwardTaskConfigs {
        connector: Arc<str>,
        leader_url: String,
        configs: Vec<Config>,
    },

    // --- statuses
    /// Statuses are written in this generation from now on.
    SetGeneration(i32),
    /// The leader's: forgets the statuses of connectors and tasks that are not configured any more.
    CleanStatuses,

    // --- REST and logs
    Reply {
        id: RequestId,
        result: Result<Answer, HerderError>,
    },
    SetLoggerLevel {
        namespace: String,
        level: String,
    },
}

/// Records for the config topic. All but a target state are the leader's (invariant I4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigWrite {
    Connector {
        connector: Arc<str>,
        config: Config,
        target: Option<TargetState>,
    },
    RemoveConnector(Arc<str>),
    TaskConfigs {
        connector: Arc<str>,
        configs: Vec<Config>,
    },
    TargetState {
        connector: Arc<str>,
        target: TargetState,
    },
    /// A new key, made at this time.
    SessionKey {
        created_ms: i64,
    },
    Restart {
        connector: Arc<str>,
        request: RestartRequest,
    },
}

/// What is to be stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopWork {
    pub work: ConnectorsAndTasks,
    /// It is given up: statuses must be in their topic before another worker writes its own, and topics that connectors used
    /// are forgotten when the connectors are gone.
    pub given_up: bool,
    /// Those connectors.
    pub reset_topics: Vec<Arc<str>>,
}

/// What a connector instance is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectorStart {
    pub connector: Arc<str>,
    pub config: Arc<Config>,
    pub target: TargetState,
}

/// What a task is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskStart {
    pub id: ConnectorTaskId,
    pub connector_config: Arc<Config>,
    pub config: Arc<Config>,
    pub target: TargetState,
}

/// What a request is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Done,
    Put {
        created: bool,
        tasks: Vec<ConnectorTaskId>,
    },
    /// Go on with this configuration.
    Config(Arc<Config>),
}
