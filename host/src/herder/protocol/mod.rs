//! What workers tell each other through the group coordinator: their state when they join, and what they are to run (Java's
//! `ConnectProtocol` and `IncrementalCooperativeConnectProtocol`), byte for byte.

mod assignment;
mod bytes;
mod connectors_and_tasks;
mod worker_state;

pub use self::assignment::{Assignment, AssignmentError};
pub use self::bytes::MalformedProtocol;
pub use self::connectors_and_tasks::ConnectorsAndTasks;
pub use self::worker_state::WorkerState;

/// Kafka's type of the groups whose members are workers.
pub const PROTOCOL_TYPE: &str = "connect";

/// How a group divides its work (`connect.protocol`); a later one can do all that the earlier ones can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConnectProtocol {
    /// Everything is given up and assigned anew in each rebalance.
    Eager,
    /// Only what moves is given up (KIP-415).
    Compatible,
    /// As `Compatible`, and requests between workers are signed (KIP-507).
    Sessioned,
}

// === impl ConnectProtocol ===

impl ConnectProtocol {
    const ALL: [Self; 3] = [Self::Eager, Self::Compatible, Self::Sessioned];

    /// By its name in `connect.protocol`.
    pub fn from_config(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.config_name().eq_ignore_ascii_case(name))
    }

    /// By its name in the group.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name().eq_ignore_ascii_case(name))
    }

    /// What a worker that is configured for this one can take part in, the best first.
    pub fn offered(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().rev().filter(move |protocol| *protocol <= self)
    }

    /// Its name in the group.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eager => "default",
            Self::Compatible => "compatible",
            Self::Sessioned => "sessioned",
        }
    }

    fn config_name(self) -> &'static str {
        match self {
            Self::Eager => "eager",
            Self::Compatible => "compatible",
            Self::Sessioned => "sessioned",
        }
    }

    /// The version that its bytes begin with.
    fn version(self) -> i16 {
        match self {
            Self::Eager => 0,
            Self::Compatible => 1,
            Self::Sessioned => 2,
        }
    }
}

#[cfg(test)]
mod tests;
