//! `make bench-guard`: how many instructions work takes, held against what it took.
//!
//! A child process does the work, one step at a time while it is measured, so that neither other processes nor the machine's speed
//! count: two runs differ by what hash seeds change, a fraction of a percent.

/// What work took when the figures were last accepted.
pub mod baseline;
/// Counts the steps of a child.
#[cfg(target_os = "linux")]
pub mod counter;
/// What figures depend on besides the code.
pub mod machine;

/// What a piece of work takes, in instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// For each record, or call.
    pub record: u64,
    /// For a batch, whatever is in it.
    pub batch: u64,
}

impl Cost {
    /// From two measurements: a batch of `records`, and one of twice as many. `around` is what measuring takes.
    pub fn of(records: usize, one: u64, two: u64, around: u64) -> Self {
        let records = records as u64;
        let record = (two.saturating_sub(one) + records / 2) / records;
        Self { record, batch: (2 * one).saturating_sub(two).saturating_sub(around) }
    }
}
