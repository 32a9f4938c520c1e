//! Under which networks an address can be found: itself, and the prefixes that people search by; and
//! which of them have rows already.

use super::{ADDRESS, Ring};
use crate::error::{Error, Result};
use crate::sql;
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use vigia_ledger::blind::token;

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

/// Which of the unknown networks the index holds already for the same holder.
pub(super) async fn known_addresses(
    connection: &mut AnyConnection,
    ring: &Ring,
    unknown: &[(u64, u8, String)],
    known: &mut HashMap<(u64, String), u64>,
) -> Result<()> {
    let doing = "looking for addresses";
    for some in unknown.chunks(sql::VALUES_PER_LIST) {
        let mut by_token: HashMap<(u64, Vec<u8>), &str> = HashMap::new();
        let text = format!(
            "SELECT row, holder, token FROM token WHERE token IN ({})",
            sql::list(1, some.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).persistent(false);
        for (holder, bucket, prefix) in some {
            let token = token(ring.index_key(*bucket)?, ADDRESS, prefix.as_bytes()).to_vec();
            query = query.bind(token.clone());
            by_token.insert((*holder, token), prefix);
        }
        for row in query
            .fetch_all(&mut *connection)
            .await
            .map_err(Error::sql(doing))?
        {
            let number: i64 = row.try_get(0).map_err(Error::sql(doing))?;
            let holder: i64 = row.try_get(1).map_err(Error::sql(doing))?;
            let token: Vec<u8> = row.try_get(2).map_err(Error::sql(doing))?;
            let holder = sql::number(holder)?;
            if let Some(prefix) = by_token.get(&(holder, token)) {
                known.insert((holder, (*prefix).to_owned()), sql::number(number)?);
            }
        }
    }
    Ok(())
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
