//! The data of one store: everything that the host keeps for one instance.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::host::Outbound;
use super::host::denials::Denials;
use super::host::filesystem::Files;
use super::host::http::Http;
use super::host::metrics::GuestMetrics;
use super::host::network::Network;
use super::limits::{Limits, MAX_HANDLES};
use super::log::{GuestLog, LineStream, Printed};
use crate::plugin::ports::InstanceContext;
use crate::plugin::sandbox::{Grants, StdinLease};

/// What an instance's imports act on.
pub struct State {
    pub table: ResourceTable,
    wasi: WasiCtx,
    pub files: Files,
    pub network: Arc<Network>,
    pub http: Http,
    pub denials: Arc<Denials>,
    pub limits: Limits,
    pub context: InstanceContext,
    pub log: Arc<GuestLog>,
    pub metrics: Arc<GuestMetrics>,
    /// Held, not used: as long as the instance lives no other connector reads standard input.
    _stdin: Option<StdinLease>,
}

impl State {
    /// The state of an instance with those grants and nothing else: no environment, no arguments.
    pub fn new(
        class: &str,
        context: InstanceContext,
        grants: &Grants,
        stdin: Option<StdinLease>,
        outbound: &Outbound,
        metrics: Arc<GuestMetrics>,
        memory_max_bytes: usize,
    ) -> Self {
        let log = GuestLog::new(class, &context.connector, context.task);
        let denials = Arc::new(Denials::new(&context.connector, context.task));
        let network = Arc::new(Network::new(grants, outbound.resolver.clone(), denials.clone()));
        let mut wasi = WasiCtx::builder();
        let checked = network.clone();
        wasi.allow_tcp(true).allow_udp(true).socket_addr_check(move |address, usage| {
            let allowed = checked.allows(address, usage);
            Box::pin(async move { allowed })
        });
        wasi.stderr(LineStream::new(log.clone(), Printed::Stderr));
        // The connector itself holds the lease, its task reads.
        if stdin.is_some() && context.task.is_some() {
            wasi.inherit_stdin();
        }
        if grants.stdout && context.task.is_some() {
            wasi.inherit_stdout();
        } else {
            wasi.stdout(LineStream::new(log.clone(), Printed::Stdout));
        }
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_HANDLES);
        Self {
            table,
            wasi: wasi.build(),
            files: Files::new(&grants.paths),
            http: Http::new(network.clone(), outbound.tls.clone(), outbound.timeout),
            network,
            denials,
            limits: Limits::new(memory_max_bytes),
            context,
            log,
            metrics,
            _stdin: stdin,
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl Drop for State {
    /// What an instance counted goes with it.
    fn drop(&mut self) {
        self.metrics.remove(&self.context.connector, self.context.task);
    }
}
