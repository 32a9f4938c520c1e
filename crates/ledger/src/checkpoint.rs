//! Checkpoints: the tree's size and root, signed. C2SP `tlog-checkpoint` in a C2SP `signed-note`,
//! by the crates made for them.
//!
//! The key's name is the log's origin. Rotating the log key is signing one checkpoint with both the
//! old and the new signer: a note carries any number of signatures, and a reader opens it with
//! whichever verifiers it trusts.

use crate::hash::Hash;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use signed_note::{Note, StandardSigner, VerifierList};
use std::fmt;
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// C2SP `signed-note`: the type byte of a plain Ed25519 key.
const ALGORITHM_ED25519: u8 = 1;

/// A tree head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root of the tree of that size.
    pub root: Hash,
}

/// A note that was opened: what it says, and whose signatures under it were found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// Fingerprints of the trusted keys that signed it; never empty.
    pub signed_by: Vec<String>,
}

/// What can be wrong with keys and notes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// An origin that cannot be a key's name.
    #[error("a log's origin may not be empty, nor hold spaces or a plus: {0:?}")]
    Origin(String),
    /// Not a verifier key of a kind that is known.
    #[error("reading the log's verifier key: {0}")]
    VerifierKey(String),
    /// Signing failed.
    #[error("signing a checkpoint: {0}")]
    Signing(String),
    /// The bytes are not a signed note, or its text is not a checkpoint.
    #[error("the note is not a signed checkpoint")]
    Malformed,
    /// None of the trusted keys signed it.
    #[error("no trusted key signed the checkpoint")]
    UnknownKey,
    /// A trusted key's signature under it is wrong.
    #[error("the signature under the checkpoint is wrong")]
    BadSignature,
    /// Signed by a trusted key, but about another log.
    #[error("the checkpoint is of the log {0:?}, not of the signer's")]
    OtherLog(String),
}

/// Signs checkpoints with a log's Ed25519 key.
pub struct LogSigner {
    signer: StandardSigner,
    verifier: LogVerifier,
}

impl fmt::Debug for LogSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogSigner({})", self.verifier.vkey)
    }
}

impl LogSigner {
    /// From the key's thirty-two secret bytes (RFC 8032 § 5.1.5) and the log's origin.
    ///
    /// # Errors
    /// Where the origin cannot be a key's name.
    pub fn from_seed(origin: &str, seed: &[u8; 32]) -> Result<Self, CheckpointError> {
        let verifier = LogVerifier::from_public_key(origin, &SigningKey::from_bytes(seed).verifying_key())?;
        // The crate takes a private key in its text form only.
        let secret = Zeroizing::new([&[ALGORITHM_ED25519], seed.as_slice()].concat());
        let secret = Zeroizing::new(STANDARD.encode(&*secret));
        let text = Zeroizing::new(format!(
            "PRIVATE+KEY+{origin}+{:08x}+{}",
            verifier.key_id, *secret
        ));
        let signer = StandardSigner::new(&text).map_err(|e| CheckpointError::Signing(e.to_string()))?;
        Ok(Self { signer, verifier })
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> &LogVerifier {
        &self.verifier
    }
}

/// Trusts one public key of a log.
#[derive(Clone, PartialEq, Eq)]
pub struct LogVerifier {
    origin: String,
    key_id: u32,
    key: VerifyingKey,
    vkey: String,
}

impl fmt::Debug for LogVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogVerifier({})", self.vkey)
    }
}

impl LogVerifier {
    /// From a C2SP verifier key: `origin+id+base64`.
    ///
    /// # Errors
    /// Where it is malformed, of an unknown kind, or its id is not that of its key.
    pub fn from_vkey(vkey: &str) -> Result<Self, CheckpointError> {
        let refuse = |why: &str| CheckpointError::VerifierKey(why.to_owned());
        let parts: Vec<&str> = vkey.splitn(3, '+').collect();
        let [origin, id, key] = parts.as_slice() else {
            return Err(refuse("it has no three parts"));
        };
        let bytes = STANDARD
            .decode(key)
            .map_err(|_| refuse("its key is not base64"))?;
        let Some((&ALGORITHM_ED25519, key)) = bytes.split_first() else {
            return Err(refuse("its key is not of the Ed25519 kind"));
        };
        let key: &[u8; 32] = key.try_into().map_err(|_| refuse("its key is not 32 bytes"))?;
        let verifier = Self::from_public_bytes(origin, key)?;
        if *id == format!("{:08x}", verifier.key_id) {
            Ok(verifier)
        } else {
            Err(refuse("its id is not that of its key"))
        }
    }

