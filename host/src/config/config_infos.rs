//! The answer of a validation, field for field as Java Connect's REST entities `ConfigInfos`, `ConfigKeyInfo` and `ConfigValueInfo`.

use serde::Serialize;

use super::config_def::{ConfigType, Importance, Width};

/// `PUT /connector-plugins/{plugin}/config/validate`.
#[derive(Clone, Debug, Serialize)]
pub struct ConfigInfos {
    /// `connector.class` as it was given.
    pub name: String,
    pub error_count: usize,
    pub groups: Vec<String>,
    pub configs: Vec<ConfigInfo>,
}

/// A key's definition (none: not defined) and value.
#[derive(Clone, Debug, Serialize)]
pub struct ConfigInfo {
    pub definition: Option<ConfigKeyInfo>,
    pub value: ConfigValueInfo,
}

/// A definition as REST shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfigKeyInfo {
    pub name: String,
    #[serde(rename = "type")]
    pub ty: ConfigType,
    pub required: bool,
    pub default_value: Option<String>,
    pub importance: Importance,
    pub documentation: String,
    pub group: Option<String>,
    pub order_in_group: i32,
    pub width: Width,
    pub display_name: String,
    pub dependents: Vec<String>,
}

/// A value as REST shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfigValueInfo {
    pub name: String,
    pub value: Option<String>,
    pub recommended_values: Vec<String>,
    pub errors: Vec<String>,
    pub visible: bool,
}
