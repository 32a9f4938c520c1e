//! `retention` and `hold`: how long events are kept, and what is kept all the same.

use crate::args::{Hold, Policy};
use crate::run::{Answer, Failure, operator, print};
use crate::setup::Setup;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vigia_domain::Clock as _;
use vigia_domain::hold::Criteria;
use vigia_domain::retention::{Class, Keep, Retention};
use vigia_server::edge::SystemClock;
use vigia_server::retention::{self, NewHold};
use vigia_server::{Error, operator_may};
use vigia_store::{HoldRow, Retained, Store};

/// Shows, changes or carries out the policy.
///
/// # Errors
/// Where the platform does not open or refuses.
pub async fn policy(setup: &Setup, command: Policy) -> Result<Answer, Failure> {
    let store = Store::open(setup.options()).await?;
    let done = match command {
        Policy::Show { json, .. } => shown(&store, json).await,
        Policy::Set { keep, json, .. } => changed(&store, keep, json).await,
        Policy::Run { dry_run, json, .. } => ran(&store, dry_run, json).await,
    };
    store.close().await;
    print(&done?)?;
    Ok(Answer::Yes)
}

async fn shown(store: &Store, json: bool) -> Result<String, Failure> {
    Ok(text_of(&store.retention().await?.0, json))
}

async fn changed(store: &Store, keep: Vec<(Class, Keep)>, json: bool) -> Result<String, Failure> {
    let origin = operator();
    let classes: BTreeMap<Class, Keep> = keep.into_iter().collect();
    let policy = retention::set(store, &operator_may(origin.now)?, &origin, classes).await?;
    Ok(text_of(&policy, json))
}

fn text_of(policy: &Retention, json: bool) -> String {
    if json {
        let days = |class: &Class| match policy.keep(*class) {
            Keep::Days(days) => Value::from(days),
            Keep::ForEver => Value::Null,
        };
        let classes: serde_json::Map<String, Value> = Class::ALL
            .iter()
            .map(|class| (class.name().to_owned(), days(class)))
            .collect();
        return json!({"days": classes}).to_string();
    }
    let line = |class: &Class| format!("{:<12} {}", class.name(), policy.keep(*class));
    Class::ALL.iter().map(line).collect::<Vec<_>>().join("\n")
}

async fn ran(store: &Store, dry_run: bool, json: bool) -> Result<String, Failure> {
    let now = SystemClock.now();
    let done = store.retain(&operator_may(now)?, now, dry_run, || true).await?;
    Ok(told(&done, dry_run, json))
}

fn told(done: &Retained, dry_run: bool, json: bool) -> String {
    let entries: u64 = done.entries.values().sum();
    if json {
        let classes: BTreeMap<&str, u64> = done
            .entries
            .iter()
            .map(|(class, count)| (class.name(), *count))
            .collect();
        let (held, people, periods) = (done.held, done.people, done.periods);
        return json!({"dry_run": dry_run, "entries": entries, "classes": classes, "held": held,
                      "people": people, "periods": periods})
        .to_string();
    }
    let verb = if dry_run { "would go" } else { "gone" };
    let mut text = format!("{} {verb}", counted(entries, "event", "events"));
    for (class, count) in &done.entries {
        text.push_str(&format!("\n  {:<12} {count}", class.name()));
    }
    if done.held > 0 {
        text.push_str(&format!("\n{} events are over and under legal hold", done.held));
    }
    if !dry_run {
        text.push_str(&format!(
            "\n{} of whom nothing is left forgotten; keys of {} dropped",
            counted(done.people, "person", "people"),
            counted(done.periods, "period", "periods")
        ));
    }
    text
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Places, lists or releases legal holds.
///
/// # Errors
/// Where the platform does not open or refuses.
pub async fn hold(setup: &Setup, command: Hold) -> Result<Answer, Failure> {
    let store = Store::open(setup.options()).await?;
    let done = match command {
        Hold::Place(place) => {
            let criteria = Criteria {
                services: place.services.into_iter().collect(),
                kinds: place.kinds.into_iter().collect(),
                countries: place.countries.into_iter().collect(),
                severity: place.severity,
                from: place.since,
                until: place.until,
            };
            let new = NewHold {
                criteria,
                person: place.subject,
                reason: place.reason,
            };
            let origin = operator();
            let permit = operator_may(origin.now)?;
            retention::place(&store, &permit, &origin, new).await.map(|id| {
                if place.json {
                    json!({"id": id}).to_string()
                } else {
                    format!("hold {id}")
                }
            })
        }
        Hold::List { json, .. } => store
            .holds()
            .await
            .map_err(Error::from)
            .map(|all| list(&all, json)),
        Hold::Release { id, .. } => {
            let origin = operator();
            let permit = operator_may(origin.now)?;
            retention::release(&store, &permit, &origin, id)
                .await
                .map(|()| format!("released {id}"))
        }
    };
    store.close().await;
    print(&done?)?;
    Ok(Answer::Yes)
}

fn list(all: &[HoldRow], json: bool) -> String {
    if json {
        let rows: Vec<Value> = all
            .iter()
            .map(|row| {
                let state = &row.hold.state;
                json!({"id": row.hold.id, "criteria": state.criteria, "person": row.person, "reason": row.reason,
                       "placed_by": row.by, "placed_at": state.placed_at, "released_at": state.released_at})
            })
            .collect();
        return Value::Array(rows).to_string();
    }
    if all.is_empty() {
        return "no legal holds".to_owned();
    }
    let line = |row: &HoldRow| {
        let state = &row.hold.state;
        let until = match state.released_at {
            Some(at) => format!("released {}", at.to_rfc3339()),
            None => "in force".to_owned(),
        };
        let criteria = match &state.criteria {
            all if *all == Criteria::default() => None,
            some => serde_json::to_string(some).ok(),
        };
        let person = row.person.as_deref().map(|person| format!("the person {person}"));
        let covers: Vec<String> = person.into_iter().chain(criteria).collect();
        let covers = if covers.is_empty() {
            "everything".to_owned()
        } else {
            covers.join(", in ")
        };
        format!(
            "{} {until}\n  placed {} by {}: {}\n  covers {covers}",
            row.hold.id,
            state.placed_at.to_rfc3339(),
            row.by.as_deref().unwrap_or("somebody erased"),
            row.reason.as_deref().unwrap_or("(no reason is left)")
        )
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}
