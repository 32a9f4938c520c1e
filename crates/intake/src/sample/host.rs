//! What a gateway writes to its auth.log: the administrators' sessions, and the noise of the
//! Internet that every such host hears day and night.

use super::person::{Person, somebody};
use super::random::Random;
use super::{Log, Week};
use chrono::TimeDelta;
use vigia_domain::Timestamp;

const HOST: &str = "gw-1";
/// Names that scanners try.
const TRIED: [&str; 14] = [
    "root", "root", "root", "admin", "test", "oracle", "ubuntu", "guest", "postgres", "deploy", "git",
    "ftpuser", "pi", "user",
];

pub(super) fn auth_log(week: &Week, staff: &[Person], random: &mut Random, log: &mut Log) {
    let administrators = staff.get(..7).unwrap_or(staff);
    for (start, busy) in week.hours() {
        for _ in 0..(busy * 2 + random.below(10)) / 10 {
            if let Some(person) = somebody(administrators, random) {
                session(start + random.within_an_hour(), person, random, log);
            }
        }
        for _ in 0..random.below(5) {
            scan(start + random.within_an_hour(), random, log);
        }
        let pid = random.below(30_000) + 1_000;
        let time = start + TimeDelta::minutes(17);
        line(
            log,
            time,
            "CRON",
            pid,
            "pam_unix(cron:session): session opened for user root by (uid=0)",
        );
        line(
            log,
            time,
            "CRON",
            pid,
            "pam_unix(cron:session): session closed for user root",
        );
    }
    storm(week, random, log);
}

fn line(log: &mut Log, time: Timestamp, program: &str, pid: u32, body: &str) {
    log.add(
        time,
        format!(
            "{} {HOST} {program}[{pid}]: {body}",
            time.format("%b %e %H:%M:%S")
        ),
    );
}

/// An administrator signs in with a key, works and leaves.
fn session(time: Timestamp, person: &Person, random: &mut Random, log: &mut Log) {
    let pid = random.below(30_000) + 1_000;
    let port = random.below(20_000) + 40_000;
    let Person { name, address, .. } = person;
    let mut say = |seconds: i64, body: &str| line(log, time + TimeDelta::seconds(seconds), "sshd", pid, body);
    say(
        0,
        &format!(
            "Accepted publickey for {name} from {address} port {port} ssh2: ED25519 SHA256:{}",
            random.hexadecimal(43)
        ),
    );
    say(
        0,
        &format!("pam_unix(sshd:session): session opened for user {name} by (uid=0)"),
    );
    let stays = i64::from(random.below(3_000)) + 60;
    say(
        stays,
        &format!("Received disconnect from {address}: 11: disconnected by user"),
    );
    say(
        stays,
        &format!("pam_unix(sshd:session): session closed for user {name}"),
    );
    if random.once_in(3) {
        let time = time + TimeDelta::seconds(45);
        let body =
            format!("{name} : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/systemctl status api");
        log.add(
            time,
            format!("{} {HOST} sudo: {body}", time.format("%b %e %H:%M:%S")),
        );
    }
}

/// A scanner knocks once.
fn scan(time: Timestamp, random: &mut Random, log: &mut Log) {
    let address = format!("203.0.113.{}", random.below(60) + 180);
    let pid = random.below(30_000) + 1_000;
    if random.once_in(6) {
        return line(
            log,
            time,
            "sshd",
            pid,
            &format!("Did not receive identification string from {address}"),
        );
    }
    let name = random.pick(&TRIED, &"root");
    attempt(time, pid, name, &address, random, log);
    line(
        log,
        time + TimeDelta::seconds(3),
        "sshd",
        pid,
        &format!("Received disconnect from {address}: 11: Bye Bye [preauth]"),
    );
}

/// The lines that one wrong password makes.
fn attempt(time: Timestamp, pid: u32, name: &str, address: &str, random: &mut Random, log: &mut Log) {
    let port = random.below(20_000) + 40_000;
    let mut say = |seconds: i64, body: &str| line(log, time + TimeDelta::seconds(seconds), "sshd", pid, body);
    let known = name == "root";
    if !known {
        say(0, &format!("Invalid user {name} from {address}"));
        say(
            0,
            &format!("input_userauth_request: invalid user {name} [preauth]"),
        );
        say(0, "pam_unix(sshd:auth): check pass; user unknown");
    }
    let user = if known { " user=root" } else { "" };
    say(
        0,
        &format!(
            "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={address} {user}"
        ),
    );
    let whom = if known {
        name.to_owned()
    } else {
        format!("invalid user {name}")
    };
    say(
        2,
        &format!("Failed password for {whom} from {address} port {port} ssh2"),
    );
}

/// One address that does not let go, yesterday evening: it is told by its numbers.
fn storm(week: &Week, random: &mut Random, log: &mut Log) {
    const ADDRESS: &str = "203.0.113.250";
    let start = week.ago(15 * 60);
    for burst in 0..24 {
        let time = start + TimeDelta::seconds(burst * 25);
        let pid = random.below(30_000) + 1_000;
        attempt(time, pid, "root", ADDRESS, random, log);
        let repeated =
            format!("message repeated 5 times: [ Failed password for root from {ADDRESS} port 51022 ssh2]");
        line(log, time + TimeDelta::seconds(12), "sshd", pid, &repeated);
        let many = "Disconnecting: Too many authentication failures for root [preauth]";
        line(log, time + TimeDelta::seconds(12), "sshd", pid, many);
    }
}
