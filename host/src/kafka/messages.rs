//! One batch of messages, taken from a queue at once and lent to a listener straight out of the fetch buffers.

use std::ffi::CStr;
use std::ptr::null_mut;
use std::slice;

use rdkafka::bindings as rd;
use rdkafka::message::{Headers, Message as _, OwnedMessage, Timestamp};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaMessage, RDKafkaRespErr, RDKafkaTopic};

use super::native::{Queue, code};
use super::ports::{Message, MessageListener, Messages};

/// Something that came in a message's place.
pub(super) struct MessageError<'a> {
    pub code: RDKafkaErrorCode,
    pub partition: i32,
    /// Where it came up; at the end of a partition, the offset that the next message will have at least.
    pub offset: i64,
    pub text: &'a str,
}

/// Reused from batch to batch, so that a batch allocates nothing.
#[derive(Default)]
pub(super) struct MessageBuffer {
    /// Filled and emptied within one call.
    native: Vec<*mut RDKafkaMessage>,
    records: Vec<Message<'static>>,
    headers: Vec<(&'static str, Option<&'static [u8]>)>,
}

// SAFETY: between calls it holds nothing but spare memory.
unsafe impl Send for MessageBuffer {}

impl MessageBuffer {
    /// Gives what the queue holds, at most `max` messages, to the listener: how many it was. What is no message goes to `errors`.
    pub(super) fn take(
        &mut self,
        queue: &Queue,
        max: usize,
        errors: &mut dyn FnMut(MessageError<'_>),
        listener: &mut dyn MessageListener,
    ) -> usize {
        self.native.reserve(max);
        // SAFETY: the queue is alive and the buffer has room for `max`; the messages are ours from here on.
        let taken = unsafe {
            let taken = rd::rd_kafka_consume_batch_queue(queue.ptr(), 0, self.native.as_mut_ptr(), max);
            let taken = usize::try_from(taken).unwrap_or(0);
            self.native.set_len(taken);
            taken
        };
        if taken == 0 {
            return 0;
        }
        let owned = OwnedMessages(&mut self.native);
        lend(&owned, &mut self.records, &mut self.headers, errors, listener)
    }
}

/// Gives messages that came another way to the listener: how many it was.
pub(super) fn lend_owned(owned: &[OwnedMessage], listener: &mut dyn MessageListener) -> usize {
    let mut messages = Messages::default();
    for message in owned {
        let from = messages.headers.len();
        let headers = message.headers().into_iter().flat_map(Headers::iter);
        messages.headers.extend(headers.map(|header| (header.key, header.value)));
        messages.records.push(Message {
            topic: message.topic(),
            partition: message.partition(),
            offset: message.offset(),
            timestamp: match message.timestamp() {
                Timestamp::NotAvailable => None,
                Timestamp::CreateTime(millis) => Some((millis, false)),
                Timestamp::LogAppendTime(millis) => Some((millis, true)),
            },
            key: message.key(),
            value: message.payload(),
            headers: from..messages.headers.len(),
        });
    }
    if !owned.is_empty() {
        listener.messages(&messages);
    }
    owned.len()
}

/// Messages to be destroyed when the borrow of their bytes ends.
struct OwnedMessages<'a>(&'a mut Vec<*mut RDKafkaMessage>);

impl OwnedMessages<'_> {
    fn iter(&self) -> impl Iterator<Item = &RDKafkaMessage> {
        // SAFETY: they are alive until `self` is dropped.
        self.0.iter().map(|message| unsafe { &**message })
    }
}

impl Drop for OwnedMessages<'_> {
    fn drop(&mut self) {
        for message in self.0.drain(..) {
            // SAFETY: it is ours.
            unsafe { rd::rd_kafka_message_destroy(message) };
        }
    }
}

