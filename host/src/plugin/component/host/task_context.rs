//! `kafka:connect/task-context`: a sleep that ends when the task is to stop.

use std::time::Duration;

use crate::plugin::component::bindings::imported::task_context;
use crate::plugin::component::state::State;

impl task_context::Host for State {
    async fn sleep(&mut self, milliseconds: u32) -> bool {
        self.context.stop.sleep(Duration::from_millis(milliseconds.into())).await
    }

    fn stopping(&mut self) -> bool {
        self.context.stop.is_stopping()
    }
}
