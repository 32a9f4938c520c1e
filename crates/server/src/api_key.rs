//! API keys: made, listed, revoked.
//!
//! A key is `vgk_` and base64url of its id (16 bytes) and 32 random bytes. It is shown once; the
//! store keeps a hash.

use crate::auth::refresh::kept;
use crate::event::{self, Origin};
use crate::{Error, edge};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use vigia_domain::access::action::WriteApiKeys;
use vigia_domain::access::{Permission, Permit, Requester};
use vigia_domain::aggregate::AggregateKind;
use vigia_domain::api_key::{ApiKey, ApiKeyEvent, KeyName};
use vigia_domain::event::Target;
use vigia_domain::{ApiKeyId, Kind, Timestamp};
use vigia_store::{Authority, Credential, Store, Stored};
use vigia_wire::api_key::{ApiKeyReply, CreateApiKey, CreatedApiKey};

/// What every key begins with.
pub const PREFIX: &str = "vgk_";
/// The most permissions of one key.
const MAX_PERMISSIONS: usize = 64;

/// The id within a key, where it has the form of one.
#[must_use]
pub fn id_of(key: &str) -> Option<ApiKeyId> {
    let text = key.strip_prefix(PREFIX).filter(|text| text.len() == 64)?;
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    bytes
        .first_chunk::<16>()
        .copied()
        .map(Uuid::from_bytes)
        .map(ApiKeyId)
}

/// Makes a key. Nobody hands on what they may not do themselves.
///
/// # Errors
/// A field that is wrong, or a permission that the maker does not have.
pub async fn create(
    store: &Store,
    permit: &Permit<WriteApiKeys>,
    maker: &Requester,
    origin: &Origin,
    request: CreateApiKey,
) -> Result<CreatedApiKey, Error> {
    let wrong = |name: &'static str, reason: String| Error::Field { name, reason };
    let name = KeyName::try_from(request.name).map_err(|error| wrong("name", error.to_string()))?;
    let permissions = permissions(maker, &request.permissions)?;
    if request.expires_at.is_some_and(|end| end <= origin.now) {
        return Err(wrong("expires_at", "lies in the past".to_owned()));
    }
    let expires_at = request.expires_at.map(vigia_domain::clock::whole_micros);
    let id = ApiKeyId::new(origin.now, edge::random()?);
    let secret = [id.0.as_bytes().as_slice(), &edge::random::<32>()?].concat();
    let key = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));

    let words = permissions.iter().map(Permission::to_string).collect();
    let mut event = origin.event(Kind::API_KEY_CREATED, "API key made")?;
    event.target = target(id, &name);
    let created = ApiKeyEvent::Created {
        name,
        permissions,
        expires_at,
    };
    event.aggregate = Some(event::aggregate(AggregateKind::ApiKey, id.0, 1, &created)?);
    let mut change = store.transact(Authority::ApiKeys(permit));
    change.set_credential(Credential::ApiKey(id), kept(&key).to_vec());
    change.commit(vec![event]).await?;
    Ok(CreatedApiKey {
        id,
        key,
        permissions: words,
        expires_at,
    })
}

fn permissions(maker: &Requester, words: &[String]) -> Result<Vec<Permission>, Error> {
    let wrong = |reason: String| Error::Field {
        name: "permissions",
        reason,
    };
    if !(1..=MAX_PERMISSIONS).contains(&words.len()) {
        return Err(wrong(format!("are 1 to {MAX_PERMISSIONS}")));
    }
    let mut permissions = Vec::with_capacity(words.len());
    for word in words {
        let permission: Permission = word.parse().map_err(|error| wrong(format!("{word}: {error}")))?;
        if !maker.may_hand_on(&permission) {
            return Err(wrong(format!("{permission} is not yours to give")));
        }
        if !permissions.contains(&permission) {
            permissions.push(permission);
        }
    }
    permissions.sort();
    Ok(permissions)
}

/// Revokes a key: the next request with it is refused.
///
/// # Errors
/// `NotFound` where there is no such key; `Conflict` where it is revoked already.
pub async fn revoke(
    store: &Store,
    permit: &Permit<WriteApiKeys>,
    origin: &Origin,
    id: ApiKeyId,
) -> Result<(), Error> {
    let key = store
        .api_key(id)
        .await?
        .ok_or(Error::NotFound("no such API key"))?;
    if key.state.revoked_at.is_some() {
        return Err(vigia_store::Error::Conflict { kind: "API key" }.into());
    }
    let mut event = origin.event(Kind::API_KEY_REVOKED, "API key revoked")?;
    event.target = target(id, &key.state.name);
    let version = key.version.saturating_add(1);
    event.aggregate = Some(event::aggregate(
        AggregateKind::ApiKey,
        id.0,
        version,
        &ApiKeyEvent::Revoked,
    )?);
    let mut change = store.transact(Authority::ApiKeys(permit));
    change.delete_credential(Credential::ApiKey(id));
    change.commit(vec![event]).await?;
    Ok(())
}

/// A key as it may be shown, with when it was last used.
#[must_use]
pub fn reply(key: Stored<ApiKey>, used: Option<Timestamp>) -> ApiKeyReply {
    ApiKeyReply {
        id: ApiKeyId(key.id),
        name: key.state.name.as_str().to_owned(),
        permissions: key.state.permissions.iter().map(Permission::to_string).collect(),
        created_at: key.state.created_at,
        expires_at: key.state.expires_at,
        revoked_at: key.state.revoked_at,
        last_used_at: used,
    }
}

fn target(id: ApiKeyId, name: &KeyName) -> Target {
    Target {
        kind: Some("api_key".to_owned()),
        id: Some(id.to_string()),
        name: Some(name.as_str().to_owned()),
        ..Target::default()
    }
}
