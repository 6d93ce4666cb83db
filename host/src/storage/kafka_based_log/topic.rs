//! An internal topic before it is used: created if it is missing, and refused if it would lose records
//! (Java's `KafkaTopicBasedBackingStore` and `TopicAdmin.verifyTopicCleanupPolicyOnlyCompact`).

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::kafka::ports::{Admin, KafkaError, NewTopic};

/// The longest that a topic which was created may take to be seen (Java's `CREATE_TOPIC_TIMEOUT_NS`).
const CREATE_TOPIC_TIMEOUT: Duration = Duration::from_secs(30);
/// Before the cluster is asked again.
const BACKOFF: Duration = Duration::from_millis(100);

/// Why a topic cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TopicError {
    /// Records would be deleted that are still needed.
    #[error(
        "Topic '{topic}' supplied via the '{property}' property is required to have 'cleanup.policy=compact' to guarantee \
         consistency and durability of {purpose}, but found the topic currently has 'cleanup.policy={found}'. Continuing would \
         likely result in eventually losing {purpose} and problems restarting this Connect cluster in the future. Change the \
         '{property}' property in the Connect worker configurations to use a topic with 'cleanup.policy=compact'."
    )]
    NotCompacted { topic: String, property: &'static str, purpose: &'static str, found: String },
    /// Records would have no order among them.
    #[error(
        "Topic '{topic}' supplied via the '{property}' property is required to have a single partition in order to guarantee \
         consistency of {purpose}, but found {found} partitions."
    )]
    ManyPartitions { topic: String, property: &'static str, purpose: &'static str, found: i32 },
    /// It was created, or the broker should have done it, and nobody knows it.
    #[error(
        "Could not look up partition metadata for topic '{topic}' supplied via the '{property}' property in allotted period. This \
         could indicate a connectivity issue, unavailable topic partitions, or if this is your first use of the topic it may have \
         taken too long to create."
    )]
    NotSeen { topic: String, property: &'static str },
    #[error("Error while attempting to create/find topic '{topic}' supplied via the '{property}' property: {error}")]
    Kafka { topic: String, property: &'static str, error: KafkaError },
}

impl TopicError {
    /// Whether the same attempt may succeed later without anybody changing anything.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::NotCompacted { .. } | Self::ManyPartitions { .. } => false,
            Self::NotSeen { .. } => true,
            Self::Kafka { error, .. } => error.retriable,
        }
    }
}

/// A topic of the worker's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InternalTopic {
    /// How it is created if it is missing.
    pub new_topic: NewTopic,
    /// The worker key that names it.
    pub property: &'static str,
    /// What it holds, in Java's words.
    pub purpose: &'static str,
    /// Whether it must have one partition only.
    pub single_partition: bool,
}

impl InternalTopic {
    /// Makes sure that the topic is there and fit; how many partitions it has.
    pub(super) async fn prepare(&self, admin: &dyn Admin) -> Result<i32, TopicError> {
        let topic = &self.new_topic.name;
        let partitions = match self.partitions(admin).await? {
            Some(partitions) => {
                self.check_cleanup_policy(admin).await?;
                partitions
            }
            None => {
                let created = admin.create_topic(&self.new_topic).await.map_err(|error| self.failed(error))?;
                if created {
                    tracing::info!("Created topic {topic} for {}", self.purpose);
                }
                let partitions = self.wait_for_partitions(admin).await?;
                if !created {
                    // Another worker was faster; only now does the broker know the topic that it was asked for.
                    self.check_cleanup_policy(admin).await?;
                }
                partitions
            }
        };
        if self.single_partition && partitions > 1 {
            return Err(TopicError::ManyPartitions {
                topic: topic.clone(),
                property: self.property,
                purpose: self.purpose,
                found: partitions,
            });
        }
        Ok(partitions)
    }

    async fn partitions(&self, admin: &dyn Admin) -> Result<Option<i32>, TopicError> {
        let described = admin.describe_topic(&self.new_topic.name).await.map_err(|error| self.failed(error))?;
        Ok(described.map(|topic| topic.partitions).filter(|partitions| *partitions > 0))
    }

    async fn wait_for_partitions(&self, admin: &dyn Admin) -> Result<i32, TopicError> {
        let deadline = Instant::now() + CREATE_TOPIC_TIMEOUT;
        loop {
            if let Some(partitions) = self.partitions(admin).await? {
                return Ok(partitions);
            }
            if Instant::now() >= deadline {
                return Err(TopicError::NotSeen { topic: self.new_topic.name.clone(), property: self.property });
            }
            sleep(BACKOFF).await;
        }
    }

    async fn check_cleanup_policy(&self, admin: &dyn Admin) -> Result<(), TopicError> {
        let topic = &self.new_topic.name;
        let policy = admin.topic_config(topic, "cleanup.policy").await.map_err(|error| self.failed(error))?;
        let Some(policy) = policy else {
            tracing::info!(
                "Unable to use admin client to verify the cleanup policy of '{topic}' topic is 'compact', either because the broker \
                 is an older version or because the Kafka principal used for Connect internal topics does not have the required \
                 permission to describe topic configurations."
            );
            return Ok(());
        };
        let policies: BTreeSet<&str> = policy.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
        if policies.is_empty() || policies == BTreeSet::from(["compact"]) {
            return Ok(());
        }
        Err(TopicError::NotCompacted {
            topic: topic.clone(),
            property: self.property,
            purpose: self.purpose,
            found: Vec::from_iter(policies).join(","),
        })
    }

    fn failed(&self, error: KafkaError) -> TopicError {
        TopicError::Kafka { topic: self.new_topic.name.clone(), property: self.property, error }
    }
}
