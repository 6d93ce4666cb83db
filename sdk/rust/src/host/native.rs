//! A stand-in for the host, so that a plugin's unit tests run without a component: one per thread, filled by the test.

use std::cell::RefCell;
use std::time::Duration;

use crate::logging::Level;
use crate::{PartitionOffset, Result, TopicPartition};

/// What a native test tells the stand-in, and what it learns from it. Not there in a component.
pub mod testing {
    use super::*;

    /// What a plugin asked of the host.
    #[derive(Clone, Debug, PartialEq)]
    #[allow(missing_docs, reason = "the names are those of the contexts' methods")]
    pub enum Request {
        TaskReconfiguration,
        RaiseError(String),
        Sleep(Duration),
        Rewind(Vec<PartitionOffset>),
        Pause(Vec<TopicPartition>),
        Resume(Vec<TopicPartition>),
        Timeout(Duration),
        Commit,
        ErrantRecord(TopicPartition, i64, String),
    }

    #[derive(Default)]
    pub(super) struct Host {
        pub(super) offsets: Vec<(String, String)>,
        pub(super) assignment: Vec<TopicPartition>,
        pub(super) stopping: bool,
        pub(super) requests: Vec<Request>,
        pub(super) log: Vec<(Level, String)>,
    }

    thread_local! {
        pub(super) static HOST: RefCell<Host> = RefCell::default();
    }

    /// Makes `offset` the committed offset of `partition`; both are flat JSON objects.
    pub fn commit_offset(partition: impl ToString, offset: impl ToString) {
        let partition = partition.to_string();
        HOST.with_borrow_mut(|host| {
            host.offsets.retain(|(known, _)| *known != partition);
            host.offsets.push((partition, offset.to_string()));
        });
    }

    /// What `SinkTaskContext::assignment` answers.
    pub fn assign(partitions: &[TopicPartition]) {
        HOST.with_borrow_mut(|host| host.assignment = partitions.to_vec());
    }

    /// What `stopping` and every sleep answer.
    pub fn set_stopping(stopping: bool) {
        HOST.with_borrow_mut(|host| host.stopping = stopping);
    }

    /// What was asked since the last call.
    pub fn take_requests() -> Vec<Request> {
        HOST.with_borrow_mut(|host| std::mem::take(&mut host.requests))
    }

    /// What was logged since the last call.
    pub fn take_log() -> Vec<(Level, String)> {
        HOST.with_borrow_mut(|host| std::mem::take(&mut host.log))
    }
}

use testing::{HOST, Request};

fn note(request: Request) {
    HOST.with_borrow_mut(|host| host.requests.push(request));
}

pub(crate) fn log_enabled(_level: Level) -> bool {
    true
}

pub(crate) fn log(level: Level, _target: &str, message: &str) {
    HOST.with_borrow_mut(|host| host.log.push((level, message.to_owned())));
}

pub(crate) fn request_task_reconfiguration() {
    note(Request::TaskReconfiguration);
}

pub(crate) fn raise_error(message: &str) {
    note(Request::RaiseError(message.to_owned()));
}

pub(crate) fn sleep(time: Duration) -> bool {
    note(Request::Sleep(time));
    stopping()
}

pub(crate) fn stopping() -> bool {
    HOST.with_borrow(|host| host.stopping)
}

pub(crate) fn offsets(partitions: &[String]) -> Result<Vec<Option<String>>> {
    HOST.with_borrow(|host| {
        let committed = |partition: &String| {
            host.offsets.iter().find(|(known, _)| known == partition).map(|(_, offset)| offset.clone())
        };
        Ok(partitions.iter().map(committed).collect())
    })
}

pub(crate) fn assignment() -> Vec<TopicPartition> {
    HOST.with_borrow(|host| host.assignment.clone())
}

pub(crate) fn rewind(offsets: &[PartitionOffset]) -> Result<()> {
    note(Request::Rewind(offsets.to_vec()));
    Ok(())
}

pub(crate) fn pause(partitions: &[TopicPartition]) -> Result<()> {
    note(Request::Pause(partitions.to_vec()));
    Ok(())
}

pub(crate) fn resume(partitions: &[TopicPartition]) -> Result<()> {
    note(Request::Resume(partitions.to_vec()));
    Ok(())
}

pub(crate) fn timeout(time: Duration) {
    note(Request::Timeout(time));
}

pub(crate) fn request_commit() {
    note(Request::Commit);
}

pub(crate) fn report_errant_record(partition: &TopicPartition, offset: i64, message: &str) -> Result<()> {
    note(Request::ErrantRecord(partition.clone(), offset, message.to_owned()));
    Ok(())
}
