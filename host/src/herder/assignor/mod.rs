//! Divides connectors and tasks among the workers of a group, as pure functions: the leader calls them in a rebalance.
//!
//! Both assignors answer what Java's do for the same input, order included, unless a [`Placement`] says that not every worker can
//! run everything, of which a Java leader knows nothing.

pub mod eager;
mod incremental_cooperative;
mod load;
mod placement;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::incremental_cooperative::{IncrementalCooperativeAssignor, Rebalance};
pub use self::placement::Placement;
use super::protocol::ConnectorsAndTasks;
use crate::storage::config_store::ClusterConfigState;

/// What each member gets, by member id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterAssignment {
    pub members: BTreeMap<String, MemberAssignment>,
    /// In so many milliseconds all members are to join again; 0: not for that.
    pub delay_ms: i64,
}

/// What one member gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberAssignment {
    /// New to it.
    pub assigned: ConnectorsAndTasks,
    pub revoked: ConnectorsAndTasks,
    /// All that it runs afterwards.
    pub all: ConnectorsAndTasks,
}

/// Everything that is to run, in order. A name that the protocol of the group has no room for cannot be assigned.
fn configured(config: &ClusterConfigState) -> ConnectorsAndTasks {
    let names = || config.connectors().filter(|name| name.len() <= i16::MAX as usize);
    ConnectorsAndTasks {
        connectors: names().map(Arc::clone).collect(),
        tasks: names().flat_map(|name| config.tasks(name)).collect(),
    }
}

#[cfg(test)]
pub(super) mod tests;
