//! Kafka Connect's REST API over a [`crate::herder::Herder`]; nothing outside this folder names axum.
//!
//! A request passes [`router`] (path, by the table of [`resource`], method, media types), a function of [`resources`] and
//! the herder; whatever goes wrong on the way is an [`error::RestError`]. Valid requests are answered as Java Connect answers
//! them, to the byte of a message; malformed ones get a 400 that says what is wrong and where, instead of Java's 500.

mod answer_headers;
mod connection;
mod entities;
mod error;
mod forwarding;
mod json;
mod negotiation;
mod openapi;
mod reply;
mod resource;
mod resources;
mod route;
mod router;
mod server;
mod signature;
#[cfg(test)]
mod tests;
mod tls;
mod worker_client;

pub use server::{BindError, Place, RestOptions, RestServer};
pub use worker_client::WorkerClient;
