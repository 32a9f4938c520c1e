//! The store's edge to the system's randomness. Keys, seeds, salts and nonces come from here.

use crate::error::Result;

/// So many fresh random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// Random bytes drawn from the system in large pieces: a batch of events needs many small ones.
#[derive(Default)]
pub(crate) struct Pool {
    bytes: Vec<u8>,
    used: usize,
}

impl Pool {
    const BYTES: usize = 16 * 1024;

    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// So many, never handed out before.
    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let wanted = self.bytes.get(self.used..).and_then(<[u8]>::first_chunk::<N>);
        if let Some(bytes) = wanted {
            self.used += N;
            return Ok(*bytes);
        }
        self.bytes.resize(Self::BYTES.max(N), 0);
        getrandom::fill(&mut self.bytes)?;
        self.used = N;
        self.bytes
            .first_chunk::<N>()
            .copied()
            .ok_or(crate::error::Error::Damaged("random bytes"))
    }
}
