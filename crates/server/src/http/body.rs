//! Large bodies, piece by piece: decompressed, limited on both sides, never held whole.
//!
//! What is in memory at the same time over all requests, the text and what becomes of it, is bounded
//! by a [`Budget`]; when it is spent, the request is refused with *busy* rather than queued.

use crate::Error;
use async_compression::tokio::bufread::{GzipDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use futures::TryStreamExt as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::io::StreamReader;
use vigia_wire::ingest::MAX_BODY_BYTES;

/// What all requests being taken in at once may hold, in KiB.
const BUDGET_KIB: usize = 256 * 1024;
/// What one of them may hold, in KiB: less than the budget, or it would be told to wait for ever.
const REQUEST_KIB: usize = 192 * 1024;
/// The longest silence within a body, in seconds.
const IDLE_SECONDS: u64 = 30;
/// Bytes read at a time.
const PIECE_BYTES: usize = 32 * 1024;
/// The largest window that a zstd frame may ask for, as a power of two: 16 MiB.
const ZSTD_WINDOW_LOG: u32 = 24;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Encoding {
    /// From `Content-Encoding`.
    ///
    /// # Errors
    /// An encoding that is not taken, or several.
    pub fn of(headers: &HeaderMap) -> Result<Self, Error> {
        let named = headers
            .get(CONTENT_ENCODING)
            .map(|value| value.to_str().unwrap_or("?"));
        match named.map(|name| name.trim().to_ascii_lowercase()).as_deref() {
            None | Some("" | "identity") => Ok(Self::Identity),
            Some("gzip" | "x-gzip") => Ok(Self::Gzip),
            Some("zstd") => Ok(Self::Zstd),
            Some(_) => Err(Error::UnsupportedMedia(
                "Content-Encoding may be gzip, zstd or identity",
            )),
        }
    }
}

/// Memory for bodies, shared by all requests.
#[derive(Clone)]
pub struct Budget(Arc<Semaphore>);

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(BUDGET_KIB)))
    }
}

/// A request's part of the budget, given back when dropped.
#[derive(Default)]
pub struct Share(Option<OwnedSemaphorePermit>);

impl Share {
    fn grow(&mut self, budget: &Budget, bytes: usize) -> Result<(), Error> {
        let kib = bytes.div_ceil(1024);
        let held = self.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        if held + kib > REQUEST_KIB {
            return Err(Error::TooMuch("the body would take more than 192 MiB of memory"));
        }
        let kib = u32::try_from(kib).map_err(|_| Error::TooLarge)?;
        let more = Arc::clone(&budget.0)
            .try_acquire_many_owned(kib)
            .map_err(|_| Error::Busy)?;
        match &mut self.0 {
            Some(mine) => mine.merge(more),
            None => self.0 = Some(more),
        }
        Ok(())
    }
}

/// Reads a body to its end and gives each decompressed piece to `take`, which answers how many bytes
/// it holds on to because of it. The share stays taken until the caller drops it, because what
/// `take` makes of the text lives as long.
///
/// # Errors
/// Where the body is too large on either side, stalls, breaks off or does not decompress, and
/// where the budget is spent.
pub async fn read(
    body: Body,
    encoding: Encoding,
    budget: &Budget,
    mut take: impl FnMut(&[u8]) -> Result<usize, Error>,
) -> Result<Share, Error> {
    let mut arrived = 0_usize;
    let stream = body
        .into_data_stream()
        .map_err(io::Error::other)
        .and_then(move |piece| {
            arrived = arrived.saturating_add(piece.len());
            futures::future::ready(if arrived > MAX_BODY_BYTES {
                Err(too_large())
            } else {
                Ok(piece)
            })
        });
    let plain = StreamReader::new(stream);
    let mut reader: Box<dyn AsyncRead + Send + Unpin> = match encoding {
        Encoding::Identity => Box::new(plain),
        Encoding::Gzip => {
            let mut decoder = GzipDecoder::new(plain);
            decoder.multiple_members(true);
            Box::new(decoder)
        }
        Encoding::Zstd => {
            let window = DParameter::window_log_max(ZSTD_WINDOW_LOG);
            let mut decoder = ZstdDecoder::with_params(plain, &[window]);
            decoder.multiple_members(true);
            Box::new(decoder)
        }
    };
    let mut share = Share::default();
    let mut total = 0_usize;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let reading = reader.read(&mut piece);
        let read = tokio::time::timeout(Duration::from_secs(IDLE_SECONDS), reading).await;
        let count = read
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(of_io)?;
        if count == 0 {
            return Ok(share);
        }
        total = total.saturating_add(count);
        if total > MAX_BODY_BYTES {
            return Err(Error::TooLarge);
        }
        share.grow(budget, count)?;
        share.grow(budget, take(piece.get(..count).unwrap_or_default())?)?;
    }
}

