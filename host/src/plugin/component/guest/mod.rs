//! The worker's plugin traits over exported interfaces, one file per kind.

mod connector;
mod plugin;
mod sink_task;
mod source_task;
mod stage;

pub use connector::{SinkConnector, SourceConnector};
pub use plugin::Plugin;
pub use sink_task::ComponentSinkTask;
pub use source_task::ComponentSourceTask;
pub use stage::{ComponentStage, StageGuest};
