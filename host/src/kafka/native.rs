//! What rdkafka's safe wrapper does not offer: queues that wake a task, events, and error texts.

use std::ffi::{CStr, c_char, c_void};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::bindings as rd;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError as ClientError;
use rdkafka::types::{RDKafka, RDKafkaErrorCode, RDKafkaRespErr};
use tokio::sync::Notify;

use super::log::ClientLog;

/// Something that librdkafka's threads may poke and a task awaits.
#[derive(Default)]
pub(super) struct Wake {
    pub(super) notify: Notify,
    /// Set by somebody who wants the task's attention, not by the client.
    pub(super) interrupted: AtomicBool,
}

impl Wake {
    pub(super) fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Release);
        self.notify.notify_one();
    }
}

// === queues

/// A queue of librdkafka's. It must be dropped before the client that it belongs to.
pub(super) struct Queue {
    ptr: NonNull<rd::rd_kafka_queue_t>,
    /// What the queue pokes when it stops being empty; here so that it outlives the callback.
    wake: Option<Arc<Wake>>,
}

// SAFETY: librdkafka's queues may be used from any thread.
unsafe impl Send for Queue {}
// SAFETY: as above, also by several at once.
unsafe impl Sync for Queue {}

impl Queue {
    /// A new queue of this client.
    ///
    /// # Safety
    /// `client` must be alive, and outlive the queue.
    pub(super) unsafe fn new(client: *mut RDKafka) -> Self {
        // SAFETY: the caller promises that the client is alive.
        Self::from_ptr(unsafe { rd::rd_kafka_queue_new(client) })
    }

    /// The queue with logs, errors and delivery reports.
    ///
    /// # Safety
    /// `client` must be alive, and outlive the queue.
    pub(super) unsafe fn main(client: *mut RDKafka) -> Self {
        // SAFETY: the caller promises that the client is alive.
        Self::from_ptr(unsafe { rd::rd_kafka_queue_get_main(client) })
    }

    /// The consumer's own queue, where rebalances arrive.
    ///
    /// # Safety
    /// `client` must be a consumer in a group, alive, and outlive the queue.
    pub(super) unsafe fn consumer(client: *mut RDKafka) -> Self {
        // SAFETY: the caller promises that the client is alive and a consumer in a group.
        Self::from_ptr(unsafe { rd::rd_kafka_queue_get_consumer(client) })
    }

    #[expect(
        clippy::expect_used,
        reason = "null means that librdkafka was given no client, which the callers rule out"
    )]
    fn from_ptr(ptr: *mut rd::rd_kafka_queue_t) -> Self {
        Self { ptr: NonNull::new(ptr).expect("librdkafka aborts when it is out of memory"), wake: None }
    }

    pub(super) fn ptr(&self) -> *mut rd::rd_kafka_queue_t {
        self.ptr.as_ptr()
    }

    /// From now on the queue pokes `wake` whenever it stops being empty.
    pub(super) fn wakes(mut self, wake: Arc<Wake>) -> Self {
        unsafe extern "C" fn poke(_: *mut RDKafka, wake: *mut c_void) {
            // SAFETY: it is the `Wake` below, which the queue keeps until the callback is off.
            unsafe { &*wake.cast_const().cast::<Wake>() }.notify.notify_one();
        }
        let opaque = Arc::as_ptr(&wake).cast_mut().cast();
        // SAFETY: the queue is alive; `wake` lives in `self`, which takes the callback off before dropping it.
        unsafe { rd::rd_kafka_queue_cb_event_enable(self.ptr(), Some(poke), opaque) };
        // What came before the callback pokes nobody: with tokens, a client begins with asking for one.
        wake.notify.notify_one();
        self.wake = Some(wake);
        self
    }

    /// Ends a wait in [`Queue::poll`] on another thread.
    pub(super) fn interrupt(&self) {
        // SAFETY: the queue is alive.
        unsafe { rd::rd_kafka_queue_yield(self.ptr()) };
    }

    pub(super) fn is_empty(&self) -> bool {
        // SAFETY: the queue is alive.
        unsafe { rd::rd_kafka_queue_length(self.ptr()) == 0 }
    }

    /// The next event, after at most `timeout`.
    pub(super) fn poll(&self, timeout: Duration) -> Option<Event> {
        let ms = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: the queue is alive; the event is ours to destroy.
        NonNull::new(unsafe { rd::rd_kafka_queue_poll(self.ptr(), ms) }).map(Event)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: the queue is alive and nobody else has this handle on it.
        unsafe {
            if self.wake.is_some() {
                rd::rd_kafka_queue_cb_event_enable(self.ptr(), None, std::ptr::null_mut());
            }
            rd::rd_kafka_queue_destroy(self.ptr());
        }
    }
}

