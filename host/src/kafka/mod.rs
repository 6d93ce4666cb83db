//! Kafka clients behind the ports of [`ports`]; nothing outside this folder names rdkafka.

pub mod ports;
