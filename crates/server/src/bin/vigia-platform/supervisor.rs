//! What the service manager is told (systemd, `Type=notify`); nothing where there is none.

#[cfg(unix)]
mod told {
    use sd_notify::{NotifyState, notify};

    /// The platform listens.
    pub fn ready() {
        tell(&[NotifyState::Ready]);
    }

    /// The platform finishes what is under way.
    pub fn stopping() {
        tell(&[NotifyState::Stopping]);
    }

    /// Says that the process lives, as often as the service manager wants it.
    pub async fn stay_alive() {
        let Some(within) = sd_notify::watchdog_enabled() else {
            return;
        };
        let mut turn = tokio::time::interval(within / 2);
        loop {
            turn.tick().await;
            tell(&[NotifyState::Watchdog]);
        }
    }

    fn tell(state: &[NotifyState]) {
        if let Err(error) = notify(state) {
            tracing::warn!(%error, "the service manager was not told");
        }
    }
}

#[cfg(not(unix))]
mod told {
    /// Nobody is told.
    pub fn ready() {}

    /// Nobody is told.
    pub fn stopping() {}

    /// Nobody wants to know.
    pub async fn stay_alive() {}
}

pub use told::{ready, stay_alive, stopping};
