//! Making `wasi:sockets`, with a bound: each is a file descriptor of the worker, which all instances share.

use wasmtime::component::{HasSelf, Linker, Resource};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily};
use wasmtime_wasi::p2::bindings::sockets::{tcp_create_socket, udp_create_socket};
use wasmtime_wasi::p2::{SocketResult, TcpSocket, UdpSocket};
use wasmtime_wasi::sockets::WasiSocketsView;

use crate::config::keys::limits::OPEN_SOCKETS_MAX;
use crate::plugin::component::state::State;

/// Adds the interfaces in place of wasmtime's, which must be there already.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    tcp_create_socket::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    udp_create_socket::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    linker.allow_shadowing(false);
    Ok(())
}

impl State {
    /// Fails if the instance holds all the sockets that it may. They are in the table for as long as they are open.
    fn check_room_for_socket(&mut self) -> SocketResult<()> {
        let open = self.table.iter_mut().filter(|held| held.is::<TcpSocket>() || held.is::<UdpSocket>()).count();
        if open < self.open_sockets_max {
            return Ok(());
        }
        let most = self.open_sockets_max;
        self.denials.warn(format_args!("the plugin asked for more sockets than {OPEN_SOCKETS_MAX} allows ({most})"));
        Err(ErrorCode::NewSocketLimit.into())
    }
}

impl tcp_create_socket::Host for State {
    fn create_tcp_socket(&mut self, family: IpAddressFamily) -> SocketResult<Resource<TcpSocket>> {
        self.check_room_for_socket()?;
        tcp_create_socket::Host::create_tcp_socket(&mut self.sockets(), family)
    }
}

impl udp_create_socket::Host for State {
    async fn create_udp_socket(&mut self, family: IpAddressFamily) -> SocketResult<Resource<UdpSocket>> {
        self.check_room_for_socket()?;
        udp_create_socket::Host::create_udp_socket(&mut self.sockets(), family).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tcp_create_socket::Host as _;
    use udp_create_socket::Host as _;

    use super::*;
    use crate::config::sandbox_limits::SandboxLimits;
    use crate::plugin::component::host::Outbound;
    use crate::plugin::component::host::http::Tls;
    use crate::plugin::component::host::resolver::Resolver;
    use crate::plugin::component::unconfigured;
    use crate::plugin::sandbox::Grants;

    #[tokio::test]
    async fn an_instance_holds_a_bounded_number_of_sockets() {
        let outbound = Outbound { resolver: Resolver::default(), tls: Arc::new(Tls::new(None).unwrap()) };
        let limits = Arc::new(SandboxLimits { open_sockets_max: 2, ..SandboxLimits::default() });
        let context = unconfigured("c", Default::default());
        let mut state = State::new("a.B", context, &Grants::default(), None, &outbound, Arc::default(), &limits);
        let first = state.create_tcp_socket(IpAddressFamily::Ipv4).unwrap();
        state.create_udp_socket(IpAddressFamily::Ipv4).await.unwrap();
        assert!(state.create_tcp_socket(IpAddressFamily::Ipv4).is_err());
        assert!(state.create_udp_socket(IpAddressFamily::Ipv4).await.is_err());
        state.table.delete(first).unwrap();
        assert!(state.create_tcp_socket(IpAddressFamily::Ipv4).is_ok());
    }
}
