//! The fields that a query may name, and what kind of value each takes.

use crate::QueryError;

/// What a field's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A word: compared whole, without case, or by its beginning.
    Word,
    /// Free text: compared word by word.
    Text,
    /// An address or a network.
    Ip,
    /// A whole number.
    Number,
    /// A moment.
    Time,
    /// A severity, as a word or as a number.
    Severity,
}

impl FieldKind {
    /// The name used by completion.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Text => "text",
            Self::Ip => "ip",
            Self::Number => "number",
            Self::Time => "time",
            Self::Severity => "severity",
        }
    }
}

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $kind:ident;)+) => {
        /// A field of an event, as queries name it.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Field {
            $($(#[$doc])* $variant,)+
            /// A foreign field, by its own name, nested names joined by dots.
            Detail(String),
        }

        impl Field {
            /// Every field but the foreign ones, in the order of docs/query.md.
            pub const KNOWN: &[(&'static str, FieldKind)] = &[$(($name, FieldKind::$kind)),+];

            /// The field's name in queries.
            #[must_use]
            pub fn name(&self) -> String {
                match self {
                    $(Self::$variant => $name.to_owned(),)+
                    Self::Detail(name) => format!("{DETAILS}{name}"),
                }
            }

            /// What its values are.
            #[must_use]
            pub fn kind(&self) -> FieldKind {
                match self {
                    $(Self::$variant => FieldKind::$kind,)+
                    Self::Detail(_) => FieldKind::Word,
                }
            }

            fn known(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

/// What the name of every foreign field begins with.
const DETAILS: &str = "details.";

fields! {
    /// What happened.
    Kind = "kind", Word;
    /// The application.
    Service = "service", Word;
    /// How much it matters.
    Severity = "severity", Severity;
    /// `success` or `failure`.
    Status = "status", Word;
    /// Who did it: e-mail.
    ActorEmail = "actor.email", Word;
    /// Who did it: user name.
    ActorName = "actor.name", Word;
    /// Who did it: the application's id.
    ActorId = "actor.id", Word;
    /// Who did it: role.
    ActorRole = "actor.role", Word;
    /// Who did it: session, hashed.
    ActorSession = "actor.session", Word;
    /// From where: address.
    SourceIp = "source.ip", Ip;
    /// From where: port.
    SourcePort = "source.port", Number;
    /// From where: country code.
    SourceCountry = "source.country", Word;
    /// From where: host name.
    SourceHost = "source.host", Word;
    /// From where: what the browser called itself.
    SourceUserAgent = "source.user_agent", Text;
    /// To whom or what: its type.
    TargetType = "target.type", Word;
    /// To whom or what: the application's id.
    TargetId = "target.id", Word;
    /// To whom or what: e-mail.
    TargetEmail = "target.email", Word;
    /// To whom or what: name.
    TargetName = "target.name", Word;
    /// One line for people.
    Message = "message", Text;
    /// The trace.
    TraceId = "trace_id", Word;
    /// When it happened.
    Time = "time", Time;
    /// When the ledger took it.
    RecordedAt = "recorded_at", Time;
    /// The event's id.
    Id = "id", Word;
    /// Its place in the ledger.
    Seq = "seq", Number;
    /// How many happenings.
    Count = "count", Number;
    /// The pseudonym of somebody it is about.
    Subject = "subject", Word;
}

impl Field {
    /// The field with this name.
    ///
    /// # Errors
    /// Where there is none; the error names the nearest.
    pub fn parse(name: &str) -> Result<Self, QueryError> {
        if let Some(foreign) = name.strip_prefix(DETAILS).filter(|rest| !rest.is_empty()) {
            return Ok(Self::Detail(foreign.to_owned()));
        }
        Self::known(name).ok_or_else(|| QueryError::UnknownField {
            name: name.to_owned(),
            nearest: nearest(name).to_owned(),
        })
    }
}

/// The known name that takes the fewest changes; of names with dots the last part counts too, so
/// that `ip` leads to `source.ip`.
fn nearest(name: &str) -> &'static str {
    let name: String = name.to_lowercase().chars().take(64).collect();
    let names = Field::KNOWN
        .iter()
        .map(|(known, _)| *known)
        .chain(["details.<name>"]);
    names
        .min_by_key(|known| {
            let last = known.rsplit('.').next().unwrap_or(known);
            (2 * distance(&name, known)).min(2 * distance(&name, last) + 1)
        })
        .unwrap_or("kind")
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(&b) {
            let up = *cell;
            let changed = diagonal + usize::from(from != *to);
            let next = changed.min(up + 1).min(left + 1);
            diagonal = up;
            left = next;
            *cell = next;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_field_leads_to_the_nearest_known_one() {
        for (wrong, right) in [
            ("kindd", "kind"),
            ("ip", "source.ip"),
            ("email", "actor.email"),
            ("source.contry", "source.country"),
            ("sevirity", "severity"),
        ] {
            match Field::parse(wrong) {
                Err(QueryError::UnknownField { nearest, .. }) => assert_eq!(nearest, right, "{wrong}"),
                other => panic!("{wrong}: {other:?}"),
            }
        }
    }

    #[test]
    fn every_known_name_parses_to_a_field_of_that_name() {
        for (name, kind) in Field::KNOWN {
            let field = Field::parse(name).unwrap();
            assert_eq!((field.name().as_str(), field.kind()), (*name, *kind));
        }
    }

    #[test]
    fn the_distance_is_that_of_levenshtein() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
    }
}
