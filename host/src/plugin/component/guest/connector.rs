//! Connectors of both directions: they split the work and watch their system.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::connect::{Config, TopicPartition};
use crate::plugin::component::bindings::exported::{sink_connector, source_connector};
use crate::plugin::component::convert;
use crate::plugin::component::instance::{Instance, call};
use crate::plugin::ports::{Connector, ExactlyOnceSupport, MemoryUse, PluginError};

/// A source's connector.
pub struct SourceConnector {
    pub instance: Instance,
    pub guest: source_connector::Guest,
    pub class: String,
    pub config: Arc<Config>,
}

/// A sink's connector.
pub struct SinkConnector {
    pub instance: Instance,
    pub guest: sink_connector::Guest,
    pub class: String,
    pub config: Arc<Config>,
}

/// The two interfaces have these functions in common, but not a type.
macro_rules! connector {
    ($connector:ty) => {
        #[async_trait]
        impl Connector for $connector {
            async fn start(&mut self) -> Result<(), PluginError> {
                let config = convert::config_to_guest(&self.config);
                call!(fallible self, "start", call_start(&self.class, &config))?;
                self.instance.started();
                Ok(())
            }

            async fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<Config>, PluginError> {
                let configs = call!(fallible self, "task-configs", call_task_configs(max_tasks))?;
                Ok(configs.into_iter().map(convert::config_from_guest).collect())
            }

            async fn monitor(&mut self) -> Result<Option<Duration>, PluginError> {
                let again = call!(fallible self, "monitor", call_monitor())?;
                Ok(again.map(|milliseconds| Duration::from_millis(milliseconds.into())))
            }

            async fn stop(&mut self) -> Result<(), PluginError> {
                call!(self, "stop", call_stop())
            }

            fn outgrown(&self) -> Option<MemoryUse> {
                self.instance.outgrown()
            }
        }
    };
}

connector!(SourceConnector);
connector!(SinkConnector);

impl SourceConnector {
    /// May be called without a start.
    pub async fn exactly_once_support(&mut self) -> Result<ExactlyOnceSupport, PluginError> {
        let config = convert::config_to_guest(&self.config);
        let answer = call!(self, "exactly-once-support", call_exactly_once_support(&self.class, &config))?;
        Ok(match answer {
            source_connector::ExactlyOnce::Supported => ExactlyOnceSupport::Supported,
            source_connector::ExactlyOnce::Unsupported => ExactlyOnceSupport::Unsupported,
            source_connector::ExactlyOnce::Unknown => ExactlyOnceSupport::Unknown,
        })
    }

    /// May be called without a start.
    pub async fn can_define_transaction_boundaries(&mut self) -> Result<bool, PluginError> {
        let config = convert::config_to_guest(&self.config);
        let call = "can-define-transaction-boundaries";
        call!(self, call, call_can_define_transaction_boundaries(&self.class, &config))
    }

    /// May be called without a start.
    pub async fn alter_offsets(&mut self, offsets: &[(String, Option<String>)]) -> Result<bool, PluginError> {
        let config = convert::config_to_guest(&self.config);
        call!(fallible self, "alter-offsets", call_alter_offsets(&self.class, &config, offsets))
    }
}

impl SinkConnector {
    /// May be called without a start.
    pub async fn alter_offsets(&mut self, offsets: &[(TopicPartition, Option<i64>)]) -> Result<bool, PluginError> {
        let config = convert::config_to_guest(&self.config);
        let to_guest =
            |(partition, offset): &(TopicPartition, Option<i64>)| (convert::partition_to_guest(partition), *offset);
        let offsets: Vec<_> = offsets.iter().map(to_guest).collect();
        call!(fallible self, "alter-offsets", call_alter_offsets(&self.class, &config, &offsets))
    }
}
