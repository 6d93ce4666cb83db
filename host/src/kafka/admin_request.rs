//! One question to the brokers through librdkafka's admin API, and its answer, on a thread that may block.

use std::ffi::c_char;
use std::ptr::NonNull;
use std::time::Duration;

use rdkafka::bindings as rd;
use rdkafka::client::{Client, ClientContext};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};

use super::native::{Event, LogContext, Queue, code, describe};

pub(super) type AdminOp = rd::rd_kafka_admin_op_t;

/// Why a request failed, as the broker or the client says it.
#[derive(Clone, Debug)]
pub(super) struct RequestFailure {
    pub code: RDKafkaErrorCode,
    pub text: String,
}

impl RequestFailure {
    pub(super) fn new(code: RDKafkaErrorCode, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    pub(super) fn of(error: RDKafkaRespErr) -> Self {
        Self::new(code(error), describe(error))
    }

    /// Whether the same request may succeed in a moment: a leader or coordinator moves, or is not known yet.
    pub(super) fn may_pass(&self) -> bool {
        use RDKafkaErrorCode::{CoordinatorLoadInProgress, CoordinatorNotAvailable, NotCoordinator};
        matches!(self.code, CoordinatorLoadInProgress | CoordinatorNotAvailable | NotCoordinator)
            || self.is_of_an_old_leader()
            || super::admin::is_retriable(self.code)
    }

    /// Whether the client asked a partition's leader of another time, so that it should look again who that is.
    pub(super) fn is_of_an_old_leader(&self) -> bool {
        use RDKafkaErrorCode::{FencedLeaderEpoch, NotLeaderForPartition, UnknownLeaderEpoch};
        matches!(self.code, FencedLeaderEpoch | NotLeaderForPartition | UnknownLeaderEpoch)
    }
}

/// Sends requests and waits for their answers.
pub(super) struct AdminRequests<'a, C: ClientContext = LogContext> {
    pub client: &'a Client<C>,
    /// The longest that the broker may take.
    pub limit: Duration,
    /// The longest that an answer may need besides.
    pub grace: Duration,
}

impl<C: ClientContext> AdminRequests<'_, C> {
    /// Gives options and a queue for the answer to `send`, which must hand both to librdkafka, and waits.
    pub(super) fn ask(
        &self,
        operation: AdminOp,
        send: impl FnOnce(*mut rd::rd_kafka_t, *mut rd::rd_kafka_AdminOptions_t, *mut rd::rd_kafka_queue_t),
    ) -> Result<Event, RequestFailure> {
        let client = self.client.native_ptr();
        let ms = i32::try_from(self.limit.as_millis()).unwrap_or(i32::MAX);
        let mut error: [c_char; 256] = [0; 256];
        // SAFETY: the client is alive and outlives this queue, which is dropped at the end of this call.
        let answers = unsafe { Queue::new(client) };
        // SAFETY: everything named is alive during the call, and librdkafka copies it. The limit is in range, so that
        // setting it cannot fail; if it did, the default would hold.
        unsafe {
            let options = rd::rd_kafka_AdminOptions_new(client, operation);
            rd::rd_kafka_AdminOptions_set_request_timeout(options, ms, error.as_mut_ptr(), error.len());
            send(client, options, answers.ptr());
            rd::rd_kafka_AdminOptions_destroy(options);
        }
        let event = answers.poll(self.limit + self.grace);
        let event = event.ok_or_else(|| RequestFailure::new(RDKafkaErrorCode::OperationTimedOut, "no answer"))?;
        match event.error() {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(event),
            error => Err(RequestFailure::new(code(error), event.error_text())),
        }
    }
}

/// What is asked, in librdkafka's form.
pub(super) struct Order<T> {
    ptr: NonNull<T>,
    destroy: unsafe extern "C" fn(*mut T),
}

impl<T> Order<T> {
    /// Takes what one of librdkafka's constructors made; null means that it found an argument wrong.
    pub(super) fn new(ptr: *mut T, destroy: unsafe extern "C" fn(*mut T)) -> Result<Self, RequestFailure> {
        let invalid = || RequestFailure::of(RDKafkaRespErr::RD_KAFKA_RESP_ERR__INVALID_ARG);
        Ok(Self { ptr: NonNull::new(ptr).ok_or_else(invalid)?, destroy })
    }

    pub(super) fn ptr(&self) -> *mut T {
        self.ptr.as_ptr()
    }
}

impl<T> Drop for Order<T> {
    fn drop(&mut self) {
        // SAFETY: it is ours, and of the kind that this function destroys.
        unsafe { (self.destroy)(self.ptr.as_ptr()) };
    }
}
