//! Compares the answers of a worker with those of Java Connect, and sums up.

use std::fmt;

use super::difference::differences;
use super::directory;
use super::listed::Listed;
use super::mode::Mode;
use super::player::{Exchange, Played};

/// What the comparison of all scripts found.
#[derive(Debug)]
pub struct Report {
    mode: Mode,
    improvements: Listed,
    remaining: Listed,
    /// Those of workers in distributed mode alone.
    distributed: Listed,
    exchanges: usize,
    validations: usize,
    equal: usize,
    improved: usize,
    known: usize,
    /// Differences that nobody has listed, and listed ones that are not there.
    wrong: Vec<String>,
    played: Vec<String>,
}

// === impl Report

impl Report {
    /// With the lists of the tree.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            distributed: Listed::read(&directory().join("distributed.md")),
            improvements: Listed::read(&directory().join("improvements.md")),
            remaining: Listed::read(&directory().join("remaining.md")),
            exchanges: 0,
            validations: 0,
            equal: 0,
            improved: 0,
            known: 0,
            wrong: Vec::new(),
            played: Vec::new(),
        }
    }

    /// Compares the exchanges of one script.
    pub fn compare(&mut self, script: &str, java: &[Exchange], ours: &Played) {
        self.wrong.extend(ours.in_vain.iter().cloned());
        let ours = &ours.exchanges;
        self.played.push(script.to_owned());
        let labels = |exchanges: &[Exchange]| -> Vec<String> { exchanges.iter().map(|of| of.label.clone()).collect() };
        if labels(java) != labels(ours) {
            let hint = "`UPDATE_GOLDEN=1 make conformance` plays the script at Java Connect again";
            self.wrong.push(format!("{script}: the stored answers are those to other requests; {hint}"));
            return;
        }
        for (java, ours) in java.iter().zip(ours) {
            self.compare_one(script, java, ours);
        }
    }

    fn compare_one(&mut self, script: &str, java: &Exchange, ours: &Exchange) {
        self.exchanges += 1;
        self.validations += usize::from(java.label.contains("/config/validate"));
        let (mut improved, mut known, mut unlisted) = (false, false, String::new());
        for difference in differences(&java.answer, &ours.answer) {
            let of_mode = self.mode == Mode::Distributed && self.distributed.has(script, &java.label, &difference);
            if of_mode || self.improvements.has(script, &java.label, &difference) {
                improved = true;
            } else if self.remaining.has(script, &java.label, &difference) {
                known = true;
            } else {
                unlisted.push_str(&format!("\n  {difference}"));
            }
        }
        if !unlisted.is_empty() {
            self.wrong.push(format!("{script}: {}{unlisted}", java.label));
        } else if known {
            self.known += 1;
        } else if improved {
            self.improved += 1;
        } else {
            self.equal += 1;
        }
    }

    /// Ends the comparison: what is listed must have been seen.
    pub fn finish(&mut self) {
        let played: Vec<&str> = self.played.iter().map(String::as_str).collect();
        let lists = match self.mode {
            Mode::Standalone => vec![("improvements.md", &self.improvements), ("remaining.md", &self.remaining)],
            // The others are about both modes, and need not be there in each.
            Mode::Distributed => vec![("distributed.md", &self.distributed)],
        };
        for (file, listed) in lists {
            for unseen in listed.unseen(&played) {
                self.wrong.push(format!("listed in {file}, but not there: {unseen}"));
            }
        }
    }

    /// Whether all is as it should be.
    pub fn is_good(&self) -> bool {
        self.wrong.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for wrong in &self.wrong {
            writeln!(f, "{wrong}")?;
        }
        write!(
            f,
            "conformance: {} exchanges ({} of them validations): {} equal, {} with listed improvements, {} with listed remaining \
             differences, {} wrong",
            self.exchanges,
            self.validations,
            self.equal,
            self.improved,
            self.known,
            self.wrong.len()
        )
    }
}
