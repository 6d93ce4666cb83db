//! The herder decides what should run where (Java's `Herder`, method for method); the worker runs it.

mod answers;
/// Which worker of a group runs what.
pub mod assignor;
/// One worker of a group.
pub mod distributed;
/// What a connector needs and a worker does not have.
pub mod missing_plugins;
/// What a worker asks the others of its cluster.
pub mod peers;
/// What workers of a group tell each other.
pub mod protocol;
mod restart_plan;
/// Proof that a request comes from another worker.
pub mod signature;
pub mod standalone;
pub mod validation;
mod value_changes;

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::config::config_infos::{ConfigInfos, ConfigKeyInfo};
use crate::connect::{
    ActiveTopics, Config, ConnectorInfo, ConnectorOffset, ConnectorOffsets, ConnectorStateInfo, ConnectorTaskId,
    Message, PluginInfo, RawConfig, ServerInfo, TargetState, TaskInfo, TaskState,
};

pub use self::signature::InternalRequest;
pub use crate::connect::RestartRequest;
pub use crate::logging::{LogLevel, LoggerLevel};

/// Why a request was refused; the message is Java's where Java has one.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HerderError {
    /// 400
    #[error("{0}")]
    BadRequest(String),
    /// 404
    #[error("{0}")]
    NotFound(String),
    /// 409: it exists, or the worker is in the middle of something else.
    #[error("{0}")]
    Conflict(String),
    /// 403
    #[error("{0}")]
    Forbidden(String),
    /// 500
    #[error("{0}")]
    Internal(String),
    /// 503
    #[error("{0}")]
    Unavailable(String),
    /// Another worker of the group can answer (Java's `RequestTargetException`); no URL: nobody knows which one at the moment.
    #[error("{message}")]
    NotTarget { message: String, forward_url: Option<String> },
}

/// A connector that was put, and whether it is new.
#[derive(Clone, Debug)]
pub struct Put {
    pub created: bool,
    pub info: ConnectorInfo,
}

/// What REST may ask. Handlers never touch the herder's state; each call is a request with a deadline (invariant I9).
#[async_trait]
pub trait Herder: Send + Sync {
    async fn server_info(&self) -> Result<ServerInfo, HerderError>;
    /// False: still starting up.
    fn is_ready(&self) -> bool;

    async fn connectors(&self) -> Result<Vec<String>, HerderError>;
    async fn connector_info(&self, name: &str) -> Result<ConnectorInfo, HerderError>;
    async fn connector_config(&self, name: &str) -> Result<Config, HerderError>;
    async fn connector_status(&self, name: &str) -> Result<ConnectorStateInfo, HerderError>;
    async fn task_status(&self, id: &ConnectorTaskId) -> Result<TaskState, HerderError>;
    async fn task_configs(&self, name: &str) -> Result<Vec<TaskInfo>, HerderError>;

    /// Validates, stores and starts; with `replace` false an existing connector is a conflict.
    async fn put_connector(
        &self,
        name: &str,
        config: RawConfig,
        initial_state: Option<TargetState>,
        replace: bool,
    ) -> Result<Put, HerderError>;
    /// Merges `patch` into the configuration; a null removes its key (KIP-477).
    async fn patch_connector_config(&self, name: &str, patch: RawConfig) -> Result<Put, HerderError>;
    async fn delete_connector(&self, name: &str) -> Result<(), HerderError>;
    /// Accepted now and done in a while; `Stopped` is answered when the tasks have stopped.
    async fn set_target_state(&self, name: &str, target: TargetState) -> Result<(), HerderError>;
    /// Restarts the connector instance only.
    async fn restart_connector(&self, name: &str) -> Result<(), HerderError>;
    /// Restarts the connector and the tasks that `request` covers; answers the states with `RESTARTING` marks.
    async fn restart_connector_and_tasks(
        &self,
        name: &str,
        request: RestartRequest,
    ) -> Result<ConnectorStateInfo, HerderError>;
    async fn restart_task(&self, id: &ConnectorTaskId) -> Result<(), HerderError>;

    /// Takes the configurations of a connector's tasks from the worker that runs it.
    async fn put_task_configs(
        &self,
        name: &str,
        configs: Vec<Config>,
        request: InternalRequest,
    ) -> Result<(), HerderError>;
    /// Takes care that no task of an earlier generation of the connector writes any more (KIP-618).
    async fn fence_zombie_source_tasks(&self, name: &str, request: InternalRequest) -> Result<(), HerderError>;

    async fn active_topics(&self, name: &str) -> Result<ActiveTopics, HerderError>;
    async fn reset_active_topics(&self, name: &str) -> Result<(), HerderError>;
    async fn connector_offsets(&self, name: &str) -> Result<ConnectorOffsets, HerderError>;
    /// Sets the offsets that are named, or forgets them where they are null, of a stopped connector (KIP-875).
    async fn alter_connector_offsets(&self, name: &str, offsets: Vec<ConnectorOffset>) -> Result<Message, HerderError>;
    /// Forgets all offsets of a stopped connector.
    async fn reset_connector_offsets(&self, name: &str) -> Result<Message, HerderError>;

    /// The loggers with a level of their own, by name.
    fn logger_levels(&self) -> BTreeMap<String, LoggerLevel>;
    /// None: there is no such logger.
    fn logger_level(&self, logger: &str) -> Option<LoggerLevel>;
    /// Sets the level of the loggers in `namespace` on this worker; answers those whose level changed.
    fn set_worker_logger_level(&self, namespace: &str, level: LogLevel) -> Vec<String>;
    /// The same on all workers, in a while (KIP-976).
    async fn set_cluster_logger_level(&self, namespace: &str, level: LogLevel) -> Result<(), HerderError>;

    async fn connector_plugins(&self, connectors_only: bool) -> Result<Vec<PluginInfo>, HerderError>;
    /// What can be configured of the newest version of a plugin that `version`, a range (KIP-891), accepts.
    async fn plugin_config(&self, plugin: &str, version: Option<&str>) -> Result<Vec<ConfigKeyInfo>, HerderError>;
    /// `plugin` is the path's `{plugin}`.
    async fn validate(&self, plugin: &str, config: RawConfig) -> Result<ConfigInfos, HerderError>;
}
