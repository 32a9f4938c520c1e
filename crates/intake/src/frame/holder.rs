//! Objects that only hold records, told by how they begin.

/// The members in which files of cloud logs hold their records: `{"Records": [{…}, …]}` (CloudTrail, S3),
/// `{"Events": […]}` (`aws cloudtrail lookup-events`).
const HOLDERS: [&[u8]; 2] = [b"\"Records\"", b"\"Events\""];
/// The longest beginning of such an object, blanks included, in bytes.
pub(super) const MAX_OPENING_BYTES: usize = 256;

/// What an object is, as far as its beginning tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opens {
    /// It holds items, and the first one just began.
    Items,
    /// It holds an array without items, which just closed.
    Nothing,
    /// Not known yet.
    Perhaps,
    /// It is an object like any other.
    No,
}

/// What the object is that begins so.
pub(super) fn opens(bytes: &[u8]) -> Opens {
    HOLDERS
        .iter()
        .map(|holder| opens_with(bytes.trim_ascii_start(), holder))
        .find(|opens| *opens != Opens::No)
        .unwrap_or(Opens::No)
}

fn opens_with(bytes: &[u8], holder: &[u8]) -> Opens {
    let mut rest = bytes;
    for part in [b"{", holder, b":", b"["] {
        rest = match rest.strip_prefix(part) {
            Some(after) => after.trim_ascii_start(),
            None if part.starts_with(rest) => return Opens::Perhaps,
            None => return Opens::No,
        };
    }
    match rest.first() {
        None => Opens::Perhaps,
        Some(b'{') => Opens::Items,
        Some(b']') => Opens::Nothing,
        Some(_) => Opens::No,
    }
}
