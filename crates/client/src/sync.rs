//! `GET /v1/sync` as a stream of lines, unpacked as they arrive.

use crate::Client;
use crate::http::answer;
use crate::lines::Lines;
use reqwest::Method;
use reqwest::header::ACCEPT_ENCODING;
use vigia_wire::Problem;
use vigia_wire::sync::SyncLine;

/// The lines of one answer.
pub type SyncLines = Lines<SyncLine>;

impl Client {
    /// Asks for what follows `after`, or for the log from its beginning.
    ///
    /// # Errors
    /// `denied`, `session_ended`, or the transport's.
    pub async fn sync(
        &self,
        access: &str,
        after: Option<u64>,
        limit: Option<u64>,
    ) -> Result<SyncLines, Problem> {
        let mut path = "v1/sync".to_owned();
        let parameters = [
            after.map(|after| format!("after={after}")),
            limit.map(|limit| format!("limit={limit}")),
        ];
        for (index, parameter) in parameters.into_iter().flatten().enumerate() {
            path.push(if index == 0 { '?' } else { '&' });
            path.push_str(&parameter);
        }
        let request = self
            .request(Method::GET, &path)?
            .bearer_auth(access)
            .header(ACCEPT_ENCODING, "zstd");
        Ok(Lines::of(answer(request).await?))
    }
}
