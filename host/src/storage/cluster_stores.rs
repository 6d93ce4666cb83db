//! The three stores that the workers of a cluster share, each in a topic of its own.

use std::sync::Arc;
use std::time::Duration;

use super::config_store::{ConfigUpdateListener, KafkaConfigStore};
use super::kafka_based_log::{InternalTopic, LogError, LogOptions};
use super::offset_store::KafkaOffsetStore;
use super::status_store::KafkaStatusStore;
use crate::config::client_settings::{
    log_consumer_settings, log_producer_settings, status_producer_settings, worker_admin_settings,
};
use crate::config::distributed_config::DistributedConfig;
use crate::kafka::ports::{Admin, ClientSettings, Clients, NewTopic};

/// Before a store that could not be read is read again: brokers come and go while a cluster starts.
const BACKOFF: Duration = Duration::from_secs(1);

/// What a cluster keeps in Kafka.
pub struct ClusterStores {
    pub configs: Arc<KafkaConfigStore>,
    pub offsets: Arc<KafkaOffsetStore>,
    pub status: Arc<KafkaStatusStore>,
}

/// How each of the topics is used.
struct Topics<'a> {
    config: &'a DistributedConfig,
    admin: Arc<dyn Admin>,
    clients: &'a Arc<dyn Clients>,
}

// === impl ClusterStores ===

impl ClusterStores {
    /// Reads all three to their ends; `listener` hears of later changes of configurations. Waits for Kafka as long as that may help.
    pub async fn start(
        config: &DistributedConfig,
        clients: &Arc<dyn Clients>,
        listener: Arc<dyn ConfigUpdateListener>,
    ) -> Result<Self, LogError> {
        let admin_id = format!("{}shared-admin", config.client_id_base());
        let admin = clients.admin(&admin_id, &worker_admin_settings(&config.worker)).await?;
        let topics = Topics { config, admin, clients };
        let (offsets, status, configs) = tokio::try_join!(topics.offsets(), topics.status(), topics.configs(listener))?;
        Ok(Self { configs: Arc::new(configs), offsets: Arc::new(offsets), status: Arc::new(status) })
    }
}

// === impl Topics ===

impl Topics<'_> {
    async fn offsets(&self) -> Result<KafkaOffsetStore, LogError> {
        retried(|| {
            let options = self.options(
                &self.config.offset_topic,
                "offset.storage.topic",
                "source connector offsets",
                "offsets",
                log_producer_settings(&self.config.worker),
            );
            KafkaOffsetStore::start(options, self.clients, &self.admin)
        })
        .await
    }

    async fn status(&self) -> Result<KafkaStatusStore, LogError> {
        retried(|| {
            let options = self.options(
                &self.config.status_topic,
                "status.storage.topic",
                "connector and task statuses",
                "statuses",
                status_producer_settings(&self.config.worker),
            );
            KafkaStatusStore::start(options, self.clients, &self.admin)
        })
        .await
    }

    async fn configs(&self, listener: Arc<dyn ConfigUpdateListener>) -> Result<KafkaConfigStore, LogError> {
        retried(|| {
            let options = self.options(
                &self.config.config_topic,
                "config.storage.topic",
                "connector configurations",
                "configs",
                log_producer_settings(&self.config.worker),
            );
            KafkaConfigStore::start(options, self.clients, &self.admin, listener.clone())
        })
        .await
    }

    /// `client` ends the names of the clients, as in Java.
    fn options(
        &self,
        new_topic: &NewTopic,
        property: &'static str,
        purpose: &'static str,
        client: &str,
        producer: ClientSettings,
    ) -> LogOptions {
        LogOptions {
            topic: InternalTopic {
                new_topic: new_topic.clone(),
                property,
                purpose,
                single_partition: property == "config.storage.topic",
            },
            client_id: format!("{}{client}", self.config.client_id_base()),
            producer,
            consumer: log_consumer_settings(&self.config.worker),
            read_committed: false,
        }
    }
}

async fn retried<T, F: Future<Output = Result<T, LogError>>>(start: impl Fn() -> F) -> Result<T, LogError> {
    loop {
        match start().await {
            Err(error) if error.is_retriable() => {
                tracing::warn!("{error}; trying on");
                tokio::time::sleep(BACKOFF).await;
            }
            outcome => return outcome,
        }
    }
}
