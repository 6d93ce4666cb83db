//! The conformance harness: plays request scripts at a worker, and compares its answers with those of Java Connect.
//!
//! `tests/conformance/README.md` says how scripts are written and where everything is.

/// What connectors put into topics and files.
pub mod data;
/// Where two answers differ, line by line.
pub mod difference;
/// Answers as they are stored.
pub mod golden;
/// Differences that are meant to be.
pub mod listed;
/// Standalone and distributed.
pub mod mode;
/// What may differ between two workers, taken out of an answer.
pub mod normalise;
/// Plays scripts.
pub mod player;
/// Compares all answers and sums up.
pub mod report;
/// Request scripts.
pub mod script;

use std::path::PathBuf;

use crate::paths;

/// The directory of the scripts, the stored answers and the listed differences.
pub fn directory() -> PathBuf {
    paths::repository().join("tests/conformance")
}
