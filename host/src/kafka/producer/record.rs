//! One record on its way to librdkafka.

use std::ffi::c_void;
use std::ops::Range;
use std::ptr::{null, null_mut};

use rdkafka::bindings as rd;
use rdkafka::types::{RDKafkaRespErr, RDKafkaTopic};

use super::live::LiveProducer;
use crate::kafka::native::describe;
use crate::kafka::ports::{KafkaError, ProduceBatch, ProduceHeader, ProduceRecord, ProduceValue};

/// Counted again by the delivery report, so it is exactly what the client keeps.
pub(super) fn payload_bytes(record: &ProduceRecord) -> usize {
    record.key.as_ref().map_or(0, Range::len) + record.value.as_ref().map_or(0, ProduceValue::size)
}

/// What Java's producer refuses before it queues a record, in its words.
pub(super) fn check(record: &ProduceRecord, batch: &ProduceBatch, max_request_size: usize) -> Result<(), KafkaError> {
    let size = serialized_size(record, batch);
    let message = if size > max_request_size {
        format!(
            "The message is {size} bytes when serialized which is larger than {max_request_size}, \
             which is the value of the max.request.size configuration."
        )
    } else if let Some(timestamp) = record.timestamp.filter(|timestamp| *timestamp < 0) {
        format!("Invalid timestamp: {timestamp}. Timestamp should always be non-negative or null.")
    } else if let Some(partition) = record.partition.filter(|partition| *partition < 0) {
        format!("Invalid partition: {partition}. Partition number should always be non-negative or null.")
    } else {
        return Ok(());
    };
    Err(KafkaError { retriable: false, message })
}

/// Java's upper bound of a record batch with this record alone (`AbstractRecords.estimateSizeInBytesUpperBound`).
fn serialized_size(record: &ProduceRecord, batch: &ProduceBatch) -> usize {
    const RECORD_BATCH_OVERHEAD: usize = 61;
    const MAX_RECORD_OVERHEAD: usize = 21;
    let sized = |len: Option<usize>| len.map_or(1, |len| varint_size(len) + len);
    let range = |range: &Option<Range<usize>>| sized(range.as_ref().map(Range::len));
    let headers = batch.headers.get(record.headers.clone()).unwrap_or_default();
    let header = |h: &ProduceHeader| varint_size(h.name.len()) + h.name.len() + range(&h.value);
    RECORD_BATCH_OVERHEAD
        + MAX_RECORD_OVERHEAD
        + range(&record.key)
        + sized(record.value.as_ref().map(ProduceValue::size))
        + varint_size(headers.len())
        + headers.iter().map(header).sum::<usize>()
}

/// Of a number that is not negative, in zigzag form.
fn varint_size(n: usize) -> usize {
    let bits = usize::BITS - (n << 1).leading_zeros();
    (bits.max(1) as usize).div_ceil(7)
}

/// Gives one record to librdkafka, which copies it, but for a value in the polled batch.
///
/// # Safety
/// `held`: somebody keeps the polled batch until the record's delivery was reported.
pub(super) unsafe fn produce(
    live: &LiveProducer,
    topic: *mut RDKafkaTopic,
    batch: &ProduceBatch,
    record: &ProduceRecord,
    held: bool,
    opaque: usize,
) -> Result<(), RDKafkaRespErr> {
    let headers = native_headers(batch, record);
    let (key, key_len) = bytes(record.key.clone().and_then(|range| batch.arena.get(range)));
    let (value, value_len) = bytes(batch.value(record));
    let flags = match record.value {
        Some(ProduceValue::Polled(_)) if held => 0,
        _ => rd::RD_KAFKA_MSG_F_COPY,
    };
    // 0 means now to librdkafka; the epoch itself cannot be said, its next millisecond is nearer than now.
    let timestamp = record.timestamp.map_or(0, |timestamp| timestamp.max(1));
    // SAFETY: client and topic are alive; all pointers are valid during the call, and each tag is followed by what it needs. A value
    // that is not copied stays where it is, as the caller promises.
    let error = unsafe {
        rd::rd_kafka_producev(
            live.ptr(),
            rd::rd_kafka_vtype_t::RD_KAFKA_VTYPE_RKT,
            topic,
            rd::rd_kafka_vtype_t::RD_KAFKA_VTYPE_PARTITION,
            record.partition.unwrap_or(-1),
            rd::rd_kafka_vtype_t::RD_KAFKA_VTYPE_MSGFLAGS,
            flags,
            rd::rd_kafka_vtype_t::RD_KAFKA_VTYPE_VALUE,
            value,
            value_len,
            rd::rd_kafka_vtype_t::RD_KAFKA_VTYPE_KEY,
            key,
            key_len,
            rd::rd_kafka_vtype_t::RD_KAFKA_VTYPE_OPAQUE,
            opaque as *mut c_void,
            rd::rd_kafka_vtype_t::RD_KAFKA_VTYPE_TIMESTAMP,
            timestamp,
            rd::rd_kafka_vtype_t::RD_KAFKA_VTYPE_HEADERS,
            headers,
            rd::rd_kafka_vtype_t::RD_KAFKA_VTYPE_END,
        )
    };
    if error == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Ok(());
    }
    if !headers.is_null() {
        // SAFETY: a record that was not taken leaves its headers to us.
        unsafe { rd::rd_kafka_headers_destroy(headers) };
    }
    Err(error)
}

