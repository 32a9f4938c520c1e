//! Requests and replies, and what a failed one means.

use crate::tls::{self, Trust};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::error::Error as _;
use std::time::Duration;
use url::{Host, Url};
use vigia_wire::auth::{LoginRequest, RefreshRequest, SessionReply, Tokens};
use vigia_wire::export::ExportRecord;
use vigia_wire::health::Health;
use vigia_wire::ledger::{ConsistencyProof, InclusionProof, LedgerKey};
use vigia_wire::sample::SampleLoaded;
use vigia_wire::{Code, Problem};

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait for the next bytes of an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// How long an unused connection is kept: for less than the platform keeps it, so that no request
/// meets one that is being closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// The longest answer that is read whole, in bytes.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// A platform at an address. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
}

/// The address of a platform, ready for paths to be joined to it, and whether it is this computer.
pub(crate) fn base(address: &str) -> Result<(Url, bool), Problem> {
    let wrong = |reason: &str| Problem::new(Code::InvalidRequest, reason.to_owned()).field("url", reason);
    let address = address.trim();
    let text = if address.contains("://") {
        address.to_owned()
    } else {
        format!("https://{address}")
    };
    let mut base = Url::parse(&text).map_err(|_| wrong("this is not an address of a platform"))?;
    let loopback = match base.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => return Err(wrong("an address needs a host name")),
    };
    match base.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err(wrong("plain http is for this computer only; use https")),
        _ => return Err(wrong("an address begins with https://")),
    }
    base.set_query(None);
    base.set_fragment(None);
    if !base.path().ends_with('/') {
        let path = format!("{}/", base.path());
        base.set_path(&path);
    }
    Ok((base, loopback))
}

/// How every connection is made, TLS apart.
pub(crate) fn builder(loopback: bool) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("vigia/", env!("CARGO_PKG_VERSION")));
    if loopback { builder.no_proxy() } else { builder }
}

impl Client {
    /// A client of the platform at `address` (`https://vigia.example`, `http://127.0.0.1:7717`,
    /// `vigia.example`), which is believed to be it by `trust`.
    ///
    /// # Errors
    /// `invalid_request` where that is no address, plain HTTP to another machine, or no authority.
    pub fn new(address: &str, trust: &Trust) -> Result<Self, Problem> {
        let (base, loopback) = base(address)?;
        let tls = tls::configuration((base.scheme() == "https").then_some(trust))?;
        let http = builder(loopback)
            .tls_backend_preconfigured(tls)
            .build()
            .map_err(|error| of_transport(&error))?;
        Ok(Self { http, base })
    }

    /// The platform's address, normalised, without a slash at its end.
    #[must_use]
    pub fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Problem> {
        let url = self.base.join(path).map_err(|_| {
            Problem::new(
                Code::InvalidRequest,
                format!("asking for {path}: it does not make an address"),
            )
        })?;
        Ok(self.http.request(method, url))
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        access: Option<&str>,
    ) -> Result<T, Problem> {
        let mut request = self.request(Method::GET, path)?;
        if let Some(access) = access {
            request = request.bearer_auth(access);
        }
        read(answer(request).await?).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        access: Option<&str>,
        body: &impl Serialize,
    ) -> Result<T, Problem> {
        let mut request = self.request(Method::POST, path)?.json(body);
        if let Some(access) = access {
            request = request.bearer_auth(access);
        }
        read(answer(request).await?).await
    }

    /// Signs in.
    ///
    /// # Errors
    /// `wrong_credentials`, `too_many_attempts`, or the transport's.
    pub async fn login(&self, request: &LoginRequest) -> Result<Tokens, Problem> {
        self.post("v1/auth/login", None, request).await
    }

    /// Exchanges a refresh token; it works once.
    ///
    /// # Errors
    /// `session_ended`, or the transport's.
    pub async fn refresh(&self, request: &RefreshRequest) -> Result<Tokens, Problem> {
        self.post("v1/auth/refresh", None, request).await
    }

    /// Ends the session.
    ///
    /// # Errors
    /// The transport's, and what a bad token gives.
    pub async fn logout(&self, access: &str) -> Result<(), Problem> {
        answer(self.request(Method::POST, "v1/auth/logout")?.bearer_auth(access)).await?;
        Ok(())
    }

    /// Whose session it is, and what they may do.
    ///
    /// # Errors
    /// The transport's, and what a bad token gives.
    pub async fn session(&self, access: &str) -> Result<SessionReply, Problem> {
        self.get("v1/auth/session", Some(access)).await
    }

    /// The log's identity, as the platform says.
    ///
    /// # Errors
    /// The transport's.
    pub async fn ledger_key(&self) -> Result<LedgerKey, Problem> {
        self.get("v1/ledger/key", None).await
    }

