//! What a validation asks about the plugins that there are.

use std::sync::Arc;

use crate::config::config_def::ConfigKey;
use crate::plugin::ports::{PluginDesc, PluginKind};

/// The plugins that this worker has, built in or found in the plugin path.
pub trait PluginSource: Send + Sync {
    /// The connector of this name or alias, in the newest version, or in one that `version` (a version or a range) covers.
    fn resolve_connector(&self, class: &str, version: Option<&str>) -> Result<Arc<PluginDesc>, UnresolvedConnector>;
    /// The versions of a connector, given by its full name, oldest first.
    fn connector_versions(&self, class: &str) -> Vec<String>;
    /// The full names of all classes of a kind that is not a connector, sorted.
    fn classes(&self, kind: PluginKind) -> Vec<String>;
    /// The class of this name or alias, of a kind that is not a connector.
    fn class(&self, kind: PluginKind, name: &str) -> Option<PluginClass>;
}

/// Why a connector cannot be had; messages are Java's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnresolvedConnector {
    /// There is none of that name, or several.
    NotFound(String),
    /// There is one, but not in the version asked for.
    NoSuchVersion { message: String, available: Vec<String> },
}

/// A converter, header converter, transformation or predicate.
#[derive(Clone, Debug)]
pub struct PluginClass {
    /// The full name.
    pub class: String,
    /// Oldest first.
    pub versions: Vec<String>,
    /// In order of definition.
    pub keys: Vec<ConfigKey>,
}
