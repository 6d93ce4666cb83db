//! What happens to a record that fails: tolerated and skipped, or the end of its task; told to the log and the dead letter queue.

mod dead_letter_queue;
mod error_handling;
mod failure;
mod original_records;
mod pipeline_stage;
mod retry;
mod task_failure;

pub use dead_letter_queue::{DeadLetterQueue, DeadLetterQueueOptions};
pub use error_handling::ErrorHandling;
pub use failure::{Failure, RecordContext};
pub use pipeline_stage::PipelineStage;
pub use retry::{Lacking, LookedUp, RetryPolicy};
pub use task_failure::TaskFailure;
