//! What the cluster is configured to run, kept in a compacted topic of one partition that all workers follow (Java's
//! `ConfigBackingStore`): the records, what they add up to, and the port to write them.
//!
//! Task configurations of a connector take effect all together, at their commit record, or not at all (invariant I3).

mod kafka;
/// One record of the topic, to bytes and back.
pub mod record;
mod replay;
mod snapshot;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use self::kafka::KafkaConfigStore;
pub use self::record::{ConfigRecord, UnreadableRecord};
pub use self::replay::{ConfigReplay, ConfigUpdate};
pub use self::snapshot::ClusterConfigState;
use crate::connect::{Config, RestartRequest, SessionKey, TargetState};

/// The longest that an operation of a [`ConfigStore`] may take in all (Java's `READ_WRITE_TOTAL_TIMEOUT_MS`).
pub const READ_WRITE_TOTAL_TIMEOUT: Duration = Duration::from_secs(30);

/// The topic could not be written or read in time; the text begins with Java's.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigStoreError(pub String);

/// The cluster's configuration. Target states and logger levels may be written by any worker, everything else by the leader
/// only (invariant I4); the caller takes care. A write returns when its records are in the topic and were read back, unless it
/// says otherwise.
#[async_trait]
pub trait ConfigStore: Send + Sync {
    /// What was read so far.
    fn snapshot(&self) -> Arc<ClusterConfigState>;

    /// Waits until everything that is in the topic now was read.
    async fn refresh(&self, timeout: Duration) -> Result<(), ConfigStoreError>;

    /// Writes the target state, if one is given, and then the configuration.
    async fn put_connector_config(
        &self,
        connector: &str,
        config: &Config,
        target: Option<TargetState>,
    ) -> Result<(), ConfigStoreError>;

    /// Writes tombstones for the configuration and the target state, in this order.
    async fn remove_connector_config(&self, connector: &str) -> Result<(), ConfigStoreError>;

    /// Reads to the end, writes all of them, reads them back, and only then writes the commit record.
    async fn put_task_configs(&self, connector: &str, configs: &[Config]) -> Result<(), ConfigStoreError>;

    /// Returns when it is in the topic, read back or not.
    async fn put_target_state(&self, connector: &str, target: TargetState) -> Result<(), ConfigStoreError>;

    async fn put_session_key(&self, key: &SessionKey) -> Result<(), ConfigStoreError>;

    async fn put_restart_request(&self, connector: &str, request: RestartRequest) -> Result<(), ConfigStoreError>;

    /// Returns when it is in the topic, read back or not.
    async fn put_logger_level(&self, namespace: &str, level: &str) -> Result<(), ConfigStoreError>;
}

/// Hears of what was read from the topic after the start. Called in the order of the topic, from the task that reads it: must
/// be quick and must not block.
pub trait ConfigUpdateListener: Send + Sync + 'static {
    fn updated(&self, update: ConfigUpdate);
}
