//! A host as configurations and plugins name it: an IP address, or a name in the one form in which names are compared.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The longest name of a host that DNS can hold, in bytes.
const MAX_NAME_BYTES: usize = 253;
/// The longest part of a name between dots, in bytes.
const MAX_LABEL_BYTES: usize = 63;

/// Where a connection goes, without the port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// IPv4 addresses that are written as IPv6 (`::ffff:192.0.2.1`) are IPv4 here.
    Address(IpAddr),
    /// In lower case, without a dot at the end.
    Name(String),
}

impl Host {
    /// Reads `db.example.com`, `192.0.2.1`, `::1` or `[::1]`. None: it is no host's name. A name beyond ASCII must be written as DNS has
    /// it (`xn--…`), and one that ends with a number is none: system libraries take `127.1` or `0x7f000001` for an address.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(bracketed) = text.strip_prefix('[') {
            let address: Ipv6Addr = bracketed.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Address(IpAddr::V6(address).to_canonical()));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Self::Address(address.to_canonical()));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        is_name(&name).then_some(Self::Name(name))
    }
}

fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL_BYTES).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    name.len() <= MAX_NAME_BYTES && name.split('.').all(is_label) && !is_number
}

/// IPv6 addresses are in brackets, so that a port can follow.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Address(address) => address.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> Option<String> {
        Host::parse(text).map(|host| host.to_string())
    }

    #[test]
    fn names_are_compared_in_one_form() {
        assert_eq!(printed("DB.Example.com.").as_deref(), Some("db.example.com"));
        assert_eq!(printed("my_host-1").as_deref(), Some("my_host-1"));
        assert_eq!(printed("xn--bcher-kva.example").as_deref(), Some("xn--bcher-kva.example"));
    }

    #[test]
    fn addresses_are_compared_in_one_form() {
        assert_eq!(printed("192.0.2.1").as_deref(), Some("192.0.2.1"));
        for same in ["::1", "[::1]", "[0:0::1]"] {
            assert_eq!(printed(same).as_deref(), Some("[::1]"), "{same}");
        }
        for mapped in ["::ffff:127.0.0.1", "[::ffff:7f00:1]"] {
            assert_eq!(printed(mapped).as_deref(), Some("127.0.0.1"), "{mapped}");
        }
    }

    #[test]
    fn what_libraries_would_read_as_an_address_is_no_name() {
        for text in ["127.1", "2130706433", "0x7f000001", "127.0.0.1.", "0177.0.0.1", "a.0x1", "1.2.3.4.5"] {
            assert_eq!(Host::parse(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_else_is_a_name() {
        let long = "a".repeat(64);
        for text in
            ["", ".", "a..b", "a b", "a/b", "user@host", "bücher.example", "[::1", "[db]", "fe80::1%eth0", &long]
        {
            assert_eq!(Host::parse(text), None, "{text}");
        }
    }
}