// === events

/// Something that a queue held.
pub(super) struct Event(NonNull<rd::rd_kafka_event_t>);

// SAFETY: an event may be used from any one thread at a time.
unsafe impl Send for Event {}

impl Event {
    pub(super) fn ptr(&self) -> *mut rd::rd_kafka_event_t {
        self.0.as_ptr()
    }

    /// One of `RD_KAFKA_EVENT_…`.
    pub(super) fn kind(&self) -> i32 {
        // SAFETY: the event is alive.
        unsafe { rd::rd_kafka_event_type(self.ptr()) }
    }

    pub(super) fn error(&self) -> RDKafkaRespErr {
        // SAFETY: the event is alive.
        unsafe { rd::rd_kafka_event_error(self.ptr()) }
    }

    /// What the error says of itself.
    pub(super) fn error_text(&self) -> String {
        // SAFETY: the event is alive, and so is its text.
        unsafe { text(rd::rd_kafka_event_error_string(self.ptr())) }
    }

    /// Gives a log line to `log`; false: it is something else.
    pub(super) fn log_to(&self, log: &ClientLog) -> bool {
        if self.kind() != rd::RD_KAFKA_EVENT_LOG {
            return false;
        }
        let (mut facility, mut line, mut level): (*const c_char, *const c_char, i32) =
            (std::ptr::null(), std::ptr::null(), 0);
        // SAFETY: the event is alive and of this kind; the texts are its own.
        unsafe {
            if rd::rd_kafka_event_log(self.ptr(), &raw mut facility, &raw mut line, &raw mut level) == 0 {
                log.line(log_level(level), text(facility).trim(), text(line).trim());
            }
        }
        true
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: it is ours.
        unsafe { rd::rd_kafka_event_destroy(self.ptr()) };
    }
}

/// Syslog's levels.
fn log_level(level: i32) -> RDKafkaLogLevel {
    match level {
        ..=3 => RDKafkaLogLevel::Error,
        4 => RDKafkaLogLevel::Warning,
        5 => RDKafkaLogLevel::Notice,
        6 => RDKafkaLogLevel::Info,
        7.. => RDKafkaLogLevel::Debug,
    }
}

/// # Safety
/// `ptr` must be null or a C string that lives during the call.
pub(super) unsafe fn text(ptr: *const c_char) -> String {
    if ptr.is_null() {
        return String::new();
    }
    // SAFETY: the caller promises a C string.
    unsafe { CStr::from_ptr(ptr) }.to_string_lossy().into_owned()
}

/// librdkafka's word for an error.
pub(super) fn describe(error: RDKafkaRespErr) -> String {
    // SAFETY: the text is static.
    unsafe { text(rd::rd_kafka_err2str(error)) }
}

pub(super) fn code(error: RDKafkaRespErr) -> RDKafkaErrorCode {
    error.into()
}

/// Whether a broker does not let the client in: Java's clients throw then, librdkafka goes on trying.
pub(super) fn is_refusal(error: RDKafkaErrorCode) -> bool {
    matches!(
        error,
        RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed | RDKafkaErrorCode::SSL
    )
}

/// The client's fatal error, after which it does nothing any more.
///
/// # Safety
/// `client` must be alive.
pub(super) unsafe fn fatal_error(client: *mut RDKafka) -> Option<String> {
    let mut buffer = [0 as c_char; 512];
    // SAFETY: the client is alive; the text is cut to the buffer and ends with a zero.
    let error = unsafe { rd::rd_kafka_fatal_error(client, buffer.as_mut_ptr(), buffer.len()) };
    if error == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return None;
    }
    // SAFETY: the call above wrote a C string into the buffer.
    let reason = unsafe { text(buffer.as_ptr()) };
    Some(format!("{}: {reason}", describe(error)))
}

// === contexts

/// The context of clients whose events we read ourselves.
pub(super) struct LogContext(pub(super) Arc<ClientLog>);

impl ClientContext for LogContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        self.0.line(level, facility, line);
    }

    fn error(&self, error: ClientError, reason: &str) {
        self.0.recoverable(error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail), reason);
    }
}
