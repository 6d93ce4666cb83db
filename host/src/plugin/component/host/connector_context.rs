//! `kafka:connect/connector-context`: what a connector may ask of the worker.

use tracing::Level;

use crate::plugin::component::bindings::imported::connector_context;
use crate::plugin::component::convert;
use crate::plugin::component::state::State;

impl connector_context::Host for State {
    fn request_task_reconfiguration(&mut self) {
        match &self.context.connector_context {
            Some(context) => context.request_task_reconfiguration(),
            None => self.log.write(
                Level::WARN,
                "",
                "a request for task reconfiguration was ignored: only connectors may ask",
            ),
        }
    }

    fn raise_error(&mut self, message: String) {
        match &self.context.connector_context {
            Some(context) => context.raise_error(convert::error_message(message)),
            None => self.log.write(
                Level::WARN,
                "",
                &format!("an error was raised outside a connector and ignored: {message}"),
            ),
        }
    }
}
