//! What other programs of a host write to auth.log. Most stays `system.log`; the people that sudo,
//! su, cron and useradd name are parsed, so that what is said of them lies under their key.

use crate::Draft;
use crate::pam;
use crate::sshd::{become_kind, name_actor};
use vigia_domain::Kind;

/// Fills in what is known of a message that is not sshd's.
pub(crate) fn describe(body: &str, draft: &mut Draft) {
    let text = body.trim();
    if pam::describe(text, draft) {
        return;
    }
    let program = draft.event().service.clone();
    match program.as_str() {
        "sudo" => sudo(text, draft),
        "su" => su(text, draft),
        "cron" | "CRON" | "crond" => {
            if let Some((name, _)) = text.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
                name_actor(draft, name);
            }
        }
        "useradd" => {
            if let Some((_, rest)) = text.split_once("new user: name=") {
                become_kind(draft, Kind::ACCOUNT_CREATED);
                target(draft, rest.split_once(',').map_or(rest, |(name, _)| name));
            }
        }
        "userdel" => {
            if let Some(name) = text.strip_prefix("delete user ") {
                target(draft, name.trim_matches('\''));
            }
        }
        _ => {}
    }
}

/// `alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/ls`.
fn sudo(text: &str, draft: &mut Draft) {
    let Some((name, rest)) = text.split_once(" : ") else {
        return;
    };
    name_actor(draft, name.trim());
    for part in rest.split(" ; ") {
        if let Some(user) = part.strip_prefix("USER=") {
            target(draft, user.trim());
        }
    }
}

/// `(to root) alice on pts/0`, `FAILED SU (to root) alice on pts/0`.
fn su(text: &str, draft: &mut Draft) {
    let Some((to, rest)) = text
        .split_once("(to ")
        .and_then(|(_, rest)| rest.split_once(") "))
    else {
        return;
    };
    name_actor(
        draft,
        rest.split_once(" on ").map_or(rest, |(name, _)| name).trim(),
    );
    target(draft, to);
}

fn target(draft: &mut Draft, name: &str) {
    if name.is_empty() {
        return;
    }
    let target = &mut draft.event_mut().target;
    target.kind = Some("user".to_owned());
    target.name = Some(name.to_owned());
}
