//! The store against real databases: what must hold of appending, erasing, reading and sharing.

mod appending;
mod backing_up;
#[path = "../../../tests/support/database.rs"]
#[expect(
    clippy::disallowed_methods,
    reason = "where the server is, the environment says"
)]
mod database;
mod erasing;
mod listing;
mod moving;
mod reading;
mod restoring;
mod retaining;
mod retaining_broken;
mod rotating;
mod sharing;

use crate::engine::Engine;
use crate::erase::{Progress, Step};
use crate::{Authority, Batch, Database, Export, Exported, Master, Options, Result, Store};
use chrono::TimeDelta;
use sqlx::AssertSqlSafe;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use uuid::Uuid;
use vigia_domain::access::{Action, Context, Grant, Permit, Requester, authorize};
use vigia_domain::account::AccountEvent;
use vigia_domain::aggregate::{Aggregate, AggregateKind};
use vigia_domain::clock::from_micros;
use vigia_domain::{AccountId, ApiKeyId, Clock, Event, EventId, Kind, Timestamp};
use vigia_ledger::verify::{Auditor, Head, Verdict, trusted_head};

/// A clock that a test moves.
pub(crate) struct Given(AtomicI64);

/// 2026-02-17T10:30:00Z.
const START: i64 = 1_771_324_200_000_000;

impl Given {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(START)))
    }

    fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_microseconds().unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Given {
    fn now(&self) -> Timestamp {
        from_micros(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// A data folder with its clock.
struct Place {
    folder: TempDir,
    clock: Arc<Given>,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            clock: Given::new(),
        }
    }

    fn options(&self) -> Options {
        self.options_at(self.folder.path())
    }

    fn options_at(&self, folder: &Path) -> Options {
        Options {
            folder: folder.to_owned(),
            database: match database::of(folder) {
                Some(url) => Database::Postgres(url.parse().unwrap()),
                None => Database::Folder,
            },
            master: Master::File,
            clock: self.clock.clone(),
        }
    }

    async fn init(&self) -> Store {
        Store::init(self.options(), "vigia.test/log").await.unwrap()
    }

    async fn open(&self) -> Store {
        Store::open(self.options()).await.unwrap()
    }

    async fn open_to_break(&self, after: Step) -> Store {
        let progress = Progress {
            break_after: Arc::new(std::sync::Mutex::new(Some(after))),
            ..Progress::default()
        };
        Store::open_with(self.options(), progress).await.unwrap()
    }
}

/// Runs statements behind the store's back. PostgreSQL is taught SQLite's word for zeros.
async fn run(store: &Store, sql: &str) {
    if Engine::of_pool(store.platform()) == Engine::Postgres {
        let zeros = "CREATE OR REPLACE FUNCTION zeroblob(n integer) RETURNS bytea LANGUAGE sql
                     AS $$ SELECT decode(repeat('00', n), 'hex') $$";
        sqlx::raw_sql(zeros).execute(store.platform()).await.unwrap();
    }
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(store.platform())
        .await
        .unwrap();
}

/// Takes a trigger away, in the engine's words.
async fn drop_trigger(store: &Store, name: &str, table: &str) {
    let on = match Engine::of_pool(store.platform()) {
        Engine::Sqlite => String::new(),
        Engine::Postgres => format!(" ON {table}"),
    };
    run(store, &format!("DROP TRIGGER {name}{on}")).await;
}

/// From now on nothing can be inserted there.
async fn refuse_inserts(store: &Store, table: &str) {
    let words = match Engine::of_pool(store.platform()) {
        Engine::Sqlite => {
            format!("CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END")
        }
        Engine::Postgres => format!(
            "CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$;
             CREATE TRIGGER broken BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION break()"
        ),
    };
    run(store, &words).await;
}

fn permit<A: Action>() -> Permit<A> {
    let context = Context {
        now: Timestamp::UNIX_EPOCH,
        address: None,
        mfa_at: None,
    };
    authorize(&Requester::operator(), &context).unwrap()
}

fn id(n: u64) -> EventId {
    let [_, _, _, a, b, c, d, e] = n.to_be_bytes();
    EventId::new(from_micros(START).unwrap(), [0, 0, 0, 0, 0, a, b, c, d, e])
}

/// A failed sign-in of somebody from an address.
fn failed(n: u64, email: &str, address: [u8; 4]) -> Event {
    let mut event = Event::new(id(n), from_micros(START).unwrap(), Kind::AUTH_LOGIN_FAILED, "api");
    event.actor.email = Some(email.to_owned());
    event.source.ip = Some(address.into());
    event.raw.0 = format!("[AUTH] Login falhou | Email: {email}").into_bytes();
    event
}

/// The same, but it worked.
fn worked(n: u64, email: &str, address: [u8; 4]) -> Event {
    let mut event = failed(n, email, address);
    event.kind = Kind::AUTH_LOGIN_SUCCEEDED;
    event.status = Kind::AUTH_LOGIN_SUCCEEDED.default_status();
    event
}

fn batch(events: Vec<Event>) -> Batch {
    Batch {
        api_key: ApiKeyId(Uuid::nil()),
        idempotency: None,
        events,
        reply: Vec::new(),
    }
}

async fn ingest(store: &Store, events: Vec<Event>) -> Result<crate::Ingested> {
    store.ingest(&permit(), batch(events)).await
}

/// The event that makes an account.
fn account_created(n: u64, account: AccountId, email: &str) -> Event {
    let mut event = Event::new(id(n), from_micros(START).unwrap(), Kind::ACCOUNT_CREATED, "vigia");
    event.target.kind = Some("user".to_owned());
    event.target.email = Some(email.to_owned());
    let payload = AccountEvent::Created {
        grants: vec![Grant::role(vigia_domain::access::BuiltInRole::Admin)],
    };
    event.aggregate = Some(Aggregate {
        kind: AggregateKind::Account,
        id: account.0,
        version: 1,
        payload: serde_json::to_value(payload).unwrap(),
    });
    event
}

async fn create_account(store: &Store, n: u64, email: &str) -> Result<AccountId> {
    let account = AccountId(Uuid::from_u128(n.into()));
    let permit = permit();
    let mut tx = store.transact(Authority::Accounts(&permit));
    tx.set_credential(crate::Credential::Password(account), b"a hash".to_vec());
    tx.commit(vec![account_created(n, account, email)]).await?;
    Ok(account)
}

async fn exported(store: &Store) -> Vec<Exported> {
    let mut export: Export = store.export(&permit(), None, None).await.unwrap();
    let mut all = Vec::new();
    loop {
        let page = export.next_page().await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// What the verifier says of a store's ledger.
async fn verdict(store: &Store) -> Verdict {
    let mut audit = store.audit(&permit()).await.unwrap();
    let note = audit.head().checkpoint.clone();
    let checkpoint = trusted_head(&note, &[store.verifier()]).unwrap();
    let mut auditor = Auditor::new(vec![Head::of(&checkpoint, &note)]);
    loop {
        let rows = audit.next_page().await.unwrap();
        if rows.is_empty() {
            return auditor.finish();
        }
        for row in rows {
            row.judge(&mut auditor);
        }
    }
}

/// Whether the ledger is whole and its state is what its events say.
async fn assert_whole(store: &Store) {
    let verdict = verdict(store).await;
    assert!(verdict.is_whole(), "{:?}", verdict.findings);
    assert_eq!(store.replay_check(&permit()).await.unwrap(), []);
}
