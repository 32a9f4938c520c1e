//! Meeting a platform and signing in to it.

use super::Console;
use crate::Error;
use crate::desk::Desk;
use crate::trust::{Finding, FindingKind, How, read_key};
use crate::view::profile::Tls;
use crate::view::setup::{CertificateAccept, SignIn};
use vigia_client::{Client, Trust};
use vigia_wire::auth::LoginRequest;
use vigia_wire::ledger::LedgerKey;
use vigia_wire::{Code, Problem};

impl Console {
    /// Asks a platform for its key, without trusting anything but its certificate: as given, else as
    /// it was trusted before.
    ///
    /// # Errors
    /// The transport's, or a key that is none.
    pub async fn ask(&self, url: &str, tls: Option<Tls>) -> Result<(Client, LedgerKey), Error> {
        let tls = self.tls_of(url, false, tls)?;
        let trust = tls.trust().map_err(Error::Request)?;
        let client = Client::new(url, &trust).map_err(Error::Request)?;
        let key = client.ledger_key().await?;
        read_key(&key)?;
        Ok((client, key))
    }

    /// How a platform's certificate is trusted: as given, else as it was before.
    fn tls_of(&self, url: &str, embedded: bool, given: Option<Tls>) -> Result<Tls, Error> {
        match given {
            Some(tls) => Ok(tls),
            None => {
                let client = Client::new(url, &Trust::System).map_err(Error::Request)?;
                Ok(self.0.home.profile_for(client.address(), embedded)?.tls)
            }
        }
    }

    pub(super) async fn sign_in_to(&self, request: SignIn, embedded: bool) -> Result<(), Error> {
        let shown = self.shown().await.map(|desk| desk.profile().url);
        let Some(url) = request.url.or(shown) else {
            let problem = Problem::new(Code::InvalidRequest, "signing in: which platform?");
            return Err(Error::Request(problem.field("url", "is needed at first contact")));
        };
        let tls = self.tls_of(&url, embedded, request.tls)?;
        let (client, key) = self.ask(&url, Some(tls.clone())).await?;
        let mut profile = self.0.home.profile_for(client.address(), embedded)?;
        profile.tls = tls;
        let fresh = self.0.home.profile_of(&profile.id)?.is_none();
        let desk = self.open_desk(profile).await?;
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
            if desk
                .trust
                .key()?
                .is_some_and(|trusted| trusted.verifier != key.verifier)
            {
                desk.follow(&key).await?;
            }
            self.meet(&desk, &key, request.fingerprint.as_deref(), how)?;
            let tokens = client.login(&login).await?;
            desk.signed_in(tokens, &login.email).await?;
            desk.keep_profile()?;
            self.0.home.use_profile(Some(desk.profile_id()))
        };
        let entered = entered.await;
        match &entered {
            Ok(()) => {
                self.0.desks.write().await.in_use = Some(desk.profile_id().to_owned());
                self.go_live(&desk);
            }
            // What was in use stays in use; a platform that was only met is put away again.
            Err(_) if fresh => {
                self.put_away(&desk).await;
                if let Err(error) = self.0.home.remove(desk.profile_id()) {
                    tracing::warn!(error = %error.with_causes(), "a folder of nobody stays");
                }
            }
            Err(_) => {}
        }
        entered
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

    /// Whether signing in here means the platform inside this console.
    pub(super) async fn is_embedded(&self, url: Option<&str>) -> Result<bool, Error> {
        let Some(url) = url else {
            let shown = self.shown().await;
            return Ok(shown.is_some_and(|desk| desk.profile().embedded));
        };
        let url = url.trim_end_matches('/');
        if self.found_platform().await?.as_deref() == Some(url) {
            return Ok(true);
        }
        let mut known = self.0.home.profiles()?.into_iter();
        Ok(known.any(|profile| profile.embedded && profile.url == url))
    }

    /// Trusts another certificate than before: the one that is there now, if it has this fingerprint.
    pub(super) async fn accept_certificate(&self, request: CertificateAccept) -> Result<(), Error> {
        let mut profile = self.profile_by_id(&request.id)?;
        let presented = vigia_client::tls::look(&profile.url).await?;
        let there = presented.map(|presented| presented.certificate.fingerprint);
        if there.as_deref() != Some(request.fingerprint.as_str()) {
            let detail = format!(
                "accepting a certificate: the platform presents {}, not the one that was compared",
                there.as_deref().unwrap_or("none")
            );
            return Err(Error::Request(Problem::new(Code::CertificateChanged, detail)));
        }
        profile.tls = Tls::Pinned {
            fingerprint: request.fingerprint,
        };
        self.0.home.save(&profile)?;
        self.open_desk(profile).await?;
        Ok(())
    }
}
