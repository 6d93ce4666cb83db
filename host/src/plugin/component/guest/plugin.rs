//! `kafka:connect/plugin`: what a component says of itself, asked of a short-lived instance.

use crate::connect::Config;
use crate::plugin::component::bindings::exported::plugin::Guest;
use crate::plugin::component::convert;
use crate::plugin::component::instance::{Instance, call};
use crate::plugin::description::DescribedPlugin;
use crate::plugin::ports::{GuestConfigValue, PluginError};

/// An instance that answers questions.
pub struct Plugin {
    pub instance: Instance,
    pub guest: Guest,
}

impl Plugin {
    /// All classes with their configuration keys.
    pub async fn describe(&mut self) -> Result<Vec<DescribedPlugin>, PluginError> {
        let descriptions = call!(self, "describe", call_describe())?;
        let mut plugins = Vec::with_capacity(descriptions.len());
        for description in descriptions {
            let keys = call!(self, "config-def", call_config_def(&description.class))?;
            plugins.push(convert::described(description, keys));
        }
        Ok(plugins)
    }

    pub async fn validate(&mut self, class: &str, config: &Config) -> Result<Vec<GuestConfigValue>, PluginError> {
        let config = convert::config_to_guest(config);
        let values = call!(self, "validate", call_validate(class, &config))?;
        let value = |value: crate::plugin::component::bindings::exported::plugin::ConfigValue| GuestConfigValue {
            name: value.name,
            recommended_values: value.recommended_values,
            errors: value.errors,
            visible: value.visible,
        };
        Ok(values.into_iter().map(value).collect())
    }
}
