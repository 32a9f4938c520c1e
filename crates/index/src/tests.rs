//! Random events and random questions: what a segment answers is what the language means, however
//! the segment came about.

use crate::build::{Builder, Segment};
use crate::{Codes, Column, Found, Head, Loaded, Plan, ask, column, edit, merge, plan::Words, term};
use fixedbitset::FixedBitSet;
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;
use vigia_domain::SubjectId;
use vigia_query::{Facts, Field, Phrase, Query, Test, matches};

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "ab", "abc", "b", "ba", "c"]).prop_map(str::to_owned)
}

fn words() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 1..4).prop_map(|words| words.join(" "))
}

prop_compose! {
    fn facts()(
        (kind, service, status) in (word(), word(), prop::option::of(word())),
        (severity, time, count) in (0_u8..4, 0_i64..4_000_000_000, 1_u32..4),
        (email, name, ip) in (prop::option::of(word()), prop::option::of(word()), prop::option::of(0_u8..4)),
        (port, message) in (prop::option::of(0_u16..3), prop::option::of(words())),
        (other, person) in (prop::option::of(words()), prop::option::of(0_u8..3)),
        (details, trace) in (
            prop::collection::vec((word(), word()), 0..3),
            prop::option::of(prop::sample::select(vec!["ab-c", "abc", "ab", "-", "ç-b"])),
        ),
    ) -> Facts {
        let person = person.map(|person| SubjectId([person; 16]));
        // As `Facts::of` has it: the words of a trace are among the others.
        let mut other = other.unwrap_or_default();
        if let Some(trace) = trace {
            other.push_str(" ¶ ");
            vigia_query::text::join(&mut other, trace);
        }
        Facts {
            trace_id: trace.map(str::to_owned),
            id: format!("{time:032x}"),
            time,
            recorded_at: time,
            kind,
            severity,
            status,
            service,
            count,
            actor_email: email,
            actor_name: name,
            source_ip: ip.map(|ip| [ip; 16]),
            source_port: port,
            details,
            subjects: person.into_iter().collect(),
            person,
            message,
            other,
            ..Facts::default()
        }
    }
}

fn test() -> impl Strategy<Value = Query> {
    let fields = vec![
        Field::Kind,
        Field::Service,
        Field::Status,
        Field::ActorEmail,
        Field::ActorName,
    ];
    let value = prop_oneof![
        Just(Test::Exists),
        word().prop_map(Test::Word),
        word().prop_map(Test::Prefix),
    ];
    let phrase = || {
        (prop::collection::vec(word(), 1..3), any::<bool>())
            .prop_map(|(words, prefix)| Phrase { words, prefix })
    };
    let numbers = vec![
        Field::Severity,
        Field::Time,
        Field::Count,
        Field::SourcePort,
        Field::Seq,
    ];
    prop_oneof![
        Just(Query::All),
        (prop::sample::select(fields), value.clone()).prop_map(|(field, test)| Query::Is(field, test)),
        (word(), value).prop_map(|(name, test)| Query::Is(Field::Detail(name), test)),
        (
            prop::sample::select(vec!["ab-c", "abc", "ab-", "a", "-", "ç"]),
            any::<bool>()
        )
            .prop_map(|(text, whole)| {
                let text = text.to_owned();
                Query::Is(
                    Field::TraceId,
                    if whole {
                        Test::Word(text)
                    } else {
                        Test::Prefix(text)
                    },
                )
            }),
        Just(Query::Is(Field::TraceId, Test::Exists)),
        phrase().prop_map(Query::Text),
        phrase().prop_map(|phrase| Query::Is(Field::Message, Test::Phrase(phrase))),
        Just(Query::Is(Field::Message, Test::Exists)),
        (prop::sample::select(numbers), 0_i64..4, 0_i64..4)
            .prop_map(|(field, low, high)| Query::Is(field, Test::Between(low, high))),
        Just(Query::Is(Field::SourcePort, Test::Exists)),
        (0_u8..4, 0_u8..4)
            .prop_map(|(low, high)| { Query::Is(Field::SourceIp, Test::Address([low; 16], [high; 16])) }),
        (0_u8..4).prop_map(|id| Query::Is(Field::Subject, Test::Word(SubjectId([id; 16]).to_string()))),
        (0_u8..4).prop_map(|id| Query::Is(Field::Subject, Test::Prefix(format!("0{id}0")))),
    ]
}

fn query() -> impl Strategy<Value = Query> {
    test().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(Query::And),
            prop::collection::vec(inner.clone(), 1..3).prop_map(Query::Or),
            inner.prop_map(|inner| Query::Not(Box::new(inner))),
        ]
    })
}

/// A dictionary.
#[derive(Default)]
struct Dictionary(HashMap<String, u32>);

impl Dictionary {
    fn number(&mut self, text: &str) -> u32 {
        let next = u32::try_from(self.0.len() + 1).unwrap();
        *self.0.entry(text.to_owned()).or_insert(next)
    }

    fn find(&self, words: &Words) -> Vec<u32> {
        let passes = |text: &str| match words {
            Words::Is(word) => text == word,
            Words::Begin(word) => text.starts_with(word.as_str()),
            Words::Numbers(_) => false,
        };
        self.0
            .iter()
            .filter(|(text, _)| passes(text))
            .map(|(_, number)| *number)
            .collect()
    }
}

fn segment(from: usize, facts: &[Facts], dictionary: &mut Dictionary) -> Segment {
    let mut builder = Builder::default();
    for (index, facts) in facts.iter().enumerate() {
        assert!(builder.push((from + index) as u64, facts));
    }
    builder.finish(|text| dictionary.number(text))
}

