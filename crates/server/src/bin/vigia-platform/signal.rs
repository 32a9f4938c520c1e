//! The signals of a service: SIGTERM and SIGINT stop it, SIGHUP has it read its certificate again. They
//! are heard from the first moment on, so that none ends the process in the middle of its start.

use crate::run::Failure;

#[cfg(unix)]
mod heard {
    use std::io;
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// Somebody wants the platform to stop.
    pub struct Stop {
        interrupt: Signal,
        terminate: Signal,
    }

    impl Stop {
        /// Hears from now on.
        pub fn hear() -> io::Result<Self> {
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        }

        /// Ready at the next one.
        pub async fn asked(&mut self) {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
            }
        }
    }

    /// Somebody wants files read again.
    pub struct Again(Signal);

    impl Again {
        /// Hears from now on.
        pub fn hear() -> io::Result<Self> {
            signal(SignalKind::hangup()).map(Self)
        }

        /// Ready at the next one.
        pub async fn asked(&mut self) {
            if self.0.recv().await.is_none() {
                std::future::pending().await
            }
        }
    }
}

#[cfg(not(unix))]
mod heard {
    use std::io;

    /// Somebody wants the platform to stop.
    pub struct Stop;

    impl Stop {
        /// Hears from now on.
        pub fn hear() -> io::Result<Self> {
            Ok(Self)
        }

        /// Ready at the next one.
        pub async fn asked(&mut self) {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending().await
            }
        }
    }

    /// Nobody can want files read again here; they are when they change.
    pub struct Again;

    impl Again {
        /// Hears nothing.
        pub fn hear() -> io::Result<Self> {
            Ok(Self)
        }

        /// Never ready.
        pub async fn asked(&mut self) {
            std::future::pending().await
        }
    }
}

pub use heard::{Again, Stop};

/// Hears both from now on.
///
/// # Errors
/// Where the system refuses.
pub fn hear() -> Result<(Stop, Again), Failure> {
    let both = || Ok((Stop::hear()?, Again::hear()?));
    both().map_err(Failure::Signal)
}
