//! Under which networks an address can be found: itself, and the prefixes that people search by.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address and its /24 /16 /8, or its /64 /48 /32, as text.
pub(crate) fn prefixes(address: IpAddr) -> [String; 4] {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let bits = v4.to_bits();
            let net = |length: u32| {
                format!(
                    "{}/{length}",
                    Ipv4Addr::from_bits(bits & (u32::MAX << (32 - length)))
                )
            };
            [v4.to_string(), net(24), net(16), net(8)]
        }
        IpAddr::V6(v6) => {
            let bits = v6.to_bits();
            let net = |length: u32| {
                format!(
                    "{}/{length}",
                    Ipv6Addr::from_bits(bits & (u128::MAX << (128 - length)))
                )
            };
            [v6.to_string(), net(64), net(48), net(32)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_under_itself_and_three_networks() {
        assert_eq!(
            prefixes([189, 50, 10, 20].into()),
            ["189.50.10.20", "189.50.10.0/24", "189.50.0.0/16", "189.0.0.0/8"]
        );
        assert_eq!(
            prefixes("2001:db8:1:2::7".parse().unwrap()),
            [
                "2001:db8:1:2::7",
                "2001:db8:1:2::/64",
                "2001:db8:1::/48",
                "2001:db8::/32"
            ]
        );
        assert_eq!(prefixes("::ffff:10.0.0.1".parse().unwrap())[0], "10.0.0.1");
    }
}
