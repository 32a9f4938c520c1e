//! A query as a plan: which terms and columns of a segment decide it.
//!
//! The words of a column are numbers of a dictionary that lies elsewhere; a plan names the words and
//! is told their numbers ([`Plan::resolve`]) before it is asked.

use crate::Column;
use crate::term::{self, Text};
use vigia_domain::SubjectId;
use vigia_query::{Field, Phrase, Query, Test};

/// What decides a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Every row passes.
    All,
    /// No row passes.
    Nothing,
    /// What passes each.
    And(Vec<Plan>),
    /// What passes any.
    Or(Vec<Plan>),
    /// What does not pass.
    Not(Box<Plan>),
    /// What passes, if at all, is among what passes this; the event itself has to be looked at.
    Perhaps(Box<Plan>),
    /// Rows that hold a term.
    Term(Vec<u8>),
    /// Rows that hold a term from the first on and before the second.
    Terms(Vec<u8>, Option<Vec<u8>>),
    /// Rows whose number lies between these, both included.
    Number(Column, i64, i64),
    /// Rows whose word is one of these.
    Word(Column, Words),
    /// Rows with any value.
    AnyWord(Column),
}

/// Words of a column, as the dictionary has them ([`term::name`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// This one.
    Is(String),
    /// Those that begin so.
    Begin(String),
    /// Their numbers in the dictionary, ascending.
    Numbers(Vec<u32>),
}

impl Plan {
    /// The plan of a query.
    #[must_use]
    pub fn of(query: &Query) -> Self {
        match query {
            Query::All => Self::All,
            Query::And(all) => Self::And(all.iter().map(Self::of).collect()),
            Query::Or(any) => Self::Or(any.iter().map(Self::of).collect()),
            Query::Not(inner) => Self::Not(Box::new(Self::of(inner))),
            Query::Text(phrase) => Self::Or(Text::ALL.map(|text| words(text, phrase)).into()),
            Query::Is(field, test) => is(field, test),
        }
    }

    /// Calls `each` for every part of it that has no parts.
    pub fn walk<'a>(&'a self, each: &mut impl FnMut(&'a Plan)) {
        match self {
            Self::And(plans) | Self::Or(plans) => plans.iter().for_each(|plan| plan.walk(each)),
            Self::Not(plan) | Self::Perhaps(plan) => plan.walk(each),
            single => each(single),
        }
    }

    /// The same with numbers in place of words.
    #[must_use]
    pub fn resolve(self, numbers: &mut impl FnMut(&Words) -> Vec<u32>) -> Self {
        match self {
            Self::And(plans) => Self::And(plans.into_iter().map(|plan| plan.resolve(numbers)).collect()),
            Self::Or(plans) => Self::Or(plans.into_iter().map(|plan| plan.resolve(numbers)).collect()),
            Self::Not(plan) => Self::Not(Box::new(plan.resolve(numbers))),
            Self::Perhaps(plan) => Self::Perhaps(Box::new(plan.resolve(numbers))),
            Self::Word(column, words) => {
                let mut found = numbers(&words);
                found.sort_unstable();
                Self::Word(column, Words::Numbers(found))
            }
            other => other,
        }
    }

    /// Whether an event of this kind and severity passes, where nothing else decides it.
    #[must_use]
    pub fn of_cell(&self, kind: u32, severity: u8) -> Option<bool> {
        match self {
            Self::All => Some(true),
            Self::Nothing => Some(false),
            Self::And(plans) => {
                each(plans, kind, severity).map(|found| found.into_iter().all(|passes| passes))
            }
            Self::Or(plans) => {
                each(plans, kind, severity).map(|found| found.into_iter().any(|passes| passes))
            }
            Self::Not(plan) => plan.of_cell(kind, severity).map(|passes| !passes),
            Self::Word(Column::Kind, Words::Numbers(numbers)) => Some(numbers.binary_search(&kind).is_ok()),
            Self::AnyWord(Column::Kind) => Some(kind != 0),
            Self::Number(Column::Severity, low, high) => Some((*low..=*high).contains(&i64::from(severity))),
            _ => None,
        }
    }
}

fn each(plans: &[Plan], kind: u32, severity: u8) -> Option<Vec<bool>> {
    plans.iter().map(|plan| plan.of_cell(kind, severity)).collect()
}

fn terms_beginning(beginning: Vec<u8>) -> Plan {
    let end = term::after(&beginning);
    Plan::Terms(beginning, end)
}

/// Words one after another in one text: one word is decided by its term, several are only narrowed
/// down by theirs.
fn words(text: Text, phrase: &Phrase) -> Plan {
    let last = phrase.words.len().saturating_sub(1);
    let one = |(index, word): (usize, &String)| {
        let term = text.word(word);
        if phrase.prefix && index == last {
            terms_beginning(term)
        } else {
            Plan::Term(term)
        }
    };
    let mut plans: Vec<Plan> = phrase.words.iter().enumerate().map(one).collect();
    match plans.pop() {
        None => Plan::Perhaps(Box::new(Plan::All)),
        Some(only) if plans.is_empty() => only,
        Some(last) => {
            plans.push(last);
            Plan::Perhaps(Box::new(Plan::And(plans)))
        }
    }
}

