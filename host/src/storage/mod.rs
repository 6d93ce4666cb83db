//! What must survive a restart: source offsets ([`offset_store`]); and what REST tells ([`status_store`]).

pub mod offset_store;
pub mod status_store;
