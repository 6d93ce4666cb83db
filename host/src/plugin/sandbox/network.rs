//! Which hosts and ports a configuration names, and which of them the worker's allowlists cover.
//!
//! Names are not looked up here: an answer tells nothing about what exists. What a name leads to is checked when it is dialled.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::Listed;
use super::special_address::SpecialAddress;
use crate::config::net_pattern::{NetPattern, split_port};
use crate::connect::Host;

/// The worker's key for the hosts that connectors may connect to.
pub const NET_CONNECT: &str = "sandbox.net.connect";
/// The worker's key for the addresses that connectors may listen on.
pub const NET_LISTEN: &str = "sandbox.net.listen";

/// A host and port that an instance may connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectGrant {
    pub host: Host,
    pub port: u16,
    /// The name is `localhost`, and the allowlist names it too.
    pub loopback: bool,
}

impl ConnectGrant {
    /// Whether the host may have this address; the error says what is special about it.
    pub fn check(&self, address: IpAddr) -> Result<(), &'static str> {
        match (&self.host, SpecialAddress::of(address)) {
            // Named as an address, by configuration and allowlist.
            (Host::Address(own), _) if *own == address.to_canonical() => Ok(()),
            (Host::Address(_), _) => Err("another address"),
            (Host::Name(_), Some(special)) if !(self.loopback && special.is_loopback()) => Err(special.kind),
            (Host::Name(_), _) => Ok(()),
        }
    }
}

impl fmt::Display for ConnectGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Where the port of a value comes from if the value itself has none.
#[derive(Clone, Copy, Debug)]
pub struct PortSource<'a> {
    /// The other key and its value.
    pub key: Option<(&'a str, &'a str)>,
    pub default: Option<u16>,
}

/// The grant to connect to `item`: a host, `host:port` or URL.
pub fn connect_grant(item: &str, ports: PortSource<'_>, allowed: &[NetPattern]) -> Result<ConnectGrant, String> {
    let (host, port) = destination(item, ports).map_err(|reason| format!("{reason}, so nothing can be granted."))?;
    let covering: Vec<&NetPattern> = allowed.iter().filter(|pattern| pattern.covers(&host, port)).collect();
    let refused = |reason: String| format!("Host '{host}:{port}' may not be connected to: {reason}.");
    if covering.is_empty() {
        let reason = format!("the worker's '{NET_CONNECT}' does not cover it (allowed: {})", Listed(allowed));
        return Err(refused(reason));
    }
    if let Host::Address(address) = host
        && let Some(special) = SpecialAddress::of(address)
    {
        let is_named = |pattern: &&NetPattern| pattern.network().is_some_and(|network| special.is_named_by(network));
        if !covering.iter().any(is_named) {
            let allowed = Listed(allowed);
            let reason = format!(
                "it is {}, which the worker's '{NET_CONNECT}' must name itself (allowed: {allowed})",
                special.kind
            );
            return Err(refused(reason));
        }
    }
    const LOCALHOST: &str = "localhost";
    let is_localhost = matches!(&host, Host::Name(name) if name == LOCALHOST);
    let loopback = is_localhost && covering.iter().any(|pattern| pattern.is_name(LOCALHOST));
    Ok(ConnectGrant { host, port, loopback })
}

/// The grant to listen on `item`: an address and port, or a URL of them.
pub fn listen_grant(item: &str, ports: PortSource<'_>, allowed: &[NetPattern]) -> Result<SocketAddr, String> {
    let (host, port) = destination(item, ports).map_err(|reason| format!("{reason}, so nothing can be granted."))?;
    let Host::Address(address) = host else {
        return Err(format!("'{host}:{port}' may not be listened on: it is no IP address."));
    };
    if allowed.iter().any(|pattern| pattern.covers(&host, port)) {
        return Ok(SocketAddr::new(address, port));
    }
    let allowed = Listed(allowed);
    Err(format!(
        "'{host}:{port}' may not be listened on: the worker's '{NET_LISTEN}' does not cover it (allowed: {allowed})."
    ))
}

