//! A client's own log lines as `tracing` events: few, and one warning instead of hundreds while a broker is away.
//!
//! librdkafka repeats itself several times a second while it cannot connect. That no broker can be reached is a warning
//! once, then once a minute, and the first sign of life after it is told as well; what it says meanwhile is only counted.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::types::RDKafkaErrorCode;
use tracing::{debug, error, info, warn};

/// A facility's lines are told at most this often.
const LINE_INTERVAL: Duration = Duration::from_secs(10);
/// An outage that lasts is told again this often.
const AWAY_INTERVAL: Duration = Duration::from_secs(60);
/// Longer than the longest pause between two attempts to connect (`reconnect.backoff.max.ms` with its jitter): a sign of
/// life counts only after so much silence, as answers may still arrive after the connections have broken.
const QUIET_BEFORE_BACK: Duration = Duration::from_millis(1500);

/// What one client has to say.
pub(super) struct ClientLog {
    client_id: String,
    /// Whether no broker can be reached; read at every sign of life, so not inside the mutex.
    away: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    facilities: HashMap<String, Repeated>,
    away: Option<Away>,
}

struct Repeated {
    told: Instant,
    suppressed: u32,
}

struct Away {
    since: Instant,
    told: Instant,
    last: Instant,
    suppressed: u32,
}

impl ClientLog {
    pub(super) fn new(client_id: &str) -> Self {
        Self { client_id: client_id.to_owned(), away: AtomicBool::new(false), state: Mutex::default() }
    }

    /// The client that speaks.
    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// A line of librdkafka's log.
    pub(super) fn line(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        let Some(suppressed) = self.admit(facility) else {
            debug!(target: "librdkafka", client_id = self.client_id, "{facility}: {text}");
            return;
        };
        // The client goes on trying: a connection that breaks is no error of the worker's.
        let level = if facility == "FAIL" { RDKafkaLogLevel::Warning } else { level };
        let client_id = self.client_id.as_str();
        match level {
            RDKafkaLogLevel::Warning => warn!(target: "librdkafka", client_id, suppressed, "{facility}: {text}"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
                info!(target: "librdkafka", client_id, suppressed, "{facility}: {text}");
            }
            RDKafkaLogLevel::Debug => debug!(target: "librdkafka", client_id, "{facility}: {text}"),
            _ => error!(target: "librdkafka", client_id, suppressed, "{facility}: {text}"),
        }
    }

    /// An error that the client recovers from by itself.
    pub(super) fn recoverable(&self, code: RDKafkaErrorCode, reason: &str) {
        use RDKafkaErrorCode::{AllBrokersDown, BrokerTransportFailure, OperationTimedOut, Resolve};
        match code {
            AllBrokersDown => self.unreachable(),
            // Told as a line of the log as well.
            BrokerTransportFailure | OperationTimedOut | Resolve => {
                debug!(target: "librdkafka", client_id = self.client_id, "{code}: {reason}");
            }
            _ => self.line(RDKafkaLogLevel::Warning, "ERROR", &format!("{code}: {reason}")),
        }
    }

    /// A broker answered something; called at every batch, hence cheap while all is well.
    pub(super) fn alive(&self) {
        if self.away.load(Ordering::Relaxed) {
            self.back();
        }
    }

    /// Whether a line of this facility may be told now, and how many were not since the last one.
    fn admit(&self, facility: &str) -> Option<u32> {
        let now = Instant::now();
        let mut state = self.lock();
        if let Some(away) = state.away.as_mut().filter(|_| facility == "FAIL") {
            away.suppressed += 1;
            return None;
        }
        match state.facilities.get_mut(facility) {
            Some(repeated) if now.duration_since(repeated.told) < LINE_INTERVAL => {
                repeated.suppressed += 1;
                None
            }
            Some(repeated) => {
                repeated.told = now;
                Some(std::mem::take(&mut repeated.suppressed))
            }
            None => {
                state.facilities.insert(facility.to_owned(), Repeated { told: now, suppressed: 0 });
                Some(0)
            }
        }
    }

    fn unreachable(&self) {
        let now = Instant::now();
        let mut state = self.lock();
        let client_id = self.client_id.as_str();
        match &mut state.away {
            None => {
                state.away = Some(Away { since: now, told: now, last: now, suppressed: 0 });
                self.away.store(true, Ordering::Relaxed);
                drop(state);
                warn!(target: "librdkafka", client_id, "no broker can be reached, the client keeps trying");
            }
            Some(away) => {
                away.last = now;
                away.suppressed += 1;
                if now.duration_since(away.told) >= AWAY_INTERVAL {
                    away.told = now;
                    let suppressed = std::mem::take(&mut away.suppressed);
                    let seconds = now.duration_since(away.since).as_secs();
                    drop(state);
                    warn!(target: "librdkafka", client_id, suppressed, "no broker can be reached for {seconds} s now");
                }
            }
        }
    }

    fn back(&self) {
        let now = Instant::now();
        let mut state = self.lock();
        if state.away.as_ref().is_some_and(|away| now.duration_since(away.last) >= QUIET_BEFORE_BACK)
            && let Some(away) = state.away.take()
        {
            self.away.store(false, Ordering::Relaxed);
            drop(state);
            let seconds = away.last.duration_since(away.since).as_secs();
            info!(target: "librdkafka", client_id = self.client_id, suppressed = away.suppressed, "a broker answers again after {seconds} s");
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What is inside is only counters: right enough even if a holder panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_facility_is_told_once_in_its_interval() {
        let log = ClientLog::new("c");
        assert_eq!(log.admit("CONFWARN"), Some(0));
        assert_eq!(log.admit("CONFWARN"), None);
        assert_eq!(log.admit("MAXPOLL"), Some(0));
    }

    #[test]
    fn a_sign_of_life_right_after_a_failure_is_not_taken_for_recovery() {
        let log = ClientLog::new("c");
        log.unreachable();
        log.alive();
        assert!(log.lock().away.is_some());
        log.lock().away.as_mut().expect("just told").last -= QUIET_BEFORE_BACK;
        log.alive();
        assert!(log.lock().away.is_none());
    }
}
