//! Waiting for a named condition with a deadline; no test sleeps for a fixed time.

use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(50);

/// Asks until the answer is `Ok`; after `within`, fails with `what` was awaited and the last reason.
#[track_caller]
pub fn wait_for<T>(what: &str, within: Duration, ask: impl FnMut() -> Result<T, String>) -> T {
    try_wait_for(what, within, ask).unwrap_or_else(|message| panic!("{message}"))
}

/// The same, for who goes on when the wait was in vain.
pub fn try_wait_for<T>(what: &str, within: Duration, mut ask: impl FnMut() -> Result<T, String>) -> Result<T, String> {
    let deadline = Instant::now() + within;
    loop {
        match ask() {
            Ok(answer) => return Ok(answer),
            Err(reason) if Instant::now() >= deadline => {
                return Err(format!("waited {within:?} in vain for: {what}; the last answer: {reason}"));
            }
            Err(_) => std::thread::sleep(POLL),
        }
    }
}

/// Asks until the answer is true.
#[track_caller]
pub fn wait_until(what: &str, within: Duration, mut ask: impl FnMut() -> bool) {
    wait_for(what, within, || if ask() { Ok(()) } else { Err("not yet".to_owned()) })
}

/// Shorthand, for a line's sake.
pub const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
