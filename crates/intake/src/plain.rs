//! A line of text: which of the known forms it has.

use crate::draft::UNKNOWN_SERVICE;
use crate::{Draft, Format, Hints, access_log, auth_line, syslog, time, web_error, winston};
use vigia_domain::Kind;
use vigia_domain::event::Severity;

/// The events of a line of text; at least one.
pub(crate) fn read(text: &str, raw: &[u8], hints: &Hints, expandable: &mut usize) -> Vec<Draft> {
    let wanted = |format: Format| hints.format == Format::Auto || hints.format == format;
    if (wanted(Format::Sshd) || wanted(Format::Syslog))
        && let Some(drafts) = syslog::read(text, raw, hints, expandable)
    {
        return drafts;
    }
    let known = known(text, hints, wanted).unwrap_or_else(|| unknown(text, hints));
    vec![known.finish(raw)]
}

/// The event of a line that an application wrote by itself, in one of the forms that are `wanted`.
pub(crate) fn known(text: &str, hints: &Hints, wanted: impl Fn(Format) -> bool) -> Option<Draft> {
    let combined = || {
        wanted(Format::Combined)
            .then(|| access_log::read(text, hints))
            .flatten()
    };
    let web_error = || {
        wanted(Format::WebError)
            .then(|| web_error::read(text, hints))
            .flatten()
    };
    let auth = || {
        wanted(Format::Winston)
            .then(|| auth_line::read(text, hints))
            .flatten()
    };
    let winston = || {
        wanted(Format::Winston)
            .then(|| winston::read(text, hints))
            .flatten()
    };
    auth().or_else(combined).or_else(web_error).or_else(winston)
}

/// A line that nobody has a name for: kept whole, with its time and level where they are plain.
fn unknown(text: &str, hints: &Hints) -> Draft {
    let text = text.trim();
    let (moment, rest) = time::leading(text, hints).unwrap_or((hints.received_at, text));
    let service = hints.service.as_deref().unwrap_or(UNKNOWN_SERVICE);
    let mut draft = Draft::new(moment, Kind::SYSTEM_LOG, service);
    if let Some(severity) = level_in_brackets(rest) {
        draft.event_mut().severity = severity;
    }
    draft.event_mut().message = Some(rest.to_owned()).filter(|rest| !rest.is_empty());
    draft
}

fn level_in_brackets(text: &str) -> Option<Severity> {
    severity(text.strip_prefix('[')?.split_once(']')?.0)
}

/// What the levels of the usual loggers and of syslog mean here.
pub(crate) fn severity(level: &str) -> Option<Severity> {
    Some(match level.trim().to_ascii_lowercase().as_str() {
        "trace" | "silly" | "debug" | "verbose" | "info" | "information" | "informational" | "notice"
        | "http" => Severity::Info,
        "warn" | "warning" => Severity::Low,
        "error" | "err" => Severity::Medium,
        "critical" | "crit" | "alert" => Severity::High,
        "fatal" | "emerg" | "emergency" | "panic" => Severity::Critical,
        _ => return None,
    })
}
