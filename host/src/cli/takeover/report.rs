//! What is found out about the connectors of a cluster, and its text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One connector.
#[derive(Debug, Default)]
pub struct Connector {
    /// Name and what it is.
    pub title: String,
    pub findings: Vec<Finding>,
}

/// A line about a connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// As it should be.
    Fine(String),
    /// It would not run, or do something else.
    Failed(String),
    /// Worth knowing.
    Note(String),
}

/// All connectors of a cluster.
#[derive(Debug, Default)]
pub struct Report {
    pub title: String,
    /// Of the worker's own properties.
    pub worker: Vec<Finding>,
    pub connectors: Vec<Connector>,
    /// What the allowlists lack, by key.
    pub allowlists: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Connector {
    fn would_run(&self) -> bool {
        !self.findings.iter().any(|finding| matches!(finding, Finding::Failed(_)))
    }
}

impl Report {
    /// Whether nothing is missing.
    pub fn all_would_run(&self) -> bool {
        self.connectors.iter().all(Connector::would_run)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, text) = match self {
            Self::Fine(text) => ("ok", text),
            Self::Failed(text) => ("failed", text),
            Self::Note(text) => ("note", text),
        };
        // Java's messages may have lines of their own.
        writeln!(f, "  {mark:<7} {}", text.replace('\n', "\n          "))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        if !self.worker.is_empty() {
            writeln!(f, "\nThe worker's properties")?;
            self.worker.iter().try_for_each(|finding| finding.fmt(f))?;
        }
        for connector in &self.connectors {
            writeln!(f, "\n{}", connector.title)?;
            connector.findings.iter().try_for_each(|finding| finding.fmt(f))?;
        }
        if !self.allowlists.is_empty() {
            writeln!(f, "\nTo grant what they ask for, add to the entries of the worker's properties:")?;
            for (key, entries) in &self.allowlists {
                let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
                writeln!(f, "{key}={}", entries.join(","))?;
            }
        }
        let running = self.connectors.iter().filter(|connector| connector.would_run()).count();
        writeln!(f, "\n{running} of {} connectors would run on this worker as it is.", self.connectors.len())
    }
}
