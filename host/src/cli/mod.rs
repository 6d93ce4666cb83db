//! The subcommands: the composition root, which may name everything.

pub mod plugins;
pub mod standalone;
