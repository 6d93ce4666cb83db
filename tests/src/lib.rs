//! The harness of the integration tests: a real Kafka, real workers, and waits that have a name and a deadline.

/// Measurements side by side.
pub mod bench;
/// What got lost, came twice or was torn, between what went in and what came out.
pub mod compare;
/// Request scripts, played at our worker and at Java's.
pub mod conformance;
/// Configurations of the file connectors.
pub mod connectors;
/// Lines to copy, the same for the same seed.
pub mod files;
/// Files that grow while a test does other things.
pub mod growing_files;
/// Certificates.
pub mod identity;
/// How many instructions work takes.
pub mod instructions;
/// Apache Kafka's own Connect worker.
pub mod java_connect;
/// A Kafka node from `tests/kafka/kafka.sh`.
pub mod kafka;
/// Where the build put things.
pub mod paths;
/// Plugins to drop into the path of a running worker.
pub mod plugins;
/// Free ports.
pub mod ports;
/// Processes that end with the test.
pub mod process;
/// A cable to be cut.
pub mod proxy;
/// Pseudo-random numbers with a seed to print.
pub mod random;
/// A client for the worker's REST API.
pub mod rest;
/// A schema registry.
pub mod schema_registry;
/// A Kafka node that clients reach in secured ways.
pub mod secure_kafka;
/// Servers that connectors reach.
pub mod server;
/// Directories that stay only when their test failed.
pub mod temp;
/// An OAuth provider.
pub mod token_provider;
/// Reading topics back, and how far they have grown.
pub mod topic;
/// Waiting for a named condition.
pub mod wait;
/// A worker process.
pub mod worker;
/// Workers that form a cluster.
pub mod worker_cluster;