/// The entry of an allowlist that covers `item` and nothing else; none: it names no host and port.
pub fn entry(item: &str, ports: PortSource<'_>) -> Option<String> {
    let (host, port) = destination(item, ports).ok()?;
    Some(ConnectGrant { host, port, loopback: false }.to_string())
}

/// Reads `host`, `host:port` or a URL. The port is the one in the value, else the other key's, else that of the URL's scheme, else the
/// default. A value with an `@` is not repeated in messages: a password may be before it.
fn destination(item: &str, ports: PortSource<'_>) -> Result<(Host, u16), String> {
    let (scheme, rest) = match item.split_once("://") {
        // `jdbc:postgresql://…` is of scheme postgresql.
        Some((scheme, rest)) => (scheme.rsplit(':').next(), rest),
        None => (None, item),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, authority)| authority);
    let no_host = || match item.contains('@') {
        true => "it is no host, host:port or URL".to_owned(),
        false => format!("'{item}' is no host, host:port or URL"),
    };
    let (host, port) = split_port(authority).ok_or_else(no_host)?;
    let host = Host::parse(host).ok_or_else(no_host)?;
    let own = port.map(|port| read_port(port).ok_or_else(no_host)).transpose()?;
    let elsewhere = || {
        ports
            .key
            .map(|(key, value)| read_port(value).ok_or_else(|| format!("'{value}', the value of '{key}', is no port")))
    };
    let port = match own.map(Ok).or_else(elsewhere).transpose()? {
        Some(port) => port,
        None => scheme
            .and_then(port_of_scheme)
            .or(ports.default)
            .ok_or_else(|| format!("'{host}' names no port (host:port)"))?,
    };
    Ok((host, port))
}

fn read_port(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|port| *port != 0)
}

