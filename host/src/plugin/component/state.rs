//! The data of one store: everything that the host keeps for one instance.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::host::Outbound;
use super::host::denials::Denials;
use super::host::filesystem::Files;
use super::host::http::Http;
use super::host::metrics::GuestMetrics;
use super::host::network::Network;
use super::limits::Limits;
use super::log::{GuestLog, LineStream, Printed};
use crate::config::sandbox_limits::SandboxLimits;
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
    pub open_sockets_max: usize,
    /// When the call that is under way has to be over.
    pub deadline: Instant,
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
        limits: &Arc<SandboxLimits>,
    ) -> Self {
        let log = GuestLog::new(class, &context.connector, context.task, limits);
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
        table.set_max_capacity(limits.handles_max);
        Self {
            table,
            wasi: wasi.build(),
            files: Files::new(&grants.paths, limits.open_files_max),
            // No wait of a request is longer than any call may be.
            http: Http::new(network.clone(), outbound.tls.clone(), limits.calls.longest(), limits.open_sockets_max),
            network,
            denials,
            limits: Limits::new(limits.clone()),
            open_sockets_max: limits.open_sockets_max,
            deadline: Instant::now(),
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
