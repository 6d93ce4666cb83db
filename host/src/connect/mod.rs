//! The nouns shared by all modules: ids, states and the answers about them; pure data, no behaviour of a runtime.

pub mod caps;
mod connector_task_id;
mod connector_type;
mod host;
mod info;
mod ip_network;
mod mac_algorithm;
mod restart_request;
mod session_key;
mod state;
mod topic_partition;

pub use connector_task_id::ConnectorTaskId;
pub use connector_type::ConnectorType;
pub use host::Host;
pub use info::{
    ActiveTopics, ConnectorInfo, ConnectorOffset, ConnectorOffsets, ConnectorState, ConnectorStateInfo, Message,
    PluginInfo, ServerInfo, TaskInfo, TaskState,
};
pub use ip_network::IpNetwork;
pub use mac_algorithm::MacAlgorithm;
pub use restart_request::RestartRequest;
pub use session_key::SessionKey;
pub use state::{State, TargetState};
pub use topic_partition::{PartitionOffset, TopicPartition};

/// A connector's or task's configuration: keys are unique, order is that of the request, as Java's `LinkedHashMap` keeps it.
pub type Config = indexmap::IndexMap<String, String>;

/// A configuration as it came in: a JSON `null` is kept until validation names it.
pub type RawConfig = indexmap::IndexMap<String, Option<String>>;
