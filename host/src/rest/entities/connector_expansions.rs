//! What `GET /connectors?expand=…` says of a connector (KIP-465).

use serde::Serialize;

use crate::connect::{ConnectorInfo, ConnectorStateInfo};

/// The parts that were asked for.
#[derive(Debug, Serialize)]
pub(in crate::rest) struct ConnectorExpansions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<ConnectorStateInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<ConnectorInfo>,
}
