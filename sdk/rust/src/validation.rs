//! A plugin's part of a validation (Java's `ConfigValue`).

use crate::bindings::plugin::exports::kafka::connect::plugin as wit;

/// What the plugin says about the value of one key. What it does not mention stays as the host found it.
#[derive(Clone, Debug)]
pub struct ConfigValue(pub(crate) wit::ConfigValue);

impl ConfigValue {
    /// Nothing to say yet about `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self(wit::ConfigValue { name: name.into(), recommended_values: Vec::new(), errors: Vec::new(), visible: true })
    }

    /// The value is wrong.
    pub fn error(mut self, message: impl ToString) -> Self {
        self.0.errors.push(message.to_string());
        self
    }

    /// Values that forms offer.
    pub fn recommend(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.0.recommended_values.extend(values.into_iter().map(Into::into));
        self
    }

    /// Forms do not show the key, because other values make it moot.
    pub fn hidden(mut self) -> Self {
        self.0.visible = false;
        self
    }
}
