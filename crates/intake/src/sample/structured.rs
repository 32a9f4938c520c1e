//! JSON of the applications: audit records of role changes, and structured logs.

use super::person::{Person, somebody};
use super::random::Random;
use super::{Log, Week};
use serde_json::json;

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";

/// Who gave whom which role, a few times a day; the last one by the account that was broken into.
pub(super) fn audit(week: &Week, staff: &[Person], random: &mut Random, log: &mut Log) {
    let administrators = staff.get(..3).unwrap_or(staff);
    let record = |time: vigia_domain::Timestamp,
                  by: &Person,
                  from: &str,
                  target: &Person,
                  new: &str,
                  log: &mut Log| {
        let record = json!({ "audit_log": {
            "timestamp": time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "user": by.email,
            "action": "role_update",
            "target": target.email,
            "changes": { "old_role": target.role, "new_role": new },
            "ip_address": from,
            "user_agent": BROWSER,
        }});
        log.add(time, record.to_string());
    };
    for (start, busy) in week.hours() {
        if busy < 9 || !random.once_in(3) {
            continue;
        }
        let (Some(by), Some(target)) = (somebody(administrators, random), somebody(staff, random)) else {
            return;
        };
        let new = random.pick(&["user", "manager", "agent"], &"user");
        record(start + random.within_an_hour(), by, &by.address, target, new, log);
    }
    if let (Some(broken), Some(target)) = (staff.get(13), staff.get(14)) {
        record(week.ago(6 * 60), broken, "203.0.113.145", target, "admin", log);
    }
}

/// What requests did, how long they took, and which of them failed.
pub(super) fn logs(week: &Week, staff: &[Person], random: &mut Random, log: &mut Log) {
    const ACTIONS: [&str; 5] = [
        "invoice_read",
        "invoice_create",
        "report_export",
        "template_read",
        "settings_update",
    ];
    for (start, busy) in week.hours() {
        for _ in 0..busy * 2 + random.below(3) {
            let Some(person) = somebody(staff, random) else {
                return;
            };
            let time = start + random.within_an_hour();
            let (level, message) = match random.below(60) {
                0 => ("error", "Upstream answered 502"),
                1 | 2 => ("warn", "Request took longer than expected"),
                _ => ("info", "Request processed successfully"),
            };
            let service = random.pick(&["billing", "reports", "worker"], &"billing");
            let line = json!({
                "timestamp": time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
                "level": level,
                "service": service,
                "trace_id": random.hexadecimal(32),
                "message": message,
                "metadata": {
                    "user_id": person.id,
                    "action": random.pick(&ACTIONS, &"invoice_read"),
                    "duration_ms": random.below(if level == "info" { 180 } else { 4_000 }) + 12,
                },
            });
            log.add(time, line.to_string());
        }
    }
}
