//! What must survive a restart: source offsets ([`offset_store`]), a cluster's configuration ([`config_store`]); and what REST
//! tells ([`status_store`]).

pub mod config_store;
mod json;
pub mod offset_store;
pub mod status_store;
