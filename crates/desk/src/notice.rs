//! What a person away from the window must hear: the platform is gone, or back; the log does not
//! verify; the session is over. Each once, until it has passed.
//!
//! Pure: it is shown how every platform stands, with the time, and says what is news. It holds no
//! name, address or other personal value, because a notification is shown on locked screens.
//! Deliberately absent: how a notification is shown, and in which language.

use crate::view::settings::Desktop;
use crate::view::status::{Connection, Integrity, Phase, Status};
use chrono::TimeDelta;
use std::collections::BTreeMap;
use vigia_domain::Timestamp;

/// A platform that is away for less than this many seconds is not worth a word.
const PATIENCE_SECONDS: i64 = 60;

/// Something worth a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The platform does not answer.
    ConnectionLost,
    /// It answers again.
    ConnectionBack,
    /// The log does not verify.
    Broken,
    /// The session ended, and not by the person's own wish.
    SessionEnded,
}

impl Notice {
    /// Whether the person wants to hear of it.
    #[must_use]
    pub fn is_wanted(self, desktop: &Desktop) -> bool {
        match self {
            Self::ConnectionLost | Self::ConnectionBack => desktop.notify_connection,
            Self::Broken => desktop.notify_integrity,
            Self::SessionEnded => desktop.notify_session,
        }
    }
}

/// How the console stands, in the one look that a tray icon allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The log verifies and the platform answers.
    Fine,
    /// It is on its way there: nothing was checked yet, or the connection is being made.
    Waiting,
    /// The platform does not answer.
    Offline,
    /// Nobody is signed in, or no platform is known.
    SignedOut,
    /// The log does not verify.
    Broken,
}

impl Presence {
    /// That of a status.
    #[must_use]
    pub fn of(status: &Status) -> Self {
        match (&status.integrity, &status.connection) {
            (Integrity::Broken { .. }, _) => Self::Broken,
            _ if status.phase != Phase::Ready => Self::SignedOut,
            (_, Connection::SignedOut | Connection::Idle) => Self::SignedOut,
            (_, Connection::Offline { .. }) => Self::Offline,
            (Integrity::Unchecked, _) | (_, Connection::Connecting) => Self::Waiting,
            (Integrity::Verified { .. }, Connection::Online { .. }) => Self::Fine,
        }
    }
}

/// How one platform stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its id on this computer.
    pub id: String,
    /// What it is called here.
    pub name: String,
    /// Whether it answers.
    pub connection: Connection,
    /// Whether its log does not verify.
    pub broken: bool,
    /// Whether the person signed out of it by themselves.
    pub left: bool,
}

/// What was already said, of every platform.
#[derive(Debug, Default)]
pub struct Watch(BTreeMap<String, One>);

impl Watch {
    /// What is news, and of which platform: by its place among those that were shown.
    pub fn see(&mut self, standings: &[Standing], now: Timestamp) -> Vec<(usize, Notice)> {
        self.0
            .retain(|id, _| standings.iter().any(|standing| standing.id == *id));
        let mut news = Vec::new();
        for (place, standing) in standings.iter().enumerate() {
            let one = self.0.entry(standing.id.clone()).or_default();
            news.extend(one.see(standing, now).into_iter().map(|notice| (place, notice)));
        }
        news
    }

    /// In how long something will be news though nothing changes.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Option<TimeDelta> {
        self.0.values().filter_map(|one| one.due(now)).min()
    }
}

/// What was already said of one platform.
#[derive(Debug, Default)]
struct One {
    offline_since: Option<Timestamp>,
    told_lost: bool,
    /// `None` before the first look: what was broken already is shown by the window that opens.
    broken: Option<bool>,
    signed_in: bool,
}

