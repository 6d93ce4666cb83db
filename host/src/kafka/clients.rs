//! Makes clients for settings under Java's names.

use std::sync::Arc;

use async_trait::async_trait;

use super::admin::ClusterAdmin;
use super::client_config::{AdminConfig, ConsumerConfig, ProducerConfig};
use super::consumer::GroupConsumer;
use super::group_member::GroupMember;
use super::ports::{
    AckListener, Admin, ClientSettings, Clients, Consumer, GroupMembership, GroupMembershipOptions, KafkaError,
    Producer, Subscription, TopicReader,
};
use super::producer::{ProducerPool, TaskProducer};
use super::topic_reader::SimpleReader;
use super::wire::WireConfig;

/// Real clients of a real cluster; producers are shared by whoever asks with equal settings.
#[derive(Default)]
pub struct KafkaClients {
    producers: ProducerPool,
}

impl KafkaClients {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Clients for KafkaClients {
    async fn producer(
        &self,
        client_id: &str,
        settings: &ClientSettings,
        acks: Arc<dyn AckListener>,
    ) -> Result<Box<dyn Producer>, KafkaError> {
        let config = ProducerConfig::new(client_id, settings)?;
        // The client comes with the first record; what is wrong with its settings is said now.
        config.librdkafka.check()?;
        config.librdkafka.tell();
        Ok(Box::new(TaskProducer::new(self.producers.get(config, settings), acks)))
    }

    async fn consumer(
        &self,
        client_id: &str,
        settings: &ClientSettings,
        topics: &Subscription,
    ) -> Result<Box<dyn Consumer>, KafkaError> {
        let config = ConsumerConfig::new(client_id, settings)?;
        config.librdkafka.check()?;
        config.librdkafka.tell();
        Ok(Box::new(GroupConsumer::start(config, topics).await?))
    }

    async fn admin(&self, client_id: &str, settings: &ClientSettings) -> Result<Arc<dyn Admin>, KafkaError> {
        let config = AdminConfig::new(client_id, settings)?;
        config.librdkafka.check()?;
        config.librdkafka.tell();
        Ok(Arc::new(ClusterAdmin::start(&config)?))
    }

    async fn topic_reader(
        &self,
        client_id: &str,
        settings: &ClientSettings,
        topic: &str,
        from: Vec<i64>,
    ) -> Result<Box<dyn TopicReader>, KafkaError> {
        let config = ConsumerConfig::new(client_id, settings)?;
        config.librdkafka.check()?;
        config.librdkafka.tell();
        Ok(Box::new(SimpleReader::start(&config, topic, from)?))
    }

    async fn group_membership(
        &self,
        client_id: &str,
        settings: &ClientSettings,
        options: GroupMembershipOptions,
    ) -> Result<Box<dyn GroupMembership>, KafkaError> {
        Ok(Box::new(GroupMember::start(WireConfig::new(client_id, settings)?, options)))
    }
}
