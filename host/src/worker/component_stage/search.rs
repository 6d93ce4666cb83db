//! Finds the record that an instance of a stage ended of, with fresh instances and ever smaller batches.
//!
//! When a batch of one record ends its instance, the record is given to one that has seen no other: the first may have ended of
//! what it had gathered. Some log2(n) instances find one record among n.

use std::ops::Range;

use wasm_connect_batch::Batch;

use super::ComponentStage;
use super::parts::{self, Part};
use crate::config::connector_config::Tolerance;
use crate::connect::caps;
use crate::plugin::ports::{PluginError, PluginErrorKind, StageRole};
use crate::transform::{Processed, StageError, StageFailure, TransformError};

impl ComponentStage {
    /// Whether the record that ended the instance is looked for. If errors are not tolerated a call that took too long is not
    /// repeated: the task fails anyway, and looking would take as long again and again.
    pub(super) fn is_searched(&self, error: &PluginError) -> bool {
        let ended = match error.kind {
            PluginErrorKind::Trap | PluginErrorKind::Limit => true,
            PluginErrorKind::Timeout => self.errors.tolerance == Tolerance::All,
            _ => false,
        };
        ended && !self.context.stop.is_stopping()
    }

    /// Processes the batch but for the records that end instances, which fail. `ended`: how the whole batch ended its instance,
    /// which had seen no other if it `was_fresh`. If errors are not tolerated the first such record is enough.
    ///
    /// # Errors
    /// Errors are not tolerated and no single record ends a fresh instance; or too many calls took too long.
    pub(super) async fn search(
        &mut self,
        bytes: &[u8],
        ended: PluginError,
        mut was_fresh: bool,
    ) -> Result<Processed, StageFailure> {
        tracing::info!("{ended}; looking for the record among {} that ended the {}", parts::count(bytes), self.name);
        let batch = parts::parse(bytes).map_err(|error| self.internal(error))?;
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        // The last one is the next one.
        let mut pending: Vec<Range<usize>> = std::iter::once(0..batch.len()).collect();
        let mut error = Some(ended.clone());
        let mut overdue = 0;
        while let Some(range) = pending.pop() {
            let error = match error.take() {
                Some(of_the_whole) => of_the_whole,
                None => {
                    was_fresh = self.is_fresh;
                    match self.process_part(&batch, range.clone()).await? {
                        Ok(part) => {
                            done.push(part);
                            continue;
                        }
                        Err(error) => error,
                    }
                }
            };
            overdue += usize::from(error.kind == PluginErrorKind::Timeout);
            if overdue > caps::STAGE_OVERDUE_CALLS || self.context.stop.is_stopping() {
                return Err(self.failure(&error, bytes));
            }
            self.renew().await?;
            if range.len() > 1 {
                let middle = range.start + range.len() / 2;
                pending.extend([middle..range.end, range.start..middle]);
            } else if !was_fresh {
                pending.push(range);
            } else {
                tracing::warn!("{error}; going on without the record that ended the {}", self.name);
                failed.push((range.start, self.record_error(&error)));
                if self.errors.tolerance == Tolerance::None {
                    // The task ends at this record; those behind it do not count.
                    let rest = pending.drain(..).flatten();
                    failed.extend(rest.map(|index| (index, self.record_error(&error))));
                }
            }
        }
        if failed.is_empty() && self.errors.tolerance == Tolerance::None {
            return Err(self.failure(&ended, bytes));
        }
        let is_bitmap = self.role == StageRole::Predicate;
        let merged = parts::merged(done, failed, batch.len(), is_bitmap);
        merged.map_err(|error| self.internal(error))
    }

    /// `Ok(Err)`: it ended the instance.
    async fn process_part(
        &mut self,
        batch: &Batch<'_>,
        range: Range<usize>,
    ) -> Result<Result<Part, PluginError>, StageFailure> {
        let bytes = parts::slice(batch, range.clone()).map_err(|error| self.internal(error))?;
        match self.call(&bytes).await {
            Ok(answer) => Ok(Ok(Part { processed: self.processed(answer, &bytes)?, range })),
            Err(error) if self.is_searched(&error) => Ok(Err(error)),
            Err(error) if error.kind == PluginErrorKind::Retriable => {
                Ok(Ok(Part { processed: parts::all_failed(&bytes, &error), range }))
            }
            Err(error) => Err(self.failure(&error, &bytes)),
        }
    }

    fn record_error(&self, error: &PluginError) -> StageError {
        let message = format!("the {} ended of the record: {error}", self.name);
        let class = error.kind.into();
        StageError { error: TransformError::of("org.apache.kafka.connect.errors.ConnectException", message), class }
    }

    fn internal(&self, error: impl std::fmt::Display) -> StageFailure {
        let (what, class) = (format!("the {} failed", self.name), PluginErrorKind::Malformed.into());
        StageFailure { class, what, cause: error.to_string(), records: None }
    }
}
