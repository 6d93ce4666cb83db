//! What the brokers know of one topic: its settings and the offsets at the ends of its partitions.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::slice;

use rdkafka::bindings as rd;
use rdkafka::client::ClientContext;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{Offset, TopicPartitionList};

use super::admin_request::{AdminOp, AdminRequests, Order, RequestFailure};
use super::native::{code, text};
use super::ports::OffsetSpec;
use crate::connect::TopicPartition;

impl<C: ClientContext> AdminRequests<'_, C> {
    /// A setting of the topic; none: there is none of this name, or its value is kept secret.
    pub(super) fn topic_config(&self, topic: &str, key: &str) -> Result<Option<String>, RequestFailure> {
        let name = CString::new(topic)
            .map_err(|error| RequestFailure::new(RDKafkaErrorCode::InvalidTopic, error.to_string()))?;
        // SAFETY: the name is copied.
        let order = unsafe {
            rd::rd_kafka_ConfigResource_new(rd::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC, name.as_ptr())
        };
        let order = Order::new(order, rd::rd_kafka_ConfigResource_destroy)?;
        let event = self.ask(AdminOp::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, |client, options, answers| {
            let mut orders = [order.ptr()];
            // SAFETY: all are alive during the call.
            unsafe { rd::rd_kafka_DescribeConfigs(client, orders.as_mut_ptr(), orders.len(), options, answers) };
        })?;
        // SAFETY: the event is alive and of this kind; all that is named below lives as long as it does.
        unsafe {
            let result = rd::rd_kafka_event_DescribeConfigs_result(event.ptr());
            let mut count = 0;
            let resources = rd::rd_kafka_DescribeConfigs_result_resources(result, &raw mut count);
            let Some(resource) = list(resources, count).first().copied() else { return Err(unexpected()) };
            let error = rd::rd_kafka_ConfigResource_error(resource);
            if error != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
                return Err(RequestFailure::new(code(error), text(rd::rd_kafka_ConfigResource_error_string(resource))));
            }
            let entries = rd::rd_kafka_ConfigResource_configs(resource, &raw mut count);
            for entry in list(entries, count).iter().copied() {
                let value = rd::rd_kafka_ConfigEntry_value(entry);
                if CStr::from_ptr(rd::rd_kafka_ConfigEntry_name(entry)).to_bytes() == key.as_bytes() && !value.is_null()
                {
                    return Ok(Some(text(value)));
                }
            }
        }
        Ok(None)
    }

    /// The offset at one end of each partition, in their order.
    pub(super) fn list_offsets(
        &self,
        partitions: &[TopicPartition],
        spec: OffsetSpec,
    ) -> Result<Vec<i64>, RequestFailure> {
        let listed = self.ask_leaders(partitions, spec);
        if listed.as_ref().is_err_and(RequestFailure::is_of_an_old_leader) {
            // The client remembers leaders and does not look again by itself. An error shows at the next request.
            for topic in partitions.chunk_by(|a, b| a.topic == b.topic).filter_map(<[_]>::first) {
                let _ = self.client.fetch_metadata(Some(&topic.topic), self.grace);
            }
        }
        listed
    }

    fn ask_leaders(&self, partitions: &[TopicPartition], spec: OffsetSpec) -> Result<Vec<i64>, RequestFailure> {
        let invalid = |what: String| RequestFailure::new(RDKafkaErrorCode::InvalidArgument, what);
        let end = if spec == OffsetSpec::Earliest { Offset::Beginning } else { Offset::End };
        let mut asked = TopicPartitionList::with_capacity(partitions.len());
        for TopicPartition { topic, partition } in partitions {
            asked.add_partition_offset(topic, *partition, end).map_err(|error| invalid(error.to_string()))?;
        }
        let isolation = match spec {
            OffsetSpec::LatestCommitted => rd::rd_kafka_IsolationLevel_t::RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED,
            OffsetSpec::Earliest | OffsetSpec::Latest => {
                rd::rd_kafka_IsolationLevel_t::RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED
            }
        };
        let event = self.ask(AdminOp::RD_KAFKA_ADMIN_OP_LISTOFFSETS, |client, options, answers| {
            // SAFETY: all are alive during the call. The level fits the operation, so that there is no error to free.
            unsafe {
                rd::rd_kafka_AdminOptions_set_isolation_level(options, isolation);
                rd::rd_kafka_ListOffsets(client, asked.ptr(), options, answers);
            }
        })?;
        let mut listed = HashMap::with_capacity(partitions.len());
        // SAFETY: the event is alive and of this kind; all that is named below lives as long as it does.
        unsafe {
            let result = rd::rd_kafka_event_ListOffsets_result(event.ptr());
            let mut count = 0;
            let infos = rd::rd_kafka_ListOffsets_result_infos(result, &raw mut count);
            for info in list(infos, count).iter().copied() {
                let partition = &*rd::rd_kafka_ListOffsetsResultInfo_topic_partition(info);
                if partition.err != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
                    return Err(RequestFailure::of(partition.err));
                }
                let topic = CStr::from_ptr(partition.topic).to_bytes();
                listed.insert((topic, partition.partition), partition.offset);
            }
            let offset = |of: &TopicPartition| listed.get(&(of.topic.as_bytes(), of.partition)).copied();
            partitions.iter().map(offset).collect::<Option<_>>().ok_or_else(unexpected)
        }
    }
}

fn unexpected() -> RequestFailure {
    RequestFailure::new(RDKafkaErrorCode::Fail, "the answer is not complete")
}

/// # Safety
/// `ptr` must be null or an array of `count` elements that lives as long as what it was asked of.
unsafe fn list<'a, T>(ptr: *mut *const T, count: usize) -> &'a [*const T] {
    if ptr.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: the caller promises so many elements.
    unsafe { slice::from_raw_parts(ptr, count) }
}
