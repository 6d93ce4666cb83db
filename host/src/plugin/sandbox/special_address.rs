//! Addresses that a name must not lead to: this machine, its neighbours on the link, and what clouds tell their machines.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::connect::IpNetwork;

/// Why an address is reached only where configuration and allowlist name it as an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpecialAddress {
    /// With its article.
    pub kind: &'static str,
    /// All addresses that are special for the same reason, as far as they lie together.
    network: IpNetwork,
}

const METADATA: &str = "a cloud metadata address";
const LOOPBACK: &str = "a loopback address";
const LINK_LOCAL: &str = "a link-local address";
const UNSPECIFIED: &str = "the unspecified address";
const MULTICAST: &str = "a multicast address";
const BROADCAST: &str = "the broadcast address";

/// The narrower before the wider.
const SPECIAL: &[SpecialAddress] = &[
    // AWS, Azure, GCP and others.
    special(METADATA, IpNetwork::v4(169, 254, 169, 254, 32)),
    // Credentials of AWS containers and pods, and AWS' time and name servers.
    special(METADATA, IpNetwork::v4(169, 254, 170, 0, 24)),
    special(METADATA, IpNetwork::v6(0xfd00_0ec2_0000_0000_0000_0000_0000_0000, 32)),
    // GCP by IPv6.
    special(METADATA, IpNetwork::v6(0xfd20_00ce_0000_0000_0000_0000_0000_0254, 128)),
    // Azure's agent.
    special(METADATA, IpNetwork::v4(168, 63, 129, 16, 32)),
    // Alibaba.
    special(METADATA, IpNetwork::v4(100, 100, 100, 200, 32)),
    // Oracle.
    special(METADATA, IpNetwork::v4(192, 0, 0, 192, 32)),
    special(LOOPBACK, IpNetwork::v4(127, 0, 0, 0, 8)),
    special(LOOPBACK, IpNetwork::v6(1, 128)),
    special(LINK_LOCAL, IpNetwork::v4(169, 254, 0, 0, 16)),
    special(LINK_LOCAL, IpNetwork::v6(0xfe80 << 112, 10)),
    // Linux takes 0.0.0.0 for this machine.
    special(UNSPECIFIED, IpNetwork::v4(0, 0, 0, 0, 8)),
    special(UNSPECIFIED, IpNetwork::v6(0, 128)),
    special(MULTICAST, IpNetwork::v4(224, 0, 0, 0, 4)),
    special(MULTICAST, IpNetwork::v6(0xff00 << 112, 8)),
    special(BROADCAST, IpNetwork::v4(255, 255, 255, 255, 32)),
];

const fn special(kind: &'static str, network: IpNetwork) -> SpecialAddress {
    SpecialAddress { kind, network }
}

impl SpecialAddress {
    /// What is special about an address; none: nothing.
    pub fn of(address: IpAddr) -> Option<&'static Self> {
        let plain = unwrapped(address);
        SPECIAL.iter().find(|special| special.network.contains(plain))
    }

    /// Whether that range names these addresses and does not merely have them in it, as `0.0.0.0/0` has them all.
    pub fn is_named_by(&self, network: &IpNetwork) -> bool {
        self.network.covers(network)
    }

    pub fn is_loopback(&self) -> bool {
        self.kind == LOOPBACK
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible, or by way of a translator (RFC 6052) or 6to4 (RFC 3056).
fn unwrapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            v4(high, low)
        }
        [0, 0, 0, 0, 0, 0, high, low] if v6 != Ipv6Addr::UNSPECIFIED && v6 != Ipv6Addr::LOCALHOST => v4(high, low),
        _ => address,
    }
}

fn v4(high: u16, low: u16) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_known_in_every_form() {
        for (address, kind) in [
            ("127.0.0.1", LOOPBACK),
            ("127.8.8.8", LOOPBACK),
            ("::1", LOOPBACK),
            ("::ffff:127.0.0.1", LOOPBACK),
            ("::127.0.0.1", LOOPBACK),
            ("64:ff9b::7f00:1", LOOPBACK),
            ("2002:7f00:1::", LOOPBACK),
            ("169.254.169.254", METADATA),
            ("::ffff:169.254.169.254", METADATA),
            ("64:ff9b::a9fe:a9fe", METADATA),
            ("fd00:ec2::254", METADATA),
            ("fd20:ce::254", METADATA),
            ("168.63.129.16", METADATA),
            ("169.254.1.1", LINK_LOCAL),
            ("fe80::1", LINK_LOCAL),
            ("0.0.0.0", UNSPECIFIED),
            ("::", UNSPECIFIED),
            ("224.0.0.1", MULTICAST),
            ("ff02::1", MULTICAST),
            ("255.255.255.255", BROADCAST),
        ] {
            let special = SpecialAddress::of(address.parse().unwrap()).map(|special| special.kind);
            assert_eq!(special, Some(kind), "{address}");
        }
        for address in ["10.0.0.1", "192.168.1.1", "8.8.8.8", "fd00::1", "2001:db8::1", "::ffff:10.0.0.1"] {
            assert_eq!(SpecialAddress::of(address.parse().unwrap()), None, "{address}");
        }
    }

    #[test]
    fn a_wide_network_names_nothing_special() {
        let named = |address: &str, network: &str| {
            let special = SpecialAddress::of(address.parse().unwrap()).unwrap();
            special.is_named_by(&IpNetwork::parse(network).unwrap())
        };
        assert!(named("127.0.0.1", "127.0.0.1") && named("127.0.0.1", "127.0.0.0/8"));
        assert!(!named("127.0.0.1", "0.0.0.0/0") && !named("127.0.0.1", "126.0.0.0/7"));
        assert!(named("169.254.169.254", "169.254.169.254"));
        assert!(!named("169.254.169.254", "169.254.0.0/16"), "link-local does not say metadata");
        assert!(named("::1", "::1") && !named("::1", "::/0"));
    }
}
