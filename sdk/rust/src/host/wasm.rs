//! Calls to the host, as the contexts need them.

use std::time::Duration;

use crate::bindings::imports::kafka::connect::{connector_context, logging, offset_reader, sink_context, task_context};
use crate::logging::Level;
use crate::{PartitionOffset, Result, TopicPartition};

pub(crate) fn log_enabled(level: Level) -> bool {
    logging::enabled(level)
}

pub(crate) fn log(level: Level, target: &str, message: &str) {
    logging::log(level, target, message);
}

pub(crate) fn request_task_reconfiguration() {
    connector_context::request_task_reconfiguration();
}

pub(crate) fn raise_error(message: &str) {
    connector_context::raise_error(message);
}

pub(crate) fn sleep(time: Duration) -> bool {
    task_context::sleep(milliseconds(time))
}

pub(crate) fn stopping() -> bool {
    task_context::stopping()
}

pub(crate) fn offsets(partitions: &[String]) -> Result<Vec<Option<String>>> {
    Ok(offset_reader::offsets(partitions)?)
}

pub(crate) fn assignment() -> Vec<TopicPartition> {
    sink_context::assignment()
}

pub(crate) fn rewind(offsets: &[PartitionOffset]) -> Result<()> {
    Ok(sink_context::rewind(offsets)?)
}

pub(crate) fn pause(partitions: &[TopicPartition]) -> Result<()> {
    Ok(sink_context::pause(partitions)?)
}

pub(crate) fn resume(partitions: &[TopicPartition]) -> Result<()> {
    Ok(sink_context::resume(partitions)?)
}

pub(crate) fn timeout(time: Duration) {
    sink_context::timeout(milliseconds(time));
}

pub(crate) fn request_commit() {
    sink_context::request_commit();
}

pub(crate) fn report_errant_record(partition: &TopicPartition, offset: i64, message: &str) -> Result<()> {
    Ok(sink_context::report_errant_record(partition, offset, message)?)
}

fn milliseconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}
