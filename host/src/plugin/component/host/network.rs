//! What one instance may reach: the checks behind `wasi:sockets` and `wasi:http`.
//!
//! 1. A name is looked up only if it is granted, and its addresses count only if the grant has nothing against them.
//! 2. Sockets are dialled by address: a granted one, or one that the host itself found for a granted name in this instance.
//! 3. The address that was checked is the one that is dialled; a name is never handed on to be looked up again.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use wasmtime_wasi::sockets::SocketAddrUse;

use super::denials::Denials;
use super::resolver::{InstanceResolver, Resolver};
use crate::connect::Host;
use crate::plugin::sandbox::{ConnectGrant, Grants};

/// Addresses that are remembered of one granted name; the oldest is forgotten.
const MAX_REMEMBERED: usize = 64;

/// The network of one instance.
#[derive(Debug)]
pub struct Network {
    connect: Vec<Reachable>,
    listen: Vec<SocketAddr>,
    resolver: InstanceResolver,
    pub denials: Arc<Denials>,
}

/// A grant, and where its name led so far.
#[derive(Debug)]
struct Reachable {
    grant: ConnectGrant,
    found: Mutex<Vec<IpAddr>>,
}

/// Why a host was not reached.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    #[error("not granted")]
    NotGranted,
    /// All addresses of the name are special.
    #[error("its addresses may not be reached")]
    Prohibited,
    #[error("too many names are looked up at once")]
    Busy,
    #[error("the name is not known: {0}")]
    Unresolved(io::Error),
    #[error("could not connect: {0}")]
    Connect(#[source] io::Error),
    #[error("could not connect in time")]
    TimedOut,
}

impl Network {
    pub fn new(grants: &Grants, resolver: Resolver, denials: Arc<Denials>) -> Self {
        let reachable = |grant: &ConnectGrant| Reachable { grant: grant.clone(), found: Mutex::default() };
        Self {
            connect: grants.connect.iter().map(reachable).collect(),
            listen: grants.listen.clone(),
            resolver: InstanceResolver::new(resolver),
            denials,
        }
    }

    /// Whether a socket may use that address; a refusal is told.
    pub fn allows(&self, address: SocketAddr, usage: SocketAddrUse) -> bool {
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        // The system's choice of a free port, which every connection needs.
        let is_any = address.ip().is_unspecified() && address.port() == 0;
        let listens = self.listen.contains(&address);
        let (allowed, what) = match usage {
            SocketAddrUse::TcpConnect => (self.is_reachable(address), "connect to"),
            SocketAddrUse::UdpSend => (self.is_reachable(address), "send to"),
            // Whoever else sends is not the guest's fault.
            SocketAddrUse::UdpReceive => return self.is_reachable(address),
            SocketAddrUse::TcpAccept => return !self.listen.is_empty(),
            SocketAddrUse::TcpBind => (is_any || listens, "bind"),
            SocketAddrUse::UdpBind => (is_any, "bind"),
            SocketAddrUse::TcpListen => (listens, "listen on"),
        };
        if !allowed {
            let rule = Rule { network: self, listening: !matches!(what, "connect to" | "send to") };
            self.denials.deny(format_args!("{what} {address}"), rule);
        }
        allowed
    }

    /// The addresses of a host that is granted with whatever port; a refusal is told.
    pub async fn lookup(&self, host: &Host) -> Result<Vec<IpAddr>, Unreachable> {
        let granted: Vec<&Reachable> = self.connect.iter().filter(|reachable| reachable.grant.host == *host).collect();
        if granted.is_empty() {
            self.denials.deny(format_args!("look up {host}"), Rule { network: self, listening: false });
            return Err(Unreachable::NotGranted);
        }
        self.find(host, &granted).await
    }

