//! The keys by which a connector follows newer versions of its plugin; Java has none of them.

use super::super::config_def::{ConfigKey, ConfigType as T, Importance as I, Validator};
use super::{is, key, one_of};

pub const UPGRADE: &str = "connector.plugin.upgrade";
pub const PROBATION_MS: &str = "connector.plugin.upgrade.probation.ms";

/// `UPGRADE` of a connector that follows.
pub const AUTO: &str = "auto";

pub fn keys() -> Vec<ConfigKey> {
    vec![
        key(
            UPGRADE,
            T::String,
            is("manual"),
            I::Low,
            "What happens when a newer version of the running connector's plugin comes that connector.plugin.version allows. manual: it is \
             used at the next restart of the connector. auto: the connector and then its tasks, one by one, go on with it between two \
             batches. Since 0.1.0.",
        )
        .check(one_of(&["manual", AUTO])),
        key(
            PROBATION_MS,
            T::Long,
            is("60000"),
            I::Low,
            "How long a version that was taken by connector.plugin.upgrade=auto is on probation, in milliseconds: if the connector or a \
             task of it fails meanwhile, the version before takes its place again. Since 0.1.0.",
        )
        .check(Validator::Min(0.0)),
    ]
}
