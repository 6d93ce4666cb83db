//! What may be configured, and whether it is.
//!
//! A key is a row ([`config_def`], [`keys`]); a set of rows ([`definition`]) reads and checks configurations; the typed
//! configurations of the worker and of connectors are read through it.

pub mod client_settings;
pub mod config_def;
pub mod config_exception;
pub mod config_infos;
pub mod config_value;
pub mod connector_config;
pub mod connector_file;
pub mod definition;
pub mod distributed_config;
pub mod java_hash;
pub mod java_pattern;
pub mod keys;
pub mod net_pattern;
pub mod override_policy;
pub mod plugin_upgrade;
pub mod properties;
pub mod provider;
pub mod reference;
pub mod sandbox_limits;
pub mod standalone_config;
pub mod validators;
pub mod worker_config;
