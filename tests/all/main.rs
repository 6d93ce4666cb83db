//! The integration tests: one binary, one file per promise.

mod bad_plugins;
mod broker_restart;
mod converters_e2e;
mod copy;
mod harness;
mod pair;
mod rest;
mod shutdown;
mod standalone_cli;
mod worker_crash;
