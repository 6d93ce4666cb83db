//! Lines in the worker's log, with the connector's and task's name set by the host.

pub use crate::bindings::imports::kafka::connect::logging::Level;

use crate::host;

/// Whether the host keeps lines of this level.
pub fn enabled(level: Level) -> bool {
    host::log_enabled(level)
}

/// Writes a line; `target` is the logger's name. The macros [`crate::info!`] and so on are handier.
pub fn log(level: Level, target: &str, message: &str) {
    host::log(level, target, message);
}

/// Logs at a level, formatting only if the host keeps lines of that level.
#[macro_export]
macro_rules! log {
    ($level:ident, $($argument:tt)+) => {
        if $crate::logging::enabled($crate::logging::Level::$level) {
            $crate::logging::log($crate::logging::Level::$level, ::std::module_path!(), &::std::format!($($argument)+));
        }
    };
}

/// Logs an error.
#[macro_export]
macro_rules! error { ($($argument:tt)+) => { $crate::log!(Error, $($argument)+) }; }

/// Logs a warning.
#[macro_export]
macro_rules! warn { ($($argument:tt)+) => { $crate::log!(Warn, $($argument)+) }; }

/// Logs an event that operators want to see.
#[macro_export]
macro_rules! info { ($($argument:tt)+) => { $crate::log!(Info, $($argument)+) }; }

/// Logs a detail.
#[macro_export]
macro_rules! debug { ($($argument:tt)+) => { $crate::log!(Debug, $($argument)+) }; }

/// Logs a detail of details.
#[macro_export]
macro_rules! trace { ($($argument:tt)+) => { $crate::log!(Trace, $($argument)+) }; }
