//! The bytes of a list, before it is sealed: for each sighting the length of the address (4 or 16), the
//! address, then the distance of the entry from the commit's first and the holder's row, both as
//! LEB128. And the networks that a list is asked for.

use crate::error::{Error, Result};
use std::net::IpAddr;

/// Somebody seen from an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The row of the subject or period whose address it is.
    pub holder: u64,
    pub address: IpAddr,
    /// The entry that says so.
    pub seq: u64,
}

/// Addresses from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Net {
    V4(u32, u32),
    V6(u128, u128),
}

impl Net {
    /// An address, or a network as `address/length`; `None` where the text is neither.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        Some(match address.parse::<IpAddr>().ok()?.to_canonical() {
            IpAddr::V4(address) => {
                let host = u32::MAX.checked_shr(length.unwrap_or(32)).unwrap_or(0);
                Self::V4(address.to_bits() & !host, address.to_bits() | host)
            }
            IpAddr::V6(address) => {
                let host = u128::MAX.checked_shr(length.unwrap_or(128)).unwrap_or(0);
                Self::V6(address.to_bits() & !host, address.to_bits() | host)
            }
        })
    }
}

pub(super) fn encode(first: u64, seen: &[Seen]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(seen.len() * 12);
    for one in seen {
        match one.address.to_canonical() {
            IpAddr::V4(address) => {
                bytes.push(4);
                bytes.extend(address.octets());
            }
            IpAddr::V6(address) => {
                bytes.push(16);
                bytes.extend(address.octets());
            }
        }
        number(&mut bytes, one.seq.saturating_sub(first));
        number(&mut bytes, one.holder);
    }
    bytes
}

pub(super) fn decode(first: u64, bytes: &[u8]) -> Result<Vec<Seen>> {
    let mut seen = Vec::with_capacity(bytes.len() / 9);
    let mut rest = bytes;
    while !rest.is_empty() {
        seen.push(next(first, &mut rest).ok_or(Error::Damaged("a list of addresses"))?);
    }
    Ok(seen)
}

fn next(first: u64, rest: &mut &[u8]) -> Option<Seen> {
    let (length, after) = rest.split_first()?;
    let (address, after) = after.split_at_checked(usize::from(*length))?;
    *rest = after;
    let address = match length {
        4 => IpAddr::from(<[u8; 4]>::try_from(address).ok()?),
        16 => IpAddr::from(<[u8; 16]>::try_from(address).ok()?),
        _ => return None,
    };
    Some(Seen {
        seq: first.checked_add(read(rest)?)?,
        holder: read(rest)?,
        address,
    })
}

fn number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(0x80 | number.to_le_bytes()[0]);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

fn read(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_comes_back_as_it_went_in() {
        let seen = [
            Seen {
                holder: 7,
                address: [189, 50, 10, 20].into(),
                seq: 1_000,
            },
            Seen {
                holder: u64::MAX,
                address: "2001:db8::7".parse().unwrap(),
                seq: 999_999,
            },
        ];
        let bytes = encode(1_000, &seen);
        assert_eq!(decode(1_000, &bytes).unwrap(), seen);
        for cut in 1..bytes.len() {
            assert!(decode(0, &bytes[..cut]).is_err() || cut == 7, "{cut}");
        }
        assert!(decode(0, &[5, 1, 1, 1, 1, 1, 0, 0]).is_err());
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        let net = |text| Net::parse(text).unwrap();
        assert_eq!(net("10.0.0.1"), Net::V4(0x0a00_0001, 0x0a00_0001));
        assert_eq!(net("10.1.2.3/8"), Net::V4(0x0a00_0000, 0x0aff_ffff));
        assert_eq!(net("0.0.0.0/0"), Net::V4(0, u32::MAX));
        assert_eq!(net("::/0"), Net::V6(0, u128::MAX));
        assert!(matches!(net("2001:db8::/32"), Net::V6(low, high) if high - low == u128::MAX >> 32));
        assert_eq!(Net::parse("nowhere"), None);
    }
}
