//! How a platform is reached: with which certificate, under which names, through which proxies, and
//! within which limits.
//!
//! Must stay true: without a certificate nobody beyond this machine is answered; where a request came
//! from is the connection's word, and a header's only where the connection is from a proxy that the
//! operator named, and only in the one header that the operator named.

mod forward;
mod held;
pub mod listen;

use crate::Error;
use crate::config::{Config, ForwardHeader};
use crate::tls::Tls;
use axum::http::HeaderMap;
use axum::http::uri::Authority;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How long a request's headers may take, and an unused connection may wait for its next request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a stop waits for requests under way.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How a platform is reached.
#[derive(Clone)]
pub struct Door {
    /// The certificate; without one this machine alone is answered.
    pub tls: Option<Tls>,
    /// Names that are answered, beside this machine's own and the certificate's; lower case.
    pub hosts: Vec<String>,
    /// Proxies whose word is taken.
    pub trusted: Vec<IpNet>,
    /// The header in which they give it.
    pub header: ForwardHeader,
    /// Connections held at the same time; more wait.
    pub max_connections: u32,
    /// How long headers may take.
    pub header_timeout: Duration,
    /// How long a handshake may take.
    pub handshake_timeout: Duration,
    /// How long a stop waits.
    pub stop_timeout: Duration,
}

impl Default for Door {
    fn default() -> Self {
        Self::new(&Config::default(), None)
    }
}

impl Door {
    /// The door that a configuration describes.
    #[must_use]
    pub fn new(config: &Config, tls: Option<Tls>) -> Self {
        Self {
            tls,
            hosts: config.http.hosts.clone(),
            trusted: config.proxy.trusted.clone(),
            header: config.proxy.header,
            max_connections: config.http.max_connections,
            header_timeout: HEADER_TIMEOUT,
            handshake_timeout: HANDSHAKE_TIMEOUT,
            stop_timeout: STOP_TIMEOUT,
        }
    }

    /// Whether this door may stand at an address: beyond this machine only with a certificate.
    ///
    /// # Errors
    /// What to do.
    pub fn may_stand_at(&self, address: SocketAddr) -> Result<(), Error> {
        if self.tls.is_some() || address.ip().to_canonical().is_loopback() {
            return Ok(());
        }
        let reason = format!(
            "{address} is reached from other machines, and plain HTTP is for this one alone; set \
             tls.certificate and tls.key, or make a certificate with `vigia-platform tls renew --tls-name NAME`, \
             or listen on 127.0.0.1 behind a proxy"
        );
        Err(Error::Field {
            name: "listen",
            reason,
        })
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// Whether requests for this name are answered. A page elsewhere whose name was made to point
    /// here (DNS rebinding) sends its own name.
    fn answers_to(&self, authority: &str, local: IpAddr) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else {
            return false;
        };
        let name = authority.host();
        let bare = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'))
            .unwrap_or(name);
        if let Ok(address) = bare.parse::<IpAddr>() {
            let address = address.to_canonical();
            if address.is_loopback() || (self.tls.is_some() && address == local.to_canonical()) {
                return true;
            }
        }
        let bare = bare.to_ascii_lowercase();
        let certified = self
            .tls
            .as_ref()
            .map(|tls| tls.certificate().names)
            .unwrap_or_default();
        bare == "localhost" || self.hosts.contains(&bare) || certified.iter().any(|name| covers(name, &bare))
    }
}

/// Whether a name of a certificate is this one; a star stands for one label (RFC 6125 § 6.4.3).
fn covers(certified: &str, name: &str) -> bool {
    match certified.strip_prefix("*.") {
        Some(rest) => name
            .split_once('.')
            .is_some_and(|(_, own)| own.eq_ignore_ascii_case(rest)),
        None => certified.eq_ignore_ascii_case(name),
    }
}

/// The connection that a request came by; in every request's extensions.
#[derive(Clone)]
pub struct Connection {
    door: Arc<Door>,
    peer: IpAddr,
    local: IpAddr,
}

impl Connection {
    /// Where the request came from: the connection's other end, or, where that is a trusted proxy,
    /// whom it names; in its canonical form.
    #[must_use]
    pub fn client(&self, headers: &HeaderMap) -> IpAddr {
        let mut client = self.peer.to_canonical();
        if !self.door.trusts(client) {
            return client;
        }
        // The last one was added by the nearest proxy. What stands before the first that is not
        // trusted anybody may have written.
        for hop in forward::hops(self.door.header, headers).into_iter().rev() {
            let Some(hop) = hop else { break };
            client = hop.to_canonical();
            if !self.door.trusts(client) {
                break;
            }
        }
        client
    }

    /// Whether the request travelled by TLS, as far as it is known here.
    #[must_use]
    pub fn is_secure(&self, headers: &HeaderMap) -> bool {
        self.door.tls.is_some()
            || (self.door.trusts(self.peer) && forward::is_https(self.door.header, headers))
    }

    /// Whether the request was made on this very machine, and not for somebody behind a proxy.
    #[must_use]
    pub fn is_from_this_machine(&self, headers: &HeaderMap) -> bool {
        let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip"];
        self.peer.to_canonical().is_loopback() && !forwarded.iter().any(|name| headers.contains_key(*name))
    }

    /// Whether the request names this platform.
    #[must_use]
    pub fn answers_to(&self, authority: &str) -> bool {
        self.door.answers_to(authority, self.local)
    }
}

#[cfg(test)]
mod tests;
