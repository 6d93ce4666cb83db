//! `wasi:sockets/ip-name-lookup` for granted names.

use std::net::IpAddr;
use std::vec;

use tokio::sync::oneshot;
use wasmtime::component::{HasSelf, Linker, Resource};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{
    self, Host as NameLookup, HostResolveAddressStream, ResolveAddressStream,
};
use wasmtime_wasi::p2::bindings::sockets::network::{self, ErrorCode, IpAddress, Network};
use wasmtime_wasi::p2::{DynPollable, Pollable, SocketError, SocketResult, subscribe};
use wasmtime_wasi::sockets::WasiSocketsView;

use super::network::Unreachable;
use crate::connect::Host;
use crate::plugin::component::state::State;

/// A lookup under way, or what it brought. wasmtime's own type of that name cannot be made here, so this one stands in the table, under
/// handles of the other type.
enum Lookup {
    Pending(oneshot::Receiver<Result<Vec<IpAddr>, ErrorCode>>),
    Found(vec::IntoIter<IpAddr>),
    Failed(ErrorCode),
}

/// Adds the interface in place of wasmtime's, which must be there already.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    ip_name_lookup::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    linker.allow_shadowing(false);
    Ok(())
}

impl NameLookup for State {
    fn resolve_addresses(
        &mut self,
        network: Resource<Network>,
        name: String,
    ) -> SocketResult<Resource<ResolveAddressStream>> {
        self.table.get(&network)?;
        let host = Host::parse(&name).ok_or(ErrorCode::InvalidArgument)?;
        let (sender, receiver) = oneshot::channel();
        let network = self.network.clone();
        // Ends by itself: a lookup has the deadline of the system's resolver.
        wasmtime_wasi::runtime::with_ambient_tokio_runtime(|| {
            tokio::spawn(async move {
                let found = network.lookup(&host).await.map_err(error_code);
                // Nobody waits for it any more.
                let _ = sender.send(found);
            })
        });
        let lookup = self.table.push(Lookup::Pending(receiver))?;
        Ok(Resource::new_own(lookup.rep()))
    }
}

impl HostResolveAddressStream for State {
    fn resolve_next_address(&mut self, stream: Resource<ResolveAddressStream>) -> SocketResult<Option<IpAddress>> {
        let lookup = self.table.get_mut(&own(&stream))?;
        if let Lookup::Pending(receiver) = lookup {
            match receiver.try_recv() {
                Ok(result) => lookup.end(result),
                Err(oneshot::error::TryRecvError::Empty) => return Err(ErrorCode::WouldBlock.into()),
                Err(oneshot::error::TryRecvError::Closed) => lookup.end(Err(ErrorCode::TemporaryResolverFailure)),
            }
        }
        match lookup {
            Lookup::Found(addresses) => Ok(addresses.next().map(Into::into)),
            Lookup::Failed(error) => Err((*error).into()),
            Lookup::Pending(_) => Err(ErrorCode::WouldBlock.into()),
        }
    }

    fn subscribe(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(&mut self.table, own(&stream))
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        self.table.delete(Resource::<Lookup>::new_own(stream.rep()))?;
        Ok(())
    }
}

fn own(stream: &Resource<ResolveAddressStream>) -> Resource<Lookup> {
    Resource::new_borrow(stream.rep())
}

impl Lookup {
    fn end(&mut self, result: Result<Vec<IpAddr>, ErrorCode>) {
        *self = match result {
            Ok(addresses) => Self::Found(addresses.into_iter()),
            Err(error) => Self::Failed(error),
        };
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Lookup {
    async fn ready(&mut self) {
        if let Self::Pending(receiver) = self {
            let result = receiver.await;
            self.end(result.unwrap_or(Err(ErrorCode::TemporaryResolverFailure)));
        }
    }
}

fn error_code(reason: Unreachable) -> ErrorCode {
    match reason {
        Unreachable::NotGranted | Unreachable::Prohibited => ErrorCode::AccessDenied,
        Unreachable::Busy => ErrorCode::TemporaryResolverFailure,
        _ => ErrorCode::NameUnresolvable,
    }
}

impl network::Host for State {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        network::Host::convert_error_code(&mut self.sockets(), error)
    }

    fn network_error_code(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        network::Host::network_error_code(&mut self.sockets(), error)
    }
}

impl network::HostNetwork for State {
    fn drop(&mut self, network: Resource<Network>) -> wasmtime::Result<()> {
        network::HostNetwork::drop(&mut self.sockets(), network)
    }
}
