//! Plugins: what may be loaded ([`registry`]), what it may touch ([`sandbox`]), and how it runs ([`component`]).

pub mod ports;
