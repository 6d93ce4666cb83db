//! Keeps a subscription to what a pattern matches.

use std::sync::Weak;
use std::time::Duration;

use rdkafka::consumer::Consumer as _;
use rdkafka::types::RDKafkaErrorCode;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::topic_pattern::TopicPattern;
use super::{ATTEMPT, Inner};

/// Keeps the subscription to what the pattern matches, until the consumer is gone.
pub(super) async fn resolve(inner: Weak<Inner>, pattern: TopicPattern, max_age: Duration) {
    let mut subscribed = Vec::new();
    loop {
        let (inner, pattern, before) = (inner.clone(), pattern.clone(), std::mem::take(&mut subscribed));
        // The client is held by a thread that may block only: whoever drops it last leaves the group.
        let resolved = spawn_blocking(move || inner.upgrade().map(|inner| inner.resolve(&pattern, before))).await;
        let Ok(Some((names, ok))) = resolved else { return };
        subscribed = names;
        sleep(if ok { max_age } else { ATTEMPT }).await;
    }
}

impl Inner {
    /// Subscribes to what matches now if it is not what is subscribed to; false: ask again soon.
    fn resolve(&self, pattern: &TopicPattern, subscribed: Vec<String>) -> (Vec<String>, bool) {
        let log = self.client.context().log();
        let metadata = match self.client.fetch_metadata(None, ATTEMPT) {
            Ok(metadata) => metadata,
            Err(error) => {
                log.recoverable(
                    error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail),
                    "failed to list the topics for a pattern",
                );
                return (subscribed, false);
            }
        };
        let names = pattern.select(metadata.topics().iter().map(|topic| topic.name()));
        if names == subscribed {
            return (subscribed, true);
        }
        tracing::info!(
            client_id = log.client_id(),
            topics = names.join(","),
            "the topics that match the pattern have changed"
        );
        if names.is_empty() {
            self.client.unsubscribe();
        } else if let Err(error) = self.subscribe(&names) {
            tracing::warn!(client_id = log.client_id(), "{error}");
            return (subscribed, false);
        }
        (names, true)
    }
}