    /// A connection to a host; a refusal is told.
    pub async fn dial(&self, host: &Host, port: u16, timeout: Duration) -> Result<TcpStream, Unreachable> {
        let is_meant = |reachable: &&Reachable| reachable.grant.host == *host && reachable.grant.port == port;
        let Some(granted) = self.connect.iter().find(is_meant) else {
            let rule = Rule { network: self, listening: false };
            self.denials.deny(format_args!("connect to {host}:{port}"), rule);
            return Err(Unreachable::NotGranted);
        };
        let addresses = self.find(host, &[granted]).await?;
        // So that an address that nobody answers leaves time for the others.
        let share = timeout / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
        let mut failure = Unreachable::TimedOut;
        for address in addresses {
            match tokio::time::timeout(share, TcpStream::connect((address, port))).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => failure = Unreachable::Connect(error),
                Err(_) => failure = Unreachable::TimedOut,
            }
        }
        Err(failure)
    }

    /// The addresses that one of `granted`, grants for the same host, has nothing against; remembered for sockets.
    async fn find(&self, host: &Host, granted: &[&Reachable]) -> Result<Vec<IpAddr>, Unreachable> {
        let name = match host {
            Host::Address(address) => return Ok(vec![*address]),
            Host::Name(name) => name,
        };
        let found = self.resolver.lookup(name.clone()).await.map_err(|error| match error.kind() {
            io::ErrorKind::ResourceBusy => Unreachable::Busy,
            _ => Unreachable::Unresolved(error),
        })?;
        let mut allowed = Vec::new();
        for address in &found {
            let mut special = None;
            for reachable in granted {
                match reachable.grant.check(*address) {
                    Ok(()) => reachable.remember(*address),
                    Err(kind) => special = Some(kind),
                }
            }
            match special {
                Some(kind) if !granted.iter().any(|reachable| reachable.found().contains(address)) => {
                    let rule = format_args!("it is {kind}, which configuration and allowlist must name itself");
                    self.denials.deny(format_args!("reach {host} at {address}"), rule);
                }
                _ => allowed.push(*address),
            }
        }
        if allowed.is_empty() && !found.is_empty() { Err(Unreachable::Prohibited) } else { Ok(allowed) }
    }

    fn is_reachable(&self, address: SocketAddr) -> bool {
        self.connect.iter().any(|reachable| {
            reachable.grant.port == address.port()
                && match &reachable.grant.host {
                    Host::Address(own) => *own == address.ip(),
                    Host::Name(_) => reachable.found().contains(&address.ip()),
                }
        })
    }
}

impl Reachable {
    fn remember(&self, address: IpAddr) {
        let mut found = self.found();
        if !found.contains(&address) {
            if found.len() >= MAX_REMEMBERED {
                found.remove(0);
            }
            found.push(address);
        }
    }

    fn found(&self) -> std::sync::MutexGuard<'_, Vec<IpAddr>> {
        // A panic while it was held leaves a list of checked addresses.
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why something was refused, with what is granted instead.
struct Rule<'a> {
    network: &'a Network,
    listening: bool,
}