    /// The newest signed checkpoint.
    ///
    /// # Errors
    /// The transport's.
    pub async fn checkpoint(&self) -> Result<String, Problem> {
        let bytes = whole(answer(self.request(Method::GET, "v1/ledger/checkpoint")?).await?).await?;
        String::from_utf8(bytes).map_err(|_| not_a_platform("reading its checkpoint: it is not text"))
    }

    /// That an entry lies in a tree.
    ///
    /// # Errors
    /// The transport's.
    pub async fn inclusion(&self, seq: u64, size: u64) -> Result<InclusionProof, Problem> {
        self.get(&format!("v1/ledger/inclusion?seq={seq}&size={size}"), None)
            .await
    }

    /// That one tree begins with another.
    ///
    /// # Errors
    /// The transport's.
    pub async fn consistency(&self, from: u64, to: u64) -> Result<ConsistencyProof, Problem> {
        self.get(&format!("v1/ledger/consistency?from={from}&to={to}"), None)
            .await
    }

    /// Tells of an export that was taken from the copy; telling it again changes nothing.
    ///
    /// # Errors
    /// `denied`, `idempotency_mismatch`, or the transport's.
    pub async fn record_export(&self, access: &str, record: &ExportRecord) -> Result<(), Problem> {
        let request = self.request(Method::POST, "v1/exports")?.json(record);
        answer(request.bearer_auth(access)).await?;
        Ok(())
    }

    /// Loads the platform's sample.
    ///
    /// # Errors
    /// `denied`, or the transport's.
    pub async fn load_sample(&self, access: &str) -> Result<SampleLoaded, Problem> {
        read(answer(self.request(Method::POST, "v1/sample")?.bearer_auth(access)).await?).await
    }

    /// Whether the platform can work, and its version.
    ///
    /// # Errors
    /// The transport's.
    pub async fn health(&self) -> Result<Health, Problem> {
        let response = self
            .request(Method::GET, "readyz")?
            .send()
            .await
            .map_err(|error| of_transport(&error))?;
        // A platform that cannot work says so with 503 and the same body.
        read(response).await
    }
}

/// Sends, and turns whatever is not a success into a problem.
pub(crate) async fn answer(request: RequestBuilder) -> Result<Response, Problem> {
    let response = request.send().await.map_err(|error| of_transport(&error))?;
    if response.status().is_success() || response.status().as_u16() == 101 {
        return Ok(response);
    }
    Err(of_response(response).await)
}

async fn of_response(response: Response) -> Problem {
    let status = response.status();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let is_problem = header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/problem+json"));
    let retry_after = header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
    if is_problem
        && let Ok(bytes) = whole(response).await
        && let Ok(mut problem) = serde_json::from_slice::<Problem>(&bytes)
    {
        problem.retry_after = problem.retry_after.or(retry_after);
        return problem;
    }
    not_a_platform(&format!("it answered {status} and no problem of Vigia's"))
}

/// Reads an answer whole, up to its limit.
async fn whole(mut response: Response) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| of_transport(&error))? {
        if bytes.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(not_a_platform("its answer is longer than any of Vigia's"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

pub(crate) async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Problem> {
    let bytes = whole(response).await?;
    serde_json::from_slice(&bytes).map_err(|error| not_a_platform(&format!("reading its answer: {error}")))
}

/// Something answered, but not as a platform of this version does.
pub(crate) fn not_a_platform(detail: &str) -> Problem {
    Problem::new(Code::NotAPlatform, detail)
}

/// Nothing answered, or it broke off.
pub(crate) fn of_transport(error: &reqwest::Error) -> Problem {
    if let Some(refused) = tls::refusal(error) {
        return refused;
    }
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        reason = deeper.to_string();
        cause = deeper.source();
    }
    let attempt = if error.is_connect() {
        "connecting"
    } else if error.is_timeout() {
        "waiting for an answer"
    } else {
        "talking to the platform"
    };
    Problem::new(Code::Unreachable, format!("{attempt}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_unless_it_is_this_computer() {
        let address =
            |text: &str| Client::new(text, &Trust::System).map(|client| client.address().to_owned());
        assert_eq!(address("vigia.example").unwrap(), "https://vigia.example");
        assert_eq!(
            address("http://127.0.0.1:7717/").unwrap(),
            "http://127.0.0.1:7717"
        );
        assert_eq!(
            address("https://example.com/vigia?x#y").unwrap(),
            "https://example.com/vigia"
        );
        for wrong in ["http://vigia.example", "ftp://localhost", "", "http://"] {
            assert_eq!(address(wrong).unwrap_err().code, Code::InvalidRequest, "{wrong}");
        }
    }

    #[tokio::test]
    async fn where_nothing_listens_the_platform_is_unreachable() {
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let client = Client::new(&format!("http://{free}"), &Trust::System).unwrap();
        assert_eq!(client.ledger_key().await.unwrap_err().code, Code::Unreachable);
    }
}
