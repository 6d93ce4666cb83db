//! Transforms and predicates at work, whatever their class.

use crate::transformation::{apply_batch, test_batch};
use crate::{Batch, Predicate, RecordError, Result, Transformation};

pub(crate) trait RunningTransformation {
    fn apply(&mut self, records: &Batch<'_>) -> Result<(Vec<u8>, Vec<RecordError>)>;
    fn close(&mut self);
}

pub(crate) trait RunningPredicate {
    fn test(&mut self, records: &Batch<'_>) -> Result<Vec<u8>>;
    fn close(&mut self);
}

pub(crate) struct Running<S>(pub(crate) S);

impl<T: Transformation> RunningTransformation for Running<T> {
    fn apply(&mut self, records: &Batch<'_>) -> Result<(Vec<u8>, Vec<RecordError>)> {
        apply_batch(&mut self.0, records)
    }

    fn close(&mut self) {
        self.0.close();
    }
}

impl<P: Predicate> RunningPredicate for Running<P> {
    fn test(&mut self, records: &Batch<'_>) -> Result<Vec<u8>> {
        test_batch(&mut self.0, records)
    }

    fn close(&mut self) {
        self.0.close();
    }
}
