//! Attempts at sockets: to dial, to look up, to send, to bind and to listen.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use wasm_connect_sdk::{Config, ConfigDef, ConfigKey, Grant, OrError, Result};

use crate::attempts::{Attempt, given, server_and};
use crate::connectors::class;

/// Long enough for a server on the same machine.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Dials and brings the greeting.
pub struct TcpDialer;

impl Attempt for TcpDialer {
    class!("TcpDialer");

    fn keys() -> ConfigDef {
        server_and("dial", "An address, or a name that is looked up, with its port.")
    }

    fn attempt(config: &Config) -> Result<String> {
        let to = given(config, "dial")?;
        TcpStream::connect(to).and_then(greeting).or_fatal(|| format!("cannot dial {to}"))
    }
}

/// Looks up a name and then dials the addresses by themselves.
pub struct RawDialer;

impl Attempt for RawDialer {
    class!("RawDialer");

    fn keys() -> ConfigDef {
        server_and("lookup", "A name with its port, whose addresses are dialled one by one.")
    }

    fn attempt(config: &Config) -> Result<String> {
        let name = given(config, "lookup")?;
        let addresses: Vec<SocketAddr> =
            name.to_socket_addrs().or_fatal(|| format!("cannot look up {name}"))?.collect();
        let dialled = addresses.iter().map(|address| TcpStream::connect(address).and_then(greeting));
        let failed = || io::Error::from(io::ErrorKind::NotFound);
        dialled.reduce(Result::or).unwrap_or_else(|| Err(failed())).or_fatal(|| format!("cannot dial {addresses:?}"))
    }
}

/// Sends a datagram and brings the answer.
pub struct UdpSender;

impl Attempt for UdpSender {
    class!("UdpSender");

    fn keys() -> ConfigDef {
        server_and("send", "Where a datagram is sent.")
    }

    fn attempt(config: &Config) -> Result<String> {
        let to = given(config, "send")?;
        let exchange = || {
            let socket = UdpSocket::bind("0.0.0.0:0")?;
            socket.send_to(b"ping", to)?;
            let mut answer = [0; 64];
            let (length, _) = socket.recv_from(&mut answer)?;
            Ok::<_, io::Error>(String::from_utf8_lossy(&answer[..length]).into_owned())
        };
        exchange().or_fatal(|| format!("cannot send to {to}"))
    }
}

/// Binds a socket to a port of its choice.
pub struct Binder;

impl Attempt for Binder {
    class!("Binder");

    fn keys() -> ConfigDef {
        server_and("bind", "An address and port.")
    }

    fn attempt(config: &Config) -> Result<String> {
        let at = given(config, "bind")?;
        let socket = UdpSocket::bind(at).or_fatal(|| format!("cannot bind {at}"))?;
        Ok(format!("bound {:?}", socket.local_addr()))
    }
}

/// Listens and brings what the first client says.
pub struct Listener;

impl Attempt for Listener {
    class!("Listener");

    fn keys() -> ConfigDef {
        let listen = Grant::Listen { port_key: None, default_port: None };
        server_and("listen", "Where it listens.")
            .define(ConfigKey::string("granted.listen").grants(listen).doc("Where it may listen."))
    }

    fn attempt(config: &Config) -> Result<String> {
        let at = given(config, "listen")?;
        let listener = TcpListener::bind(at).or_fatal(|| format!("cannot listen on {at}"))?;
        listener.accept().and_then(|(client, _)| greeting(client)).or_fatal(|| format!("cannot accept on {at}"))
    }
}

/// All that the other side says.
fn greeting(mut stream: TcpStream) -> io::Result<String> {
    stream.set_read_timeout(Some(READ_TIMEOUT))?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}
