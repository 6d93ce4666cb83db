//! Bodies of requests and answers that only REST knows; the others are in [`crate::connect`] and [`crate::config`].

mod config_map;
mod connector_expansions;
mod connector_offsets;
mod create_connector_request;
mod forwarded_state_info;
mod task_configs;
mod worker_status;

pub(super) use config_map::config_map;
pub(super) use connector_expansions::ConnectorExpansions;
pub(super) use connector_offsets::connector_offsets;
pub(super) use create_connector_request::CreateConnectorRequest;
pub(super) use forwarded_state_info::forwarded_state_info;
pub(super) use task_configs::task_configs;
pub(super) use worker_status::WorkerStatus;
