//! What must survive a restart: source offsets ([`offset_store`]), a cluster's configuration ([`config_store`]); and what REST
//! tells ([`status_store`]). Whatever a cluster keeps is in compacted topics ([`kafka_based_log`]).

pub mod cluster_stores;
pub mod config_store;
mod json;
pub mod kafka_based_log;
pub mod offset_store;
pub mod status_store;