    /// From the thirty-two bytes of an Ed25519 public key.
    ///
    /// # Errors
    /// Where they are no point of the curve, or the origin cannot be a key's name.
    pub fn from_public_bytes(origin: &str, key: &[u8; 32]) -> Result<Self, CheckpointError> {
        let key = VerifyingKey::from_bytes(key).map_err(|e| CheckpointError::VerifierKey(e.to_string()))?;
        Self::from_public_key(origin, &key)
    }

    fn from_public_key(origin: &str, key: &VerifyingKey) -> Result<Self, CheckpointError> {
        if !signed_note::is_key_name_valid(origin) || origin.chars().any(char::is_control) {
            return Err(CheckpointError::Origin(origin.to_owned()));
        }
        let encoded = [&[ALGORITHM_ED25519], key.as_bytes().as_slice()].concat();
        let key_id = signed_note::key_id(origin, &encoded);
        Ok(Self {
            origin: origin.to_owned(),
            key_id,
            key: *key,
            vkey: format!("{origin}+{key_id:08x}+{}", STANDARD.encode(&encoded)),
        })
    }

    /// The log's origin, which is the key's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The C2SP verifier key, as text.
    #[must_use]
    pub fn vkey(&self) -> &str {
        &self.vkey
    }

    /// SHA-256 of the public key in lower-case hexadecimal, to be compared by people.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        Sha256::digest(self.key.as_bytes())
            .iter()
            .fold(String::with_capacity(64), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }

    /// Whether the signature is this key's over the message. Strict: small-order keys and
    /// malleable signatures are refused.
    #[must_use]
    pub fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl signed_note::Verifier for LogVerifier {
    fn name(&self) -> &str {
        &self.origin
    }

    fn key_id(&self) -> u32 {
        self.key_id
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.accepts(message, signature)
    }
}

impl Checkpoint {
    /// The signed note, with one signature for each signer: one in ordinary times, two when the log
    /// key changes.
    ///
    /// # Errors
    /// Where there is no signer, or one is of another log.
    pub fn sign(&self, signers: &[&LogSigner]) -> Result<String, CheckpointError> {
        if signers.is_empty() {
            return Err(CheckpointError::Signing("there is no signer".to_owned()));
        }
        if let Some(other) = signers
            .iter()
            .find(|signer| signer.verifier.origin != self.origin)
        {
            return Err(CheckpointError::OtherLog(other.verifier.origin.clone()));
        }
        let text = tlog_tiles::checkpoint::Checkpoint::new(
            &self.origin,
            self.size,
            tlog_tiles::tlog::Hash(self.root),
            "",
        )
        .map_err(|_| CheckpointError::Origin(self.origin.clone()))?
        .to_bytes();
        let failed = |e: signed_note::NoteError| CheckpointError::Signing(e.to_string());
        let mut note = Note::new(&text, &[]).map_err(failed)?;
        let signers: Vec<&dyn signed_note::Signer> = signers
            .iter()
            .map(|signer| &signer.signer as &dyn signed_note::Signer)
            .collect();
        note.add_sigs(&signers).map_err(failed)?;
        String::from_utf8(note.to_bytes()).map_err(|e| CheckpointError::Signing(e.to_string()))
    }

    /// What a note says, without any trust in it: for showing and for evidence.
    ///
    /// # Errors
    /// Where it is not a signed note about a tree head.
    pub fn read_untrusted(note: &str) -> Result<Self, CheckpointError> {
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        Self::from_text(note.text())
    }

