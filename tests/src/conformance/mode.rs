//! The two modes of a worker, whose answers are not the same in Java either.

use std::path::PathBuf;

use super::player::Exchange;
use super::script::Script;
use super::{directory, golden};

/// How a worker runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Standalone,
    Distributed,
}

// === impl Mode

impl Mode {
    /// Java's stored answers.
    ///
    /// # Panics
    /// If there are none.
    pub fn stored(self, script: &Script) -> Vec<Exchange> {
        let mut exchanges = golden::read(&Self::Standalone.file(script));
        let file = self.file(script);
        if self == Self::Distributed && file.exists() {
            for other in golden::read(&file) {
                exchanges.iter_mut().filter(|exchange| exchange.label == other.label).for_each(|exchange| {
                    exchange.answer = other.answer.clone();
                });
            }
        }
        exchanges
    }

    /// Stores Java's answers; those of a worker in distributed mode only where they are not those in standalone mode.
    pub fn store(self, script: &Script, exchanges: &[Exchange]) {
        let file = self.file(script);
        if self == Self::Standalone {
            return golden::write(&file, exchanges);
        }
        let standalone = golden::read(&Self::Standalone.file(script));
        let others: Vec<Exchange> =
            exchanges.iter().filter(|exchange| !standalone.contains(exchange)).cloned().collect();
        if others.is_empty() {
            // None of an earlier script must stay.
            let _ = std::fs::remove_file(&file);
        } else {
            std::fs::create_dir_all(file.parent().unwrap_or(&file)).expect("the directory of the answers can be made");
            golden::write(&file, &others);
        }
    }

    /// Whether there is something to compare with.
    pub fn has_stored(self, script: &Script) -> bool {
        Self::Standalone.file(script).exists()
    }

    fn file(self, script: &Script) -> PathBuf {
        let golden = match self {
            Self::Standalone => directory().join("golden"),
            Self::Distributed => directory().join("golden/distributed"),
        };
        golden.join(format!("{}.txt", script.name))
    }
}
