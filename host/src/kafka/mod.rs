//! Kafka clients behind the ports of [`ports`]; nothing outside this folder names rdkafka.

mod admin;
mod admin_request;
pub mod client_config;
mod client_keys;
mod client_security;
mod clients;
mod consumer;
mod group_member;
mod group_offsets;
mod log;
mod messages;
mod native;
mod oauth;
mod partition_list;
pub mod ports;
mod producer;
mod topic_reader;
mod topic_requests;
mod wire;

pub use clients::KafkaClients;
