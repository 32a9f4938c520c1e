//! The commands. Each opens the data folder, asks the library, prints the answer.

use crate::args::{Admin, Command, Key};
use crate::setup::Setup;
use crate::{backup, migrate, output, retention, rotate, serve, tls, verify};
use serde_json::json;
use std::io;
use std::path::{Path, PathBuf};
use vigia_domain::access::{Permission, Requester};
use vigia_domain::{Clock as _, Kind, Timestamp};
use vigia_server::auth::password::Passwords;
use vigia_server::config::Refused;
use vigia_server::edge::SystemClock;
use vigia_server::event::{self, Origin};
use vigia_server::tls::BadCertificate;
use vigia_server::{Error, Platform, account, api_key, operator_may};
use vigia_store::{Authority, Store};
use vigia_wire::api_key::CreateApiKey;
use zeroize::Zeroizing;

/// The largest password file, in bytes.
const MAX_PASSWORD_FILE_BYTES: u64 = 4096;

/// What a command found.
pub enum Answer {
    /// Done, or yes.
    Yes,
    /// No: it does not verify, or there is nobody.
    No,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration does not hold.
    #[error(transparent)]
    Config(#[from] Refused),
    /// The library's word for it.
    #[error(transparent)]
    Platform(#[from] Error),
    /// A file of the command line could not be read.
    #[error("reading {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The answer could not be written.
    #[error("writing the answer")]
    Output(#[source] io::Error),
    /// Signals cannot be heard.
    #[error("listening for signals")]
    Signal(#[source] io::Error),
    /// No runtime.
    #[error("starting the runtime")]
    Runtime(#[source] io::Error),
}

impl From<BadCertificate> for Failure {
    fn from(error: BadCertificate) -> Self {
        Self::Platform(error.into())
    }
}

impl From<vigia_store::Error> for Failure {
    fn from(error: vigia_store::Error) -> Self {
        Self::Platform(error.into())
    }
}

impl Failure {
    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Platform(Error::Field { .. } | Error::Certificate(_)) => 2,
            Self::Platform(Error::NotFound(_)) => 1,
            _ => 5,
        }
    }
}

/// Runs a command.
///
/// # Errors
/// Why it could not be carried out.
pub async fn run(command: Command, setup: &Setup) -> Result<Answer, Failure> {
    match command {
        Command::Serve {
            print_config, check, ..
        } => serve::serve(setup, print_config, check).await,
        Command::Init {
            admin_email,
            admin_password_file,
            tls_names,
            ..
        } => init(setup, &admin_email, &admin_password_file, &tls_names).await,
        Command::Tls(command) => tls::run(setup, command),
        Command::Admin(Admin::Reset {
            email, password_file, ..
        }) => reset(setup, &email, &password_file).await,
        Command::Key(Key::Create {
            name,
            permissions,
            expires_at,
            json,
            ..
        }) => {
            let request = CreateApiKey {
                name,
                permissions: permissions.iter().map(Permission::to_string).collect(),
                expires_at,
            };
            create_key(setup, request, json).await
        }
        Command::Verify {
            log_key: Some(key),
            json,
            ..
        } => verify::without_keys(&setup.options(), &key, json).await,
        Command::Verify { checkpoint, json, .. } => {
            verify::verify(setup.options(), checkpoint.as_deref(), json).await
        }
        Command::Replay { json, .. } => replay(setup, json).await,
        Command::Erase { subject, json, .. } => erase(setup, &subject, json).await,
        Command::Migrate(command) => migrate::migrate(setup, &command).await,
        Command::Retention(command) => retention::policy(setup, command).await,
        Command::Hold(command) => retention::hold(setup, command).await,
        Command::Backup(command) => backup::backup(setup, command).await,
        Command::CheckBackup(command) => backup::check(setup, command).await,
        Command::Restore(command) => backup::restore(setup, command).await,
        Command::Rotate(command) => rotate::rotate(setup, command).await,
        Command::Export { since, until, .. } => export(setup, since, until).await,
    }
}

pub(crate) fn print(text: &str) -> Result<(), Failure> {
    output::line(text).map_err(Failure::Output)
}

pub(crate) fn operator() -> Origin {
    Origin {
        now: SystemClock.now(),
        actor: event::operator(),
        address: None,
    }
}

async fn init(
    setup: &Setup,
    email: &str,
    password_file: &Path,
    tls_names: &[String],
) -> Result<Answer, Failure> {
    let password = read_password(password_file)?;
    setup.may_make_certificate(tls_names)?;
    let platform = Platform::init(setup.options(), email, &password).await?;
    let key = platform.store().verifier();
    print(&format!(
        "log {}\nfingerprint {}",
        key.origin(),
        key.fingerprint()
    ))?;
    platform.close().await;
    if !tls_names.is_empty() {
        tls::make(setup, tls_names, false)?;
    }
    Ok(Answer::Yes)
}

fn read_password(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let failed = |source| Failure::File {
        path: path.to_owned(),
        source,
    };
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > MAX_PASSWORD_FILE_BYTES {
        let reason = format!("is longer than {MAX_PASSWORD_FILE_BYTES} bytes");
        return Err(Error::Field {
            name: "password file",
            reason,
        }
        .into());
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Zeroizing::new(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

async fn reset(setup: &Setup, email: &str, password_file: &Path) -> Result<Answer, Failure> {
    let password = read_password(password_file)?;
    let store = Store::open(setup.options()).await?;
    let origin = operator();
    let permit = operator_may(origin.now)?;
    let done = account::reset(&store, &permit, &Passwords::new()?, &origin, email, &password).await;
    store.close().await;
    print(&format!("account {}", done?))?;
    Ok(Answer::Yes)
}

async fn create_key(setup: &Setup, request: CreateApiKey, json: bool) -> Result<Answer, Failure> {
    let store = Store::open(setup.options()).await?;
    let origin = operator();
    let permit = operator_may(origin.now)?;
    let done = api_key::create(&store, &permit, &Requester::operator(), &origin, request).await;
    store.close().await;
    let key = done?;
    if json {
        let text = serde_json::to_string(&key).map_err(|source| Error::Encoding {
            what: "the key",
            source,
        })?;
        print(&text)?;
    } else {
        print(&key.key)?;
    }
    Ok(Answer::Yes)
}

async fn replay(setup: &Setup, json: bool) -> Result<Answer, Failure> {
    let store = Store::open(setup.options()).await?;
    let checked = store.replay_check(&operator_may(SystemClock.now())?).await;
    store.close().await;
    let differences = checked?;
    if json {
        let all: Vec<_> = differences
            .iter()
            .map(
                |one| json!({"kind": one.kind, "id": one.id, "stored": one.stored, "replayed": one.replayed}),
            )
            .collect();
        print(&json!({"same": all.is_empty(), "differences": all}).to_string())?;
    } else {
        for one in &differences {
            let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
            let (stored, replayed) = (side(&one.stored), side(&one.replayed));
            print(&format!(
                "different: {} {}\n  stored:   {stored}\n  replayed: {replayed}",
                one.kind, one.id
            ))?;
        }
        if differences.is_empty() {
            print("same: replaying the events gives the stored state")?;
        }
    }
    Ok(if differences.is_empty() {
        Answer::Yes
    } else {
        Answer::No
    })
}

async fn erase(setup: &Setup, subject: &str, json: bool) -> Result<Answer, Failure> {
    let store = Store::open(setup.options()).await?;
    let erased = store
        .subject_erase(&operator_may(SystemClock.now())?, subject)
        .await;
    let accounts = erased.as_ref().is_ok_and(|erased| !erased.accounts.is_empty());
    if accounts && !account::has_administrator(&store, &operator_may(SystemClock.now())?).await? {
        output::warn("no active administrator is left; `admin reset` with any e-mail makes a new one");
    }
    store.close().await;
    let erased = match erased {
        Ok(erased) => erased,
        Err(vigia_store::Error::NobodyKnown) => {
            return Err(Error::NotFound("nobody known by this identifier").into());
        }
        Err(error) => return Err(error.into()),
    };
    let subjects: Vec<String> = erased.subjects.iter().map(ToString::to_string).collect();
    if json {
        let accounts = &erased.accounts;
        print(&json!({"subjects": subjects, "groups": erased.groups, "accounts": accounts}).to_string())?;
    } else {
        let (people, groups, accounts) = (subjects.len(), erased.groups, erased.accounts.len());
        print(&format!(
            "erased: {people} subjects, {groups} sealed groups, {accounts} accounts"
        ))?;
    }
    Ok(Answer::Yes)
}

async fn export(
    setup: &Setup,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Result<Answer, Failure> {
    let store = Store::open(setup.options()).await?;
    let exported = export_all(&store, since, until).await;
    store.close().await;
    exported.map(|()| Answer::Yes)
}

async fn export_all(
    store: &Store,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Result<(), Failure> {
    let origin = operator();
    let mut told = origin.event(Kind::EVENTS_EXPORTED, "Events were exported with people shown")?;
    for (name, bound) in [("since", since), ("until", until)] {
        if let Some(bound) = bound {
            told.details.insert(name.to_owned(), bound.to_rfc3339().into());
        }
    }
    // Told before the first line leaves: an export that breaks off was one, too.
    store.record(Authority::Own, vec![told]).await?;
    let mut export = store.export(&operator_may(origin.now)?, since, until).await?;
    loop {
        let page = export.next_page().await?;
        if page.is_empty() {
            return Ok(());
        }
        for one in page {
            let failed = |source| Error::Encoding {
                what: "an event",
                source,
            };
            let line = one.event.to_json(one.seq, one.recorded_at).map_err(failed)?;
            print(&serde_json::Value::Object(line).to_string())?;
        }
    }
}
