//! What a person away from the window must hear: the platform is gone, or back; the log does not
//! verify; the session is over. Each once, until it has passed.
//!
//! Pure: it is shown every [`Status`] with the time, and says what is news. What it says holds no
//! name, address or other personal value, because a notification is shown on locked screens.
//! Deliberately absent: how a notification is shown, and in which language.

use crate::view::settings::Desktop;
use crate::view::status::{Connection, Integrity, Phase, Status};
use chrono::TimeDelta;
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

/// What was already said.
#[derive(Debug, Default)]
pub struct Watch {
    /// The platform that all of this is about; another one begins anew.
    profile: Option<String>,
    offline_since: Option<Timestamp>,
    told_lost: bool,
    /// `None` before the first look: what was broken already is shown by the window that opens.
    broken: Option<bool>,
    signed_in: bool,
    leaving: bool,
}

impl Watch {
    /// The person signs out by themselves: the end of the session is no news.
    pub fn leaving(&mut self) {
        self.leaving = true;
    }

    /// What is news in this status.
    pub fn see(&mut self, status: &Status, now: Timestamp) -> Vec<Notice> {
        let profile = status.profile.as_ref().map(|profile| profile.id.clone());
        if self.profile != profile {
            *self = Self {
                profile,
                ..Self::default()
            };
        }
        let mut news = Vec::new();
        let broken = matches!(status.integrity, Integrity::Broken { .. });
        if self.broken.replace(broken) == Some(false) && broken {
            news.push(Notice::Broken);
        }
        match &status.connection {
            Connection::Online { .. } => {
                if std::mem::take(&mut self.told_lost) {
                    news.push(Notice::ConnectionBack);
                }
                self.offline_since = None;
                (self.signed_in, self.leaving) = (true, false);
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
                if std::mem::take(&mut self.signed_in) && !self.leaving {
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
        self.leaving = false;
    }

    /// In how long something will be news though nothing changes.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Option<TimeDelta> {
        let since = self.offline_since.filter(|_| !self.told_lost)?;
        Some(since + TimeDelta::seconds(PATIENCE_SECONDS) - now)
    }
}

#[cfg(test)]
mod tests {
    use super::{Notice, Presence, Watch};
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

    #[test]
    fn a_platform_that_is_away_for_a_minute_is_told_once_and_its_return_too() {
        let mut watch = Watch::default();
        assert_eq!(watch.see(&status(online(), verified()), at(0)), []);
        let away = status(offline(10), verified());
        assert_eq!(watch.see(&away, at(10)), []);
        assert_eq!(watch.due(at(10)), Some(TimeDelta::seconds(60)));
        assert_eq!(watch.see(&away, at(69)), []);
        assert_eq!(watch.see(&away, at(70)), [Notice::ConnectionLost]);
        assert_eq!(watch.due(at(70)), None);
        assert_eq!(watch.see(&away, at(500)), [], "no repeats");
        let back = status(online(), verified());
        assert_eq!(watch.see(&back, at(501)), [Notice::ConnectionBack]);
        assert_eq!(watch.see(&back, at(502)), []);
    }

    #[test]
    fn a_short_absence_is_worth_no_word() {
        let mut watch = Watch::default();
        let here = status(online(), verified());
        for begin in [0, 100, 200] {
            assert_eq!(watch.see(&status(offline(begin), verified()), at(begin + 59)), []);
            assert_eq!(watch.see(&here, at(begin + 60)), []);
        }
    }

    #[test]
    fn a_broken_log_is_told_once_until_it_was_whole_again() {
        let mut watch = Watch::default();
        watch.see(&status(online(), verified()), at(0));
        let red = status(online(), broken());
        assert_eq!(watch.see(&red, at(1)), [Notice::Broken]);
        assert_eq!(watch.see(&red, at(2)), []);
        watch.see(&status(online(), verified()), at(3));
        assert_eq!(watch.see(&red, at(4)), [Notice::Broken]);
    }

    #[test]
    fn what_was_broken_before_the_window_opened_is_the_windows_to_say() {
        assert_eq!(Watch::default().see(&status(online(), broken()), at(0)), []);
    }

    #[test]
    fn a_session_that_ends_is_told_and_one_that_the_person_ends_is_not() {
        let ended = status(Connection::SignedOut, verified());
        let mut watch = Watch::default();
        assert_eq!(watch.see(&ended, at(0)), [], "nobody was signed in");
        watch.see(&status(online(), verified()), at(1));
        assert_eq!(watch.see(&ended, at(2)), [Notice::SessionEnded]);
        assert_eq!(watch.see(&ended, at(3)), []);
        watch.see(&status(online(), verified()), at(4));
        watch.leaving();
        assert_eq!(watch.see(&ended, at(5)), []);
        watch.see(&status(online(), verified()), at(6));
        assert_eq!(watch.see(&ended, at(7)), [Notice::SessionEnded]);
    }

    #[test]
    fn another_platform_begins_anew() {
        let mut watch = Watch::default();
        watch.see(&status(online(), verified()), at(0));
        let mut other = status(offline(0), broken());
        other.profile.as_mut().unwrap().id = "b".to_owned();
        assert_eq!(watch.see(&other, at(1)), []);
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
