//! The transforms of one task, one after the other, over all records of a batch (Java's `TransformationChain`).

use std::sync::Arc;

use super::batch_stage::{AnsweredBatches, Answers, StageFailure};
use super::stage::TransformationStage;
use super::{ConnectRecord, TransformError};
use crate::config::connector_config::FailureClass;
use crate::converter::ConverterType;

/// A record on its way through a chain.
#[derive(Clone, Debug)]
pub enum Transformed<'b> {
    /// As the stages so far left it.
    Record(ConnectRecord<'b>),
    /// A transform dropped it; no later stage sees it.
    Dropped,
    /// It could not be transformed; no later stage sees it.
    Failed(FailedRecord),
}

/// Which transform or converter failed, and of what. A predicate's failure is that of the transform that it belongs to.
#[derive(Clone, Debug)]
pub struct FailedRecord {
    /// The class of the transform or converter.
    pub class: Arc<str>,
    /// Which converter it was; none: a transform.
    pub converter: Option<ConverterType>,
    pub error: TransformError,
    /// What kind of failure it is if it ends the task.
    pub failure: FailureClass,
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

    /// Room for what the stages answer to one batch.
    pub fn answers(&self) -> Answers {
        Answers::new(self.stages.iter().filter(|stage| stage.answers_batches()).count())
    }

    /// Takes the records of a batch through all stages: a stage sees the whole batch before the next one does, so that it may
    /// be a single call. Each record keeps its place. Built-in stages never wait.
    ///
    /// # Errors
    /// A stage failed, and not because of one record.
    pub async fn apply<'b>(
        &mut self,
        records: &mut [Transformed<'b>],
        answers: &'b AnsweredBatches<'_>,
    ) -> Result<(), StageFailure> {
        for stage in &mut self.stages {
            stage.apply(records, answers).await?;
        }
        Ok(())
    }