/// The registered ports of the schemes that connectors' URLs have.
fn port_of_scheme(scheme: &str) -> Option<u16> {
    Some(match scheme.to_ascii_lowercase().as_str() {
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        "ftp" => 21,
        "ldap" => 389,
        "ldaps" => 636,
        "amqp" => 5672,
        "amqps" => 5671,
        "mqtt" => 1883,
        "mqtts" => 8883,
        "nats" => 4222,
        "redis" | "rediss" => 6379,
        "mongodb" => 27017,
        "mysql" | "mariadb" => 3306,
        "postgres" | "postgresql" => 5432,
        "sqlserver" => 1433,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_PORT: PortSource<'_> = PortSource { key: None, default: None };

    fn patterns(texts: &[&str]) -> Vec<NetPattern> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[track_caller]
    fn reads(item: &str, ports: PortSource<'_>, expected: &str) {
        let read = destination(item, ports).map(|(host, port)| format!("{host}:{port}"));
        assert_eq!(read.as_deref(), Ok(expected), "{item}");
    }

    #[track_caller]
    fn refused(item: &str, allowed: &[&str], reason: &str) {
        assert_eq!(connect_grant(item, NO_PORT, &patterns(allowed)), Err(reason.to_owned()), "{item}");
    }

    #[test]
    fn hosts_and_ports_are_found_in_all_that_names_them() {
        reads("DB:5432", NO_PORT, "db:5432");
        reads("[::1]:80", NO_PORT, "[::1]:80");
        reads("[::ffff:127.0.0.1]:80", NO_PORT, "127.0.0.1:80");
        reads("https://api.example.com/v1?x=a:b@c", NO_PORT, "api.example.com:443");
        reads("http://u:p@api.example.com:8080#x", NO_PORT, "api.example.com:8080");
        reads("jdbc:postgresql://db/orders", NO_PORT, "db:5432");
        // The last of a list that has one scheme and path.
        reads("b:27018/db?replicaSet=x", NO_PORT, "b:27018");
    }

    #[test]
    fn a_port_may_stand_elsewhere() {
        let elsewhere = PortSource { key: Some(("port", " 9000 ")), default: Some(1) };
        reads("db", elsewhere, "db:9000");
        reads("db:80", elsewhere, "db:80");
        reads("::1", elsewhere, "[::1]:9000");
        reads("http://db", elsewhere, "db:9000");
        let default = PortSource { key: None, default: Some(1) };
        reads("db", default, "db:1");
        reads("http://db", default, "db:80");
        let bad = PortSource { key: Some(("port", "x")), default: Some(1) };
        assert_eq!(destination("db", bad).unwrap_err(), "'x', the value of 'port', is no port");
    }

    #[test]
    fn what_names_no_host_or_port_is_refused_without_its_secrets() {
        refused("db", &["*"], "'db' names no port (host:port), so nothing can be granted.");
        refused("db:0", &["*"], "'db:0' is no host, host:port or URL, so nothing can be granted.");
        refused("127.1:80", &["*"], "'127.1:80' is no host, host:port or URL, so nothing can be granted.");
        refused("http://user:secret@127.1/x", &["*"], "it is no host, host:port or URL, so nothing can be granted.");
    }

    #[test]
    fn what_the_allowlist_does_not_cover_is_refused_with_the_key_to_change() {
        refused(
            "http://user:secret@db:5432/x",
            &["db:80", "10.0.0.0/8"],
            "Host 'db:5432' may not be connected to: the worker's 'sandbox.net.connect' does not cover it \
             (allowed: db:80, 10.0.0.0/8).",
        );
        refused(
            "db:1",
            &[],
            "Host 'db:1' may not be connected to: the worker's 'sandbox.net.connect' does not cover it (allowed: none).",
        );
    }

    #[test]
    fn a_special_address_must_be_named_by_the_allowlist_too() {
        refused(
            "[::ffff:127.0.0.1]:80",
            &["*"],
            "Host '127.0.0.1:80' may not be connected to: it is a loopback address, which the worker's \
             'sandbox.net.connect' must name itself (allowed: *).",
        );
        assert!(
            connect_grant("169.254.169.254:80", NO_PORT, &patterns(&["*", "0.0.0.0/0", "169.254.0.0/16"])).is_err()
        );
        assert!(connect_grant("169.254.169.254:80", NO_PORT, &patterns(&["169.254.169.254:80"])).is_ok());
        assert!(connect_grant("127.0.0.1:80", NO_PORT, &patterns(&["127.0.0.0/8"])).is_ok());
    }

    #[test]
    fn a_name_leads_to_no_special_address() {
        let granted = |item: &str, allowed: &[&str]| connect_grant(item, NO_PORT, &patterns(allowed)).unwrap();
        let address = |text: &str| text.parse().unwrap();
        let named = granted("db:80", &["db", "127.0.0.1"]);
        assert_eq!(named.check(address("127.0.0.1")), Err("a loopback address"));
        assert_eq!(named.check(address("::ffff:169.254.169.254")), Err("a cloud metadata address"));
        assert_eq!(named.check(address("10.0.0.1")), Ok(()));
        assert_eq!(granted("localhost:80", &["*"]).check(address("127.0.0.1")), Err("a loopback address"));
        let localhost = granted("localhost:80", &["localhost:80"]);
        assert_eq!(localhost.check(address("127.0.0.1")), Ok(()));
        assert_eq!(localhost.check(address("169.254.169.254")), Err("a cloud metadata address"));
        let literal = granted("127.0.0.1:80", &["127.0.0.1"]);
        assert_eq!(literal.check(address("127.0.0.1")), Ok(()));
        assert!(literal.check(address("127.0.0.2")).is_err());
    }

    #[test]
    fn listening_needs_an_address_that_is_allowed() {
        let allowed = patterns(&["0.0.0.0:9000"]);
        assert_eq!(listen_grant("0.0.0.0:9000", NO_PORT, &allowed), Ok("0.0.0.0:9000".parse().unwrap()));
        assert_eq!(
            listen_grant("0.0.0.0:9001", NO_PORT, &allowed).unwrap_err(),
            "'0.0.0.0:9001' may not be listened on: the worker's 'sandbox.net.listen' does not cover it \
             (allowed: 0.0.0.0:9000)."
        );
        let name = listen_grant("localhost:9000", NO_PORT, &patterns(&["*"]));
        assert_eq!(name.unwrap_err(), "'localhost:9000' may not be listened on: it is no IP address.");
    }
}
