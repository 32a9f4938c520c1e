//! Meeting a platform and signing in to it.

use super::Console;
use crate::Error;
use crate::desk::Desk;
use crate::trust::{Finding, FindingKind, How, read_key};
use crate::view::setup::SignIn;
use std::sync::Arc;
use vigia_client::{Client, Trust};
use vigia_wire::auth::LoginRequest;
use vigia_wire::ledger::LedgerKey;
use vigia_wire::{Code, Problem};

impl Console {
    /// Asks a platform for its key, without trusting anything.
    ///
    /// # Errors
    /// The transport's, or a key that is none.
    pub async fn ask(&self, url: &str) -> Result<(Client, LedgerKey), Error> {
        let client = Client::new(url, &Trust::System).map_err(Error::Request)?;
        let key = client.ledger_key().await?;
        read_key(&key)?;
        Ok((client, key))
    }

    pub(super) async fn sign_in_to(&self, request: SignIn, embedded: bool) -> Result<(), Error> {
        let url = match (request.url, self.0.home.profile()?) {
            (Some(url), _) => url,
            (None, Some(profile)) => profile.url,
            (None, None) => {
                let problem = Problem::new(Code::InvalidRequest, "signing in: which platform?");
                return Err(Error::Request(problem.field("url", "is needed at first contact")));
            }
        };
        let (client, key) = self.ask(&url).await?;
        let profile = self.0.home.profile_for(client.address(), embedded)?;
        let desk = self.desk_of(profile).await?;
        let login = LoginRequest {
            email: request.email,
            password: request.password,
        };
        let entered = async {
            let how = if embedded {
                How::OwnPlatform
            } else {
                request.how.unwrap_or(How::Compared)
            };
            self.meet(&desk, &key, request.fingerprint.as_deref(), how)?;
            let tokens = client.login(&login).await?;
            desk.signed_in(tokens, &login.email).await?;
            self.0.home.use_profile(&desk.profile())
        };
        let entered = entered.await;
        let before = match &entered {
            Ok(()) => self.0.desk.write().await.replace(Arc::clone(&desk)),
            // The platform that was in use stays in use; the new one is put away again.
            Err(_) => Some(Arc::clone(&desk)),
        };
        let current = self.0.desk.read().await.clone();
        if let Some(before) =
            before.filter(|before| !current.is_some_and(|current| Arc::ptr_eq(&current, before)))
        {
            before.close().await;
        }
        if entered.is_ok() {
            self.go_live().await;
        }
        entered
    }

    /// The open desk where it is this profile's, else another one.
    async fn desk_of(&self, profile: crate::home::ProfileFile) -> Result<Arc<Desk>, Error> {
        let open = self.0.desk.read().await.clone();
        if let Some(desk) =
            open.filter(|desk| desk.profile().id == profile.id && desk.profile().url == profile.url)
        {
            return Ok(desk);
        }
        let desk = Desk::open(&self.0.home, profile, &self.0.keeper, Arc::clone(&self.0.clock)).await?;
        Ok(Arc::new(desk))
    }

    /// Compares the platform's key with the trusted one; trusts it at first contact, if the
    /// fingerprint that was accepted is its.
    fn meet(&self, desk: &Desk, key: &LedgerKey, accepted: Option<&str>, how: How) -> Result<(), Error> {
        let now = self.0.clock.now();
        match desk.trust.key()? {
            Some(trusted) if trusted.verifier == key.verifier => Ok(()),
            Some(trusted) => {
                let detail = format!(
                    "the platform's log key has the fingerprint {}, the trusted one {}",
                    key.fingerprint, trusted.fingerprint
                );
                let finding = Finding {
                    kind: FindingKind::KeyChanged,
                    detail: detail.clone(),
                    seq: None,
                    evidence: serde_json::json!({"presented_key": key}),
                };
                desk.trust.report(finding, now)?;
                Err(Error::Request(Problem::new(Code::KeyChanged, detail)))
            }
            None => {
                let given: Option<String> = accepted.map(|text| {
                    text.chars()
                        .filter(char::is_ascii_hexdigit)
                        .collect::<String>()
                        .to_lowercase()
                });
                if given.as_deref() == Some(key.fingerprint.as_str()) {
                    return desk.trust.pin(key, how, now);
                }
                let reason = if given.is_some() {
                    "is not the platform's"
                } else {
                    "is needed at first contact"
                };
                let detail = format!(
                    "trusting the platform's log key {}: the fingerprint {reason}",
                    key.fingerprint
                );
                let code = if given.is_some() {
                    Code::KeyChanged
                } else {
                    Code::InvalidRequest
                };
                Err(Error::Request(
                    Problem::new(code, detail).field("fingerprint", reason),
                ))
            }
        }
    }
}
