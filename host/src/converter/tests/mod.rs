//! Tests of all converters together.

/// Java's answers.
mod golden;
/// Random records against Java.
mod json_records;
/// What ours do on purpose, and cannot be in Java's answers.
mod ours;
/// Random values and random bytes.
pub(super) mod random;
