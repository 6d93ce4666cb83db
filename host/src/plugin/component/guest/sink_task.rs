//! `kafka:connect/sink-task`: puts records into the external system.

use std::sync::Arc;

use async_trait::async_trait;

use crate::connect::{Config, PartitionOffset, TopicPartition};
use crate::plugin::component::bindings::exported::sink_task::Guest;
use crate::plugin::component::bindings::imported::types;
use crate::plugin::component::convert;
use crate::plugin::component::instance::{Instance, call};
use crate::plugin::ports::{MemoryUse, PluginError, RecordError, SinkTask};

/// A sink task in its own store.
pub struct ComponentSinkTask {
    pub instance: Instance,
    pub guest: Guest,
    pub class: String,
    pub config: Arc<Config>,
}

fn to_guest(partitions: &[TopicPartition]) -> Vec<types::TopicPartition> {
    partitions.iter().map(convert::partition_to_guest).collect()
}

fn from_guest(offsets: Vec<types::PartitionOffset>) -> Vec<PartitionOffset> {
    offsets.into_iter().map(convert::offset_from_guest).collect()
}

#[async_trait]
impl SinkTask for ComponentSinkTask {
    async fn start(&mut self) -> Result<(), PluginError> {
        let config = convert::config_to_guest(&self.config);
        call!(fallible self, "start", call_start(&self.class, &config))?;
        self.instance.started();
        Ok(())
    }

    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Vec<PartitionOffset>, PluginError> {
        let partitions = to_guest(partitions);
        call!(fallible self, "open", call_open(&partitions)).map(from_guest)
    }

    async fn put(&mut self, batch: &[u8]) -> Result<Vec<RecordError>, PluginError> {
        let errors = call!(fallible self, "put", call_put(batch))?;
        let error = |error: types::RecordError| RecordError {
            index: error.index,
            message: convert::error_message(error.message),
        };
        Ok(errors.into_iter().map(error).collect())
    }

    async fn pre_commit(&mut self, delivered: &[PartitionOffset]) -> Result<Vec<PartitionOffset>, PluginError> {
        let delivered: Vec<_> = delivered.iter().map(convert::offset_to_guest).collect();
        call!(fallible self, "pre-commit", call_pre_commit(&delivered)).map(from_guest)
    }

    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<(), PluginError> {
        let partitions = to_guest(partitions);
        call!(fallible self, "close", call_close(&partitions))
    }

    async fn stop(&mut self) -> Result<(), PluginError> {
        if self.instance.is_dead() {
            return Ok(());
        }
        call!(self, "stop", call_stop())
    }

    fn outgrown(&self) -> Option<MemoryUse> {
        self.instance.outgrown()
    }
}
