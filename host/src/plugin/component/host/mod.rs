//! What components may import, one file per interface.

pub mod connector_context;
pub mod denials;
pub mod file_watch;
pub mod filesystem;
pub mod http;
pub mod logging;
pub mod metrics;
pub mod name_lookup;
pub mod network;
pub mod offset_reader;
pub mod paths;
pub mod resolver;
pub mod sink_context;
pub mod sockets;
pub mod streams;
pub mod task_context;

use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use super::bindings::imported;
use super::state::State;

/// What all instances share to reach the network.
pub struct Outbound {
    pub resolver: resolver::Resolver,
    pub tls: Arc<http::Tls>,
}

/// A linker with all imports: the contract's, and WASI 0.2 with files, sockets and HTTP requests behind the grants.
pub fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    filesystem::add_to_linker(&mut linker)?;
    name_lookup::add_to_linker(&mut linker)?;
    sockets::add_to_linker(&mut linker)?;
    http::add_to_linker(&mut linker)?;
    imported::types::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
    imported::logging::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
    imported::metrics::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
    imported::connector_context::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
    imported::task_context::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
    imported::offset_reader::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
    imported::sink_context::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
    Ok(linker)
}

impl imported::types::Host for State {}
