//! Kafka Connect's REST API over a [`crate::herder::Herder`]; nothing outside this folder names axum.
