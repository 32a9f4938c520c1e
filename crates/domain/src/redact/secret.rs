//! Passwords, tokens and session ids: by the name they stand under, or by their unmistakable form.

use super::{NATIONAL_ID, PASSWORD, TOKEN};
use regex::bytes::{Captures, Regex, Replacer};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// What a name says about the value that it stands beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Password,
    Token,
    Session,
    NationalId,
}

/// The shortest session id that is taken for one where only `session` is its name.
const SHORTEST_SESSION: usize = 16;

impl Meaning {
    /// What stands in the value's place; `None` where the value cannot be a secret.
    pub(super) fn mark(self, value: &str) -> Option<String> {
        let value = value.trim();
        if value.is_empty() || value.starts_with("[redacted:") {
            return None;
        }
        Some(match self {
            Self::Password => PASSWORD.to_owned(),
            Self::Token => TOKEN.to_owned(),
            Self::NationalId => NATIONAL_ID.to_owned(),
            Self::Session => session_hash(value),
        })
    }

    /// Whether a number under this name is a secret too.
    pub(super) fn covers_numbers(self) -> bool {
        matches!(self, Self::Password | Self::NationalId)
    }
}

/// `sha256:` and the digits; what is already so stays.
pub(super) fn session_hash(session: &str) -> String {
    use std::fmt::Write as _;
    let known = session
        .strip_prefix("sha256:")
        .is_some_and(|digits| digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if known {
        return session.to_owned();
    }
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(session.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// What the name of a field says, whatever its spelling: `refresh_token`, `refreshToken`,
/// `X-Refresh-Token`.
pub(super) fn meaning(name: &str) -> Option<Meaning> {
    // No name of a secret is longer; a longer one is data.
    if name.len() > 64 {
        return None;
    }
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let one_of = |names: &[&str]| names.contains(&plain.as_str());
    let ends = |ends: &[&str]| ends.iter().any(|end| plain.ends_with(end));
    if one_of(&[
        "sessionid",
        "sessid",
        "jsessionid",
        "phpsessid",
        "connectsid",
        "sessionkey",
        "idsessao",
        "sessaoid",
    ]) {
        Some(Meaning::Session)
    } else if one_of(&[
        "cpf",
        "cnpj",
        "cpfcnpj",
        "rg",
        "ssn",
        "nationalid",
        "passport",
        "passaporte",
        "documento",
    ]) {
        Some(Meaning::NationalId)
    } else if ends(&[
        "password",
        "passwd",
        "passphrase",
        "senha",
        "clientsecret",
        "privatekey",
    ]) || one_of(&[
        "pwd",
        "pass",
        "secret",
        "novasenha",
        "senhaatual",
        "senhanova",
        "passwordconfirmation",
        "pin",
        "otp",
        "totp",
        "mfacode",
    ]) {
        Some(Meaning::Password)
    } else if ends(&["token", "apikey", "accesskey", "secretkey", "secretaccesskey"])
        && !one_of(&["nexttoken", "continuationtoken", "accesskey"])
        || one_of(&[
            "authorization",
            "proxyauthorization",
            "cookie",
            "setcookie",
            "jwt",
            "bearer",
        ])
    {
        Some(Meaning::Token)
    } else {
        None
    }
}

/// Looked for first, in one pass: a text without any of these holds no secret.
static HINT: LazyLock<Regex> = LazyLock::new(|| {
    constant(
        r"(?i-u)pass|pwd|senha|secret|token|key|authoriz|bearer|cookie|sess|connect\.sid|jwt|eyJ|vgk_|gh[pousr]_|xox|sk_live|://|cpf|cnpj|ssn|otp|\bpin\b|\brg\b",
    )
});

/// `password=x`, `"senha": "x"`, `\"pwd\":\"x\"`, `password: x`. First what only names a secret and is
/// none: the address of one in a cloud's vault, `arn:aws:secretsmanager:…:secret:name`.
static PASSWORDS: LazyLock<Regex> = LazyLock::new(|| {
    constant(concat!(
        r#"(?i-u)\barn:[a-z0-9\-]{1,16}:secretsmanager:[a-z0-9\-*]{0,32}:[0-9*]{0,16}:secret:[A-Za-z0-9/_+.@!*?\-]*"#,
        r#"|(?P<name>\b[a-z0-9_\-]{0,32}?(?:password|passwd|passphrase|senha|client_?secret|private_?key)|\b(?:pwd|secret|otp|totp))"#,
        r#"(?P<between>\\?["']?[ \t]{0,4}[=:][ \t]{0,4})"#,
        r#"(?P<value>\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s&|"'<>\\]+)"#,
    ))
});

/// The same for tokens, whose values must also look like one.
static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    constant(concat!(
        r#"(?i-u)(?P<name>\b[a-z0-9_\-]{0,32}?(?:token|api[_\-]?key|secret_?key|secret_?access_?key|jwt)|\b(?:authorization|cookie|set-cookie))"#,
        r#"(?P<between>\\?["']?[ \t]{0,4}[=:][ \t]{0,4}(?:(?:basic|bearer|token)[ \t]+)?)"#,
        r#"(?P<value>\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s&|"'<>\\,;]+)"#,
    ))
});

/// The same for session ids.
static SESSIONS: LazyLock<Regex> = LazyLock::new(|| {
    constant(concat!(
        r#"(?i-u)(?P<name>\b(?:session[_\-]?id|sess[_\-]?id|jsessionid|phpsessid|connect\.sid))"#,
        r#"(?P<between>\\?["']?[ \t]{0,4}[=:][ \t]{0,4})"#,
        r#"(?P<value>\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s&|"'<>\\,;]+)"#,
    ))
});

/// The same for the numbers of people.
static NATIONAL_IDS: LazyLock<Regex> = LazyLock::new(|| {
    constant(concat!(
        r#"(?i-u)(?P<name>\b(?:cpf|cnpj|ssn|rg))"#,
        r#"(?P<between>\\?["']?[ \t]{0,4}[=:][ \t]{0,4})"#,
        r#"(?P<value>\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s&|"'<>\\,;]+)"#,
    ))
});

/// `Bearer x`, JWTs, keys of this platform and of others, a private key in PEM.
static FORMS: LazyLock<Regex> = LazyLock::new(|| {
    constant(concat!(
        r"(?-u)\beyJ[A-Za-z0-9_\-]{5,}\.[A-Za-z0-9_\-]{5,}(?:\.[A-Za-z0-9_\-]*){0,3}",
        r"|\bvgk_[A-Za-z0-9_\-]{8,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bxox[abeoprs]-[A-Za-z0-9\-]{10,}",
        r"|\bsk_live_[A-Za-z0-9]{10,}",
        r"|-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]{0,20}PRIVATE KEY-----|\z)",
    ))
});

static BEARER: LazyLock<Regex> =
    LazyLock::new(|| constant(r"(?i-u)(?P<name>\bbearer[ \t]+)(?P<value>[A-Za-z0-9._~+/=\-]{16,})"));

/// `https://user:password@host`.
static URLS: LazyLock<Regex> =
    LazyLock::new(|| constant(r#"(?-u)(?P<name>://[^\s/:@"'<>]{0,64}:)(?P<value>[^\s/@"'<>]{1,256})@"#));

#[expect(clippy::expect_used, reason = "constant patterns, all compiled in a test")]
fn constant(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern")
}

/// Marks every secret; `None` where there is none.
pub(super) fn scrub(bytes: &[u8]) -> Option<Vec<u8>> {
    if !HINT.is_match(bytes) {
        return None;
    }
    let mut clean = None;
    pass(&mut clean, bytes, &FORMS, |_: &Captures<'_>| {
        TOKEN.as_bytes().to_vec()
    });
    for (pattern, meaning) in [
        (&SESSIONS, Meaning::Session),
        (&PASSWORDS, Meaning::Password),
        (&TOKENS, Meaning::Token),
        (&NATIONAL_IDS, Meaning::NationalId),
        (&BEARER, Meaning::Token),
        (&URLS, Meaning::Password),
    ] {
        pass(&mut clean, bytes, pattern, |found: &Captures<'_>| {
            replace(meaning, found)
        });
    }
    clean.filter(|clean| clean != bytes)
}

fn pass(clean: &mut Option<Vec<u8>>, bytes: &[u8], pattern: &Regex, by: impl Replacer) {
    let before = clean.as_deref().unwrap_or(bytes);
    if let std::borrow::Cow::Owned(after) = pattern.replace_all(before, by) {
        *clean = Some(after);
    }
}

/// Puts the mark where the value stood, within its quotes.
fn replace(meaning: Meaning, found: &Captures<'_>) -> Vec<u8> {
    let part = |name: &str| found.name(name).map_or(&[][..], |part| part.as_bytes());
    let whole = found.get(0).map_or(&[][..], |whole| whole.as_bytes());
    let (name, between, value) = (part("name"), part("between"), part("value"));
    if name.is_empty() {
        return whole.to_vec();
    }
    let (open, inner, close) = unquoted(value);
    let text = String::from_utf8_lossy(inner);
    let mark = is_secret(meaning, name, between, &text)
        .then(|| meaning.mark(&text))
        .flatten();
    let Some(mark) = mark else {
        return whole.to_vec();
    };
    // What the pattern needed after the value, as the sign after a URL's password.
    let after = whole
        .get(name.len() + between.len() + value.len()..)
        .unwrap_or_default();
    [name, between, open, mark.as_bytes(), close, after].concat()
}

/// A value's opening quote, what is in it, and its closing quote or trailing punctuation.
fn unquoted(value: &[u8]) -> (&[u8], &[u8], &[u8]) {
    for quote in [&b"\\\""[..], b"\"", b"'"] {
        let inner = value
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return (quote, inner, quote);
        }
    }
    let end = value
        .iter()
        .rposition(|byte| !b",;)}]".contains(byte))
        .map_or(0, |last| last + 1);
    let (inner, close) = value.split_at_checked(end).unwrap_or((value, &[]));
    (&[], inner, close)
}

/// Whether a value beside such a name in running text is the secret, and not the next word.
fn is_secret(meaning: Meaning, name: &[u8], between: &[u8], value: &str) -> bool {
    let quoted_or_assigned = between.contains(&b'=') || between.iter().any(|byte| b"\"'".contains(byte));
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    match meaning {
        // `PWD=/home/alice` is where somebody works.
        Meaning::Password => !(name.eq_ignore_ascii_case(b"pwd") && value.starts_with('/')),
        Meaning::NationalId => has_digit,
        Meaning::Token | Meaning::Session if quoted_or_assigned => value.len() >= 8,
        Meaning::Token | Meaning::Session => value.len() >= SHORTEST_SESSION && has_digit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [
            &HINT,
            &PASSWORDS,
            &TOKENS,
            &SESSIONS,
            &NATIONAL_IDS,
            &FORMS,
            &BEARER,
            &URLS,
        ] {
            assert!(!pattern.is_match(b""));
        }
    }
}
