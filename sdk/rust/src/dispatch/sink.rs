//! The interfaces `sink-connector` and `sink-task`.

use super::{Component, Entries, Role, find, start, stop, with_sink_task};
use crate::bindings::imports::kafka::connect::types;
use crate::bindings::sink::exports::kafka::connect::{sink_connector, sink_task};
use crate::plugins::{Plugins, SinkClass};
use crate::{Batch, PartitionOffset, RecordError, Result, TopicPartition};

fn class<P: Plugins>(class: &str) -> Result<&'static SinkClass> {
    find(P::SINKS, |entry| &entry.identity, class)
}

impl<P: Plugins> sink_connector::Guest for Component<P> {
    fn start(name: String, config: Entries) -> Result<(), types::Error> {
        let class = class::<P>(&name)?;
        Ok(start(|| Ok(Role::Connector((class.start)(config.into())?)))?)
    }

    fn task_configs(max_tasks: u32) -> Result<Vec<Entries>, types::Error> {
        Ok(super::task_configs(max_tasks)?)
    }

    fn monitor() -> Result<Option<u32>, types::Error> {
        Ok(super::monitor()?)
    }

    fn stop() {
        stop();
    }

    fn alter_offsets(
        name: String,
        config: Entries,
        offsets: Vec<(TopicPartition, Option<i64>)>,
    ) -> Result<bool, types::Error> {
        let class = class::<P>(&name)?;
        Ok((class.alter_offsets)(&config.into(), &offsets)?)
    }
}

impl<P: Plugins> sink_task::Guest for Component<P> {
    fn start(name: String, config: Entries) -> Result<(), types::Error> {
        let class = class::<P>(&name)?;
        Ok(start(|| Ok(Role::SinkTask((class.start_task)(config.into())?)))?)
    }

    fn open(partitions: Vec<TopicPartition>) -> Result<Vec<PartitionOffset>, types::Error> {
        Ok(with_sink_task("open", |task| task.open(&partitions))?)
    }

    fn put(batch: Vec<u8>) -> Result<Vec<RecordError>, types::Error> {
        Ok(with_sink_task("put", |task| {
            let batch = Batch::parse(&batch, &wasm_connect_batch::Limits::default())?;
            task.put(&batch)
        })?)
    }

    fn pre_commit(delivered: Vec<PartitionOffset>) -> Result<Vec<PartitionOffset>, types::Error> {
        Ok(with_sink_task("pre-commit", |task| task.pre_commit(delivered))?)
    }

    fn close(partitions: Vec<TopicPartition>) -> Result<(), types::Error> {
        Ok(with_sink_task("close", |task| task.close(&partitions))?)
    }

    fn stop() {
        stop();
    }
}
