//! What a worker asks the others of its cluster (Java's `RestClient`).

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::connect::{Config, SessionKey};

/// Another worker did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PeerError {
    /// What it answered; none: it was not reached.
    pub status: Option<u16>,
    /// Java's where Java has one.
    pub message: String,
}

/// The other workers, each at the URL of its REST API. Each call has a deadline of its own.
#[async_trait]
pub trait Peers: Send + Sync {
    /// Gives the configurations of a connector's tasks to the leader, signed if there is a key.
    async fn put_task_configs(
        &self,
        leader_url: &str,
        connector: &str,
        configs: &[Config],
        key: Option<&SessionKey>,
    ) -> Result<(), PeerError>;
    /// The connector classes that a worker has; asked quickly, as a rebalance waits for it.
    async fn connector_classes(&self, url: &str) -> Result<BTreeSet<String>, PeerError>;
}
