//! Tests of all converters together.

/// Java's answers.
mod golden;
/// What ours do on purpose, and cannot be in Java's answers.
mod ours;
/// Random values and random bytes.
mod random;
