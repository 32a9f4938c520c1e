//! Tree to SQL over the cache's tables, with bound parameters only.
//!
//! Every condition is two-valued: an absent value is false, never NULL, so that `NOT` means "does
//! not pass" and nothing else.

use super::{Field, Phrase, Query, Test};
use vigia_domain::SubjectId;

/// A value to be bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg {
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// Nothing.
    Null,
}

impl<T: Into<Arg>> From<Option<T>> for Arg {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Arg {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

/// A condition on the rows of `event`, with its values in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// The SQL; `?` for each value.
    pub sql: String,
    /// The values.
    pub args: Vec<Arg>,
}

/// Where a field's values lie.
enum Place {
    /// A column that holds the folded word.
    Word(&'static str),
    /// A column that holds the number of a word in the dictionary.
    Dictionary(&'static str),
    /// A column that holds a number.
    Number(&'static str),
    /// A column that holds an address.
    Address(&'static str),
    /// A column of the text index, and its bit in `event.texts`.
    Text(&'static str, i64),
    /// Rows of `detail`.
    Detail(String),
    /// Rows of `holder`.
    Subject,
}

fn place(field: &Field) -> Place {
    match field {
        Field::Kind => Place::Dictionary("kind"),
        Field::Service => Place::Dictionary("service"),
        Field::Status => Place::Dictionary("status"),
        Field::SourceCountry => Place::Dictionary("country"),
        Field::Severity => Place::Number("severity"),
        Field::SourcePort => Place::Number("source_port"),
        Field::Time => Place::Number("time"),
        Field::RecordedAt => Place::Number("recorded_at"),
        Field::Seq => Place::Number("seq"),
        Field::Count => Place::Number("count"),
        Field::ActorEmail => Place::Word("actor_email"),
        Field::ActorName => Place::Word("actor_name"),
        Field::ActorId => Place::Word("actor_id"),
        Field::ActorRole => Place::Word("actor_role"),
        Field::ActorSession => Place::Word("actor_session"),
        Field::SourceHost => Place::Word("source_host"),
        Field::TargetType => Place::Word("target_type"),
        Field::TargetId => Place::Word("target_id"),
        Field::TargetEmail => Place::Word("target_email"),
        Field::TargetName => Place::Word("target_name"),
        Field::TraceId => Place::Word("trace_id"),
        Field::Id => Place::Word("id"),
        Field::SourceIp => Place::Address("source_ip"),
        Field::Message => Place::Text("message", crate::cache::TEXT_MESSAGE),
        Field::SourceUserAgent => Place::Text("user_agent", crate::cache::TEXT_USER_AGENT),
        Field::Subject => Place::Subject,
        Field::Detail(name) => Place::Detail(name.clone()),
    }
}

impl Condition {
    /// The condition of a query.
    #[must_use]
    pub fn of(query: &Query) -> Self {
        let mut condition = Self::default();
        condition.query(query);
        condition
    }

    /// The same, and the time within these microseconds: `from` included, `to` not.
    #[must_use]
    pub fn within(mut self, from: Option<i64>, to: Option<i64>) -> Self {
        for (end, sql) in [(from, " AND event.time >= ?"), (to, " AND event.time < ?")] {
            if let Some(end) = end {
                self.push(sql, [Arg::Int(end)]);
            }
        }
        self
    }

    fn push(&mut self, sql: &str, args: impl IntoIterator<Item = Arg>) {
        self.sql.push_str(sql);
        self.args.extend(args);
    }

    fn query(&mut self, query: &Query) {
        match query {
            Query::All => self.push("1", []),
            Query::And(all) => self.joined(all, " AND "),
            Query::Or(any) => self.joined(any, " OR "),
            Query::Not(inner) => {
                self.push("NOT (", []);
                self.query(inner);
                self.push(")", []);
            }
            Query::Text(phrase) => self.text(&matcher(phrase)),
            Query::Is(field, test) => self.test(&place(field), test),
        }
    }

    fn joined(&mut self, queries: &[Query], between: &str) {
        self.push("(", []);
        for (index, query) in queries.iter().enumerate() {
            if index > 0 {
                self.push(between, []);
            }
            self.query(query);
        }
        self.push(")", []);
    }

    fn text(&mut self, matcher: &str) {
        self.push(
            "event.seq IN (SELECT rowid FROM text WHERE text MATCH ?)",
            [Arg::Text(matcher.to_owned())],
        );
    }

    fn test(&mut self, place: &Place, test: &Test) {
        match (place, test) {
            (Place::Text(column, _), Test::Phrase(phrase)) => {
                self.text(&format!("{{{column}}} : {}", matcher(phrase)));
            }
            (Place::Text(_, bit), Test::Exists) => {
                self.push("(event.texts & ?) <> 0", [Arg::Int(*bit)]);
            }
            (Place::Subject, Test::Exists) => {
                self.push("EXISTS (SELECT 1 FROM holder WHERE holder.seq = event.seq)", []);
            }
            (Place::Subject, Test::Word(word) | Test::Prefix(word)) => self.subject(word, test),
            (Place::Detail(name), test) => self.detail(name, test),
            (
                Place::Word(column)
                | Place::Dictionary(column)
                | Place::Number(column)
                | Place::Address(column),
                Test::Exists,
            ) => self.push(&format!("event.{column} IS NOT NULL"), []),
            (Place::Word(column), Test::Word(word)) => {
                self.push(
                    &format!("(event.{column} IS NOT NULL AND event.{column} = ?)"),
                    [Arg::Text(word.clone())],
                );
            }
            (Place::Word(column), Test::Prefix(word)) => {
                self.push(
                    &format!("(event.{column} IS NOT NULL AND event.{column} >= ? AND event.{column} < ?)"),
                    beginning(word),
                );
            }
            (Place::Dictionary(column), Test::Word(word)) => self.push(
                &format!(
                    "(event.{column} IS NOT NULL AND event.{column} IN (SELECT id FROM word WHERE text = ?))"
                ),
                [Arg::Text(word.clone())],
            ),
            (Place::Dictionary(column), Test::Prefix(word)) => self.push(
                &format!(
                    "(event.{column} IS NOT NULL AND event.{column} IN \
                     (SELECT id FROM word WHERE text >= ? AND text < ?))"
                ),
                beginning(word),
            ),
            (Place::Number(column), Test::Between(low, high)) => self.push(
                &format!("(event.{column} IS NOT NULL AND event.{column} BETWEEN ? AND ?)"),
                [Arg::Int(*low), Arg::Int(*high)],
            ),
            (Place::Address(column), Test::Address(low, high)) => self.push(
                &format!("(event.{column} IS NOT NULL AND event.{column} BETWEEN ? AND ?)"),
                [Arg::Blob(low.to_vec()), Arg::Blob(high.to_vec())],
            ),
            // The parser makes only the pairs above; any other pair has no value that passes.
            _ => self.push("0", []),
        }
    }

    fn detail(&mut self, name: &str, test: &Test) {
        let name = Arg::Text(name.to_owned());
        let rows = "event.seq IN (SELECT seq FROM detail WHERE name IN \
                    (SELECT id FROM detail_name WHERE text = ?)";
        match test {
            Test::Exists => self.push(&format!("{rows})"), [name]),
            Test::Word(word) => self.push(&format!("{rows} AND value = ?)"), [name, Arg::Text(word.clone())]),
            Test::Prefix(word) => {
                let [low, high] = beginning(word);
                self.push(
                    &format!("{rows} AND value >= ? AND value < ?)"),
                    [name, low, high],
                );
            }
            Test::Between(..) | Test::Address(..) | Test::Phrase(_) => self.push("0", []),
        }
    }

    fn subject(&mut self, word: &str, test: &Test) {
        let rows = "event.seq IN (SELECT seq FROM holder WHERE subject";
        let (low, high) = match test {
            Test::Word(word) => match word.parse::<SubjectId>() {
                Ok(id) => (id.0, id.0),
                Err(_) => return self.push("0", []),
            },
            _ => match hex_range(word) {
                Some(range) => range,
                None => return self.push("0", []),
            },
        };
        let ends = [Arg::Blob(low.to_vec()), Arg::Blob(high.to_vec())];
        self.push(&format!("{rows} BETWEEN ? AND ?)"), ends);
    }
}

/// First and last id whose hexadecimal text begins so.
#[must_use]
pub fn hex_range(prefix: &str) -> Option<([u8; 16], [u8; 16])> {
    let end = |digit: char| {
        let text: String = prefix.chars().chain(std::iter::repeat(digit)).take(32).collect();
        let mut id = [0; 16];
        hex::decode_to_slice(text, &mut id).ok().map(|()| id)
    };
    (prefix.len() <= 32)
        .then(|| Some((end('0')?, end('f')?)))
        .flatten()
}

/// The text before which a word with this beginning sorts, and the one after.
fn beginning(word: &str) -> [Arg; 2] {
    [Arg::Text(word.to_owned()), Arg::Text(format!("{word}\u{10ffff}"))]
}

/// A phrase in the language of the text index: quoted, so that no word of it is an operator.
fn matcher(phrase: &Phrase) -> String {
    let star = if phrase.prefix { " *" } else { "" };
    format!("\"{}\"{star}", phrase.words.join(" "))
}
