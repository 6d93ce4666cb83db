//! Which way a connector moves data.

use serde::Serialize;

/// `source`, `sink`, or `unknown` while the plugin cannot be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ConnectorType {
    Source,
    Sink,
    Unknown,
}
