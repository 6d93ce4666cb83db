//! Topics of source tasks, created before the first record if the connector's config says how (KIP-158).

use std::sync::Arc;

use super::TaskFailure;
use crate::kafka::ports::{Admin, NewTopic};

/// How new topics look; the first rule that matches wins.
pub type NewTopicRule = Arc<dyn Fn(&str) -> NewTopic + Send + Sync>;

/// Creates missing topics, or leaves it to the broker's `auto.create.topics.enable`.
pub struct TopicCreation {
    rule: Option<(Arc<dyn Admin>, NewTopicRule)>,
}

impl TopicCreation {
    /// The broker creates topics, or refuses.
    pub fn by_broker() -> Self {
        Self { rule: None }
    }

    /// `topic.creation.*` of the connector, with `topic.creation.enable` of the worker.
    pub fn by_rule(admin: Arc<dyn Admin>, rule: NewTopicRule) -> Self {
        Self { rule: Some((admin, rule)) }
    }

    /// Makes sure that `topic` exists.
    pub async fn ensure(&self, topic: &str) -> Result<(), TaskFailure> {
        let Some((admin, rule)) = &self.rule else { return Ok(()) };
        let failed = |error| {
            TaskFailure::caused_by(
                format!(
                    "Task failed to create new topic {topic}. Ensure that the task is authorized to create topics or that \
                     the topic exists and restart the task"
                ),
                error,
            )
        };
        if admin.describe_topic(topic).await.map_err(failed)?.is_some() {
            return Ok(());
        }
        let new = rule(topic);
        if admin.create_topic(&new).await.map_err(failed)? {
            tracing::info!(
                "Created topic {topic} with {} partition(s), replication factor {}",
                new.partitions,
                new.replication_factor
            );
        }
        Ok(())
    }
}
