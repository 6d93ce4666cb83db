//! One entry of the worker's network allowlists: which hosts, and which port of them.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::connect::{Host, IpNetwork};

/// Hosts and a port that connectors may use if their own configuration names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetPattern {
    hosts: Hosts,
    /// None: any.
    port: Option<u16>,
    /// As it was given.
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    Any,
    Name(String),
    /// The end that a name must have, from its dot on.
    Under(String),
    Network(IpNetwork),
}

/// What an entry must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Expected host, host:port, *.domain, an address or a network such as 10.0.0.0/8, with :port or without")]
pub struct InvalidNetPattern;

// === impl NetPattern

impl NetPattern {
    /// Whether connectors may use this port of this host. A name is covered by names only, an address by addresses only.
    pub fn covers(&self, host: &Host, port: u16) -> bool {
        self.port.is_none_or(|own| own == port)
            && match (&self.hosts, host) {
                (Hosts::Any, _) => true,
                (Hosts::Name(own), Host::Name(name)) => own == name,
                (Hosts::Under(end), Host::Name(name)) => name.len() > end.len() && name.ends_with(end),
                (Hosts::Network(network), Host::Address(address)) => network.contains(*address),
                _ => false,
            }
    }

    /// The addresses that it names as such; none: it names hosts by name, or any.
    pub fn network(&self) -> Option<&IpNetwork> {
        match &self.hosts {
            Hosts::Network(network) => Some(network),
            _ => None,
        }
    }

    /// Whether it is for this one name, and not for names like it.
    pub fn is_name(&self, name: &str) -> bool {
        matches!(&self.hosts, Hosts::Name(own) if own == name)
    }

    /// Whether it is for addresses, or for any.
    pub fn is_for_addresses(&self) -> bool {
        matches!(self.hosts, Hosts::Network(_) | Hosts::Any)
    }
}

impl FromStr for NetPattern {
    type Err = InvalidNetPattern;

    /// `db`, `db:5432`, `db:*`, `*.example.com:443`, `*`, `192.0.2.1:80`, `10.0.0.0/8`, `fd00::/8`, `[fd00::/8]:443`.
    fn from_str(text: &str) -> Result<Self, InvalidNetPattern> {
        let (hosts, port) = split_port(text).ok_or(InvalidNetPattern)?;
        let port = match port {
            None | Some("*") => None,
            Some(port) => Some(port.parse().ok().filter(|port| *port != 0).ok_or(InvalidNetPattern)?),
        };
        let hosts = Hosts::parse(hosts).ok_or(InvalidNetPattern)?;
        Ok(Self { hosts, port, text: text.to_owned() })
    }
}

impl Hosts {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        if let Some(domain) = text.strip_prefix("*.") {
            let Host::Name(domain) = Host::parse(domain)? else { return None };
            return Some(Self::Under(format!(".{domain}")));
        }
        if let Some(network) = IpNetwork::parse(text) {
            return Some(Self::Network(network));
        }
        match Host::parse(text)? {
            Host::Name(name) => Some(Self::Name(name)),
            Host::Address(address) => Some(Self::Network(IpNetwork::of(address))),
        }
    }
}

impl fmt::Display for NetPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What stands before the port, without brackets, and the port; an IPv6 address needs brackets to have one.
pub fn split_port(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(bracketed) = text.strip_prefix('[') {
        let (address, rest) = bracketed.split_once(']')?;
        let is_v6 = address.split('/').next().is_some_and(|address| matches!(address.parse(), Ok(IpAddr::V6(_))));
        return match rest.strip_prefix(':') {
            _ if !is_v6 => None,
            Some(port) => Some((address, Some(port))),
            None => rest.is_empty().then_some((address, None)),
        };
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => Some((host, Some(port))),
        _ => Some((text, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, covered: &[(&str, u16)], not: &[(&str, u16)]) {
        let parsed: NetPattern = pattern.parse().unwrap();
        let covers = |(host, port): &(&str, u16)| parsed.covers(&Host::parse(host).unwrap(), *port);
        for host in covered {
            assert!(covers(host), "{pattern} covers {host:?}");
        }
        for host in not {
            assert!(!covers(host), "{pattern} does not cover {host:?}");
        }
    }

    #[test]
    fn a_name_is_that_name() {
        check("db", &[("db", 1), ("DB.", 2)], &[("db2", 1), ("x.db", 1), ("192.0.2.1", 1)]);
        check("Db.example.com:5432", &[("db.example.com", 5432)], &[("db.example.com", 5433)]);
        check("db:*", &[("db", 1)], &[]);
    }

    #[test]
    fn a_domain_has_what_is_under_it() {
        let not = [("example.com", 443), ("badexample.com", 443), ("a.example.com.evil", 443), ("a.example.com", 80)];
        check("*.example.com:443", &[("a.example.com", 443), ("a.b.example.com", 443)], &not);
    }

    #[test]
    fn networks_are_for_addresses_and_names_for_names() {
        check("10.0.0.0/8:9092", &[("10.1.2.3", 9092)], &[("10.1.2.3", 9093), ("11.0.0.1", 9092), ("ten", 9092)]);
        check("fd00::/8", &[("fd00::1", 1)], &[("fe00::1", 1)]);
        check("[fd00::/8]:443", &[("[fd00::1]", 443)], &[("[fd00::1]", 80)]);
        check("[::1]:443", &[("::1", 443)], &[("::1", 80), ("::2", 443)]);
        check("::1", &[("::1", 80)], &[]);
        check("*:80", &[("db", 80), ("10.0.0.1", 80)], &[("db", 81)]);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for text in
            ["", ":80", "db:", "db:0", "db:65536", "db:http", "a*.example.com", "*.", "*.10.0.0.1", "10.0.0.0/40"]
        {
            assert!(text.parse::<NetPattern>().is_err(), "{text}");
        }
        for text in ["http://db", "db/path", "127.1", "[db]:80", "[::1", "[::1]80", "user@db"] {
            assert!(text.parse::<NetPattern>().is_err(), "{text}");
        }
    }
}
