//! Connections that were turned away, told once a minute and address with a count, so that nobody can
//! fill the log by knocking.

use super::Shared;
use crate::Error;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use vigia_domain::Kind;
use vigia_store::Authority;

/// How often they are told, in seconds.
const TURN_SECONDS: u64 = 60;
/// How many addresses are told apart; what comes from others is told without one.
const MAX_ADDRESSES: usize = 1_024;

/// Why a connection was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// From a network that is not allowed.
    Network,
    /// There were too many.
    TooMany,
    /// TLS did not come about: no certificate, an unknown one, or something that is not TLS.
    Tls,
    /// The key in whose name lines are taken was revoked.
    Revoked,
}

impl Reason {
    fn word(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::TooMany => "too_many",
            Self::Tls => "tls",
            Self::Revoked => "revoked",
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<BTreeMap<(Reason, Option<IpAddr>), u32>>);

impl Refusals {
    pub(super) fn note(&self, address: IpAddr, reason: Reason) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = counted.contains_key(&(reason, Some(address)));
        let address = (known || counted.len() < MAX_ADDRESSES).then_some(address);
        let count = counted.entry((reason, address)).or_default();
        *count = count.saturating_add(1);
    }

    fn take(&self) -> BTreeMap<(Reason, Option<IpAddr>), u32> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Tells of them until syslog stops; whoever stops it tells of the rest.
pub(super) async fn tell(shared: Arc<Shared>) {
    let mut turn = tokio::time::interval(Duration::from_secs(TURN_SECONDS));
    loop {
        tokio::select! {
            _ = turn.tick() => tell_all(&shared).await,
            () = shared.stopping.cancelled() => return,
        }
    }
}

/// Tells of those that were not told of yet.
pub(super) async fn tell_all(shared: &Shared) {
    if let Err(error) = record(shared).await {
        tracing::error!(%error, "refused syslog connections could not be recorded");
    }
}

async fn record(shared: &Shared) -> Result<(), Error> {
    let counted = shared.refusals.take();
    if counted.is_empty() {
        return Ok(());
    }
    let mut events = Vec::with_capacity(counted.len());
    for ((reason, address), count) in counted {
        let origin = crate::event::Origin {
            now: shared.platform.now(),
            actor: vigia_domain::event::Actor::default(),
            address,
        };
        let mut told = origin.event(Kind::SYSLOG_REFUSED, "A syslog connection was turned away")?;
        told.count = count;
        told.details.insert("reason".to_owned(), reason.word().into());
        events.push(told);
    }
    shared.platform.store().record(Authority::Own, events).await?;
    Ok(())
}