fn native_headers(batch: &ProduceBatch, record: &ProduceRecord) -> *mut rd::rd_kafka_headers_t {
    let headers = batch.headers.get(record.headers.clone()).unwrap_or_default();
    if headers.is_empty() {
        return null_mut();
    }
    // SAFETY: names and values are copied, with their lengths.
    unsafe {
        let native = rd::rd_kafka_headers_new(headers.len());
        for header in headers {
            let (value, len) = bytes(header.value.clone().and_then(|range| batch.arena.get(range)));
            rd::rd_kafka_header_add(
                native,
                header.name.as_ptr().cast(),
                header.name.len() as isize,
                value,
                len as isize,
            );
        }
        native
    }
}

/// Null only for none: librdkafka tells an empty key or value from none by the pointer.
fn bytes(bytes: Option<&[u8]>) -> (*const c_void, usize) {
    match bytes {
        Some(bytes) => (bytes.as_ptr().cast(), bytes.len()),
        None => (null(), 0),
    }
}

/// Why librdkafka did not take a record.
pub(super) fn refusal(error: RDKafkaRespErr, record: &ProduceRecord) -> KafkaError {
    let place = match record.partition {
        Some(partition) => format!("partition {partition} of topic {}", record.topic),
        None => format!("topic {}", record.topic),
    };
    KafkaError { retriable: false, message: format!("failed to send a record to {place}: {}", describe(error)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(key: Option<usize>, value: Option<usize>, headers: &[(&str, Option<usize>)]) -> ProduceBatch {
        ProduceBatch {
            arena: vec![0; 2_000_000],
            records: vec![ProduceRecord {
                topic: "t".into(),
                partition: None,
                timestamp: None,
                key: key.map(|n| 0..n),
                value: value.map(|n| ProduceValue::Arena(0..n)),
                headers: 0..headers.len(),
                sequence: 0,
            }],
            polled: None,
            headers: headers
                .iter()
                .map(|(name, n)| ProduceHeader { name: (*name).into(), value: n.map(|n| 0..n) })
                .collect(),
        }
    }

    #[test]
    fn the_size_of_a_record_is_javas_estimate() {
        // As org.apache.kafka.common.record.AbstractRecords.estimateSizeInBytesUpperBound answers.
        let check = |batch: &ProduceBatch, expected| assert_eq!(serialized_size(&batch.records[0], batch), expected);
        check(&batch(None, None, &[]), 85);
        check(&batch(Some(0), Some(0), &[]), 85);
        check(&batch(Some(63), Some(64), &[]), 61 + 21 + 64 + 66 + 1);
        check(&batch(None, Some(1_048_576), &[]), 1_048_576 + 61 + 21 + 1 + 4 + 1);
        check(&batch(None, Some(1), &[("h", None), ("name", Some(100))]), 61 + 21 + 1 + 2 + 1 + 3 + 5 + 102);
    }

    #[test]
    fn what_java_refuses_is_refused_in_its_words() {
        let mut large = batch(None, Some(1_048_576), &[]);
        let error = check(&large.records[0], &large, 1_048_576).expect_err("too large");
        assert_eq!(
            error.message,
            "The message is 1048664 bytes when serialized which is larger than 1048576, \
             which is the value of the max.request.size configuration."
        );
        assert!(!error.retriable);
        large.records[0].value = None;
        large.records[0].timestamp = Some(-1);
        assert!(
            check(&large.records[0], &large, 1_048_576)
                .expect_err("negative")
                .message
                .starts_with("Invalid timestamp: -1.")
        );
    }
}
