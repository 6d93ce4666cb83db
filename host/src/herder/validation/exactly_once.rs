//! Whether a source can deliver each record exactly once, as far as its configuration demands that (KIP-618; Java's
//! `DistributedHerder.validateSourceConnectorConfig`).

use super::{Validation, Values};
use crate::config::config_value::ParsedValue;
use crate::connect::Config;
use crate::plugin::ports::{ExactlyOnceSupport, PluginDesc, PluginError};

const SUPPORT: &str = "exactly.once.support";
const BOUNDARY: &str = "transaction.boundary";

impl Validation<'_> {
    /// Only a worker of a cluster says so: one alone never delivers exactly once, in Java too.
    pub(super) async fn check_exactly_once(&self, plugin: &PluginDesc, config: &Config, values: &mut Values) {
        if is(values, SUPPORT, "required") {
            let mut errors = vec!["This worker does not have exactly-once source support enabled.".to_owned()];
            errors.extend(match self.runtime.exactly_once_support(plugin, config).await {
                Ok(ExactlyOnceSupport::Supported) => None,
                Ok(ExactlyOnceSupport::Unsupported) => Some(
                    "The connector does not support exactly-once semantics with the provided configuration.".to_owned(),
                ),
                Ok(ExactlyOnceSupport::Unknown) => Some(
                    "The connector does not implement the API required for preflight validation of exactly-once source support. \
                     Please consult the documentation for the connector to determine whether it supports exactly-once semantics, \
                     and then consider reconfiguring the connector to use the value \"requested\" for this property (which will \
                     disable this preflight check and allow the connector to be created)."
                        .to_owned(),
                ),
                Err(error) => Some(unexpected(&error)),
            });
            add(values, SUPPORT, errors);
        }
        if is(values, BOUNDARY, "connector") {
            let error = match self.runtime.can_define_transaction_boundaries(plugin, config).await {
                Ok(true) => return,
                Ok(false) => "The connector does not support connector-defined transaction boundaries with the given \
                              configuration. Please reconfigure it to use a different transaction boundary definition."
                    .to_owned(),
                Err(error) => unexpected(&error),
            };
            add(values, BOUNDARY, vec![error]);
        }
    }
}

/// Whether a key has this value, and nothing is wrong with it.
fn is(values: &Values, key: &str, wanted: &str) -> bool {
    let value = values.get(key).filter(|value| value.errors.is_empty()).map(|value| &value.value);
    matches!(value, Some(ParsedValue::String(text)) if text.eq_ignore_ascii_case(wanted))
}

fn add(values: &mut Values, key: &str, errors: Vec<String>) {
    if let Some(value) = values.get_mut(key) {
        value.errors.extend(errors);
    }
}

fn unexpected(error: &PluginError) -> String {
    tracing::error!("Failed while validating connector support for exactly-once semantics: {error}");
    format!("An unexpected error occurred during validation: {}", error.message)
}
