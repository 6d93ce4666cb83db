//! The transforms of one task, one after the other, over all records of a batch (Java's `TransformationChain`).

use std::sync::Arc;

use super::stage::TransformationStage;
use super::{ConnectRecord, TransformError};

/// A record on its way through a chain.
#[derive(Clone, Debug)]
pub enum Transformed<'b> {
    /// As the stages so far left it.
    Record(ConnectRecord<'b>),
    /// A transform dropped it; no later stage sees it.
    Dropped,
    /// It could not be transformed; no later stage sees it.
    Failed(FailedTransformation),
}

/// Which transform failed, and of what. A predicate's failure is that of the transform that it belongs to.
#[derive(Clone, Debug)]
pub struct FailedTransformation {
    /// The transform's class.
    pub class: Arc<str>,
    pub error: TransformError,
}

/// Stages in the order of `transforms`; usually none at all.
#[derive(Default)]
pub struct TransformationChain {
    stages: Vec<TransformationStage>,
}

// === impl TransformationChain ===

impl TransformationChain {
    pub fn new(stages: Vec<TransformationStage>) -> Self {
        Self { stages }
    }

    /// Whether every record passes as it is.
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// Takes the records of a batch through all stages: a stage sees the whole batch before the next one does, so that it may
    /// be a single call. Each record keeps its place.
    pub fn apply(&mut self, records: &mut [Transformed<'_>]) {
        self.stages.iter_mut().for_each(|stage| stage.apply(records));
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use wasm_connect_batch::Value;

    use super::*;
    use crate::transform::{Part, Predicate, Transformation, builtin_predicate, builtin_transformation};

    /// Writes its mark behind the topic; fails where the topic is `bad`.
    struct Mark(&'static str);

    impl Transformation for Mark {
        fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
            if record.topic == "bad" {
                return Err(TransformError::data("a bad topic"));
            }
            record.topic = Cow::Owned(format!("{}{}", record.topic, self.0));
            Ok(Some(record))
        }
    }

    /// Holds for one topic; fails where the topic is `unknown`.
    struct IsTopic(&'static str);

    impl Predicate for IsTopic {
        fn test(&mut self, record: &ConnectRecord<'_>) -> Result<bool, TransformError> {
            if record.topic == "unknown" {
                return Err(TransformError::data("who knows?"));
            }
            Ok(record.topic == self.0)
        }
    }

    fn mark(text: &'static str) -> TransformationStage {
        TransformationStage::new(text, Box::new(Mark(text)))
    }

    fn record(topic: &str, value: Value) -> Transformed<'_> {
        Transformed::Record(ConnectRecord {
            topic: topic.into(),
            partition: None,
            key: Part::NULL,
            value: Part::Owned { schema: None, value },
            headers: Vec::new(),
            timestamp: None,
            timestamp_type: None,
            kafka_offset: None,
        })
    }

    /// The topics that come out; a dropped record is `-`, a failed one the class and the error.
    fn check(stages: Vec<TransformationStage>, topics: &[&str], expected: &[&str]) {
        let mut records: Vec<_> = topics.iter().map(|topic| record(topic, Value::Int8(1))).collect();
        TransformationChain::new(stages).apply(&mut records);
        assert_eq!(outcomes(&records), expected);
    }

    fn outcomes(records: &[Transformed<'_>]) -> Vec<String> {
        let outcome = |record: &Transformed<'_>| match record {
            Transformed::Record(record) => record.topic.to_string(),
            Transformed::Dropped => "-".to_owned(),
            Transformed::Failed(failed) => format!("{}: {}", failed.class, failed.error),
        };
        records.iter().map(outcome).collect()
    }

    #[test]
    fn stages_run_in_order() {
        check(vec![mark("1"), mark("2"), mark("3")], &["a", "b"], &["a123", "b123"]);
        check(vec![], &["a"], &["a"]);
    }

    #[test]
    fn a_predicate_says_which_records_a_stage_changes() {
        check(vec![mark("1").only_if(Box::new(IsTopic("a")), false)], &["a", "b"], &["a1", "b"]);
        check(vec![mark("1").only_if(Box::new(IsTopic("a")), true)], &["a", "b"], &["a", "b1"]);
    }

    #[test]
    fn a_failed_record_is_past_no_later_stage_and_names_the_transform() {
        let last = || mark("2").only_if(Box::new(IsTopic("a1")), true);
        check(vec![mark("1"), last()], &["a", "bad", "c"], &["a1", "1: a bad topic", "c12"]);
        check(vec![last()], &["unknown", "b"], &["2: who knows?", "b2"]);
    }

    #[test]
    fn tombstones_are_filtered_and_nothing_else_is() {
        let predicate = builtin_predicate("org.apache.kafka.connect.transforms.predicates.RecordIsTombstone").unwrap();
        let filter = builtin_transformation("org.apache.kafka.connect.transforms.Filter").unwrap();
        let config = crate::connect::Config::new();
        let chain = |negate| {
            let stage = TransformationStage::new("Filter", filter.create(&config).unwrap());
            TransformationChain::new(vec![stage.only_if(predicate.create(&config).unwrap(), negate), mark("!")])
        };
        let records = || [record("a", Value::Null), record("b", Value::Int8(1))];
        let (mut kept, mut tombstones) = (records(), records());
        chain(false).apply(&mut kept);
        chain(true).apply(&mut tombstones);
        assert_eq!(outcomes(&kept), ["-", "b!"]);
        assert_eq!(outcomes(&tombstones), ["a!", "-"]);
    }
}
