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
use crate::kafka::ports::{Admin, ClientSettings, Clients, KafkaError, NewTopic};

/// Before a store that could not be read is read again: brokers come and go while a cluster starts.
const BACKOFF: Duration = Duration::from_secs(1);

/// What a cluster keeps in Kafka.
pub struct ClusterStores {
    pub configs: Arc<KafkaConfigStore>,
    pub offsets: Arc<KafkaOffsetStore>,
    pub status: Arc<KafkaStatusStore>,
}

/// The topics of a cluster, before they are read.
pub struct ClusterTopics<'a> {
    config: &'a DistributedConfig,
    admin: Arc<dyn Admin>,
    clients: &'a Arc<dyn Clients>,
}

// === impl ClusterStores ===

impl ClusterStores {
    /// Reads all three to their ends; `listener` hears of later changes of configurations. Topics that are missing are created. Waits
    /// for Kafka as long as that may help.
    pub async fn start(
        config: &DistributedConfig,
        clients: &Arc<dyn Clients>,
        listener: Arc<dyn ConfigUpdateListener>,
    ) -> Result<Self, LogError> {
        let topics = ClusterTopics::new(config, clients).await?;
        let (offsets, status, configs) = tokio::try_join!(
            retried(|| topics.offsets()),
            retried(|| topics.status()),
            retried(|| topics.configs(listener.clone()))
        )?;
        Ok(Self { configs: Arc::new(configs), offsets: Arc::new(offsets), status: Arc::new(status) })
    }
}

// === impl ClusterTopics ===

impl<'a> ClusterTopics<'a> {
    pub async fn new(config: &'a DistributedConfig, clients: &'a Arc<dyn Clients>) -> Result<Self, KafkaError> {
        let admin_id = format!("{}shared-admin", config.client_id_base());
        let admin = clients.admin(&admin_id, &worker_admin_settings(&config.worker)).await?;
        Ok(Self { config, admin, clients })
    }

    /// The key and name of a topic that is not there.
    pub async fn missing(&self) -> Result<Option<(&'static str, &'a str)>, KafkaError> {
        for topic in [self.config_topic(), self.offset_topic(), self.status_topic()] {
            if self.admin.describe_topic(&topic.new_topic.name).await?.is_none() {
                return Ok(Some((topic.property, &topic.new_topic.name)));
            }
        }
        Ok(None)
    }

    pub async fn offsets(&self) -> Result<KafkaOffsetStore, LogError> {
        let options = self.options(self.offset_topic(), "offsets", log_producer_settings(&self.config.worker));
        KafkaOffsetStore::start(options, self.clients, &self.admin).await
    }

    pub async fn status(&self) -> Result<KafkaStatusStore, LogError> {
        let options = self.options(self.status_topic(), "statuses", status_producer_settings(&self.config.worker));
        KafkaStatusStore::start(options, self.clients, &self.admin).await
    }

    pub async fn configs(&self, listener: Arc<dyn ConfigUpdateListener>) -> Result<KafkaConfigStore, LogError> {
        let options = self.options(self.config_topic(), "configs", log_producer_settings(&self.config.worker));
        KafkaConfigStore::start(options, self.clients, &self.admin, listener).await
    }

    fn config_topic(&self) -> Topic<'a> {
        Topic {
            new_topic: &self.config.config_topic,
            property: "config.storage.topic",
            purpose: "connector configurations",
        }
    }

    fn offset_topic(&self) -> Topic<'a> {
        Topic {
            new_topic: &self.config.offset_topic,
            property: "offset.storage.topic",
            purpose: "source connector offsets",
        }
    }

    fn status_topic(&self) -> Topic<'a> {
        Topic {
            new_topic: &self.config.status_topic,
            property: "status.storage.topic",
            purpose: "connector and task statuses",
        }
    }

    /// `client` ends the names of the clients, as in Java.
    fn options(&self, topic: Topic<'_>, client: &str, producer: ClientSettings) -> LogOptions {
        LogOptions {
            topic: InternalTopic {
                new_topic: topic.new_topic.clone(),
                property: topic.property,
                purpose: topic.purpose,
                single_partition: topic.property == "config.storage.topic",
            },
            client_id: format!("{}{client}", self.config.client_id_base()),
            producer,
            consumer: log_consumer_settings(&self.config.worker),
            read_committed: false,
        }
    }
}

/// One of them; see [`InternalTopic`].
struct Topic<'a> {
    new_topic: &'a NewTopic,
    property: &'static str,
    purpose: &'static str,
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