fn is(field: &Field, test: &Test) -> Plan {
    let column = match field {
        Field::Kind => return word(Column::Kind, test),
        Field::Service => return word(Column::Service, test),
        Field::Severity => Some(Column::Severity),
        Field::Time => Some(Column::Time),
        Field::RecordedAt => Some(Column::Recorded),
        Field::Seq => Some(Column::Seq),
        Field::Count => Some(Column::Count),
        Field::SourcePort => Some(Column::Port),
        _ => None,
    };
    match (column, test) {
        (Some(Column::Port), Test::Exists) => Plan::AnyWord(Column::Port),
        (Some(_), Test::Exists) => Plan::All,
        (Some(column), Test::Between(low, high)) => Plan::Number(column, *low, *high),
        (Some(_), _) => Plan::Nothing,
        (None, Test::Exists) => term::exists(field).map_or(Plan::Nothing, Plan::Term),
        (None, test) => valued(field, test),
    }
}

fn word(column: Column, test: &Test) -> Plan {
    let named = |word: &str| {
        let mut text = String::new();
        term::name(&mut text, column, word);
        text
    };
    match test {
        Test::Exists => Plan::AnyWord(column),
        Test::Word(word) => Plan::Word(column, Words::Is(named(word))),
        Test::Prefix(word) => Plan::Word(column, Words::Begin(named(word))),
        _ => Plan::Nothing,
    }
}

/// A field whose values are terms.
fn valued(field: &Field, test: &Test) -> Plan {
    let Some(tag) = term::field(field) else {
        return Plan::Nothing;
    };
    let of = |value: &[u8]| [tag.as_slice(), value].concat();
    match (field, test) {
        (Field::Message, Test::Phrase(phrase)) => words(Text::Message, phrase),
        (Field::SourceUserAgent, Test::Phrase(phrase)) => words(Text::UserAgent, phrase),
        (Field::Message | Field::SourceUserAgent, _) => Plan::Nothing,
        (Field::TraceId, Test::Word(word)) => by_words(field, word, false),
        (Field::TraceId, Test::Prefix(word)) => {
            // Behind a sign the last word is whole; behind anything else it may go on.
            let whole = word.ends_with(|last: char| last.is_ascii() && !last.is_ascii_alphanumeric());
            by_words(field, word, !whole)
        }
        (Field::SourceIp, Test::Address(low, high)) => between(of(low), &of(high)),
        (Field::SourceIp, _) => Plan::Nothing,
        (Field::Subject, Test::Word(word)) => match word.parse::<SubjectId>() {
            // A person's id is written in one way only.
            Ok(person) if person.to_string() == *word => Plan::Term(term::subject(person)),
            _ => Plan::Nothing,
        },
        (Field::Subject, Test::Prefix(word)) => match hex_range(word) {
            Some((low, high)) => between(of(&low), &of(&high)),
            None => Plan::Nothing,
        },
        (_, Test::Word(word)) if !word.is_empty() => Plan::Term(of(word.as_bytes())),
        (_, Test::Prefix(word)) if word.is_empty() => term::exists(field).map_or(Plan::Nothing, Plan::Term),
        (_, Test::Prefix(word)) => terms_beginning(of(word.as_bytes())),
        _ => Plan::Nothing,
    }
}

/// A value that has no term of its own: whatever holds its words in the other texts may have it.
fn by_words(field: &Field, value: &str, prefix: bool) -> Plan {
    let phrase = Phrase {
        words: vigia_query::text::words(value),
        prefix,
    };
    let held = if phrase.words.is_empty() {
        term::exists(field).map_or(Plan::Nothing, Plan::Term)
    } else {
        words(Text::Other, &phrase)
    };
    match held {
        Plan::Perhaps(held) => Plan::Perhaps(held),
        held => Plan::Perhaps(Box::new(held)),
    }
}

/// Terms between these, both included.
fn between(low: Vec<u8>, high: &[u8]) -> Plan {
    let mut end = high.to_vec();
    end.push(0);
    Plan::Terms(low, Some(end))
}

/// First and last id whose hexadecimal text begins so.
fn hex_range(beginning: &str) -> Option<([u8; 16], [u8; 16])> {
    let digits: Option<Vec<u8>> = beginning
        .chars()
        .map(|digit| match digit {
            '0'..='9' | 'a'..='f' => digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()),
            _ => None,
        })
        .collect();
    let digits = digits.filter(|digits| digits.len() <= 32)?;
    let end = |rest: u8| {
        let mut digits = digits.iter().copied().chain(std::iter::repeat(rest));
        std::array::from_fn(|_| digits.next().unwrap_or(rest) << 4 | digits.next().unwrap_or(rest))
    };
    Some((end(0), end(15)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_id_spans_all_ids_that_begin_so() {
        let (low, high) = hex_range("a1b").unwrap();
        assert_eq!((low[0], low[1], low[2]), (0xa1, 0xb0, 0));
        assert_eq!((high[0], high[1], high[15]), (0xa1, 0xbf, 0xff));
        assert_eq!(hex_range("xyz"), None);
        assert_eq!(hex_range(&"0".repeat(33)), None);
    }

    #[test]
    fn a_quarter_of_an_hour_decides_what_asks_for_kind_and_severity_only() {
        let numbers = &mut |_: &Words| vec![7];
        let mut plan = |text: &str| Plan::of(&vigia_query::parse(text).unwrap()).resolve(numbers);
        assert_eq!(Plan::of(&Query::All).of_cell(1, 1), Some(true));
        assert_eq!(plan("kind:a.b severity>=3").of_cell(7, 4), Some(true));
        assert_eq!(plan("kind:a.b severity>=3").of_cell(7, 2), Some(false));
        assert_eq!(plan("-kind:a.b").of_cell(7, 2), Some(false));
        assert_eq!(plan("service:x").of_cell(7, 2), None);
    }
}
