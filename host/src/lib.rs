//! Wasm Connect: a Kafka Connect worker whose connectors are WebAssembly components.
//!
//! `ARCHITECTURE.md` at the top of the repository follows one record through these modules.

/// The subcommands; wires everything together.
pub mod cli;
/// What may be configured: definitions, parsing, validation, `.properties` files.
pub mod config;
/// The nouns shared by all modules; pure data.
pub mod connect;
/// Between Kafka's bytes and Connect's data.
pub mod converter;
/// Decides what should run where; never runs it.
pub mod herder;
/// The worker's own HTTP requests.
pub mod http_client;
/// Kafka clients behind ports; the only code that names rdkafka.
pub mod kafka;
/// Key and trust stores in Java's formats.
mod key_store;
/// Log lines with the connector's context.
pub mod logging;
/// What may be loaded, what it may touch, and how it runs.
pub mod plugin;
/// Kafka Connect's REST API; the only code that names axum.
pub mod rest;
/// Tells when the process shall end.
pub mod shutdown;
/// What must survive a restart: offsets, and a cluster's configurations and statuses.
pub mod storage;
/// Whom the system trusts.
mod system_trust;
/// What stands between records and converters: transforms and predicates.
pub mod transform;
/// Runs the connectors and tasks that the herder assigned.
pub mod worker;
