//! Refresh tokens: opaque, each good for one rotation, told apart from forgeries by a MAC.
//!
//! `vgr_` and base64url of session (16 bytes) ‖ generation (4, big-endian) ‖ random (16) ‖ HMAC
//! (32). The MAC lets an *old* token be known for a real one, whose second use ends the session,
//! while a stranger who only knows a session's id can end nothing. Of the token in force the store
//! keeps a hash, so that neither the store nor the MAC key alone makes one.

use crate::{Error, edge};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use vigia_domain::SessionId;
use zeroize::Zeroizing;

const PREFIX: &str = "vgr_";
const BODY_BYTES: usize = 16 + 4 + 16;

/// Makes and reads refresh tokens.
pub struct RefreshTokens {
    key: Zeroizing<[u8; 32]>,
}

/// A token that this platform made, in force or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// The session.
    pub session: SessionId,
    /// Its place in the chain of rotations.
    pub generation: u32,
}

impl RefreshTokens {
    /// From the seed of the platform's token key.
    #[must_use]
    pub fn new(seed: &[u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"vigia/refresh/1");
        hash.update(seed);
        Self {
            key: Zeroizing::new(hash.finalize().into()),
        }
    }

    /// A new token for this generation of the session.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn issue(&self, session: SessionId, generation: u32) -> Result<String, Error> {
        let mut bytes = Vec::with_capacity(BODY_BYTES + 32);
        bytes.extend(session.0.as_bytes());
        bytes.extend(generation.to_be_bytes());
        bytes.extend(edge::random::<16>()?);
        let tag = self.mac(&bytes)?.finalize().into_bytes();
        bytes.extend(tag);
        Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// What a token is, where this platform made it.
    #[must_use]
    pub fn read(&self, token: &str) -> Option<RefreshToken> {
        let text = token.strip_prefix(PREFIX).filter(|text| text.len() < 128)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, tag) = bytes.split_at_checked(BODY_BYTES)?;
        self.mac(body).ok()?.verify_slice(tag).ok()?;
        let (session, rest) = body.split_first_chunk::<16>()?;
        let (generation, _) = rest.split_first_chunk::<4>()?;
        Some(RefreshToken {
            session: SessionId(Uuid::from_bytes(*session)),
            generation: u32::from_be_bytes(*generation),
        })
    }

    fn mac(&self, bytes: &[u8]) -> Result<Hmac<Sha256>, Error> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_slice()).map_err(|_| Error::Hashing)?;
        mac.update(bytes);
        Ok(mac)
    }
}

/// What the store keeps of a token or key: a hash; both are random, so one round is enough.
#[must_use]
pub fn kept(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_maker_and_by_nobody_else() {
        let tokens = RefreshTokens::new(&[1; 32]);
        let session = SessionId(Uuid::from_bytes([9; 16]));
        let token = tokens.issue(session, 3).unwrap();
        assert_eq!(
            tokens.read(&token),
            Some(RefreshToken {
                session,
                generation: 3
            })
        );
        assert_eq!(RefreshTokens::new(&[2; 32]).read(&token), None);
        assert_ne!(token, tokens.issue(session, 3).unwrap());
        let mut forged = URL_SAFE_NO_PAD
            .decode(token.strip_prefix(PREFIX).unwrap())
            .unwrap();
        forged[19] ^= 1;
        let forged = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(forged));
        for bad in [&forged, "", "vgr_", "vgr_AAAA", &token[1..]] {
            assert_eq!(tokens.read(bad), None, "{bad}");
        }
    }
}