fn load(segment: &Segment, number: u32, without_columns: bool) -> Option<Loaded> {
    let block = segment.blocks.get(number as usize)?;
    let head = &segment.head;
    if number >= head.terms() {
        return Some(Loaded::Terms(Arc::new(crate::build::open_terms(block).unwrap())));
    }
    if without_columns {
        return None;
    }
    let column = head.column_of(number)?;
    Some(if column.is_coded() {
        Loaded::Codes(Arc::new(Codes::read(block).unwrap()))
    } else {
        Loaded::Numbers(Arc::new(column::read_numbers(block).unwrap()))
    })
}

fn answer(segment: &Segment, plan: &Plan, without_columns: bool) -> Found {
    let part = crate::ask::Part {
        head: &segment.head,
        firsts: Some(&segment.firsts),
        block: &|number| load(segment, number, without_columns),
    };
    ask(plan, &part).unwrap()
}

fn expected(query: &Query, facts: &[Facts]) -> FixedBitSet {
    let mut rows = FixedBitSet::with_capacity(facts.len());
    for (row, facts) in facts.iter().enumerate() {
        rows.set(row, matches(query, row as u64, facts));
    }
    rows
}

/// Whether the event itself has to be looked at: several words in one order, or a trace.
fn is_looked_at(query: &Query) -> bool {
    match query {
        Query::Is(Field::TraceId, Test::Word(_) | Test::Prefix(_)) => true,
        Query::And(all) | Query::Or(all) => all.iter().any(is_looked_at),
        Query::Not(inner) => is_looked_at(inner),
        Query::Text(phrase) | Query::Is(_, Test::Phrase(phrase)) => phrase.words.len() > 1,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_segment_answers_as_the_language_means(
        facts in prop::collection::vec(facts(), 1..40),
        cut in prop::collection::vec(0.0..1.0_f64, 0..3),
        query in query(),
    ) {
        let mut dictionary = Dictionary::default();
        let mut cuts: Vec<usize> = cut.iter().map(|cut| (cut * facts.len() as f64) as usize).collect();
        cuts.extend([0, facts.len()]);
        cuts.sort_unstable();
        cuts.dedup();
        let parts: Vec<Segment> = cuts
            .windows(2)
            .map(|ends| segment(ends[0], &facts[ends[0]..ends[1]], &mut dictionary))
            .collect();
        let merged = merge(&parts).unwrap();
        prop_assert_eq!(&merged, &segment(0, &facts, &mut dictionary));
        let head = Head::read(&merged.head.write()).unwrap();
        prop_assert_eq!(&head, &merged.head);

        let plan = Plan::of(&query).resolve(&mut |words| dictionary.find(words));
        let expected = expected(&query, &facts);
        let found = answer(&merged, &plan, false);
        prop_assert!(found.sure.is_subset(&expected));
        prop_assert!(expected.is_subset(found.at_most()));
        prop_assert!(found.maybe.is_none() || is_looked_at(&query));
        let rough = answer(&merged, &plan, true);
        prop_assert!(rough.sure.is_subset(&expected));
        prop_assert!(expected.is_subset(rough.at_most()));
    }

    #[test]
    fn counts_by_quarter_of_an_hour_are_those_of_the_rows(
        facts in prop::collection::vec(facts(), 1..40),
        query in query(),
    ) {
        let mut dictionary = Dictionary::default();
        let segment = segment(0, &facts, &mut dictionary);
        let plan = Plan::of(&query).resolve(&mut |words| dictionary.find(words));
        let mut counted = 0;
        for cell in segment.head.cells.as_ref().unwrap() {
            match plan.of_cell(cell.kind, cell.severity) {
                Some(passes) => counted += u64::from(cell.rows) * u64::from(passes),
                None => return Ok(()),
            }
        }
        prop_assert_eq!(counted, expected(&query, &facts).count_ones(..) as u64);
    }

    #[test]
    fn a_row_that_loses_what_was_sealed_is_found_by_none_of_it(
        facts in prop::collection::vec(facts(), 1..30),
        row in any::<prop::sample::Index>(),
        query in query(),
    ) {
        let row = row.index(facts.len());
        let mut dictionary = Dictionary::default();
        let mut segment = segment(0, &facts, &mut dictionary);
        let mut after = facts.clone();
        let kept = &mut after[row];
        (kept.actor_email, kept.actor_name, kept.source_ip, kept.source_port) = (None, None, None, None);
        (kept.message, kept.other, kept.details) = (None, String::new(), Vec::new());
        kept.trace_id = None;
        let mut leaving = edit::Leaving::default();
        leaving.row(u16::try_from(row).unwrap(), &facts[row], &after[row]);
        for block in leaving.blocks(&segment.firsts) {
            let number = (segment.head.terms() + block) as usize;
            let left = leaving.leave(&segment.head, block, &segment.blocks[number], &mut segment.firsts).unwrap();
            segment.blocks[number] = left;
        }
        let mut text = String::new();
        let who = if term::who(&mut text, &after[row]) { dictionary.number(&text) } else { 0 };
        for (column, word) in [(Column::Who, who), (Column::Address, 0), (Column::Port, 0)] {
            let number = segment.head.column(column) as usize;
            segment.blocks[number] = Codes::read(&segment.blocks[number]).unwrap().with(&[(row, word)]).write();
        }
        let plan = Plan::of(&query).resolve(&mut |words| dictionary.find(words));
        let found = answer(&segment, &plan, false);
        let expected = expected(&query, &after);
        prop_assert!(found.sure.is_subset(&expected));
        prop_assert!(expected.is_subset(found.at_most()));
    }
}
