//! A range of IP addresses, such as `10.0.0.0/8`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses that begin with the same bits. IPv4 addresses that are written as IPv6 are IPv4 here too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpNetwork {
    base: IpAddr,
    prefix: u8,
}

impl IpNetwork {
    /// Of four bytes, for constants; `prefix`: bits, at most 32.
    pub const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Self {
        Self { base: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix }
    }

    /// Of an address as one number, for constants; `prefix`: bits, at most 128.
    pub const fn v6(address: u128, prefix: u8) -> Self {
        Self { base: IpAddr::V6(Ipv6Addr::from_bits(address)), prefix }
    }

    /// One address.
    pub fn of(address: IpAddr) -> Self {
        let base = address.to_canonical();
        Self { base, prefix: bits(base) }
    }

    /// Reads an address, or an address, a slash and the number of bits that count.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((address, prefix)) = text.split_once('/') else { return text.parse().ok().map(Self::of) };
        let address: IpAddr = address.parse().ok()?;
        let prefix: u8 = prefix.parse().ok().filter(|prefix| *prefix <= bits(address))?;
        let base = address.to_canonical();
        // `::ffff:10.0.0.0/104` is 10.0.0.0/8; a shorter prefix has more in it than IPv4.
        match prefix.checked_sub(bits(address) - bits(base)) {
            Some(prefix) => Some(Self { base, prefix }),
            None => Some(Self { base: address, prefix }),
        }
    }

    /// Whether the address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.covers(&Self::of(address))
    }

    /// Whether all of the other's addresses are in this one.
    pub fn covers(&self, other: &Self) -> bool {
        self.prefix <= other.prefix
            && match (self.base, other.base) {
                (IpAddr::V4(base), IpAddr::V4(other)) => {
                    same_start(base.to_bits().into(), other.to_bits().into(), 32 - self.prefix)
                }
                (IpAddr::V6(base), IpAddr::V6(other)) => same_start(base.to_bits(), other.to_bits(), 128 - self.prefix),
                _ => false,
            }
    }
}

/// Whether two numbers are equal without their last bits.
fn same_start(one: u128, other: u128, ignored: u8) -> bool {
    (one ^ other).checked_shr(ignored.into()).unwrap_or(0) == 0
}

fn bits(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

impl fmt::Display for IpNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(network: &str, inside: &[&str], outside: &[&str]) {
        let parsed = IpNetwork::parse(network).unwrap();
        for address in inside {
            assert!(parsed.contains(address.parse().unwrap()), "{network} has {address}");
        }
        for address in outside {
            assert!(!parsed.contains(address.parse().unwrap()), "{network} has not {address}");
        }
    }

    #[test]
    fn a_network_has_the_addresses_that_begin_alike() {
        check("10.0.0.0/8", &["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"], &["11.0.0.0", "::a00:1", "a00::"]);
        check("10.1.2.3/8", &["10.0.0.0"], &["11.1.2.3"]);
        check("192.0.2.7", &["192.0.2.7"], &["192.0.2.6"]);
        check("0.0.0.0/0", &["1.2.3.4"], &["::1"]);
        check("fd00::/8", &["fd12::1"], &["fe00::1", "10.0.0.1"]);
        check("::/0", &["::1"], &["127.0.0.1"]);
        check("::ffff:127.0.0.0/104", &["127.0.0.1", "::ffff:127.9.9.9"], &["128.0.0.1"]);
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0/8", "db/8", "10.0.0.0/-1"] {
            assert_eq!(IpNetwork::parse(text), None, "{text}");
        }
    }
}
