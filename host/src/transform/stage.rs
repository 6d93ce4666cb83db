//! One transform of a chain, and the predicate that says which records it is for (Java's `TransformationStage`); or a converter
//! that stands in the chain because it takes whole batches.

use std::sync::Arc;

use super::batch_stage::{AnsweredBatches, BatchStage, BatchWork, Scope, StageFailure};
use super::chain::{FailedRecord, Transformed};
use super::{ConnectRecord, Predicate, TransformError, Transformation};
use crate::config::connector_config::FailureClass;
use crate::converter::ConverterType;

/// Works on a batch at a time.
pub struct TransformationStage {
    /// The class of the transform or converter, for errors.
    class: Arc<str>,
    work: Work,
    condition: Option<Condition>,
}

enum Work {
    /// Built in.
    Record(Box<dyn Transformation>),
    Batch(Box<BatchWork>),
}

struct Condition {
    test: Test,
    /// The transform is for the records for which the predicate does not hold.
    negate: bool,
}

enum Test {
    /// Built in.
    Record(Box<dyn Predicate>),
    Batch(Box<BatchWork>),
}

// === impl TransformationStage ===

impl TransformationStage {
    /// A transform for all records.
    pub fn new(class: impl Into<Arc<str>>, transformation: Box<dyn Transformation>) -> Self {
        Self { class: class.into(), work: Work::Record(transformation), condition: None }
    }

    /// A transform for all records that takes a batch at a time.
    pub fn in_batches(class: impl Into<Arc<str>>, transformation: Box<dyn BatchStage>) -> Self {
        let work = Work::Batch(Box::new(BatchWork::new(transformation, Scope::Record)));
        Self { class: class.into(), work, condition: None }
    }

    /// A converter of one part that takes a batch at a time.
    pub fn converter(class: impl Into<Arc<str>>, part: ConverterType, converter: Box<dyn BatchStage>) -> Self {
        let work = Work::Batch(Box::new(BatchWork::new(converter, Scope::Part(part))));
        Self { class: class.into(), work, condition: None }
    }

    /// Leaves the transform the records for which the predicate holds, or with `negate` the others.
    #[must_use]
    pub fn only_if(self, predicate: Box<dyn Predicate>, negate: bool) -> Self {
        Self { condition: Some(Condition { test: Test::Record(predicate), negate }), ..self }
    }

    /// [`Self::only_if`] with a predicate that takes a batch at a time.
    #[must_use]
    pub fn only_if_in_batches(self, predicate: Box<dyn BatchStage>, negate: bool) -> Self {
        let test = Test::Batch(Box::new(BatchWork::new(predicate, Scope::Record)));
        Self { condition: Some(Condition { test, negate }), ..self }
    }

    /// Whether it answers batches that have to be kept.
    pub(super) fn answers_batches(&self) -> bool {
        matches!(self.work, Work::Batch(_))
    }

    /// Changes those records that are still there. A stage that is built in, predicate and all, never waits.
    pub(super) async fn apply<'b>(
        &mut self,
        records: &mut [Transformed<'b>],
        answers: &'b AnsweredBatches<'_>,
    ) -> Result<(), StageFailure> {
        let wanted = match (&mut self.condition, &self.work) {
            (None, _) => None,
            (Some(Condition { test: Test::Record(_), .. }), Work::Record(_)) => None,
            (Some(Condition { test: Test::Record(predicate), negate }), Work::Batch(_)) => {
                Some(select(records, &self.class, &mut **predicate, *negate))
            }
            (Some(Condition { test: Test::Batch(predicate), negate }), _) => {
                let mut holds = predicate.test(records, &self.class).await?;
                holds.iter_mut().for_each(|holds| *holds ^= *negate);
                Some(holds)
            }
        };
        match &mut self.work {
            Work::Batch(work) => return work.apply(records, wanted.as_deref(), &self.class, answers).await,
            Work::Record(transformation) => {
                let mut condition = match &mut self.condition {
                    Some(Condition { test: Test::Record(predicate), negate }) => Some((predicate, *negate)),
                    _ => None,
                };
                for (place, slot) in records.iter_mut().enumerate() {
                    if wanted.as_ref().is_some_and(|wanted| !wanted[place]) {
                        continue;
                    }
                    *slot = match std::mem::replace(slot, Transformed::Dropped) {
                        Transformed::Record(record) => {
                            apply_to(record, &self.class, &mut **transformation, &mut condition)
                        }
                        gone => gone,
                    };
                }
            }
        }
        Ok(())
    }

    pub(super) async fn close(&mut self) {
        if let Some(Condition { test: Test::Batch(predicate), .. }) = &mut self.condition {
            predicate.close().await;
        }
        if let Work::Batch(work) = &mut self.work {
            work.close().await;
        }
    }
}

fn apply_to<'b>(
    record: ConnectRecord<'b>,
    class: &Arc<str>,
    transformation: &mut dyn Transformation,
    condition: &mut Option<(&mut Box<dyn Predicate>, bool)>,
) -> Transformed<'b> {
    let wanted = match condition {
        Some((predicate, negate)) => predicate.test(&record).map(|holds| holds ^ *negate),
        None => Ok(true),
    };
    let transformed = match wanted {
        Ok(true) => transformation.apply(record),
        Ok(false) => Ok(Some(record)),
        Err(error) => Err(error),
    };
    match transformed {
        Ok(Some(record)) => Transformed::Record(record),
        Ok(None) => Transformed::Dropped,
        Err(error) => failed(class, error),
    }
}

/// Which records a transform is for; those that the predicate fails of are marked.
fn select(records: &mut [Transformed<'_>], class: &Arc<str>, predicate: &mut dyn Predicate, negate: bool) -> Vec<bool> {
    let test = |slot: &mut Transformed<'_>| {
        let Transformed::Record(record) = slot else { return false };
        match predicate.test(record) {
            Ok(holds) => holds ^ negate,
            Err(error) => {
                *slot = failed(class, error);
                false
            }
        }
    };
    records.iter_mut().map(test).collect()
}

fn failed(class: &Arc<str>, error: TransformError) -> Transformed<'static> {
    Transformed::Failed(FailedRecord { class: class.clone(), converter: None, error, failure: FailureClass::Error })
}
