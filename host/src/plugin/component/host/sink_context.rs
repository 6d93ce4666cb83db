//! `kafka:connect/sink-context`: a sink task's hold on its consumer.

use std::time::Duration;

use tracing::Level;

use crate::plugin::component::bindings::imported::{sink_context, types};
use crate::plugin::component::convert;
use crate::plugin::component::state::State;

const NO_SINK: &str = "only a sink task has a consumer";

impl State {
    fn ignored_without_sink(&self, what: &str) {
        self.log.write(Level::WARN, "", &format!("{what} was ignored: {NO_SINK}"));
    }

    fn sink(&self) -> Result<&dyn crate::plugin::ports::SinkContext, types::Error> {
        self.context.sink.as_deref().ok_or_else(|| types::Error::Fatal(NO_SINK.into()))
    }
}

impl sink_context::Host for State {
    fn assignment(&mut self) -> Vec<types::TopicPartition> {
        match &self.context.sink {
            Some(sink) => sink.assignment().iter().map(convert::partition_to_guest).collect(),
            None => Vec::new(),
        }
    }

    fn rewind(&mut self, offsets: Vec<types::PartitionOffset>) -> Result<(), types::Error> {
        let offsets = offsets.into_iter().map(convert::offset_from_guest).collect();
        self.sink()?.rewind(offsets).map_err(types::Error::Fatal)
    }

    fn pause(&mut self, partitions: Vec<types::TopicPartition>) -> Result<(), types::Error> {
        let partitions = partitions.into_iter().map(convert::partition_from_guest).collect();
        self.sink()?.pause(partitions).map_err(types::Error::Fatal)
    }

    fn resume(&mut self, partitions: Vec<types::TopicPartition>) -> Result<(), types::Error> {
        let partitions = partitions.into_iter().map(convert::partition_from_guest).collect();
        self.sink()?.resume(partitions).map_err(types::Error::Fatal)
    }

    fn timeout(&mut self, milliseconds: u32) {
        match &self.context.sink {
            Some(sink) => sink.timeout(Duration::from_millis(milliseconds.into())),
            None => self.ignored_without_sink("a timeout"),
        }
    }

    fn request_commit(&mut self) {
        match &self.context.sink {
            Some(sink) => sink.request_commit(),
            None => self.ignored_without_sink("a request to commit"),
        }
    }

    fn report_errant_record(
        &mut self,
        partition: types::TopicPartition,
        offset: i64,
        message: String,
    ) -> Result<(), types::Error> {
        let partition = convert::partition_from_guest(partition);
        let message = convert::error_message(message);
        self.sink()?.report_errant_record(partition, offset, message).map_err(types::Error::Fatal)
    }
}
