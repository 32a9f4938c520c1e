//! Who asks a platform, and what they get: personas as types, a clock that is moved by hand, answers
//! read whole.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a suite fails by panicking; clippy sees only the functions marked as tests"
)]

use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, Once, PoisonError};
use vigia_domain::{Clock, Timestamp};
use vigia_server::edge::SystemClock;
use vigia_wire::auth::Tokens;

/// A clock that moves when it is told to.
pub struct HandClock(Mutex<Timestamp>);

impl HandClock {
    /// Begins now.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(SystemClock.now())))
    }

    /// Lets time pass.
    pub fn advance(&self, by: chrono::TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who sends requests.
pub trait Persona: Sync {
    /// The name in the authorization matrix.
    const NAME: &'static str;
    /// What they show.
    fn token(&self) -> Option<&str>;
}

macro_rules! personas {
    ($($(#[$doc:meta])* $name:ident($token:ident) = $text:literal;)+) => {$(
        $(#[$doc])*
        pub struct $name(pub $token);
        impl Persona for $name {
            const NAME: &'static str = $text;
            fn token(&self) -> Option<&str> {
                Shown::shown(&self.0)
            }
        }
    )+};
}

trait Shown {
    fn shown(&self) -> Option<&str>;
}

impl Shown for Tokens {
    fn shown(&self) -> Option<&str> {
        Some(&self.access_token)
    }
}

impl Shown for String {
    fn shown(&self) -> Option<&str> {
        Some(self)
    }
}

impl Shown for () {
    fn shown(&self) -> Option<&str> {
        None
    }
}

type Nothing = ();

personas! {
    /// Nobody known.
    Stranger(Nothing) = "stranger";
    /// Reads events, people masked.
    Viewer(Tokens) = "viewer";
    /// May do everything.
    Admin(Tokens) = "admin";
    /// An application that sends events.
    IngestKey(String) = "ingest key";
}

/// An answer, read whole.
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: reqwest::header::HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Reply {
    /// Sends a request and reads the answer.
    ///
    /// # Panics
    /// Where nothing answers.
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        Self {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.bytes().await.expect("a body").to_vec(),
        }
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// Where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    /// The body as text, for messages.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The code of the problem that it is.
    ///
    /// # Panics
    /// Where it is not a whole problem.
    #[must_use]
    pub fn code(&self) -> String {
        let problem: vigia_wire::Problem = serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}: no problem: {}", self.status, self.text()));
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(problem.status, self.status.as_u16());
        assert_eq!(self.headers["x-request-id"], problem.request_id.as_str());
        assert!(!problem.request_id.is_empty());
        problem.code.as_str().to_owned()
    }
}

/// A client that connects from this address.
///
/// # Panics
/// Where the system has no such address.
#[must_use]
pub fn client(from: IpAddr) -> reqwest::Client {
    static TLS: Once = Once::new();
    TLS.call_once(|| {
        // Somebody else's choice, made earlier, is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let client = reqwest::Client::builder().no_proxy().local_address(from);
    client.build().expect("a client")
}
