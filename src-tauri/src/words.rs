//! The words that the system shows for the console, outside of its window: tray and notifications.
//!
//! The window's own words are in `ui/src/i18n`. Nothing here holds a name, an address or any other
//! personal value: a notification is read on locked screens.

use vigia_desk::notice::{Notice, Presence};
use vigia_desk::view::settings::Language;

/// A language that there are words in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    /// English.
    English,
    /// Portuguese of Brazil.
    Portuguese,
}

impl Tongue {
    /// That of the settings, else the system's.
    #[must_use]
    pub fn of(language: Language, system: Language) -> Self {
        match (language, system) {
            (Language::PtBr, _) | (Language::System, Language::PtBr) => Self::Portuguese,
            _ => Self::English,
        }
    }

    fn pick(self, english: &'static str, portuguese: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::Portuguese => portuguese,
        }
    }

    /// Opens the window.
    #[must_use]
    pub fn open(self) -> &'static str {
        self.pick("Open Vigia", "Abrir o Vigia")
    }

    /// Checks everything anew.
    #[must_use]
    pub fn verify(self) -> &'static str {
        self.pick("Verify the log now", "Verificar o registro agora")
    }

    /// Brings the copy level.
    #[must_use]
    pub fn sync(self) -> &'static str {
        self.pick("Sync now", "Sincronizar agora")
    }

    /// Ends the program.
    #[must_use]
    pub fn quit(self) -> &'static str {
        self.pick("Quit", "Sair do Vigia")
    }

    /// How the console stands.
    #[must_use]
    pub fn presence(self, presence: Presence) -> &'static str {
        match presence {
            Presence::Fine => self.pick("Online, the log is verified", "Conectado, registro verificado"),
            Presence::Waiting => self.pick("Connecting", "Conectando"),
            Presence::Offline => self.pick("The platform does not answer", "A plataforma não responde"),
            Presence::SignedOut => self.pick("Nobody is signed in", "Ninguém está conectado"),
            Presence::Broken => self.pick("The log does not verify", "O registro não confere"),
        }
    }

    /// Title and text of a notification.
    #[must_use]
    pub fn notice(self, notice: Notice) -> (&'static str, &'static str) {
        match notice {
            Notice::ConnectionLost => (
                self.pick("The platform does not answer", "A plataforma não responde"),
                self.pick(
                    "You can go on working with the copy on this computer. Vigia keeps trying.",
                    "Você pode continuar com a cópia deste computador. O Vigia segue tentando.",
                ),
            ),
            Notice::ConnectionBack => (
                self.pick("The platform answers again", "A plataforma voltou a responder"),
                self.pick(
                    "The copy on this computer is being brought level.",
                    "A cópia deste computador está sendo atualizada.",
                ),
            ),
            Notice::Broken => (
                self.pick("The log does not verify", "O registro não confere"),
                self.pick(
                    "A proof failed. The evidence was kept on this computer. Open Vigia to see it.",
                    "Uma prova falhou. A evidência está guardada neste computador. Abra o Vigia para ver.",
                ),
            ),
            Notice::SessionEnded => (
                self.pick("Your session has ended", "Sua sessão terminou"),
                self.pick(
                    "The copy on this computer no longer grows. Open Vigia to sign in again.",
                    "A cópia deste computador não recebe mais eventos. Abra o Vigia para entrar de novo.",
                ),
            ),
        }
    }

    /// Said once, when the window is closed for the first time and the program stays.
    #[must_use]
    pub fn still_running(self) -> (&'static str, &'static str) {
        (
            self.pick("Vigia keeps watching", "O Vigia continua vigiando"),
            self.pick(
                "It is in the tray. Quit it there, or change this in Settings › Desktop.",
                "Ele está na bandeja. Saia por lá ou mude isso em Configurações › Área de trabalho.",
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Tongue;
    use vigia_desk::notice::{Notice, Presence};
    use vigia_desk::view::settings::Language;

    #[test]
    fn the_settings_choose_and_else_the_system() {
        for (language, system, tongue) in [
            (Language::En, Language::PtBr, Tongue::English),
            (Language::PtBr, Language::En, Tongue::Portuguese),
            (Language::System, Language::PtBr, Tongue::Portuguese),
            (Language::System, Language::En, Tongue::English),
        ] {
            assert_eq!(Tongue::of(language, system), tongue);
        }
    }

    #[test]
    fn everything_is_said_in_both_languages() {
        let (en, pt) = (Tongue::English, Tongue::Portuguese);
        for notice in [
            Notice::ConnectionLost,
            Notice::ConnectionBack,
            Notice::Broken,
            Notice::SessionEnded,
        ] {
            assert_ne!(en.notice(notice), pt.notice(notice));
        }
        for presence in [
            Presence::Fine,
            Presence::Waiting,
            Presence::Offline,
            Presence::SignedOut,
            Presence::Broken,
        ] {
            assert_ne!(en.presence(presence), pt.presence(presence));
        }
    }
}
