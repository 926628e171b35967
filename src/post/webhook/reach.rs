//! Which addresses may be called (pure).
//!
//! A webhook is an address that somebody typed, and this server calls it from inside the office's network. So it may
//! lead to public addresses only: never to this machine, a private network, or the address at which clouds hand out
//! credentials, except to networks that the operator has named (`webhook_networks`). What counts is the address
//! that is connected to, not the name: a name may lead elsewhere tomorrow.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::Network;

/// Whether an address may be called.
#[must_use]
pub fn may_call(address: IpAddr, allowed: &[Network]) -> bool {
    is_public(address)
        || allowed
            .iter()
            .any(|network| network.contains(address.to_canonical()))
}

/// Whether an address is one of the public internet.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let special = address.is_unspecified()
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation();
    let shared = first == 100 && (64..128).contains(&second);
    let benchmarks = first == 198 && (second == 18 || second == 19);
    let protocols = (first, second, third) == (192, 0, 0);
    let relays = (first, second, third) == (192, 88, 99);
    !(special || shared || benchmarks || protocols || relays || first == 0 || first >= 240)
}

/// Global unicast is `2000::/3`. In it, documentation and what embeds an IPv4 address are not public.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let global = first & 0xe000 == 0x2000;
    let documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    let protocols = first == 0x2001 && second < 0x0200;
    let six_to_four = first == 0x2002;
    global && !documentation && !protocols && !six_to_four
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_and_named_networks_can_be_called() {
        for public in [
            "8.8.8.8",
            "203.0.114.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "172.32.0.1",
        ] {
            assert!(may_call(public.parse().unwrap(), &[]), "{public}");
        }
        let inside = [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.5.5",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "192.88.99.1",
            "192.0.2.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2001:0:1::",
        ];
        for address in inside {
            assert!(!may_call(address.parse().unwrap(), &[]), "{address}");
        }
        let allowed = Network::list("10.0.0.0/8, 127.0.0.1").unwrap();
        for (address, may) in [
            ("10.3.2.1", true),
            ("::ffff:10.3.2.1", true),
            ("127.0.0.1", true),
            ("127.0.0.2", false),
            ("192.168.1.1", false),
        ] {
            assert_eq!(may_call(address.parse().unwrap(), &allowed), may, "{address}");
        }
    }
}
