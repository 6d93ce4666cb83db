//! librdkafka's lists of partitions, and ours.

use std::sync::Arc;

use rdkafka::bindings as rd;
use rdkafka::error::KafkaError as ClientError;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{Offset, TopicPartitionList};

use super::native::text;
use crate::connect::{PartitionOffset, TopicPartition};

/// Our names for librdkafka's list; equal topics share their name.
pub(super) fn names(partitions: &TopicPartitionList) -> Vec<TopicPartition> {
    let mut named: Vec<TopicPartition> = Vec::with_capacity(partitions.count());
    for element in partitions.elements() {
        let topic = match named.last() {
            Some(last) if *last.topic == *element.topic() => Arc::clone(&last.topic),
            _ => element.topic().into(),
        };
        named.push(TopicPartition { topic, partition: element.partition() });
    }
    named
}

/// librdkafka's list. It may keep its partitions alive inside the client, so it must go before the client does.
pub(super) fn list(partitions: &[TopicPartition]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for partition in partitions {
        list.add_partition(&partition.topic, partition.partition);
    }
    list
}

/// The same with offsets.
pub(super) fn offset_list(offsets: &[PartitionOffset]) -> Result<TopicPartitionList, ClientError> {
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for PartitionOffset { partition, offset } in offsets {
        list.add_partition_offset(&partition.topic, partition.partition, Offset::Offset(*offset))?;
    }
    Ok(list)
}

/// The state of a partition after an operation, as an error if it has one.
pub(super) fn first_error(partitions: *mut rd::rd_kafka_topic_partition_list_t) -> Option<(String, RDKafkaErrorCode)> {
    // SAFETY: the caller's list is alive (or null) for this call; the elements are `cnt` in number.
    let elements = unsafe {
        let list = partitions.as_ref()?;
        if list.cnt <= 0 {
            return None;
        }
        std::slice::from_raw_parts(list.elems, usize::try_from(list.cnt).unwrap_or(0))
    };
    let failed = elements.iter().find(|element| element.err != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR)?;
    // SAFETY: the topic's name belongs to the element.
    let topic = unsafe { text(failed.topic) };
    Some((format!("{topic}-{}", failed.partition), failed.err.into()))
}
