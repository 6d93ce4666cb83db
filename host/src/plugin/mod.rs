//! Plugins: what may be loaded ([`registry`], [`installed`]), what it may touch ([`sandbox`]), and how it runs ([`component`]).

pub mod component;
pub mod description;
pub mod installed;
pub mod package;
pub mod plugin_file;
pub mod ports;
pub mod registry;
pub mod sandbox;
pub mod scanner;
pub mod version;
