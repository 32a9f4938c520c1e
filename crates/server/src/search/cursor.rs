//! Where a search goes on: opaque to the client, of one question only, and forged by nobody.
//!
//! Base64url of version (1 byte) ‖ seq (8, big-endian) ‖ commit (8) ‖ HMAC-SHA256 over these and the
//! question (16 bytes of it). A place in the log says nothing about what was found, so it stays good
//! while events arrive.

use super::Question;
use crate::Error;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const BODY_BYTES: usize = 1 + 8 + 8;
const MAC_BYTES: usize = 16;

/// Where a search stands. Newest first, both are the first number that is *not* wanted any more;
/// oldest first, both are the first that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Of entries.
    pub seq: u64,
    /// Of the entries that begin a commit: indexes are read by commits.
    pub commit: u64,
}

/// Makes and reads cursors.
pub struct Cursors {
    key: Zeroizing<[u8; 32]>,
}

impl Cursors {
    /// From the seed of the platform's token key.
    #[must_use]
    pub fn new(seed: &[u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"vigia/cursor/1");
        hash.update(seed);
        Self {
            key: Zeroizing::new(hash.finalize().into()),
        }
    }

    /// A cursor for this place in the answer to this question.
    ///
    /// # Errors
    /// None in practice.
    pub fn issue(&self, question: &Question, at: Position) -> Result<String, Error> {
        let mut bytes = vec![VERSION];
        bytes.extend(at.seq.to_be_bytes());
        bytes.extend(at.commit.to_be_bytes());
        let tag = self.mac(&bytes, question)?.finalize().into_bytes();
        bytes.extend(tag.iter().take(MAC_BYTES));
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The place that a cursor of this question stands for.
    ///
    /// # Errors
    /// Where it was made for another question, or by somebody else.
    pub fn read(&self, question: &Question, text: &str) -> Result<Position, Error> {
        self.place(question, text).ok_or_else(|| Error::Field {
            name: "cursor",
            reason: "is not one of this query's".to_owned(),
        })
    }

    fn place(&self, question: &Question, text: &str) -> Option<Position> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, tag) = bytes.split_at_checked(BODY_BYTES)?;
        if tag.len() != MAC_BYTES {
            return None;
        }
        self.mac(body, question).ok()?.verify_truncated_left(tag).ok()?;
        let (version, rest) = body.split_first()?;
        let (seq, commit) = rest.split_first_chunk::<8>()?;
        let (commit, _) = commit.split_first_chunk::<8>()?;
        (*version == VERSION).then_some(Position {
            seq: u64::from_be_bytes(*seq),
            commit: u64::from_be_bytes(*commit),
        })
    }

    fn mac(&self, bytes: &[u8], question: &Question) -> Result<Hmac<Sha256>, Error> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_slice()).map_err(|_| Error::Hashing)?;
        mac.update(bytes);
        // The tree, not the text: `a:b  c:d` and `a:b c:d` are the same question.
        mac.update(format!("{question:?}").as_bytes());
        Ok(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vigia_domain::Timestamp;
    use vigia_wire::event::Order;

    fn question(text: &str, order: Order) -> Question {
        Question::new(text, None, None, order).unwrap()
    }

    #[test]
    fn a_cursor_is_of_one_question_and_one_maker() {
        let cursors = Cursors::new(&[1; 32]);
        let at = Position { seq: 77, commit: 64 };
        let asked = question("kind:a.b  severity>=3", Order::Newest);
        let cursor = cursors.issue(&asked, at).unwrap();
        assert_eq!(cursors.read(&asked, &cursor).unwrap(), at);
        let same = question("kind:a.b severity>=3", Order::Newest);
        assert_eq!(cursors.read(&same, &cursor).unwrap(), at);
        for other in [
            question("kind:a.c severity>=3", Order::Newest),
            question("kind:a.b severity>=3", Order::Oldest),
            Question::new(
                "kind:a.b severity>=3",
                None,
                Some(Timestamp::UNIX_EPOCH),
                Order::Newest,
            )
            .unwrap(),
        ] {
            assert!(cursors.read(&other, &cursor).is_err(), "{other:?}");
        }
        assert!(Cursors::new(&[2; 32]).read(&asked, &cursor).is_err());
        let mut forged = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        forged[8] ^= 1;
        for bad in [
            URL_SAFE_NO_PAD.encode(forged),
            String::new(),
            cursor[1..].to_owned(),
        ] {
            assert!(cursors.read(&asked, &bad).is_err(), "{bad}");
        }
    }
}
