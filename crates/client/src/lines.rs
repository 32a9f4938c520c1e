//! Answers of one JSON value a line, unpacked as they arrive.

use crate::http::not_a_platform;
use async_compression::tokio::bufread::ZstdDecoder;
use futures::TryStreamExt as _;
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use serde::de::DeserializeOwned;
use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio_util::io::StreamReader;
use vigia_wire::{Code, Problem};

/// The longest line, in bytes: an entry of 64 KiB with its groups, in base64, with room.
const MAX_LINE_BYTES: u64 = 1024 * 1024;

/// The lines of one answer. Dropped before their end, they end the work on the platform, too.
pub struct Lines<T> {
    reader: Pin<Box<dyn AsyncBufRead + Send>>,
    line: Vec<u8>,
    kind: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Lines<T> {
    pub(crate) fn of(response: Response) -> Self {
        let packed = response
            .headers()
            .get(CONTENT_ENCODING)
            .is_some_and(|encoding| encoding == "zstd");
        let bytes = StreamReader::new(response.bytes_stream().map_err(io::Error::other));
        let reader: Pin<Box<dyn AsyncBufRead + Send>> = if packed {
            Box::pin(BufReader::new(ZstdDecoder::new(bytes)))
        } else {
            Box::pin(bytes)
        };
        Self {
            reader,
            line: Vec::new(),
            kind: PhantomData,
        }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// `unreachable` where the connection broke, `not_a_platform` where the line is not one.
    pub async fn next(&mut self) -> Result<Option<T>, Problem> {
        self.line.clear();
        let mut limited = (&mut self.reader).take(MAX_LINE_BYTES);
        let read = limited
            .read_until(b'\n', &mut self.line)
            .await
            .map_err(|error| Problem::new(Code::Unreachable, format!("reading the log: {error}")))?;
        if read == 0 {
            return Ok(None);
        }
        if self.line.last() != Some(&b'\n') {
            return Err(if self.line.len() as u64 >= MAX_LINE_BYTES {
                not_a_platform("reading the log: a line is longer than any of Vigia's")
            } else {
                Problem::new(Code::Unreachable, "reading the log: the answer broke off")
            });
        }
        serde_json::from_slice(&self.line)
            .map(Some)
            .map_err(|error| not_a_platform(&format!("reading a line of the log: {error}")))
    }
}
