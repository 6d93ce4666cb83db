//! Tests of all transforms and predicates together.

/// Java's answers.
mod golden;
/// Records in the JSON of those answers.
mod json;
/// What ours do on purpose, and cannot be in Java's answers.
mod ours;