/// Marks the limit among the reader's errors.
#[derive(Debug, thiserror::Error)]
#[error("the body is too large")]
struct TooLarge;

fn too_large() -> io::Error {
    io::Error::other(TooLarge)
}

fn of_io(source: io::Error) -> Error {
    if source.get_ref().is_some_and(|inner| inner.is::<TooLarge>()) {
        Error::TooLarge
    } else {
        Error::BodyCut { source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_compression::tokio::bufread::{GzipEncoder, ZstdEncoder};

    async fn gzip(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        GzipEncoder::new(text).read_to_end(&mut out).await.unwrap();
        out
    }

    async fn zstd(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        ZstdEncoder::new(text).read_to_end(&mut out).await.unwrap();
        out
    }

    async fn through(bytes: Vec<u8>, encoding: Encoding) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        let budget = Budget::default();
        read(Body::from(bytes), encoding, &budget, |piece| {
            out.extend_from_slice(piece);
            Ok(0)
        })
        .await?;
        assert_eq!(
            budget.0.available_permits(),
            BUDGET_KIB,
            "the share was given back"
        );
        Ok(out)
    }

    #[tokio::test]
    async fn compressed_bodies_come_out_as_they_went_in() {
        let text = b"one\ntwo\n".repeat(20_000);
        assert_eq!(through(text.clone(), Encoding::Identity).await.unwrap(), text);
        assert_eq!(through(gzip(&text).await, Encoding::Gzip).await.unwrap(), text);
        assert_eq!(through(zstd(&text).await, Encoding::Zstd).await.unwrap(), text);
    }

    #[tokio::test]
    async fn a_bomb_is_refused_at_the_limit_and_a_cut_body_is_no_success() {
        let bomb = vec![0; MAX_BODY_BYTES + 1];
        for (bytes, encoding) in [
            (gzip(&bomb).await, Encoding::Gzip),
            (zstd(&bomb).await, Encoding::Zstd),
            (bomb, Encoding::Identity),
        ] {
            assert!(
                matches!(through(bytes, encoding).await, Err(Error::TooLarge)),
                "{encoding:?}"
            );
        }
        let whole = gzip(b"something worth keeping").await;
        let cut = whole[..whole.len() - 6].to_vec();
        assert!(matches!(
            through(cut, Encoding::Gzip).await,
            Err(Error::BodyCut { .. })
        ));
        let nonsense = through(b"not gzip at all".to_vec(), Encoding::Gzip).await;
        assert!(matches!(nonsense, Err(Error::BodyCut { .. })));
    }

    #[tokio::test]
    async fn a_spent_budget_is_busy_not_a_queue() {
        let budget = Budget::default();
        let held = Arc::clone(&budget.0)
            .try_acquire_many_owned(BUDGET_KIB as u32)
            .unwrap();
        let refused = read(Body::from("x"), Encoding::Identity, &budget, |_| Ok(0)).await;
        assert!(matches!(refused, Err(Error::Busy)));
        drop(held);
        assert!(
            read(Body::from("x"), Encoding::Identity, &budget, |_| Ok(0))
                .await
                .is_ok()
        );
    }
}