    /// The last call: no batch follows.
    pub async fn close(&mut self) {
        for stage in &mut self.stages {
            stage.close().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use async_trait::async_trait;
    use wasm_connect_batch::{Batch, BatchWriter, FrameHead, Limits, Payload, SchemaId, Value};

    use super::*;
    use crate::transform::batch_stage::{BatchStage, Processed, StageError};
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
            origin: None,
        })
    }

    /// The topics that come out; a dropped record is `-`, a failed one the class and the error.
    #[track_caller]
    fn check(stages: Vec<TransformationStage>, topics: &[&str], expected: &[&str]) {
        let records = topics.iter().map(|topic| record(topic, Value::Int8(1))).collect();
        assert_eq!(outcomes(stages, records), expected);
    }

    /// Polls once: what never waits is ready then.
    #[track_caller]
    fn outcomes(stages: Vec<TransformationStage>, records: Vec<Transformed<'_>>) -> Vec<String> {
        let mut chain = TransformationChain::new(stages);
        let answers = chain.answers();
        let batches = answers.batches();
        let mut records = records;
        let applied = pin!(chain.apply(&mut records, &batches)).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(applied, Poll::Ready(Ok(()))), "{applied:?}");
        let outcome = |record: &Transformed<'_>| match record {
            Transformed::Record(record) => record.topic.to_string(),
            Transformed::Dropped => "-".to_owned(),
            Transformed::Failed(failed) => format!("{}: {}", failed.class, failed.error),
        };
        records.iter().map(outcome).collect()
    }

    /// Answers each batch with the value `seen` in each record, with a hole for the topic `drop`, and fails of the topic `fail`.
    /// As a predicate it holds for the topic `yes`.
    struct Elsewhere {
        is_predicate: bool,
    }

    #[async_trait]
    impl BatchStage for Elsewhere {
        async fn process(&mut self, batch: Vec<u8>) -> Result<Processed, StageFailure> {
            tokio::task::yield_now().await;
            let batch = Batch::parse(&batch, &Limits::default()).unwrap();
            let topics: Vec<_> = batch.records().map(|(_, record)| record.topic().unwrap()).collect();
            let fails = topics.iter().enumerate().filter(|(_, topic)| **topic == "fail");
            let error = StageError { error: TransformError::data("no"), class: FailureClass::Trap };
            let failed = fails.map(|(at, _)| (at, error.clone())).collect();
            if self.is_predicate {
                let mut answer = vec![0; topics.len().div_ceil(8)];
                let holds = topics.iter().enumerate().filter(|(_, topic)| **topic == "yes");
                holds.for_each(|(at, _)| answer[at / 8] |= 1 << (at % 8));
                return Ok(Processed { answer, failed });
            }
            let mut writer = BatchWriter::new();
            for topic in topics {
                if topic == "drop" {
                    writer.hole();
                    continue;
                }
                let head = FrameHead { topic: Some(writer.string(&format!("{topic}+"))), ..FrameHead::default() };
                let mut frame = writer.begin(&head);
                frame.value(Payload::Str(SchemaId::STRING, "seen")).unwrap();
                frame.finish();
            }
            Ok(Processed { answer: writer.finish(), failed })
        }

        async fn close(&mut self) {}
    }

    fn elsewhere(class: &'static str) -> TransformationStage {
        TransformationStage::in_batches(class, Box::new(Elsewhere { is_predicate: false }))
    }

    async fn outcomes_of(stages: Vec<TransformationStage>, topics: &[&str]) -> Vec<String> {
        let mut chain = TransformationChain::new(stages);
        let answers = chain.answers();
        let batches = answers.batches();
        let mut records: Vec<_> = topics.iter().map(|topic| record(topic, Value::Int8(1))).collect();
        chain.apply(&mut records, &batches).await.unwrap();
        let outcome = |record: Transformed<'_>| match record {
            Transformed::Record(record) => {
                format!("{} {:?}", record.topic.clone(), record.value.into_owned().unwrap().1)
            }
            Transformed::Dropped => "-".to_owned(),
            Transformed::Failed(failed) => {
                format!("{} {:?} {:?}: {}", failed.class, failed.converter, failed.failure, failed.error)
            }
        };
        records.into_iter().map(outcome).collect()
    }

    #[tokio::test]
    async fn stages_that_take_batches_stand_among_the_others() {
        let seen = |topic: &str| format!("{topic} String(\"seen\")");
        let outcomes = outcomes_of(vec![mark("1"), elsewhere("E"), mark("2"), elsewhere("F")], &["a", "b"]).await;
        assert_eq!(outcomes, [seen("a1+2+"), seen("b1+2+")]);
        let outcomes = outcomes_of(vec![elsewhere("E"), elsewhere("F")], &["a", "drop", "fail", "b"]).await;
        assert_eq!(outcomes, [seen("a++"), "-".into(), "E None Trap: no".into(), seen("b++")]);
    }

    #[tokio::test]
    async fn predicates_and_transforms_may_each_be_built_in_or_not() {
        let predicate = || Box::new(Elsewhere { is_predicate: true });
        let topics = &["yes", "no", "fail", "yes"];
        let outcomes = outcomes_of(vec![mark("1").only_if_in_batches(predicate(), false)], topics).await;
        assert_eq!(outcomes, ["yes1 Int8(1)", "no Int8(1)", "1 None Trap: no", "yes1 Int8(1)"]);
        let outcomes = outcomes_of(vec![elsewhere("E").only_if_in_batches(predicate(), true)], topics).await;
        assert_eq!(outcomes, ["yes Int8(1)", "no+ String(\"seen\")", "E None Trap: no", "yes Int8(1)"]);
        let is_no = Box::new(IsTopic("no"));
        let outcomes = outcomes_of(vec![elsewhere("E").only_if(is_no, false)], &["unknown", "no", "yes"]).await;
        assert_eq!(outcomes, ["E None Error: who knows?", "no+ String(\"seen\")", "yes Int8(1)"]);
        // Nothing for it: it is not even called.
        let is_none = Box::new(IsTopic("none"));
        assert_eq!(outcomes_of(vec![elsewhere("E").only_if(is_none, false)], &["drop"]).await, ["drop Int8(1)"]);
    }

    #[tokio::test]
    async fn a_converter_is_shown_its_part_and_changes_nothing_else() {
        let converter =
            TransformationStage::converter("C", ConverterType::Value, Box::new(Elsewhere { is_predicate: false }));
        let outcomes = outcomes_of(vec![converter], &["a", "fail"]).await;
        assert_eq!(outcomes, ["a String(\"seen\")", "C Some(Value) Trap: no"]);
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
        let stages = |negate| {
            let stage = TransformationStage::new("Filter", filter.create(&config).unwrap());
            vec![stage.only_if(predicate.create(&config).unwrap(), negate), mark("!")]
        };
        let records = || vec![record("a", Value::Null), record("b", Value::Int8(1))];
        assert_eq!(outcomes(stages(false), records()), ["-", "b!"]);
        assert_eq!(outcomes(stages(true), records()), ["a!", "-"]);
    }
}
