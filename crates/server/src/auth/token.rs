//! Access tokens: JWT signed with Ed25519 (RFC 7519, RFC 8037), fifteen minutes long.
//!
//! The algorithm is pinned on both sides; whatever a token's header says, only an `EdDSA` signature
//! of this platform's key opens anything. Claims are checked against the platform's own clock. It may
//! be set back a little between issuing and reading, so the beginning has a minute of leeway; the end
//! has none. A token by itself opens nothing either: the session it names is read afresh for every
//! request.

use crate::{Error, edge};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vigia_domain::{AccountId, SessionId, Timestamp};
use vigia_wire::auth::{ACCESS_SECONDS, AUDIENCE, Jwk, Jwks};

/// The longest token that is looked at, in bytes.
const MAX_TOKEN_BYTES: usize = 4 * 1024;
/// How far ahead of the clock a token may begin, in seconds.
const LEEWAY_SECONDS: i64 = 60;
/// The media type in the header, so that no other kind of token passes (RFC 9068 § 2.1).
const TYPE: &str = "at+jwt";
/// PKCS #8 of an Ed25519 key up to the seed (RFC 8410 § 7).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The platform's origin.
    pub iss: String,
    /// Always [`AUDIENCE`].
    pub aud: String,
    /// The account.
    pub sub: AccountId,
    /// The session.
    pub sid: SessionId,
    /// Unique for this token.
    pub jti: String,
    /// Issued, in seconds since 1970.
    pub iat: i64,
    /// Void before, in seconds since 1970.
    pub nbf: i64,
    /// Void from, in seconds since 1970.
    pub exp: i64,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadToken {
    /// Not one of ours, or damaged.
    Invalid,
    /// It was one of ours until it ended.
    Expired,
}

/// Signs and reads access tokens.
pub struct Tokens {
    origin: String,
    kid: String,
    x: String,
    signing: EncodingKey,
    reading: DecodingKey,
    validation: Validation,
}

impl Tokens {
    /// From the seed of the platform's token key.
    ///
    /// # Errors
    /// Where the public half cannot be read back.
    pub fn new(seed: &[u8; 32], origin: &str) -> Result<Self, Error> {
        let public = SigningKey::from_bytes(seed).verifying_key().to_bytes();
        let x = URL_SAFE_NO_PAD.encode(public);
        let kid = URL_SAFE_NO_PAD.encode(thumbprint(&x));
        let der = zeroize::Zeroizing::new([PKCS8_PREFIX.as_slice(), seed].concat());
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[origin]);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "nbf", "sub"]);
        // The platform's own clock judges the times, below.
        validation.validate_exp = false;
        validation.leeway = 0;
        Ok(Self {
            origin: origin.to_owned(),
            signing: EncodingKey::from_ed_der(&der),
            reading: DecodingKey::from_ed_components(&x).map_err(Error::Signing)?,
            kid,
            x,
            validation,
        })
    }

    /// A token for this session, from now on.
    ///
    /// # Errors
    /// Where signing fails or there is no randomness.
    pub fn issue(&self, account: AccountId, session: SessionId, now: Timestamp) -> Result<String, Error> {
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let iat = now.timestamp();
        let claims = Claims {
            iss: self.origin.clone(),
            aud: AUDIENCE.to_owned(),
            sub: account,
            sid: session,
            jti: URL_SAFE_NO_PAD.encode(edge::random::<16>()?),
            iat,
            nbf: iat,
            exp: iat + i64::from(ACCESS_SECONDS),
        };
        jsonwebtoken::encode(&header, &claims, &self.signing).map_err(Error::Signing)
    }

    /// What a token says, where it is one of ours and in force.
    ///
    /// # Errors
    /// Why it opens nothing.
    pub fn read(&self, token: &str, now: Timestamp) -> Result<Claims, BadToken> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(BadToken::Invalid);
        }
        let read = jsonwebtoken::decode::<Claims>(token, &self.reading, &self.validation);
        let data = read.map_err(|_| BadToken::Invalid)?;
        if data.header.typ.as_deref() != Some(TYPE) || data.header.kid.as_deref() != Some(&self.kid) {
            return Err(BadToken::Invalid);
        }
        let (now, claims) = (now.timestamp(), data.claims);
        if now >= claims.exp {
            return Err(BadToken::Expired);
        }
        let life = claims.exp.checked_sub(claims.iat);
        let latest = now.saturating_add(LEEWAY_SECONDS);
        let plausible = claims.nbf <= latest
            && claims.iat <= latest
            && life.is_some_and(|life| (0..=i64::from(ACCESS_SECONDS)).contains(&life))
            && !claims.jti.is_empty();
        if plausible {
            Ok(claims)
        } else {
            Err(BadToken::Invalid)
        }
    }

    /// The public key, for whoever wants to check tokens.
    #[must_use]
    pub fn jwks(&self) -> Jwks {
        let word = |word: &str| word.to_owned();
        Jwks {
            keys: vec![Jwk {
                kty: word("OKP"),
                crv: word("Ed25519"),
                kid: self.kid.clone(),
                x: self.x.clone(),
                alg: word("EdDSA"),
                usage: word("sig"),
            }],
        }
    }
}

