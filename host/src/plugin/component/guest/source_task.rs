//! `kafka:connect/source-task`: polls records from the external system.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::connect::Config;
use crate::plugin::component::bindings::exported::source_task::{Guest, Limits, Polled};
use crate::plugin::component::convert;
use crate::plugin::component::host::file_watch::WatchedFiles;
use crate::plugin::component::instance::{Instance, call};
use crate::plugin::ports::{MemoryUse, PluginError, PollLimits, PolledRecords, SourceTask, SourceTaskOptions};

/// A source task in its own store.
pub struct ComponentSourceTask {
    pub instance: Instance,
    pub guest: Guest,
    pub class: String,
    pub config: Arc<Config>,
    pub files: WatchedFiles,
}

#[async_trait]
impl SourceTask for ComponentSourceTask {
    async fn start(&mut self) -> Result<SourceTaskOptions, PluginError> {
        let config = convert::config_to_guest(&self.config);
        let options = call!(fallible self, "start", call_start(&self.class, &config))?;
        self.instance.started();
        Ok(SourceTaskOptions { acknowledge_records: options.acknowledge_records, commit: options.commit })
    }

    async fn poll(&mut self, limits: PollLimits) -> Result<PolledRecords, PluginError> {
        let guest_limits = Limits {
            max_records: limits.max_records,
            max_bytes: limits.max_bytes,
            max_wait_ms: u32::try_from(limits.max_wait.as_millis()).unwrap_or(u32::MAX),
        };
        let polled = call!(fallible self, "poll", waiting limits.max_wait, call_poll(guest_limits))?;
        Ok(match polled {
            Polled::Records(batch) => PolledRecords::Batch(batch),
            Polled::Idle(milliseconds) => PolledRecords::Idle(Duration::from_millis(milliseconds.into())),
        })
    }

    async fn file_changed(&mut self) {
        self.files.changed().await;
    }

    async fn acknowledged(&mut self, acks: Vec<u8>) -> Result<(), PluginError> {
        call!(fallible self, "acknowledged", call_acknowledged(&acks))
    }

    async fn commit(&mut self) -> Result<(), PluginError> {
        call!(fallible self, "commit", call_commit())
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
