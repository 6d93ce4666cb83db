//! One worker of a group (Java's `DistributedHerder`): a pure step that decides, and a shell that does.

/// What is to be done.
pub mod action;
/// What has happened.
pub mod event;
mod leadership;
mod on_config;
mod on_group;
mod on_request;
mod on_work;
mod state;
mod step;

#[cfg(test)]
mod simulation;

pub use self::state::{Options, SessionKeyOptions, State};
pub use self::step::{Moment, next_step_ms, step};