impl fmt::Display for Rule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list(f: &mut fmt::Formatter<'_>, granted: impl Iterator<Item = impl fmt::Display>) -> fmt::Result {
            let mut separator = "";
            for grant in granted {
                write!(f, "{separator}{grant}")?;
                separator = ", ";
            }
            f.write_str(if separator.is_empty() { "nothing" } else { "" })
        }
        let network = self.network;
        if self.listening {
            f.write_str("the connector's configuration grants to listen on ")?;
            return list(f, network.listen.iter());
        }
        f.write_str("the connector's configuration grants ")?;
        list(f, network.connect.iter().map(|reachable| &reachable.grant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(granted: &[(&str, u16, bool)], listen: &[&str]) -> Network {
        let grant = |(host, port, loopback): &(&str, u16, bool)| ConnectGrant {
            host: Host::parse(host).unwrap(),
            port: *port,
            loopback: *loopback,
        };
        let grants = Grants {
            connect: granted.iter().map(grant).collect(),
            listen: listen.iter().map(|address| address.parse().unwrap()).collect(),
            ..Grants::default()
        };
        Network::new(&grants, Resolver::default(), Arc::new(Denials::new("c", Some(0))))
    }

    #[track_caller]
    fn check(network: &Network, usage: SocketAddrUse, allowed: &[&str], refused: &[&str]) {
        for address in allowed {
            assert!(network.allows(address.parse().unwrap(), usage), "{usage:?} {address}");
        }
        for address in refused {
            let before = network.denials.count();
            assert!(!network.allows(address.parse().unwrap(), usage), "{usage:?} {address}");
            let told = u64::from(!matches!(usage, SocketAddrUse::UdpReceive | SocketAddrUse::TcpAccept));
            assert_eq!(network.denials.count(), before + told, "{usage:?} {address}");
        }
    }

    #[test]
    fn an_address_is_reached_if_it_is_granted_with_its_port() {
        let network = network(&[("192.0.2.1", 80, false)], &[]);
        let others = ["192.0.2.1:81", "192.0.2.2:80", "[::1]:80", "169.254.169.254:80"];
        for usage in [SocketAddrUse::TcpConnect, SocketAddrUse::UdpSend, SocketAddrUse::UdpReceive] {
            check(&network, usage, &["192.0.2.1:80", "[::ffff:192.0.2.1]:80"], &others);
        }
    }

    #[test]
    fn sockets_are_bound_where_the_system_likes_and_listen_nowhere() {
        let network = network(&[("192.0.2.1", 80, false)], &[]);
        let chosen = ["0.0.0.0:80", "127.0.0.1:0"];
        check(&network, SocketAddrUse::TcpBind, &["0.0.0.0:0", "[::]:0"], &chosen);
        check(&network, SocketAddrUse::UdpBind, &["0.0.0.0:0"], &chosen);
        check(&network, SocketAddrUse::TcpListen, &[], &["0.0.0.0:40000", "0.0.0.0:0"]);
        check(&network, SocketAddrUse::TcpAccept, &[], &["192.0.2.1:80"]);
    }

    #[test]
    fn a_granted_address_is_listened_on() {
        let network = network(&[], &["0.0.0.0:9000"]);
        check(&network, SocketAddrUse::TcpBind, &["0.0.0.0:9000"], &["0.0.0.0:9001"]);
        check(&network, SocketAddrUse::TcpListen, &["0.0.0.0:9000"], &["0.0.0.0:9001"]);
        check(&network, SocketAddrUse::TcpAccept, &["192.0.2.1:40000"], &[]);
        check(&network, SocketAddrUse::UdpBind, &[], &["0.0.0.0:9000"]);
    }

    #[tokio::test]
    async fn an_address_of_a_name_is_reached_once_the_name_was_looked_up() {
        let network = network(&[("localhost", 80, true)], &[]);
        check(&network, SocketAddrUse::TcpConnect, &[], &["127.0.0.1:80"]);
        let found = network.lookup(&Host::parse("LOCALHOST.").unwrap()).await.unwrap();
        assert!(found.iter().any(|address| address.is_loopback()), "{found:?}");
        let address = SocketAddr::new(found[0], 80).to_string();
        check(&network, SocketAddrUse::TcpConnect, &[&address], &["127.0.0.2:80"]);
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_leads_nowhere() {
        let network = network(&[("localhost", 80, false)], &[]);
        let localhost = Host::parse("localhost").unwrap();
        assert!(matches!(network.lookup(&localhost).await, Err(Unreachable::Prohibited)));
        let dialled = network.dial(&localhost, 80, Duration::from_secs(5)).await;
        assert!(matches!(dialled, Err(Unreachable::Prohibited)), "{dialled:?}");
        check(&network, SocketAddrUse::TcpConnect, &[], &["127.0.0.1:80", "[::1]:80"]);
    }

    #[tokio::test]
    async fn names_that_are_not_granted_are_not_looked_up() {
        let network = network(&[("db", 80, false)], &[]);
        let other = Host::parse("localhost").unwrap();
        assert!(matches!(network.lookup(&other).await, Err(Unreachable::NotGranted)));
        let granted_with_another_port = network.dial(&Host::parse("db").unwrap(), 81, Duration::from_secs(5)).await;
        assert!(matches!(granted_with_another_port, Err(Unreachable::NotGranted)));
        assert_eq!(network.denials.count(), 2);
    }

    #[test]
    fn a_refusal_tells_what_is_granted() {
        let some = network(&[("db", 80, false), ("::1", 81, false)], &[]);
        let rule = |network: &Network, listening| Rule { network, listening }.to_string();
        assert_eq!(rule(&some, false), "the connector's configuration grants db:80, [::1]:81");
        assert_eq!(rule(&some, true), "the connector's configuration grants to listen on nothing");
        assert_eq!(rule(&network(&[], &[]), false), "the connector's configuration grants nothing");
    }
}
