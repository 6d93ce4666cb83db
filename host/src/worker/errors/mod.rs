//! What happens to a record that fails: tolerated and skipped, or the end of its task.

mod error_handling;
mod pipeline_stage;
mod task_failure;

pub use error_handling::{ErrorHandling, RecordContext};
pub use pipeline_stage::PipelineStage;
pub use task_failure::TaskFailure;
