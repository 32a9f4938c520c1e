//! The public face of the ledger: key, checkpoint, proofs, hash tiles. None of it is about
//! anybody, and a log that hides its head could show two, so none of it needs a permit.
//!
//! Below `/v1/ledger` lie the paths of C2SP `tlog-tiles`: `checkpoint` and `tile/<L>/<N>[.p/<W>]`.
//! Entry bundles are not served there: entries need a permit (`GET /v1/sync`).

use crate::http::request::{Path, Query};
use crate::{Error, Platform};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::Deserialize;
use utoipa::IntoParams;
use vigia_ledger::checkpoint::LogVerifier;
use vigia_wire::Base64;
use vigia_wire::ledger::{ConsistencyProof, InclusionProof, KeyRotation, LedgerKey};

/// Hashes of a full tile.
const TILE_WIDTH: u16 = 256;

/// The log's name and public key.
#[utoipa::path(get, path = "/v1/ledger/key", tag = "ledger",
    responses((status = 200, description = "The key.", body = LedgerKey)))]
pub async fn key(State(platform): State<Platform>) -> Result<Json<LedgerKey>, Error> {
    let verifier = platform.store().log_verifier().await?;
    let rotations = platform.store().rotations().await?;
    let rotations = rotations.into_iter().filter_map(|rotation| {
        let after = LogVerifier::from_vkey(&rotation.change.after).ok()?;
        Some(KeyRotation {
            before: rotation.change.before,
            after: rotation.change.after,
            fingerprint: after.fingerprint(),
            checkpoint: rotation.checkpoint,
        })
    });
    Ok(Json(LedgerKey {
        origin: verifier.origin().to_owned(),
        verifier: verifier.vkey().to_owned(),
        fingerprint: verifier.fingerprint(),
        rotations: rotations.collect(),
    }))
}

/// The newest signed checkpoint (C2SP `tlog-checkpoint`).
#[utoipa::path(get, path = "/v1/ledger/checkpoint", tag = "ledger",
    responses((status = 200, description = "A signed note.", content_type = "text/plain", body = String)))]
pub async fn checkpoint(
    State(platform): State<Platform>,
) -> Result<([(HeaderName, &'static str); 1], String), Error> {
    let head = platform.store().head().await?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], head.checkpoint))
}

/// Which entry, in which tree.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct InclusionParameters {
    /// The entry.
    seq: u64,
    /// The tree's size.
    size: u64,
}

/// Proves that an entry lies in the tree of this size (RFC 6962 § 2.1.1).
#[utoipa::path(get, path = "/v1/ledger/inclusion", tag = "ledger", params(InclusionParameters),
    responses((status = 200, description = "The proof.", body = InclusionProof),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn inclusion(
    State(platform): State<Platform>,
    Query(InclusionParameters { seq, size }): Query<InclusionParameters>,
) -> Result<Json<InclusionProof>, Error> {
    within(&platform, "size", size).await?;
    if seq >= size {
        let reason = "is not smaller than the size".to_owned();
        return Err(Error::Field { name: "seq", reason });
    }
    let proof = platform.store().inclusion_proof(seq, size).await?;
    let proof = proof.into_iter().map(Base64::from).collect();
    Ok(Json(InclusionProof { seq, size, proof }))
}

/// Between which trees.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyParameters {
    /// The smaller tree's size.
    from: u64,
    /// The larger tree's size.
    to: u64,
}

/// Proves that the larger tree begins with the smaller (RFC 6962 § 2.1.2).
#[utoipa::path(get, path = "/v1/ledger/consistency", tag = "ledger", params(ConsistencyParameters),
    responses((status = 200, description = "The proof.", body = ConsistencyProof),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn consistency(
    State(platform): State<Platform>,
    Query(ConsistencyParameters { from, to }): Query<ConsistencyParameters>,
) -> Result<Json<ConsistencyProof>, Error> {
    within(&platform, "to", to).await?;
    if from > to {
        let reason = "is larger than the other size".to_owned();
        return Err(Error::Field { name: "from", reason });
    }
    // Every tree begins with the empty one; that needs no proof.
    let proof = match from {
        0 => Vec::new(),
        from => platform.store().consistency_proof(from, to).await?,
    };
    let proof = proof.into_iter().map(Base64::from).collect();
    Ok(Json(ConsistencyProof { from, to, proof }))
}

async fn within(platform: &Platform, name: &'static str, size: u64) -> Result<(), Error> {
    let now = platform.store().head().await?.size;
    if size > now {
        let reason = format!("the log has {now} entries");
        return Err(Error::Field { name, reason });
    }
    Ok(())
}

/// Hashes of one level of the tree (C2SP `tlog-tiles`).
#[utoipa::path(get, path = "/v1/ledger/tile/{level}/{*index}", tag = "ledger",
    params(("level" = u8, Path, description = "0 for leaves; each further level covers 256 times as many."),
        ("index" = String, Path, description = "`x001/x234/067`, and `.p/<width>` for a partial tile.")),
    responses((status = 200, description = "32 bytes a hash.", content_type = "application/octet-stream"),
        (status = "default", description = "A problem.", body = vigia_wire::Problem, content_type = "application/problem+json")))]
pub async fn tile(
    State(platform): State<Platform>,
    Path((level, index)): Path<(u8, String)>,
) -> Result<([(HeaderName, &'static str); 2], Vec<u8>), Error> {
    let missing = || Error::NotFound("no such tile");
    let (index, width) = tile_of(&index).ok_or_else(missing)?;
    let hashes = platform
        .store()
        .tile(level, index, width)
        .await
        .map_err(|error| match error {
            vigia_store::Error::OutOfRange(_) => missing(),
            other => other.into(),
        })?;
    let headers = [
        (CONTENT_TYPE, "application/octet-stream"),
        // A tile never changes once it is there.
        (CACHE_CONTROL, "public, max-age=604800, immutable"),
    ];
    Ok((headers, hashes.concat()))
}

/// `x001/x234/067` is 1,234,067; `.p/<W>` behind it asks for the first `W` of 256 hashes.
fn tile_of(text: &str) -> Option<(u64, u16)> {
    let (number, width) = match text.split_once(".p/") {
        Some((number, width)) => {
            let parsed: u16 = width
                .parse()
                .ok()
                .filter(|width| (1..TILE_WIDTH).contains(width))?;
            // One spelling only: no sign, no leading zero.
            (number, (parsed.to_string() == width).then_some(parsed)?)
        }
        None => (text, TILE_WIDTH),
    };
    let mut index = 0_u64;
    let mut parts = number.split('/').peekable();
    let single = !number.contains('/');
    let mut first = true;
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        let digits = if last { part } else { part.strip_prefix('x')? };
        if digits.len() != 3 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        if first && !single && digits == "000" {
            return None;
        }
        first = false;
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    Some((index, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tile_paths_are_those_of_tlog_tiles_in_one_spelling() {
        assert_eq!(tile_of("000"), Some((0, 256)));
        assert_eq!(tile_of("067.p/8"), Some((67, 8)));
        assert_eq!(tile_of("x001/x234/067"), Some((1_234_067, 256)));
        assert_eq!(tile_of("x001/234.p/255"), Some((1_234, 255)));
        for bad in [
            "",
            "0",
            "67",
            "x067",
            "x000/001",
            "001/234",
            "x001/x234",
            "000.p/0",
            "000.p/256",
            "000.p/08",
            "000.p/+8",
            "../etc",
            "-01",
        ] {
            assert_eq!(tile_of(bad), None, "{bad}");
        }
    }
}
