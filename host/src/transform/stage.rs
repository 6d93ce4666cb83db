//! One transform of a chain, and the predicate that says which records it is for (Java's `TransformationStage`).

use std::sync::Arc;

use super::chain::{FailedTransformation, Transformed};
use super::{ConnectRecord, Predicate, TransformError, Transformation};

/// Works on a batch at a time.
pub struct TransformationStage {
    /// The transform's class, for errors.
    class: Arc<str>,
    transformation: Box<dyn Transformation>,
    condition: Option<Condition>,
}

struct Condition {
    predicate: Box<dyn Predicate>,
    /// The transform is for the records for which the predicate does not hold.
    negate: bool,
}

// === impl TransformationStage ===

impl TransformationStage {
    /// A transform for all records.
    pub fn new(class: impl Into<Arc<str>>, transformation: Box<dyn Transformation>) -> Self {
        Self { class: class.into(), transformation, condition: None }
    }

    /// Leaves the transform the records for which the predicate holds, or with `negate` the others.
    #[must_use]
    pub fn only_if(mut self, predicate: Box<dyn Predicate>, negate: bool) -> Self {
        self.condition = Some(Condition { predicate, negate });
        self
    }

    /// Changes those records that are still there.
    pub(super) fn apply(&mut self, records: &mut [Transformed<'_>]) {
        for slot in records {
            *slot = match std::mem::replace(slot, Transformed::Dropped) {
                Transformed::Record(record) => self.apply_to(record),
                gone => gone,
            };
        }
    }

    fn apply_to<'b>(&mut self, record: ConnectRecord<'b>) -> Transformed<'b> {
        let transformed = match self.wants(&record) {
            Ok(true) => self.transformation.apply(record),
            Ok(false) => Ok(Some(record)),
            Err(error) => Err(error),
        };
        match transformed {
            Ok(Some(record)) => Transformed::Record(record),
            Ok(None) => Transformed::Dropped,
            Err(error) => Transformed::Failed(FailedTransformation { class: self.class.clone(), error }),
        }
    }

    fn wants(&mut self, record: &ConnectRecord<'_>) -> Result<bool, TransformError> {
        match &mut self.condition {
            Some(Condition { predicate, negate }) => Ok(predicate.test(record)? ^ *negate),
            None => Ok(true),
        }
    }
}
