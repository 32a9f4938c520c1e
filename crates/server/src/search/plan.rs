//! Which parts of a question the indexes answer, which the entries' clear fields, and between which
//! entries the answer lies. Everything is a superset: the whole question is asked of each event again.

use super::Question;
use std::net::{IpAddr, Ipv6Addr};
use vigia_query::{Field, Query, Test};
use vigia_store::Lookup;

/// Values of one condition; one of more is answered faster by reading the log.
const MAX_LOOKUPS: usize = 16;

/// How a question is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// One for each condition that indexes answer: any of these.
    pub lookups: Vec<Vec<Lookup>>,
    /// The conditions that the clear fields of an entry decide.
    pub clear: Query,
    /// First and last entry that can pass.
    pub seqs: (u64, u64),
    /// First and last recording time that can pass, in microseconds.
    pub recorded: (i64, i64),
}

impl Plan {
    pub(super) fn of(question: &Question) -> Self {
        let mut plan = Self {
            lookups: Vec::new(),
            clear: Query::All,
            seqs: (0, u64::MAX),
            recorded: (i64::MIN, i64::MAX),
        };
        let mut clear = Vec::new();
        for condition in question.conditions() {
            if let Some(any) = lookups(condition) {
                plan.lookups.push(any);
            }
            if is_clear(condition) {
                clear.push(condition.clone());
            }
            if let Query::Is(field, Test::Between(low, high)) = condition {
                plan.narrow(field, *low, *high);
            }
        }
        if !clear.is_empty() {
            plan.clear = Query::And(clear);
        }
        plan
    }

    fn narrow(&mut self, field: &Field, low: i64, high: i64) {
        match field {
            Field::Seq => {
                // Below the first entry there is none.
                let number = |end: i64| u64::try_from(end).unwrap_or(0);
                self.seqs.0 = self.seqs.0.max(number(low));
                self.seqs.1 = if high < 0 {
                    0
                } else {
                    self.seqs.1.min(number(high))
                };
            }
            Field::RecordedAt => {
                self.recorded.0 = self.recorded.0.max(low);
                self.recorded.1 = self.recorded.1.min(high);
            }
            _ => {}
        }
    }
}

/// Whether an entry's clear fields decide it.
fn is_clear(query: &Query) -> bool {
    match query {
        Query::All => true,
        Query::And(all) | Query::Or(all) => all.iter().all(is_clear),
        Query::Not(inner) => is_clear(inner),
        Query::Text(_) => false,
        Query::Is(field, _) => matches!(
            field,
            Field::Kind
                | Field::Service
                | Field::Severity
                | Field::Status
                | Field::SourceCountry
                | Field::Time
                | Field::RecordedAt
                | Field::Id
                | Field::Seq
                | Field::Count
                | Field::Subject
        ),
    }
}

/// What to ask the indexes for; `None` where they cannot answer.
fn lookups(query: &Query) -> Option<Vec<Lookup>> {
    let found = match query {
        Query::Or(any) => {
            let mut all = Vec::new();
            for one in any {
                all.extend(lookups(one)?);
            }
            all
        }
        Query::Is(
            Field::ActorEmail | Field::ActorId | Field::ActorName | Field::TargetEmail,
            Test::Word(word),
        ) => vec![Lookup::Account(word.clone())],
        Query::Is(Field::SourceIp, Test::Address(low, high)) => networks(*low, *high)?,
        Query::Is(Field::Subject, Test::Word(word)) => vec![Lookup::Subject(word.parse().ok()?)],
        _ => return None,
    };
    (!found.is_empty() && found.len() <= MAX_LOOKUPS).then_some(found)
}

/// The indexed networks that hold every address between these; `None` where those would be too many.
fn networks(low: [u8; 16], high: [u8; 16]) -> Option<Vec<Lookup>> {
    let first = Ipv6Addr::from(low).to_canonical();
    let last = Ipv6Addr::from(high).to_canonical();
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let found = covering(
                u128::from(first.to_bits()),
                u128::from(last.to_bits()),
                32,
                &[24, 16, 8],
            )?;
            let text = |(bits, length): (u128, u32)| {
                let address = IpAddr::from(u32::try_from(bits).unwrap_or(u32::MAX).to_be_bytes());
                written(address, length, 32)
            };
            Some(found.into_iter().map(text).collect())
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            let found = covering(first.to_bits(), last.to_bits(), 128, &[64, 48, 32])?;
            let text = |(bits, length)| written(IpAddr::V6(Ipv6Addr::from_bits(bits)), length, 128);
            Some(found.into_iter().map(text).collect())
        }
        _ => None,
    }
}

