//! Where lines come from: a file, or standard input.

use std::time::Duration;

use wasm_connect_sdk::Result;

use crate::follow::FollowedFile;
use crate::lines::Lines;
use crate::stdin::Stdin;

/// A file, or standard input.
pub enum Input {
    File(FollowedFile),
    Stdin(Stdin),
}

/// What a read brought.
#[derive(Debug, PartialEq, Eq)]
pub enum Read {
    /// Bytes, which are among the lines now.
    Bytes,
    /// Nothing for now.
    NothingYet,
    /// Nothing, and the time to wait is over.
    Waited,
    /// Nothing, but what follows will come from this position of the file.
    StartAt(u64),
}

impl Input {
    /// The file at `path` from `position`, or standard input.
    pub fn new(path: Option<&str>, position: u64) -> Self {
        match path {
            Some(path) => Self::File(FollowedFile::new(path, position)),
            None => Self::Stdin(Stdin::default()),
        }
    }

    /// Reads what there is. A file is never waited for: the host does that, at no cost.
    pub fn read(&mut self, lines: &mut Lines, wait: Duration) -> Result<Read> {
        match self {
            Self::File(file) => file.read(lines),
            Self::Stdin(stdin) => stdin.read(lines, wait),
        }
    }
}