    fn from_text(text: &[u8]) -> Result<Self, CheckpointError> {
        let text =
            tlog_tiles::checkpoint::Checkpoint::from_bytes(text).map_err(|_| CheckpointError::Malformed)?;
        Ok(Self {
            origin: text.origin().to_owned(),
            size: text.size(),
            root: text.hash().0,
        })
    }
}

/// Opens a note with the keys that are trusted: at least one must have signed it, and none of them
/// wrongly. Signatures of unknown keys are ignored, as C2SP asks.
///
/// # Errors
/// Where the note is malformed, unsigned by trusted keys, wrongly signed, or of another log.
pub fn open(note: &str, trusted: &[LogVerifier]) -> Result<Opened, CheckpointError> {
    let note = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
    let mut known: Vec<&LogVerifier> = Vec::new();
    for verifier in trusted {
        if !known.contains(&verifier) {
            known.push(verifier);
        }
    }
    let list = VerifierList::new(
        known
            .iter()
            .map(|verifier| Box::new((*verifier).clone()) as Box<dyn signed_note::Verifier>)
            .collect(),
    );
    let (good, _) = note.verify(&list).map_err(|e| match e {
        signed_note::NoteError::UnverifiedNote => CheckpointError::UnknownKey,
        _ => CheckpointError::BadSignature,
    })?;
    let checkpoint = Checkpoint::from_text(note.text())?;
    let signed_by: Vec<&LogVerifier> = known
        .into_iter()
        .filter(|verifier| {
            good.iter()
                .any(|signature| signature.id() == verifier.key_id && signature.name() == verifier.origin)
        })
        .collect();
    if signed_by
        .iter()
        .all(|verifier| verifier.origin != checkpoint.origin)
    {
        return Err(CheckpointError::OtherLog(checkpoint.origin));
    }
    Ok(Opened {
        checkpoint,
        signed_by: signed_by.into_iter().map(LogVerifier::fingerprint).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(seed: u8) -> LogSigner {
        LogSigner::from_seed("vigia.example/log", &[seed; 32]).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            origin: "vigia.example/log".to_owned(),
            size: 20_852_163,
            root: [5; 32],
        }
    }

    #[test]
    fn a_signed_checkpoint_opens_with_the_logs_key() {
        let note = checkpoint().sign(&[&signer(1)]).unwrap();
        assert!(note.starts_with("vigia.example/log\n20852163\nBQUF"));
        let opened = open(&note, &[signer(1).verifier().clone()]).unwrap();
        assert_eq!(opened.checkpoint, checkpoint());
        assert_eq!(opened.signed_by, [signer(1).verifier().fingerprint()]);
        assert_eq!(Checkpoint::read_untrusted(&note), Ok(checkpoint()));
        assert_eq!(
            open(&note, &[signer(2).verifier().clone()]),
            Err(CheckpointError::UnknownKey)
        );
    }

    #[test]
    fn both_keys_of_a_rotation_open_the_checkpoint_between_them() {
        let note = checkpoint().sign(&[&signer(1), &signer(2)]).unwrap();
        let [old, new] = [1, 2].map(|seed| signer(seed).verifier().clone());
        assert!(open(&note, std::slice::from_ref(&old)).is_ok());
        assert!(open(&note, std::slice::from_ref(&new)).is_ok());
        assert_eq!(open(&note, &[old.clone(), new, old]).unwrap().signed_by.len(), 2);
    }

    #[test]
    fn a_wrong_signature_of_a_trusted_key_spoils_the_note() {
        let note = checkpoint().sign(&[&signer(1)]).unwrap();
        let forged = note.replacen("20852163", "20852164", 1);
        let trusted = [signer(1).verifier().clone()];
        assert_eq!(open(&forged, &trusted), Err(CheckpointError::BadSignature));
        assert_eq!(open("", &trusted), Err(CheckpointError::Malformed));
    }

    #[test]
    fn a_checkpoint_of_another_log_is_not_signed_and_not_opened() {
        let other = LogSigner::from_seed("other.example", &[1; 32]).unwrap();
        assert!(checkpoint().sign(&[&other]).is_err());
        assert!(checkpoint().sign(&[]).is_err());
        assert!(LogSigner::from_seed("with space", &[1; 32]).is_err());
        assert!(LogSigner::from_seed("", &[1; 32]).is_err());
    }

    #[test]
    fn the_examples_of_the_specification_verify() {
        // c2sp.org/signed-note § Example
        let verifier =
            LogVerifier::from_vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
                .unwrap();
        let note = "This is an example message.\n\n\
            — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
        // Rightly signed, but no tree head.
        assert_eq!(
            open(note, std::slice::from_ref(&verifier)),
            Err(CheckpointError::Malformed)
        );
        let changed = note.replace("example message", "example massage");
        assert_eq!(open(&changed, &[verifier]), Err(CheckpointError::BadSignature));
    }

    #[test]
    fn a_verifier_key_survives_its_text_and_a_changed_one_is_refused() {
        let verifier = signer(1).verifier().clone();
        assert_eq!(LogVerifier::from_vkey(verifier.vkey()), Ok(verifier.clone()));
        for text in [
            "",
            "a+b",
            "a+b+c",
            "a+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        ] {
            assert!(LogVerifier::from_vkey(text).is_err(), "{text}");
        }
        assert_eq!(verifier.fingerprint().len(), 64);
    }
}
