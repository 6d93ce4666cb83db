//! Which parts of a connector to restart (KIP-745, Java's `RestartRequest`).

use std::cmp::Ordering;

/// Ordered by impact: of two requests for one connector that wait, the greater is carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RestartRequest {
    pub include_tasks: bool,
    pub only_failed: bool,
}

impl RestartRequest {
    /// Java's `calculateRank`.
    fn impact(self) -> u8 {
        u8::from(!self.only_failed) * 2 + u8::from(self.include_tasks)
    }
}

impl Ord for RestartRequest {
    fn cmp(&self, other: &Self) -> Ordering {
        self.impact().cmp(&other.impact())
    }
}

impl PartialOrd for RestartRequest {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_impact_is_greater() {
        let request = |only_failed, include_tasks| RestartRequest { include_tasks, only_failed };
        let ranked = [request(true, false), request(true, true), request(false, false), request(false, true)];
        assert!(ranked.is_sorted());
        assert_eq!(ranked.iter().max(), Some(&request(false, true)));
    }
}
