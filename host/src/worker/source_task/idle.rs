//! When idle tasks wake: together.

use std::sync::LazyLock;
use std::time::Duration;

use tokio::time::Instant;

/// The share of a wait by which it may be cut short.
const EARLIER: u32 = 10;

/// When a task that wants to wait for `time` from `now` on is woken: at most a tenth of it sooner, at a moment that it shares with all
/// tasks that wait as long. A thread that wakes for one task costs more than the task's poll, and wakes for a hundred at the same price.
pub fn wake(now: Instant, time: Duration) -> Instant {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let (wake, step) = (now + time, (time / EARLIER).as_nanos());
    let past = wake.saturating_duration_since(*BEGAN).as_nanos().checked_rem(step).unwrap_or(0);
    wake - Duration::from_nanos(u64::try_from(past).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_that_wait_as_long_wake_together() {
        let time = Duration::from_secs(1);
        let now = Instant::now() + Duration::from_secs(60);
        let first = wake(now, time);
        assert!(first <= now + time && first > now + time * 9 / 10, "at most a tenth sooner");
        let next_step = first + time / EARLIER;
        for later in [1, 10, 50, 99].map(Duration::from_millis) {
            let woken = wake(now + later, time);
            assert!(woken == first || woken == next_step, "{later:?}");
        }
    }

    #[test]
    fn a_task_keeps_its_pace() {
        let time = Duration::from_millis(100);
        let first = wake(Instant::now() + Duration::from_secs(60), time);
        // It polls for a moment, and waits again.
        assert_eq!(wake(first + Duration::from_millis(2), time), first + time);
    }

    #[test]
    fn no_wait_stays_none() {
        let now = Instant::now();
        assert_eq!(wake(now, Duration::ZERO), now);
        assert_eq!(wake(now, Duration::from_nanos(3)), now + Duration::from_nanos(3));
    }
}
