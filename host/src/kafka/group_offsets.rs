//! The committed offsets of consumer groups: read, set and deleted from outside of the group, as Java's admin client does.

use std::ffi::{CString, c_char};
use std::ptr::{NonNull, null};
use std::slice;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::bindings as rd;
use rdkafka::client::Client;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};

use super::native::{Event, LogContext, Queue, code, describe, text};
use super::rebalance;
use crate::connect::{PartitionOffset, TopicPartition};

type AdminOp = rd::rd_kafka_admin_op_t;

/// Why a request about a group failed, as the broker or the client says it.
#[derive(Clone, Debug)]
pub(super) struct GroupFailure {
    pub code: RDKafkaErrorCode,
    pub text: String,
}

impl GroupFailure {
    fn new(code: RDKafkaErrorCode, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    fn of(error: RDKafkaRespErr) -> Self {
        Self::new(code(error), describe(error))
    }

    /// Whether the same request may succeed in a moment: a coordinator moves, or is not known yet.
    pub(super) fn may_pass(&self) -> bool {
        use RDKafkaErrorCode::{CoordinatorLoadInProgress, CoordinatorNotAvailable, NotCoordinator};
        matches!(self.code, CoordinatorLoadInProgress | CoordinatorNotAvailable | NotCoordinator)
            || super::admin::is_retriable(self.code)
    }

    /// Whether the group has members, which alone may change its offsets then.
    pub(super) fn has_members(&self) -> bool {
        use RDKafkaErrorCode::{GroupSubscribedToTopic, NonEmptyGroup, UnknownMemberId};
        matches!(self.code, GroupSubscribedToTopic | NonEmptyGroup | UnknownMemberId)
    }
}

/// Sends requests about groups and waits for their answers, on a thread that may block.
pub(super) struct GroupRequests<'a> {
    pub client: &'a Client<LogContext>,
    /// The longest that the broker may take.
    pub limit: Duration,
    /// The longest that an answer may need besides.
    pub grace: Duration,
}

impl GroupRequests<'_> {
    /// Everything that the group has committed; nothing for a group that does not exist.
    pub(super) fn list(&self, group: &str) -> Result<Vec<PartitionOffset>, GroupFailure> {
        let group = c_string(group)?;
        // SAFETY: the name is copied; without partitions all of them are asked for.
        let order = unsafe { rd::rd_kafka_ListConsumerGroupOffsets_new(group.as_ptr(), null()) };
        let order = Order::new(order, rd::rd_kafka_ListConsumerGroupOffsets_destroy)?;
        let event = self.ask(
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
    pub(super) fn alter(&self, group: &str, offsets: &[PartitionOffset]) -> Result<(), GroupFailure> {
        let group = c_string(group)?;
        let list = super::consumer::offset_list(offsets)
            .map_err(|error| GroupFailure::new(RDKafkaErrorCode::InvalidArgument, error.to_string()))?;
        // SAFETY: both are alive and copied.
        let order = unsafe { rd::rd_kafka_AlterConsumerGroupOffsets_new(group.as_ptr(), list.ptr()) };
        let order = Order::new(order, rd::rd_kafka_AlterConsumerGroupOffsets_destroy)?;
        let event = self.ask(
            &order,
            AdminOp::RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS,
            rd::rd_kafka_AlterConsumerGroupOffsets,
        )?;
        let mut count = 0;
        // SAFETY: as in `list`.
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
    pub(super) fn delete(&self, group: &str, forget: &[TopicPartition]) -> Result<(), GroupFailure> {
        let group = c_string(group)?;
        let list: TopicPartitionList = rebalance::list(forget);
        // SAFETY: both are alive and copied.
        let order = unsafe { rd::rd_kafka_DeleteConsumerGroupOffsets_new(group.as_ptr(), list.ptr()) };
        let order = Order::new(order, rd::rd_kafka_DeleteConsumerGroupOffsets_destroy)?;
        let event = self.ask(
            &order,
            AdminOp::RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS,
            rd::rd_kafka_DeleteConsumerGroupOffsets,
        )?;
        let mut count = 0;
        // SAFETY: as in `list`.
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
    pub(super) fn delete_group(&self, group: &str) -> Result<bool, GroupFailure> {
        let group = c_string(group)?;
        // SAFETY: the name is copied.
        let order = unsafe { rd::rd_kafka_DeleteGroup_new(group.as_ptr()) };
        let order = Order::new(order, rd::rd_kafka_DeleteGroup_destroy)?;
        let event = self.ask(&order, AdminOp::RD_KAFKA_ADMIN_OP_DELETEGROUPS, rd::rd_kafka_DeleteGroups)?;
        let mut count = 0;
        // SAFETY: as in `list`.
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

    fn ask<T>(&self, order: &Order<T>, operation: AdminOp, send: Send<T>) -> Result<Event, GroupFailure> {
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
            let mut orders = [order.ptr.as_ptr()];
            send(client, orders.as_mut_ptr(), orders.len(), options, answers.ptr());
            rd::rd_kafka_AdminOptions_destroy(options);
        }
        let event = answers.poll(self.limit + self.grace);
        let event = event.ok_or_else(|| GroupFailure::new(RDKafkaErrorCode::OperationTimedOut, "no answer"))?;
        match event.error() {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(event),
            error => Err(GroupFailure::new(code(error), event.error_text())),
        }
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

/// What is asked about one group.
struct Order<T> {
    ptr: NonNull<T>,
    destroy: unsafe extern "C" fn(*mut T),
}

impl<T> Order<T> {
    fn new(ptr: *mut T, destroy: unsafe extern "C" fn(*mut T)) -> Result<Self, GroupFailure> {
        let ptr = NonNull::new(ptr);
        Ok(Self { ptr: ptr.ok_or_else(|| GroupFailure::of(RDKafkaRespErr::RD_KAFKA_RESP_ERR__INVALID_ARG))?, destroy })
    }
}

impl<T> Drop for Order<T> {
    fn drop(&mut self) {
        // SAFETY: it is ours, and of the kind that this function destroys.
        unsafe { (self.destroy)(self.ptr.as_ptr()) };
    }
}

fn c_string(group: &str) -> Result<CString, GroupFailure> {
    CString::new(group).map_err(|error| GroupFailure::new(RDKafkaErrorCode::InvalidGroupId, error.to_string()))
}

fn unexpected() -> GroupFailure {
    GroupFailure::new(RDKafkaErrorCode::Fail, "the answer names no group")
}

/// The partitions of the one group of an answer, or the first error in it.
///
/// # Safety
/// `groups` must be null or `count` results that live during the call.
unsafe fn partitions(
    groups: *mut *const rd::rd_kafka_group_result_t,
    count: usize,
) -> Result<Vec<PartitionOffset>, GroupFailure> {
    if groups.is_null() || count == 0 {
        return Err(unexpected());
    }
    // SAFETY: the caller promises living results; what they name lives as long.
    unsafe {
        let error = rd::rd_kafka_group_result_error(*groups);
        if !error.is_null() {
            return Err(GroupFailure::new(
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
            error => Err(GroupFailure::of(error)),
        };
        elements.iter().map(of).collect()
    }
}
