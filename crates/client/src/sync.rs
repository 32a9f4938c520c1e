//! `GET /v1/sync` as a stream of lines, unpacked as they arrive.

use crate::Client;
use crate::http::answer;
use crate::lines::Lines;
use reqwest::Method;
use reqwest::header::ACCEPT_ENCODING;
use vigia_wire::Problem;
use vigia_wire::sync::SyncLine;

/// Which part of the log to ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncQuery {
    /// The last sequence number that is here; the log's beginning where `None`.
    pub after: Option<u64>,
    /// Of a log that is not here yet: from what was recorded at this moment on (RFC 3339).
    pub since: Option<String>,
    /// Whether the hashes of everything before are wanted, too.
    pub prefix: bool,
    /// The most entries.
    pub limit: Option<u64>,
}

/// The lines of one answer.
pub type SyncLines = Lines<SyncLine>;

impl Client {
    /// Asks for a part of the log.
    ///
    /// # Errors
    /// `denied`, `session_ended`, or the transport's.
    pub async fn sync(&self, access: &str, query: &SyncQuery) -> Result<SyncLines, Problem> {
        let parameters = [
            query.after.map(|after| ("after", after.to_string())),
            query.since.clone().map(|since| ("since", since)),
            query.prefix.then(|| ("prefix", "true".to_owned())),
            query.limit.map(|limit| ("limit", limit.to_string())),
        ];
        let mut path = "v1/sync".to_owned();
        if parameters.iter().any(Option::is_some) {
            let mut text = url::form_urlencoded::Serializer::new(String::new());
            text.extend_pairs(parameters.into_iter().flatten());
            path = format!("{path}?{}", text.finish());
        }
        let request = self
            .request(Method::GET, &path)?
            .bearer_auth(access)
            .header(ACCEPT_ENCODING, "zstd");
        Ok(Lines::of(answer(request).await?))
    }
}
