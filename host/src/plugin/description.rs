//! What a component says of itself: the classes in it and their configuration, embedded in the file or asked of an instance.

use serde::{Deserialize, Serialize};

use crate::config::config_def::ConfigKey;

use super::ports::PluginKind;

/// The component-level custom section that holds a [`Description`] as JSON.
pub const SECTION: &str = "kafka:connect/description";

/// The contract versions that this worker speaks, newest first. Within one minor version a plugin may be older or newer.
pub const SPOKEN_CONTRACTS: &[&str] = &["0.1.0"];

/// Everything in one component.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Description {
    /// The version of `kafka:connect` that the component was built against.
    pub contract: String,
    pub plugins: Vec<DescribedPlugin>,
}

/// One class of a component.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DescribedPlugin {
    pub class: String,
    pub kind: PluginKind,
    /// Connectors only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_class: Option<String>,
    pub version: String,
    #[serde(default)]
    pub documentation: String,
    #[serde(default)]
    pub config: Vec<ConfigKey>,
}

impl Description {
    /// Whether two descriptions say the same, configuration keys included.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let plugins = |description: &Self| serde_json::to_value(&description.plugins).ok();
        plugins(self) == plugins(other)
    }

    /// What makes it unusable, if anything: a class named twice, or an empty name.
    pub fn fault(&self) -> Option<String> {
        if self.plugins.is_empty() {
            return Some("it describes no plugin".into());
        }
        for (index, plugin) in self.plugins.iter().enumerate() {
            if plugin.class.is_empty() {
                return Some("it describes a plugin without a class name".into());
            }
            if self.plugins[..index].iter().any(|other| other.class == plugin.class && other.kind == plugin.kind) {
                return Some(format!("it describes class {} twice", plugin.class));
            }
        }
        None
    }
}