impl One {
    fn see(&mut self, standing: &Standing, now: Timestamp) -> Vec<Notice> {
        let mut news = Vec::new();
        if self.broken.replace(standing.broken) == Some(false) && standing.broken {
            news.push(Notice::Broken);
        }
        match &standing.connection {
            Connection::Online { .. } => {
                if std::mem::take(&mut self.told_lost) {
                    news.push(Notice::ConnectionBack);
                }
                self.offline_since = None;
                self.signed_in = true;
            }
            Connection::Offline { since, .. } => {
                self.offline_since = Some(*since);
                self.signed_in = true;
                if !self.told_lost && self.due(now).is_some_and(|rest| rest <= TimeDelta::zero()) {
                    self.told_lost = true;
                    news.push(Notice::ConnectionLost);
                }
            }
            Connection::SignedOut => {
                if std::mem::take(&mut self.signed_in) && !standing.left {
                    news.push(Notice::SessionEnded);
                }
                self.forget();
            }
            Connection::Connecting => self.signed_in = true,
            Connection::Idle => self.forget(),
        }
        news
    }

    fn forget(&mut self) {
        self.offline_since = None;
        self.told_lost = false;
    }

    fn due(&self, now: Timestamp) -> Option<TimeDelta> {
        let since = self.offline_since.filter(|_| !self.told_lost)?;
        Some(since + TimeDelta::seconds(PATIENCE_SECONDS) - now)
    }
}

#[cfg(test)]
mod tests {
    use super::{Notice, Presence, Standing, Watch};
    use crate::view::settings::Desktop;
    use crate::view::status::{
        CheckpointView, Connection, CopyState, Integrity, Keyring, Phase, Profile, Status,
    };
    use chrono::TimeDelta;
    use vigia_domain::Timestamp;

    fn at(seconds: i64) -> Timestamp {
        let begin: Timestamp = "2026-11-21T03:00:00Z".parse().unwrap();
        begin + TimeDelta::seconds(seconds)
    }

    fn online() -> Connection {
        Connection::Online { since: at(0) }
    }

    fn offline(since: i64) -> Connection {
        Connection::Offline {
            since: at(since),
            next_try: None,
            problem: None,
        }
    }

    fn checkpoint() -> CheckpointView {
        CheckpointView {
            origin: "vigia.example/log".to_owned(),
            size: 3,
            root: String::new(),
            key_fingerprint: String::new(),
        }
    }

    fn verified() -> Integrity {
        Integrity::Verified {
            checkpoint: checkpoint(),
            at: at(0),
            full_check_at: None,
        }
    }

    fn broken() -> Integrity {
        Integrity::Broken {
            checkpoint: Some(checkpoint()),
            at: at(0),
            finding: "fork".to_owned(),
            detail: String::new(),
            seq: None,
            evidence: String::new(),
        }
    }

    fn status(connection: Connection, integrity: Integrity) -> Status {
        Status {
            phase: Phase::Ready,
            profile: Some(Profile {
                name: "vigia.example".to_owned(),
                id: "a".to_owned(),
                url: String::new(),
                embedded: false,
                email: None,
                permissions: Vec::new(),
            }),
            connection,
            copy: CopyState {
                entries: 3,
                platform_size: 3,
                synced_at: None,
                syncing: false,
                disk_bytes: 0,
                ..CopyState::default()
            },
            integrity,
            keyring: Keyring::Available,
        }
    }

    /// What is news of one platform.
    fn see(watch: &mut Watch, connection: Connection, broken: bool, now: i64) -> Vec<Notice> {
        let standing = standing("a", connection, broken, false);
        watch
            .see(&[standing], at(now))
            .into_iter()
            .map(|(_, notice)| notice)
            .collect()
    }

    fn standing(id: &str, connection: Connection, broken: bool, left: bool) -> Standing {
        Standing {
            id: id.to_owned(),
            name: id.to_owned(),
            connection,
            broken,
            left,
        }
    }

    #[test]
    fn a_platform_that_is_away_for_a_minute_is_told_once_and_its_return_too() {
        let mut watch = Watch::default();
        assert_eq!(see(&mut watch, online(), false, 0), []);
        assert_eq!(see(&mut watch, offline(10), false, 10), []);
        assert_eq!(watch.due(at(10)), Some(TimeDelta::seconds(60)));
        assert_eq!(see(&mut watch, offline(10), false, 69), []);
        assert_eq!(see(&mut watch, offline(10), false, 70), [Notice::ConnectionLost]);
        assert_eq!(watch.due(at(70)), None);
        assert_eq!(see(&mut watch, offline(10), false, 500), [], "no repeats");
        assert_eq!(see(&mut watch, online(), false, 501), [Notice::ConnectionBack]);
        assert_eq!(see(&mut watch, online(), false, 502), []);
    }

