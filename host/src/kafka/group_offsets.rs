//! The committed offsets of consumer groups: read, set and deleted from outside of the group, as Java's admin client does.

use std::ffi::CString;
use std::ptr::null;
use std::slice;

use rdkafka::bindings as rd;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};

use super::admin_request::{AdminOp, AdminRequests, Order, RequestFailure};
use super::native::{Event, code, text};
use super::partition_list::{list, offset_list};
use crate::connect::{PartitionOffset, TopicPartition};

impl RequestFailure {
    /// Whether the group has members, which alone may change its offsets then.
    pub(super) fn has_members(&self) -> bool {
        use RDKafkaErrorCode::{GroupSubscribedToTopic, NonEmptyGroup, UnknownMemberId};
        matches!(self.code, GroupSubscribedToTopic | NonEmptyGroup | UnknownMemberId)
    }
}

impl AdminRequests<'_> {
    /// Everything that the group has committed; nothing for a group that does not exist.
    pub(super) fn list_group_offsets(&self, group: &str) -> Result<Vec<PartitionOffset>, RequestFailure> {
        let group = c_string(group)?;
        // SAFETY: the name is copied; without partitions all of them are asked for.
        let order = unsafe { rd::rd_kafka_ListConsumerGroupOffsets_new(group.as_ptr(), null()) };
        let order = Order::new(order, rd::rd_kafka_ListConsumerGroupOffsets_destroy)?;
        let event = self.ask_group(
            &order,
            AdminOp::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS,
            rd::rd_kafka_ListConsumerGroupOffsets,
        )?;
        let mut count = 0;
        // SAFETY: the event is alive and of this kind, and the groups live as long as it does.
        let partitions = unsafe {
            let result = rd::rd_kafka_event_ListConsumerGroupOffsets_result(event.ptr());
            if result.is_null() {
                return Err(unexpected());
            }
            partitions(rd::rd_kafka_ListConsumerGroupOffsets_result_groups(result, &raw mut count), count)?
        };
        // A partition without a committed offset has a negative one.
        Ok(partitions.into_iter().filter(|committed| committed.offset >= 0).collect())
    }

    /// Commits these offsets for the group, which must have no members.
    pub(super) fn alter_group_offsets(&self, group: &str, offsets: &[PartitionOffset]) -> Result<(), RequestFailure> {
        let group = c_string(group)?;
        let list = offset_list(offsets)
            .map_err(|error| RequestFailure::new(RDKafkaErrorCode::InvalidArgument, error.to_string()))?;
        // SAFETY: both are alive and copied.
        let order = unsafe { rd::rd_kafka_AlterConsumerGroupOffsets_new(group.as_ptr(), list.ptr()) };
        let order = Order::new(order, rd::rd_kafka_AlterConsumerGroupOffsets_destroy)?;
        let event = self.ask_group(
            &order,
            AdminOp::RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS,
            rd::rd_kafka_AlterConsumerGroupOffsets,
        )?;
        let mut count = 0;
        // SAFETY: as in `list_group_offsets`.
        unsafe {
            let result = rd::rd_kafka_event_AlterConsumerGroupOffsets_result(event.ptr());
            if result.is_null() {
                return Err(unexpected());
            }
            partitions(rd::rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &raw mut count), count)?;
        }
        Ok(())
    }

    /// Forgets what the group, which must have no members, has committed for these partitions.
    pub(super) fn delete_group_offsets(&self, group: &str, forget: &[TopicPartition]) -> Result<(), RequestFailure> {
        let group = c_string(group)?;
        let forget = list(forget);
        // SAFETY: both are alive and copied.
        let order = unsafe { rd::rd_kafka_DeleteConsumerGroupOffsets_new(group.as_ptr(), forget.ptr()) };
        let order = Order::new(order, rd::rd_kafka_DeleteConsumerGroupOffsets_destroy)?;
        let event = self.ask_group(
            &order,
            AdminOp::RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS,
            rd::rd_kafka_DeleteConsumerGroupOffsets,
        )?;
        let mut count = 0;
        // SAFETY: as in `list_group_offsets`.
        unsafe {
            let result = rd::rd_kafka_event_DeleteConsumerGroupOffsets_result(event.ptr());
            if result.is_null() {
                return Err(unexpected());
            }
            partitions(rd::rd_kafka_DeleteConsumerGroupOffsets_result_groups(result, &raw mut count), count)?;
        }
        Ok(())
    }

    /// Deletes the group, which must have no members; false: there is none.
    pub(super) fn delete_group(&self, group: &str) -> Result<bool, RequestFailure> {
        let group = c_string(group)?;
        // SAFETY: the name is copied.
        let order = unsafe { rd::rd_kafka_DeleteGroup_new(group.as_ptr()) };
        let order = Order::new(order, rd::rd_kafka_DeleteGroup_destroy)?;
        let event = self.ask_group(&order, AdminOp::RD_KAFKA_ADMIN_OP_DELETEGROUPS, rd::rd_kafka_DeleteGroups)?;
        let mut count = 0;
        // SAFETY: as in `list_group_offsets`.
        let deleted = unsafe {
            let result = rd::rd_kafka_event_DeleteGroups_result(event.ptr());
            if result.is_null() {
                return Err(unexpected());
            }
            partitions(rd::rd_kafka_DeleteGroups_result_groups(result, &raw mut count), count)
        };
        match deleted {
            Ok(_) => Ok(true),
            Err(failure) if failure.code == RDKafkaErrorCode::GroupIdNotFound => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    fn ask_group<T>(&self, order: &Order<T>, operation: AdminOp, send: Send<T>) -> Result<Event, RequestFailure> {
        self.ask(operation, |client, options, answers| {
            let mut orders = [order.ptr()];
            // SAFETY: all are alive during the call, and librdkafka copies the order.
            unsafe { send(client, orders.as_mut_ptr(), orders.len(), options, answers) };
        })
    }
}

/// One of librdkafka's functions that send an order to a group's coordinator.
type Send<T> = unsafe extern "C" fn(
    *mut rd::rd_kafka_t,
    *mut *mut T,
    usize,
    *const rd::rd_kafka_AdminOptions_t,
    *mut rd::rd_kafka_queue_t,
);

fn c_string(group: &str) -> Result<CString, RequestFailure> {
    CString::new(group).map_err(|error| RequestFailure::new(RDKafkaErrorCode::InvalidGroupId, error.to_string()))
}

fn unexpected() -> RequestFailure {
    RequestFailure::new(RDKafkaErrorCode::Fail, "the answer names no group")
}

/// The partitions of the one group of an answer, or the first error in it.
///
/// # Safety
/// `groups` must be null or `count` results that live during the call.
unsafe fn partitions(
    groups: *mut *const rd::rd_kafka_group_result_t,
    count: usize,
) -> Result<Vec<PartitionOffset>, RequestFailure> {
    if groups.is_null() || count == 0 {
        return Err(unexpected());
    }
    // SAFETY: the caller promises living results; what they name lives as long.
    unsafe {
        let error = rd::rd_kafka_group_result_error(*groups);
        if !error.is_null() {
            return Err(RequestFailure::new(
                code(rd::rd_kafka_error_code(error)),
                text(rd::rd_kafka_error_string(error)),
            ));
        }
        let Some(list) = rd::rd_kafka_group_result_partitions(*groups).as_ref() else {
            return Ok(Vec::new());
        };
        let count = usize::try_from(list.cnt).unwrap_or(0);
        let elements = if count == 0 { &[][..] } else { slice::from_raw_parts(list.elems, count) };
        let of = |element: &rd::rd_kafka_topic_partition_t| match element.err {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(PartitionOffset {
                partition: TopicPartition { topic: text(element.topic).into(), partition: element.partition },
                offset: element.offset,
            }),
            error => Err(RequestFailure::of(error)),
        };
        elements.iter().map(of).collect()
    }
}
