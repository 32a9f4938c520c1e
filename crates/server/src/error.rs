//! What can go wrong on the platform, as what was being attempted. What a client sees of it is
//! decided in `http::problem` alone.

use crate::auth::token::BadToken;
use crate::tls::BadCertificate;
use std::path::PathBuf;
use vigia_domain::access::Denied;

/// What was attempted; the cause is the source.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No token came with the request.
    #[error("this operation needs an access token or an API key")]
    NotSignedIn,
    /// A token or key that opens nothing; the answer does not say why.
    #[error("the token is not valid, or has ended")]
    BadToken(BadToken),
    /// Wrong e-mail or password.
    #[error("the e-mail or the password is wrong")]
    WrongCredentials,
    /// The session is over.
    #[error("the session has ended; sign in again")]
    SessionEnded,
    /// A permission is missing.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It does not exist, or the caller may not know.
    #[error("there is {0} here")]
    NotFound(&'static str),
    /// A query that is none.
    #[error(transparent)]
    Query(#[from] vigia_query::QueryError),
    /// A field of the request is wrong.
    #[error("{name}: {reason}")]
    Field {
        /// The field.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The body is longer than the operation takes.
    #[error("the body is larger than this operation takes")]
    TooLarge,
    /// The body would become more than one request may hold; the text names the limit.
    #[error("{0}; send it in smaller parts, nothing of this one was stored")]
    TooMuch(&'static str),
    /// A content type or encoding that is not taken.
    #[error("{0}")]
    UnsupportedMedia(&'static str),
    /// Too many failed sign-ins.
    #[error("too many failed sign-ins; try again in {seconds} seconds")]
    TooManyAttempts {
        /// How long to wait.
        seconds: u32,
    },
    /// The example was loaded before.
    #[error("the example is in the log already")]
    SampleThere,
    /// More requests than memory allows at the same time.
    #[error("too much is being taken in at the moment")]
    Busy,
    /// The platform is stopping.
    #[error("the platform is stopping")]
    Stopping,
    /// The body ended early, stalled, or does not decompress.
    #[error("the body could not be read to its end")]
    BodyCut {
        /// Why.
        source: std::io::Error,
    },
    /// The certificate is not one that can be shown.
    #[error(transparent)]
    Certificate(#[from] BadCertificate),
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] vigia_store::Error),
    /// The system gives no randomness.
    #[error("asking the system for random bytes")]
    Random(#[source] getrandom::Error),
    /// A hash could not be computed or read.
    #[error("hashing a secret")]
    Hashing,
    /// A token could not be signed.
    #[error("signing a token")]
    Signing(#[source] jsonwebtoken::errors::Error),
    /// JSON could not be written.
    #[error("writing {what} as JSON")]
    Encoding {
        /// What was being written.
        what: &'static str,
        /// Why not.
        source: serde_json::Error,
    },
    /// A file or socket failed.
    #[error("{attempt} {}", path.display())]
    Io {
        /// What was attempted: `reading`, `listening on`.
        attempt: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The store holds what it cannot hold.
    #[error("the store holds no sense: {what}")]
    Broken {
        /// What was found.
        what: &'static str,
    },
}