fn lend<'a>(
    native: &'a OwnedMessages<'_>,
    records: &mut Vec<Message<'static>>,
    headers: &mut Vec<(&'static str, Option<&'static [u8]>)>,
    errors: &mut dyn FnMut(MessageError<'_>),
    listener: &mut dyn MessageListener,
) -> usize {
    let mut messages: Messages<'a> =
        Messages { records: recycle(std::mem::take(records)), headers: recycle_headers(std::mem::take(headers)) };
    let mut topic = TopicName::default();
    for message in native.iter() {
        if message.err != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            // The payload of an error is its text.
            let text = bytes(message.payload, message.len).map(String::from_utf8_lossy).unwrap_or_default();
            errors(MessageError {
                code: code(message.err),
                partition: message.partition,
                offset: message.offset,
                text: &text,
            });
            continue;
        }
        let from = messages.headers.len();
        add_headers(message, &mut messages.headers);
        messages.records.push(Message {
            topic: topic.of(message.rkt),
            partition: message.partition,
            offset: message.offset,
            timestamp: timestamp(message),
            key: bytes(message.key, message.key_len),
            value: bytes(message.payload, message.len),
            headers: from..messages.headers.len(),
        });
    }
    let count = messages.records.len();
    if count > 0 {
        listener.messages(&messages);
    }
    *records = recycle(messages.records);
    *headers = recycle_headers(messages.headers);
    count
}

/// Empties a vector and keeps its memory for elements of another lifetime.
fn recycle<'b>(mut records: Vec<Message<'_>>) -> Vec<Message<'b>> {
    records.clear();
    // Nothing is mapped; the standard library reuses the allocation.
    records.into_iter().map(|_| unreachable!("the vector is empty")).collect()
}

fn recycle_headers<'b>(mut headers: Vec<(&str, Option<&[u8]>)>) -> Vec<(&'b str, Option<&'b [u8]>)> {
    headers.clear();
    headers.into_iter().map(|_| unreachable!("the vector is empty")).collect()
}

/// The name of the topic last asked for: batches come partition by partition.
struct TopicName<'a> {
    handle: *mut RDKafkaTopic,
    name: &'a str,
}

impl Default for TopicName<'_> {
    fn default() -> Self {
        Self { handle: null_mut(), name: "" }
    }
}

impl<'a> TopicName<'a> {
    fn of(&mut self, handle: *mut RDKafkaTopic) -> &'a str {
        if handle != self.handle {
            // SAFETY: the messages of the batch keep their topic, and so its name, alive.
            let name = unsafe { CStr::from_ptr(rd::rd_kafka_topic_name(handle)) };
            // Kafka allows only ASCII in names.
            self.name = name.to_str().unwrap_or("");
            self.handle = handle;
        }
        self.name
    }
}

/// None for null; an empty slice is no null.
fn bytes<'a>(ptr: *mut std::ffi::c_void, len: usize) -> Option<&'a [u8]> {
    // SAFETY: key and payload are `len` bytes long and live as long as their message, which the callers bound.
    (!ptr.is_null()).then(|| unsafe { slice::from_raw_parts(ptr.cast_const().cast(), len) })
}

/// Milliseconds, and whether the broker set them.
fn timestamp(message: &RDKafkaMessage) -> Option<(i64, bool)> {
    let mut kind = rd::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    // SAFETY: the message is alive.
    let millis = unsafe { rd::rd_kafka_message_timestamp(message, &raw mut kind) };
    match kind {
        rd::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_CREATE_TIME => Some((millis, false)),
        rd::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME => Some((millis, true)),
        rd::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE => None,
    }
}

fn add_headers<'a>(message: &'a RDKafkaMessage, out: &mut Vec<(&'a str, Option<&'a [u8]>)>) {
    let mut headers = null_mut();
    // SAFETY: the message is alive and keeps its headers.
    let error = unsafe { rd::rd_kafka_message_headers(message, &raw mut headers) };
    if error != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return;
    }
    for index in 0.. {
        let (mut name, mut value, mut len) = (std::ptr::null(), std::ptr::null(), 0);
        // SAFETY: the headers are alive, and what they name with them.
        unsafe {
            let error = rd::rd_kafka_header_get_all(headers, index, &raw mut name, &raw mut value, &raw mut len);
            if error != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
                return;
            }
            let name = CStr::from_ptr(name).to_str().unwrap_or("\u{fffd}");
            out.push((name, bytes(value.cast_mut(), len)));
        }
    }
}
