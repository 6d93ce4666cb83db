//! What the codec promises as a whole: the vectors of `wit/vectors`, random batches, and bytes that mean harm.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "panicking is how a test fails")]

mod batch_json;
mod fuzz;
mod malformed;
mod mutate;
mod random;
mod random_batch;
mod round_trip;
mod schema_json;
mod value_json;
mod vectors;
mod walk;