    #[test]
    fn a_short_absence_is_worth_no_word() {
        let mut watch = Watch::default();
        for begin in [0, 100, 200] {
            assert_eq!(see(&mut watch, offline(begin), false, begin + 59), []);
            assert_eq!(see(&mut watch, online(), false, begin + 60), []);
        }
    }

    #[test]
    fn a_broken_log_is_told_once_until_it_was_whole_again() {
        let mut watch = Watch::default();
        see(&mut watch, online(), false, 0);
        assert_eq!(see(&mut watch, online(), true, 1), [Notice::Broken]);
        assert_eq!(see(&mut watch, online(), true, 2), []);
        see(&mut watch, online(), false, 3);
        assert_eq!(see(&mut watch, online(), true, 4), [Notice::Broken]);
    }

    #[test]
    fn what_was_broken_before_the_window_opened_is_the_windows_to_say() {
        assert_eq!(see(&mut Watch::default(), online(), true, 0), []);
    }

    #[test]
    fn a_session_that_ends_is_told_and_one_that_the_person_ends_is_not() {
        let mut watch = Watch::default();
        assert_eq!(
            see(&mut watch, Connection::SignedOut, false, 0),
            [],
            "nobody was signed in"
        );
        see(&mut watch, online(), false, 1);
        assert_eq!(
            see(&mut watch, Connection::SignedOut, false, 2),
            [Notice::SessionEnded]
        );
        assert_eq!(see(&mut watch, Connection::SignedOut, false, 3), []);
        see(&mut watch, online(), false, 4);
        let left = standing("a", Connection::SignedOut, false, true);
        assert_eq!(watch.see(&[left], at(5)), []);
        see(&mut watch, online(), false, 6);
        assert_eq!(
            see(&mut watch, Connection::SignedOut, false, 7),
            [Notice::SessionEnded]
        );
    }

    #[test]
    fn each_platform_is_watched_for_itself() {
        let mut watch = Watch::default();
        let both = |broken| {
            [
                standing("a", online(), false, false),
                standing("b", offline(0), broken, false),
            ]
        };
        assert_eq!(watch.see(&both(false), at(1)), []);
        assert_eq!(watch.see(&both(true), at(2)), [(1, Notice::Broken)]);
        assert_eq!(watch.see(&both(true), at(60)), [(1, Notice::ConnectionLost)]);
        // One that was taken off and comes back begins anew.
        assert_eq!(watch.see(&[], at(61)), []);
        assert_eq!(watch.see(&both(true), at(62)), [(1, Notice::ConnectionLost)]);
    }

    #[test]
    fn each_kind_can_be_switched_off() {
        let none = Desktop {
            tray: true,
            notify_connection: false,
            notify_integrity: false,
            notify_session: false,
        };
        for notice in [
            Notice::ConnectionLost,
            Notice::ConnectionBack,
            Notice::Broken,
            Notice::SessionEnded,
        ] {
            assert!(notice.is_wanted(&Desktop::default()) && !notice.is_wanted(&none));
        }
    }

    #[test]
    fn broken_outweighs_everything_that_the_tray_could_show() {
        for (connection, integrity, presence) in [
            (online(), verified(), Presence::Fine),
            (online(), Integrity::Unchecked, Presence::Waiting),
            (Connection::Connecting, verified(), Presence::Waiting),
            (offline(0), verified(), Presence::Offline),
            (offline(0), broken(), Presence::Broken),
            (Connection::SignedOut, broken(), Presence::Broken),
            (Connection::SignedOut, verified(), Presence::SignedOut),
        ] {
            assert_eq!(Presence::of(&status(connection, integrity)), presence);
        }
    }
}
