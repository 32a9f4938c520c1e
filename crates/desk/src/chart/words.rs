//! The few words of a saved chart, in both languages. A file is read without the window, so it
//! carries its own.

use vigia_domain::event::Severity;

/// The language of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// Portuguese of Brazil.
    Pt,
}

/// What a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    MatchingTitle,
    EventsTitle,
    LoginsTitle,
    HeatTitle,
    AccountsTitle,
    AddressesTitle,
    ServicesTitle,
    EventsUnit,
    PerMinuteUnit,
    LoginsUnit,
    FailuresUnit,
    BarsOf,
    Failed,
    Succeeded,
    Total,
    Time,
    Weekday,
    Hour,
    Name,
    Country,
    Count,
    Partial,
    AllTime,
    LogOf,
    Verified,
    NotVerified,
    Search,
    Empty,
}

/// English, Portuguese.
fn both(word: Word) -> [&'static str; 2] {
    match word {
        Word::MatchingTitle => ["Matching events over time", "Eventos encontrados no tempo"],
        Word::EventsTitle => ["Events over time", "Eventos no tempo"],
        Word::LoginsTitle => ["Sign-ins over time", "Logins no tempo"],
        Word::HeatTitle => [
            "Failed sign-ins by weekday and hour",
            "Falhas de login por dia da semana e hora",
        ],
        Word::AccountsTitle => [
            "Accounts with the most failed sign-ins",
            "Contas com mais falhas de login",
        ],
        Word::AddressesTitle => [
            "Addresses with the most failed sign-ins",
            "Endereços com mais falhas de login",
        ],
        Word::ServicesTitle => ["Services with the most events", "Serviços com mais eventos"],
        Word::EventsUnit => ["number of events", "número de eventos"],
        Word::PerMinuteUnit => ["events per minute", "eventos por minuto"],
        Word::LoginsUnit => ["number of sign-ins", "número de logins"],
        Word::FailuresUnit => ["number of failed sign-ins", "número de falhas de login"],
        Word::BarsOf => ["bars of", "barras de"],
        Word::Failed => ["Failed", "Falhas"],
        Word::Succeeded => ["Successful", "Sucessos"],
        Word::Total => ["Total", "Total"],
        Word::Time => ["Time", "Horário"],
        Word::Weekday => ["Weekday", "Dia da semana"],
        Word::Hour => ["Hour", "Hora"],
        Word::Name => ["Name", "Nome"],
        Word::Country => ["Country", "País"],
        Word::Count => ["Count", "Quantidade"],
        Word::Partial => ["still filling", "ainda incompleto"],
        Word::AllTime => ["all time", "todo o período"],
        Word::LogOf => ["entries in the log", "registros no log"],
        Word::Verified => ["verified by this computer", "verificado por este computador"],
        Word::NotVerified => ["not verified", "não verificado"],
        Word::Search => ["Search", "Busca"],
        Word::Empty => ["No events in this period.", "Nenhum evento neste período."],
    }
}

impl Lang {
    fn pick<T: Copy>(self, [en, pt]: [T; 2]) -> T {
        match self {
            Self::En => en,
            Self::Pt => pt,
        }
    }

    /// The word.
    #[must_use]
    pub fn say(self, word: Word) -> &'static str {
        self.pick(both(word))
    }

    /// A severity.
    #[must_use]
    pub fn severity(self, severity: Severity) -> &'static str {
        self.pick(match severity {
            Severity::Unknown => ["Unknown", "Desconhecida"],
            Severity::Info => ["Info", "Info"],
            Severity::Low => ["Low", "Baixa"],
            Severity::Medium => ["Medium", "Média"],
            Severity::High => ["High", "Alta"],
            Severity::Critical => ["Critical", "Crítica"],
            Severity::Fatal => ["Fatal", "Fatal"],
        })
    }

    /// A day of the week, Monday first.
    #[must_use]
    pub fn weekday(self, day: usize) -> &'static str {
        const EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        const PT: [&str; 7] = ["seg", "ter", "qua", "qui", "sex", "sáb", "dom"];
        self.pick([EN, PT]).get(day).copied().unwrap_or_default()
    }

    /// A whole number with its thousands marked.
    #[must_use]
    pub fn number(self, number: u64) -> String {
        let mark = self.pick([',', '.']);
        let digits = number.to_string();
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(mark);
            }
            text.push(digit);
        }
        text
    }

    /// A number of an axis: whole, or with as many decimals as its step has.
    #[must_use]
    pub fn axis(self, number: f64, step: f64) -> String {
        if step >= 1.0 {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "counts of events, never negative"
            )]
            return self.number(number.round() as u64);
        }
        let decimals = if step >= 0.1 { 1 } else { 2 };
        let text = format!("{number:.decimals$}");
        self.pick(
            [text.clone(), text.replace('.', ",")]
                .each_ref()
                .map(String::as_str),
        )
        .to_owned()
    }
}
