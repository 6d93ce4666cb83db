//! `kafka:connect/logging`: a guest's log lines among the worker's.

use tracing::Level;

use crate::plugin::component::bindings::imported::logging;
use crate::plugin::component::state::State;

impl logging::Host for State {
    fn enabled(&mut self, level: logging::Level) -> bool {
        self.log.enabled(tracing_level(level))
    }

    fn log(&mut self, level: logging::Level, target: String, message: String) {
        self.log.write(tracing_level(level), &target, &message);
    }
}

fn tracing_level(level: logging::Level) -> Level {
    match level {
        logging::Level::Trace => Level::TRACE,
        logging::Level::Debug => Level::DEBUG,
        logging::Level::Info => Level::INFO,
        logging::Level::Warn => Level::WARN,
        logging::Level::Error => Level::ERROR,
    }
}