/// The key's id: RFC 7638 thumbprint of its JWK (RFC 8037 § 2 for the members).
fn thumbprint(x: &str) -> [u8; 32] {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    Sha256::digest(canonical).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use uuid::Uuid;

    fn tokens() -> Tokens {
        Tokens::new(&[7; 32], "vigia.test/log").unwrap()
    }

    fn now() -> Timestamp {
        Timestamp::from_timestamp(1_771_324_200, 0).unwrap()
    }

    fn issued() -> String {
        let (account, session) = (
            AccountId(Uuid::from_bytes([1; 16])),
            SessionId(Uuid::from_bytes([2; 16])),
        );
        tokens().issue(account, session, now()).unwrap()
    }

    fn signed(header: &str, claims: &serde_json::Value) -> String {
        use ed25519_dalek::Signer as _;
        let head = URL_SAFE_NO_PAD.encode(header);
        let body = URL_SAFE_NO_PAD.encode(claims.to_string());
        let text = format!("{head}.{body}");
        let signature = SigningKey::from_bytes(&[7; 32]).sign(text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    fn claims() -> serde_json::Value {
        serde_json::to_value(tokens().read(&issued(), now()).unwrap()).unwrap()
    }

    #[test]
    fn a_token_says_who_until_its_last_second() {
        let token = issued();
        let claims = tokens().read(&token, now()).unwrap();
        assert_eq!(claims.sub, AccountId(Uuid::from_bytes([1; 16])));
        assert_eq!(claims.exp - claims.iat, 900);
        assert!(tokens().read(&token, now() + TimeDelta::seconds(899)).is_ok());
        let end = tokens().read(&token, now() + TimeDelta::seconds(900));
        assert_eq!(end, Err(BadToken::Expired));
    }

    #[test]
    fn a_clock_set_back_by_a_minute_still_reads_its_tokens_and_by_more_does_not() {
        let token = issued();
        let before = |seconds| tokens().read(&token, now() - TimeDelta::seconds(seconds));
        assert!(before(60).is_ok());
        assert_eq!(before(61), Err(BadToken::Invalid));
        let kid = tokens().jwks().keys[0].kid.clone();
        let header = format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{kid}"}}"#);
        for name in ["nbf", "iat"] {
            let mut ahead = claims();
            ahead[name] = (now().timestamp() + 60).into();
            assert!(tokens().read(&signed(&header, &ahead), now()).is_ok(), "{name}");
            ahead[name] = (now().timestamp() + 61).into();
            assert!(tokens().read(&signed(&header, &ahead), now()).is_err(), "{name}");
        }
    }

    #[test]
    fn each_claim_and_each_part_of_the_header_is_checked() {
        let kid = tokens().jwks().keys[0].kid.clone();
        let header = format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{kid}"}}"#);
        assert!(tokens().read(&signed(&header, &claims()), now()).is_ok());
        for (name, value) in [
            ("iss", "elsewhere".into()),
            ("aud", "another".into()),
            ("nbf", (now().timestamp() + 61).into()),
            ("exp", (now().timestamp() + 3600).into()),
            ("jti", "".into()),
            ("sid", "".into()),
            ("sub", serde_json::Value::Null),
        ] {
            let mut changed = claims();
            changed[name] = value;
            assert!(
                tokens().read(&signed(&header, &changed), now()).is_err(),
                "{name}"
            );
            changed.as_object_mut().unwrap().remove(name);
            assert!(
                tokens().read(&signed(&header, &changed), now()).is_err(),
                "no {name}"
            );
        }
        for bad in [
            header.replace("at+jwt", "JWT"),
            header.replace(&kid, "another"),
            header.replace("EdDSA", "none"),
            header.replace("EdDSA", "HS256"),
            header.replace("EdDSA", "ES256"),
        ] {
            assert!(tokens().read(&signed(&bad, &claims()), now()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_public_key_used_as_a_shared_secret_opens_nothing() {
        let kid = tokens().jwks().keys[0].kid.clone();
        let public = SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes();
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(kid),
            ..Header::new(Algorithm::HS256)
        };
        let forged = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(&public)).unwrap();
        assert_eq!(tokens().read(&forged, now()), Err(BadToken::Invalid));
    }
}
