//! Where a consumer starts to read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::KafkaError as ClientError;
use rdkafka::types::RDKafkaErrorCode;
use tokio::time::sleep;

use super::{ATTEMPT, BACKOFF, Inner, may_commit_later};
use crate::connect::{PartitionOffset, TopicPartition};
use crate::kafka::admin_request::{AdminRequests, RequestFailure};
use crate::kafka::partition_list::{list, names};
use crate::kafka::ports::{KafkaError, OffsetSpec};

impl Inner {
    /// Where the group stands in each partition: at the committed offset, or at the end that is asked for if there is none.
    ///
    /// librdkafka would look for that end by itself, as `auto.offset.reset` says. But a seek meanwhile is forgotten as soon as it gets an
    /// answer to a question from before the seek (`rd_kafka_toppar_handle_Offset`).
    pub(super) async fn positions(
        self: &Arc<Self>,
        partitions: &[TopicPartition],
        reset: Option<OffsetSpec>,
        limit: Duration,
    ) -> Result<Vec<PartitionOffset>, KafkaError> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let asked = partitions.to_vec();
        let committed = self.repeat("fetch committed offsets", limit, move |inner| inner.committed(&asked)).await?;
        let without = committed.iter().filter(|(_, offset)| offset.is_none());
        let new: Vec<TopicPartition> = without.map(|(partition, _)| partition.clone()).collect();
        let ends = match reset {
            _ if new.is_empty() => Vec::new(),
            // As Java's NoOffsetForPartitionException says it.
            None => {
                let new: Vec<_> = new.iter().map(ToString::to_string).collect();
                let message = format!("Undefined offset with no reset policy for partitions: [{}]", new.join(", "));
                return Err(KafkaError { retriable: false, message });
            }
            Some(end) => {
                self.repeat("look up where partitions start", limit, move |inner| {
                    let client = inner.client.client();
                    AdminRequests { client, limit: ATTEMPT, grace: ATTEMPT }.list_offsets(&new, end)
                })
                .await?
            }
        };
        let mut ends = ends.into_iter();
        let position = |(partition, offset): (TopicPartition, Option<i64>)| {
            let offset = offset.or_else(|| ends.next())?;
            Some(PartitionOffset { partition, offset })
        };
        // One end was answered for each that was asked for.
        Ok(committed.into_iter().filter_map(position).collect())
    }

    fn committed(&self, partitions: &[TopicPartition]) -> Result<Vec<(TopicPartition, Option<i64>)>, RequestFailure> {
        let failed = |error: ClientError| {
            RequestFailure::new(error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail), error.to_string())
        };
        let answer = self.client.committed_offsets(list(partitions), ATTEMPT).map_err(failed)?;
        let mut committed = Vec::with_capacity(partitions.len());
        for (element, partition) in answer.elements().iter().zip(names(&answer)) {
            element.error().map_err(failed)?;
            let offset = match element.offset() {
                Offset::Offset(offset) => Some(offset),
                _ => None,
            };
            committed.push((partition, offset));
        }
        self.client.context().log().alive();
        Ok(committed)
    }

    /// Asks again until there is an answer or the time is over, as coordinators and leaders may be moving.
    async fn repeat<T: Send + 'static>(
        self: &Arc<Self>,
        what: &str,
        limit: Duration,
        ask: impl Fn(&Self) -> Result<T, RequestFailure> + Clone + Send + 'static,
    ) -> Result<T, KafkaError> {
        let deadline = Instant::now() + limit;
        loop {
            let ask = ask.clone();
            let failure = match self.blocking(move |inner| ask(inner)).await? {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let retriable = may_pass(&failure);
            if !retriable || Instant::now() >= deadline {
                return Err(KafkaError { retriable, message: format!("failed to {what}: {}", failure.text) });
            }
            self.serve_events();
            sleep(BACKOFF).await;
        }
    }
}

/// Whether the same question may be answered in a moment. A topic that is not known may be on its way.
fn may_pass(failure: &RequestFailure) -> bool {
    use RDKafkaErrorCode::{UnknownPartition, UnknownTopic, UnknownTopicOrPartition};
    failure.may_pass()
        || may_commit_later(failure.code)
        || matches!(failure.code, UnknownPartition | UnknownTopic | UnknownTopicOrPartition)
}
