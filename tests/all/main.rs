//! The integration tests: one binary, one file per promise.

mod bad_plugins;
mod broker_restart;
mod clients;
mod config_providers;
mod conformance;
mod converters_e2e;
mod copy;
mod directory_watcher;
mod file_grants;
mod guest_validation;
mod harness;
mod hot_plugins;
mod loggers;
mod offsets;
mod pair;
mod partitions;
mod plugin_limits;
mod plugin_versions;
mod rest;
mod rest_fuzz;
mod rest_http;
mod shutdown;
mod sink_semantics;
mod source_semantics;
mod standalone_cli;
mod worker_crash;
