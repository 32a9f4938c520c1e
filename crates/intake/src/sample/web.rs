//! What the two web applications print: `[AUTH]` lines, plain and as winston's JSON.

use super::person::{Person, somebody};
use super::random::Random;
use super::{Log, Week};
use chrono::TimeDelta;
use serde_json::json;
use vigia_domain::Timestamp;

/// Where the brute force comes from.
const FORCER: &str = "203.0.113.66";
/// Where the leaked passwords are tried from.
const STUFFER: &str = "203.0.113.145";
/// Where nobody can be ten minutes after São Paulo.
const FAR_AWAY: &str = "192.0.2.189";

/// The API: the ordinary week and the attacks.
pub(super) fn plain(week: &Week, staff: &[Person], random: &mut Random, log: &mut Log) {
    ordinary(week, staff, random, log, 12, say);
    brute_force(week, staff, log);
    credential_stuffing(week, staff, random, log);
    impossible_travel(week, staff, log);
    small_hours(week, staff, log);
}

/// The customers' portal, which logs JSON and is quieter.
pub(super) fn json(week: &Week, staff: &[Person], random: &mut Random, log: &mut Log) {
    ordinary(week, staff, random, log, 6, |log, time, level, message| {
        let level = level.to_lowercase();
        let time_text = time.format("%Y-%m-%d %H:%M:%S").to_string();
        let line = json!({ "level": level, "message": format!("[AUTH] {message}"), "timestamp": time_text });
        log.add(time, line.to_string());
    });
}

type Say = fn(&mut Log, Timestamp, &str, &str);

fn say(log: &mut Log, time: Timestamp, level: &str, message: &str) {
    log.add(
        time,
        format!("{} [{level}] [AUTH] {message}", time.format("%Y-%m-%d %H:%M:%S")),
    );
}

fn succeeded(person: &Person, from: &str) -> String {
    format!(
        "Login bem-sucedido | Email: {} | UserID: {} | Role: {} | IP: {from}",
        person.email, person.id, person.role
    )
}

fn failed(email: &str, from: &str) -> String {
    format!("Login falhou | Email: {email} | IP: {from} | Erro: Credenciais inválidas")
}

/// Sign-ins in the rhythm of the day, with the mistakes that people make.
fn ordinary(week: &Week, staff: &[Person], random: &mut Random, log: &mut Log, per_ten: u32, say: Say) {
    for (start, busy) in week.hours() {
        for _ in 0..(busy * per_ten + random.below(10)) / 10 {
            let Some(person) = somebody(staff, random) else {
                return;
            };
            let time = start + random.within_an_hour();
            if random.once_in(14) {
                say(
                    log,
                    time - TimeDelta::seconds(20),
                    "WARN",
                    &failed(&person.email, &person.address),
                );
            }
            say(log, time, "INFO", &succeeded(person, &person.address));
            if random.once_in(60) {
                let changed = format!(
                    "Senha atualizada | Email: {} | UserID: {} | IP: {}",
                    person.email, person.id, person.address
                );
                say(log, time + TimeDelta::minutes(4), "INFO", &changed);
            }
            if random.once_in(45) {
                let broken = format!(
                    "Token inválido detectado | IP: {} | Erro: jwt malformed",
                    person.address
                );
                say(log, time + TimeDelta::minutes(30), "WARN", &broken);
            }
            if random.once_in(50) {
                let id = format!("{}-{}", random.hexadecimal(8), random.hexadecimal(4));
                let new = format!(
                    "Novo usuário registrado | Email: cliente{}@example.com | UserID: {id} | IP: 198.51.100.{}",
                    random.below(900) + 100,
                    random.below(120) + 120
                );
                say(log, time + TimeDelta::minutes(9), "INFO", &new);
            }
        }
    }
}

/// One account, one address, five failures a wave until the limit bites, nine waves.
fn brute_force(week: &Week, staff: &[Person], log: &mut Log) {
    let Some(admin) = staff.first() else { return };
    for wave in 0..9 {
        let start = week.ago(200) + TimeDelta::seconds(wave * 90);
        for attempt in 0..5 {
            say(
                log,
                start + TimeDelta::seconds(attempt),
                "WARN",
                &failed(&admin.email, FORCER),
            );
        }
        let limited = format!("Rate limit atingido | Email: {} | IP: {FORCER}", admin.email);
        for attempt in 5..8 {
            say(log, start + TimeDelta::seconds(attempt), "WARN", &limited);
        }
    }
}

/// Ninety accounts that mostly do not exist, one address, and one password that was leaked.
fn credential_stuffing(week: &Week, staff: &[Person], random: &mut Random, log: &mut Log) {
    let start = week.ago(6 * 60 + 20);
    for attempt in 0..90 {
        let time = start + TimeDelta::seconds(attempt * 2);
        if attempt == 53 {
            let Some(victim) = staff.get(13) else { return };
            say(log, time, "INFO", &succeeded(victim, STUFFER));
            continue;
        }
        let email = match random.once_in(6) {
            true => somebody(staff, random)
                .map(|person| person.email.clone())
                .unwrap_or_default(),
            false => format!("cliente{}@example.com", 100 + attempt * 7),
        };
        say(log, time, "WARN", &failed(&email, STUFFER));
    }
}

/// The same person in São Paulo and, ten minutes later, in China.
fn impossible_travel(week: &Week, staff: &[Person], log: &mut Log) {
    let Some(person) = staff.get(5) else { return };
    let start = week.ago(10 * 60 + 5);
    say(
        log,
        start,
        "INFO",
        &format!("{} (Brasil)", succeeded(person, &person.address)),
    );
    let later = start + TimeDelta::minutes(10);
    say(
        log,
        later,
        "INFO",
        &format!("{} (China) ⚠️", succeeded(person, FAR_AWAY)),
    );
}

/// Sign-ins at three in the morning, last night and some nights before.
fn small_hours(week: &Week, staff: &[Person], log: &mut Log) {
    let night = week.latest_local_hour(3);
    for (nights, minute, who) in [(0, 12, 8), (0, 14, 8), (0, 47, 17), (2, 21, 8), (5, 33, 20)] {
        let Some(person) = staff.get(who) else { return };
        let time = night - TimeDelta::days(nights) + TimeDelta::minutes(minute);
        say(log, time, "INFO", &succeeded(person, &person.address));
    }
}
