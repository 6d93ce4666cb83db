//! Starts a failed task again, if its connector asks for it: after ever longer waits, and only so many times in a row.

use std::time::Duration;

use crate::config::connector_config::{FailureClass, RestartPolicy};
use crate::connect::caps;

/// A task that has run for so many times the wait before it has recovered.
const RECOVERED: u32 = 10;

/// What one task has had of its connector's policy.
#[derive(Debug)]
pub struct Restarts {
    policy: RestartPolicy,
    in_a_row: u32,
    wait: Duration,
}

/// A task is to be started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    pub wait: Duration,
    /// The how-manieth in a row, from 1.
    pub number: u32,
    pub max: u32,
}

impl Restarts {
    pub fn new(policy: RestartPolicy) -> Self {
        Self { wait: policy.backoff, policy, in_a_row: 0 }
    }

    /// The task has failed after it had run for `ran`; none: it stays failed.
    pub fn after(&mut self, class: FailureClass, ran: Duration) -> Option<Restart> {
        let RestartPolicy { max, backoff, on } = &self.policy;
        if ran >= self.wait * RECOVERED {
            self.in_a_row = 0;
        }
        if self.in_a_row >= *max || !on.contains(&class) {
            return None;
        }
        // Beyond 2^20 any back-off is at its longest.
        let doubled = backoff.saturating_mul(1 << self.in_a_row.min(20));
        self.wait = doubled.min(caps::RESTART_BACKOFF_MAX.max(*backoff));
        self.in_a_row += 1;
        Some(Restart { wait: self.wait, number: self.in_a_row, max: *max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(10);

    fn restarts(max: u32, backoff: Duration) -> Restarts {
        Restarts::new(RestartPolicy { max, backoff, on: vec![FailureClass::Trap, FailureClass::Limit] })
    }

    fn wait(restarts: &mut Restarts, ran: Duration) -> Option<(u32, Duration)> {
        restarts.after(FailureClass::Trap, ran).map(|restart| (restart.number, restart.wait))
    }

    #[test]
    fn waits_double_until_there_are_no_more() {
        let second = Duration::from_secs(1);
        let mut restarts = restarts(3, second);
        assert_eq!(wait(&mut restarts, SHORT), Some((1, second)));
        assert_eq!(wait(&mut restarts, SHORT), Some((2, 2 * second)));
        assert_eq!(wait(&mut restarts, SHORT), Some((3, 4 * second)));
        assert_eq!(wait(&mut restarts, SHORT), None);
        assert_eq!(wait(&mut restarts, 39 * second), None);
        assert_eq!(wait(&mut restarts, 40 * second), Some((1, second)), "it had recovered");
    }

    #[test]
    fn the_longest_wait_is_five_minutes_unless_the_first_is_longer() {
        let mut many = restarts(100, Duration::from_secs(1));
        assert_eq!((0..50).filter_map(|_| wait(&mut many, SHORT)).last().unwrap().1, Duration::from_secs(300));
        assert_eq!(wait(&mut restarts(1, Duration::from_secs(900)), SHORT).unwrap().1, Duration::from_secs(900));
    }

    #[test]
    fn other_failures_are_final() {
        let mut restarts = restarts(3, SHORT);
        assert_eq!(restarts.after(FailureClass::Error, SHORT), None);
        assert!(restarts.after(FailureClass::Limit, SHORT).is_some());
    }
}
