//! Numbers and runs of bytes, written and read back.

use crate::Malformed;

/// Compresses a little: what is written is read far more often.
const LEVEL: i32 = 3;
/// The most bytes that a block opens to: far more than any that is written.
const MAX_BLOCK_BYTES: usize = 64 << 20;

/// Seven bits a byte, lowest first.
pub fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number as u8) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Small numbers of either sign stay small.
pub fn put_signed(out: &mut Vec<u8>, number: i64) {
    put(out, ((number << 1) ^ (number >> 63)) as u64);
}

/// Compressed, with its length in front.
#[must_use]
pub fn shrink(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() / 2 + 16);
    put(&mut out, raw.len() as u64);
    match zstd::bulk::compress(raw, LEVEL) {
        Ok(small) if small.len() < raw.len() => {
            out.push(1);
            out.extend(small);
        }
        _ => {
            out.push(0);
            out.extend(raw);
        }
    }
    out
}

/// What [`shrink`] made small.
///
/// # Errors
/// Where the bytes are not its.
pub fn grow(bytes: &[u8], what: &'static str) -> Result<Vec<u8>, Malformed> {
    let mut reader = Reader::new(bytes, what);
    let length = reader.size()?;
    let packed = reader.byte()? == 1;
    let rest = reader.rest();
    let raw = if packed && length <= MAX_BLOCK_BYTES {
        zstd::bulk::decompress(rest, length).map_err(|_| Malformed(what))?
    } else {
        rest.to_vec()
    };
    if raw.len() == length {
        Ok(raw)
    } else {
        Err(Malformed(what))
    }
}

/// Reads from the front.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// Reads these bytes; `what` says in errors what they are.
    #[must_use]
    pub fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { bytes, what }
    }

    /// Whether everything was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// One byte.
    ///
    /// # Errors
    /// Where there is none.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.bytes.split_first().ok_or(Malformed(self.what))?;
        self.bytes = rest;
        Ok(*first)
    }

    /// What [`put`] wrote.
    ///
    /// # Errors
    /// Where there is none.
    pub fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Malformed(self.what))
    }

    /// What [`put_signed`] wrote.
    ///
    /// # Errors
    /// Where there is none.
    pub fn signed(&mut self) -> Result<i64, Malformed> {
        let number = self.number()?;
        Ok(((number >> 1) as i64) ^ -((number & 1) as i64))
    }

    /// A number of things that are to be kept in memory.
    ///
    /// # Errors
    /// Where there is none.
    pub fn size(&mut self) -> Result<usize, Malformed> {
        usize::try_from(self.number()?).map_err(|_| Malformed(self.what))
    }

    /// A number of 32 bits.
    ///
    /// # Errors
    /// Where there is none.
    pub fn small(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.number()?).map_err(|_| Malformed(self.what))
    }

    /// So many bytes.
    ///
    /// # Errors
    /// Where there is none.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(Malformed(self.what))?;
        self.bytes = rest;
        Ok(taken)
    }

    /// What was not read.
    #[must_use]
    pub fn rest(self) -> &'a [u8] {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_read_back(number: u64, signed: i64) {
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            put_signed(&mut bytes, signed);
            let mut reader = Reader::new(&bytes, "a test");
            prop_assert_eq!(reader.number(), Ok(number));
            prop_assert_eq!(reader.signed(), Ok(signed));
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn what_was_made_small_grows_back(raw: Vec<u8>) {
            prop_assert_eq!(grow(&shrink(&raw), "a test"), Ok(raw));
        }

        #[test]
        fn any_bytes_grow_or_are_refused(bytes: Vec<u8>) {
            let _ = grow(&bytes, "a test");
        }
    }
}