/// The narrowest prefix that holds all of it, else as many of the widest as it takes.
fn covering(low: u128, high: u128, width: u32, lengths: &[u32]) -> Option<Vec<(u128, u32)>> {
    let cut = |bits: u128, length: u32| (bits >> (width - length)) << (width - length);
    if low > high {
        return None;
    }
    if low == high {
        return Some(vec![(low, width)]);
    }
    let one = lengths
        .iter()
        .find(|length| cut(low, **length) == cut(high, **length));
    if let Some(length) = one {
        return Some(vec![(cut(low, *length), *length)]);
    }
    let widest = *lengths.last()?;
    let step = 1_u128 << (width - widest);
    let (from, to) = (cut(low, widest), cut(high, widest));
    let count = (to - from) / step + 1;
    if count > MAX_LOOKUPS as u128 {
        return None;
    }
    Some((0..count).map(|n| (from + n * step, widest)).collect())
}

fn written(address: IpAddr, length: u32, width: u32) -> Lookup {
    Lookup::Address(if length == width {
        address.to_string()
    } else {
        format!("{address}/{length}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use vigia_wire::event::Order;

    fn plan(text: &str) -> Plan {
        Plan::of(&Question::new(text, None, None, Order::Newest).unwrap())
    }

    fn addresses(text: &str) -> Vec<String> {
        let found = plan(&format!("source.ip:{text}")).lookups;
        let text = |lookup: &Lookup| match lookup {
            Lookup::Address(text) => text.clone(),
            other => panic!("{other:?}"),
        };
        found.iter().flatten().map(text).collect()
    }

    #[test]
    fn a_network_is_asked_for_by_the_next_one_that_is_indexed() {
        for (asked, indexed) in [
            ("189.50.10.20", vec!["189.50.10.20"]),
            ("189.50.10.0/24", vec!["189.50.10.0/24"]),
            ("189.50.10.16/28", vec!["189.50.10.0/24"]),
            ("189.50.10.0/23", vec!["189.50.0.0/16"]),
            ("189.50.0.0/16", vec!["189.50.0.0/16"]),
            ("189.48.0.0/12", vec!["189.0.0.0/8"]),
            ("10.0.0.0/7", vec!["10.0.0.0/8", "11.0.0.0/8"]),
            ("0.0.0.0/0", vec![]),
            ("[9.255.255.255 TO 10.0.0.1]", vec!["9.0.0.0/8", "10.0.0.0/8"]),
            ("2001:db8::7", vec!["2001:db8::7"]),
            ("2001:db8:1:2::/65", vec!["2001:db8:1:2::/64"]),
            ("2001:db8::/40", vec!["2001:db8::/32"]),
            ("2001:db8::/31", vec!["2001:db8::/32", "2001:db9::/32"]),
            ("::/0", vec![]),
        ] {
            assert_eq!(addresses(asked), indexed, "{asked}");
        }
    }

    #[test]
    fn what_must_hold_is_planned_and_what_may_hold_is_not() {
        let plan =
            plan("kind:a.b actor.email:a@b.co (actor.name:x OR actor.id:y) -actor.email:z@b.co message:hi");
        assert_eq!(
            plan.lookups,
            [
                vec![Lookup::Account("a@b.co".to_owned())],
                vec![Lookup::Account("x".to_owned()), Lookup::Account("y".to_owned())],
            ]
        );
        assert!(matches!(&plan.clear, Query::And(all) if all.len() == 1));
        let none = [
            "actor.email:a* ",
            "actor.email:a OR kind:b.c",
            "target.id:7",
            "-actor.email:a",
            "a",
        ];
        for text in none {
            assert_eq!(
                super::tests::plan(text).lookups,
                Vec::<Vec<Lookup>>::new(),
                "{text}"
            );
        }
    }

    #[test]
    fn places_and_recording_times_bound_the_walk() {
        let plan = plan("seq>=10 seq<20 seq:[5 TO 30]");
        assert_eq!(plan.seqs, (10, 19));
        assert_eq!(super::tests::plan("seq<0").seqs, (0, 0));
    }
}
