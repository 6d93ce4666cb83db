//! What work took when the figures were last accepted: a table of Markdown that is committed.

use std::fmt::{self, Write};

use super::Cost;

/// More than this part of what it was is too much, or so much less that the baseline should be renewed.
const TOLERANCE: f64 = 0.10;
/// Of small figures a tenth is next to nothing: what may change besides, for a record and for a batch.
const SLACK: Cost = Cost { record: 3, batch: 500 };

/// A table of what each piece of work takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Figures of another are not comparable.
    pub machine: String,
    pub rows: Vec<(String, Cost)>,
}

/// A row that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    More(String),
    Less(String),
    /// It is not in the table.
    New(String),
    /// It is in the table only.
    Gone(String),
}

const MACHINE: &str = "Measured with: ";

// === impl Baseline ===

impl Baseline {
    /// Reads what [`Display`](fmt::Display) writes.
    pub fn parse(page: &str) -> Self {
        let machine = page.lines().find_map(|line| line.strip_prefix(MACHINE)).unwrap_or_default().to_owned();
        let row = |line: &str| {
            let cells: Vec<&str> = line.strip_prefix('|')?.split('|').map(str::trim).collect();
            let [name, record, batch, ..] = cells.as_slice() else { return None };
            Some(((*name).to_owned(), Cost { record: record.parse().ok()?, batch: batch.parse().ok()? }))
        };
        Self { machine, rows: page.lines().filter_map(row).collect() }
    }

    pub fn cost(&self, name: &str) -> Option<Cost> {
        self.rows.iter().find(|(known, _)| known == name).map(|(_, cost)| *cost)
    }

    /// What is different now; `all`: rows that were not measured are gone.
    pub fn changes(&self, now: &[(String, Cost)], all: bool) -> Vec<Change> {
        let mut changes = Vec::new();
        for (name, cost) in now {
            let Some(before) = self.cost(name) else {
                changes.push(Change::New(name.clone()));
                continue;
            };
            changes.extend(change(name, "a record", before.record, cost.record, SLACK.record));
            changes.extend(change(name, "a batch", before.batch, cost.batch, SLACK.batch));
        }
        let gone = self.rows.iter().filter(|(name, _)| all && !now.iter().any(|(known, _)| known == name));
        changes.extend(gone.map(|(name, _)| Change::Gone(name.clone())));
        changes
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "# Instructions\n\n\
             What `make bench-guard` holds the code against; written by `UPDATE_BASELINE=1 make bench-guard`. An instruction is one that\n\
             a process executes for itself, not in the kernel. What a batch takes is independent of how many records are in it.\n\n",
        )?;
        writeln!(f, "{MACHINE}{}\n", self.machine)?;
        writeln!(f, "| work | a record | a batch |\n| --- | ---: | ---: |")?;
        self.rows.iter().try_for_each(|(name, cost)| writeln!(f, "| {name} | {} | {} |", cost.record, cost.batch))
    }
}

impl Change {
    /// Whether the guard lets it pass.
    pub fn is_harmless(&self) -> bool {
        matches!(self, Self::Less(_))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::More(what) => write!(f, "more: {what}"),
            Self::Less(what) => write!(f, "less: {what}"),
            Self::New(name) => write!(f, "new, not in the baseline: {name}"),
            Self::Gone(name) => write!(f, "gone, still in the baseline: {name}"),
        }
    }
}

fn change(name: &str, of: &str, before: u64, now: u64, slack: u64) -> Option<Change> {
    if now.abs_diff(before) <= slack || now.abs_diff(before) as f64 <= before as f64 * TOLERANCE {
        return None;
    }
    let what = format!("{name}: {before} -> {now} instructions {of} ({})", percent(before, now));
    Some(if now > before { Change::More(what) } else { Change::Less(what) })
}

/// `+12.3 %`.
pub fn percent(before: u64, now: u64) -> String {
    let mut text = String::new();
    if before == 0 {
        return text;
    }
    let _ = write!(text, "{:+.1} %", (now as f64 / before as f64 - 1.0) * 100.0);
    text
}
