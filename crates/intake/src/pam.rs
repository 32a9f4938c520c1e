//! What PAM says in the name of a program: `pam_unix(sshd:auth): authentication failure; …`.

use crate::Draft;
use crate::sshd::{become_kind, name_actor, set_address};
use vigia_domain::Kind;

/// Fills in what PAM says; `false` where it was not PAM.
pub(crate) fn describe(text: &str, draft: &mut Draft) -> bool {
    if let Some(rest) = text.strip_prefix("PAM ") {
        // `PAM 5 more authentication failures; …`, `PAM service(sshd) ignoring max retries; 6 > 5`.
        become_kind(draft, Kind::AUTH_PAM_FAILED);
        if let Some((more, _)) = rest.split_once(" more authentication failure")
            && let Ok(more) = more.parse::<u32>()
        {
            draft.detail("more", more);
        }
        pairs(rest, draft);
        return true;
    }
    let Some((module, rest)) = text.strip_prefix("pam_").and_then(|rest| rest.split_once("): ")) else {
        return false;
    };
    let Some((module, stack)) = module.split_once('(') else {
        return false;
    };
    draft.detail("pam_module", format!("pam_{module}"));
    draft.detail("pam_stack", stack);
    if let Some(who) = rest.strip_prefix("session opened for user ") {
        become_kind(draft, Kind::AUTH_SESSION_OPENED);
        opened(who, draft);
    } else if let Some(who) = rest.strip_prefix("session closed for user ") {
        become_kind(draft, Kind::AUTH_SESSION_CLOSED);
        name_actor(draft, who.trim());
    } else if let Some(who) = rest.strip_prefix("password changed for ") {
        become_kind(draft, Kind::ACCOUNT_PASSWORD_CHANGED);
        name_actor(draft, who.trim());
    } else if rest.contains("authentication failure") || rest.starts_with("check pass;") {
        become_kind(draft, Kind::AUTH_PAM_FAILED);
        pairs(rest, draft);
    } else {
        // Account and password policy: named people follow `user `, as in `user=NAME`.
        pairs(rest, draft);
    }
    true
}

/// `root(uid=0) by alice(uid=1000)`, `alice by (uid=0)`: who opened whose session.
fn opened(who: &str, draft: &mut Draft) {
    let (user, by) = who.rsplit_once(" by ").unwrap_or((who, ""));
    let (user, by) = (without_uid(user), without_uid(by));
    if by.is_empty() || by == user {
        return name_actor(draft, user);
    }
    name_actor(draft, by);
    let target = &mut draft.event_mut().target;
    target.kind = Some("user".to_owned());
    target.name = Some(user.to_owned());
}

fn without_uid(name: &str) -> &str {
    name.split_once("(uid=").map_or(name, |(name, _)| name).trim()
}

/// `; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root`: under their own names,
/// where they say something.
fn pairs(text: &str, draft: &mut Draft) {
    let Some((_, pairs)) = text.split_once("; ") else {
        return;
    };
    let (before, user) = match pairs.split_once(" user=") {
        // A name may hold blanks; it is the last of the pairs.
        Some((before, user)) => (before, user.trim()),
        None => (pairs, ""),
    };
    for (name, value) in before
        .split_ascii_whitespace()
        .filter_map(|pair| pair.split_once('='))
    {
        match name {
            _ if value.is_empty() => {}
            "rhost" => set_address(&mut draft.event_mut().source, value),
            "ruser" if user.is_empty() => name_actor(draft, value),
            _ => match value.parse::<u64>() {
                Ok(number) => draft.detail(name, number),
                Err(_) => draft.detail(name, value),
            },
        }
    }
    if !user.is_empty() {
        name_actor(draft, user);
    }
}
