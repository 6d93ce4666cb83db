//! What may be configured, and whether it is.

pub mod config_def;
pub mod config_infos;
