//! What the sandbox refused one instance: counted, and told in the worker's log, a bounded number of lines.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::Span;

/// Lines of one instance in one [`WINDOW`]; each tells how many refusals there were, so those between are missed by nobody.
const MAX_LINES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(10);

/// The refusals of one instance.
#[derive(Debug)]
pub struct Denials {
    /// Connector and task.
    span: Span,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    count: u64,
    window: Instant,
    lines: u32,
}

impl Denials {
    pub fn new(connector: &str, task: Option<u32>) -> Self {
        let state = State { count: 0, window: Instant::now(), lines: 0 };
        Self { span: crate::logging::context(connector, task), state: Mutex::new(state) }
    }

    /// Counts one; `what` the guest tried, `rule`: why it may not.
    pub fn deny(&self, what: impl fmt::Display, rule: impl fmt::Display) {
        let count = {
            let mut state = self.state();
            state.count += 1;
            if !state.admit() {
                return;
            }
            state.count
        };
        self.span
            .in_scope(|| tracing::warn!("the sandbox refused to {what}: {rule} (refusal {count} of this instance)"));
    }

    /// Tells what went wrong on the host's side of something that the guest was granted.
    pub fn warn(&self, what: impl fmt::Display) {
        if self.state().admit() {
            self.span.in_scope(|| tracing::warn!("{what}"));
        }
    }

    /// How often the instance was refused something.
    pub fn count(&self) -> u64 {
        self.state().count
    }

    /// A panic while it was held leaves counters, which are usable.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn admit(&mut self) -> bool {
        let now = Instant::now();
        if now.duration_since(self.window) >= WINDOW {
            self.window = now;
            self.lines = 0;
        }
        self.lines = self.lines.saturating_add(1);
        self.lines <= MAX_LINES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_some_are_told() {
        let denials = Denials::new("c", Some(0));
        for _ in 0..3 * MAX_LINES {
            denials.deny("open /etc/passwd", "not granted");
        }
        assert_eq!(denials.count(), 3 * u64::from(MAX_LINES));
        assert!(!denials.state().admit());
    }
}
