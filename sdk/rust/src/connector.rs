//! A connector that was started, source or sink: both take the same calls from here on.

use std::time::Duration;

use crate::{Config, Result, SinkConnector, SourceConnector};

pub(crate) trait RunningConnector {
    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<Config>>;
    fn monitor(&mut self) -> Result<Option<Duration>>;
    fn stop(&mut self);
}

pub(crate) struct RunningSource<C>(pub(crate) C);
pub(crate) struct RunningSink<C>(pub(crate) C);

impl<C: SourceConnector> RunningConnector for RunningSource<C> {
    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<Config>> {
        self.0.task_configs(max_tasks)
    }

    fn monitor(&mut self) -> Result<Option<Duration>> {
        self.0.monitor()
    }

    fn stop(&mut self) {
        self.0.stop();
    }
}

impl<C: SinkConnector> RunningConnector for RunningSink<C> {
    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<Config>> {
        self.0.task_configs(max_tasks)
    }

    fn monitor(&mut self) -> Result<Option<Duration>> {
        self.0.monitor()
    }

    fn stop(&mut self) {
        self.0.stop();
    }
}
