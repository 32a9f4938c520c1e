//! Every operation of the console, listed once: name, request, reply.
//!
//! The desktop shell, the test host and the generated TypeScript all follow this list, so that an
//! operation cannot exist in one and be missing in another. Each line forwards to the `Console`
//! method of the same name; nothing is decided here.

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident($($request:ty)?) -> $reply:ty;)+) => {
        /// The name of every command, in the order of the list.
        pub const NAMES: &[&str] = &[$(stringify!($name)),+];

        /// Does what a command says: its request as JSON, its reply as JSON.
        ///
        /// # Errors
        /// `not_found` for a name that is not in the list, `invalid_request` where the request is
        /// not what the command takes, and whatever the command itself gives.
        pub async fn dispatch(console: &Console, name: &str, request: Value) -> Result<Value, Problem> {
            match name {
                $(stringify!($name) => {
                    let reply: $reply = commands!(@call console $name request $($request)?);
                    written(&reply)
                })+
                _ => Err(Problem::new(Code::NotFound, format!("there is no command {name}"))),
            }
        }

        #[cfg(test)]
        mod signature {
            use super::*;
            use std::path::Path;
            use ts_rs::{Config, TS};

            /// Name, request and reply of every command, as TypeScript.
            pub fn all(config: &Config) -> Vec<(&'static str, String, String)> {
                vec![$((stringify!($name), commands!(@name config $($request)?), <$reply as TS>::name(config))),+]
            }

            /// Writes a file for each type that a command takes or gives.
            pub fn export(folder: &Path) -> Config {
                let config = Config::new().with_out_dir(folder);
                $(
                    $(<$request as TS>::export_all(&config).unwrap();)?
                    // A list or nothing has no file of its own; the items of lists are named below.
                    let _ = <$reply as TS>::export_all(&config);
                )+
                QueryField::export_all(&config).unwrap();
                ProfileRow::export_all(&config).unwrap();
                CertificateLook::export_all(&config).unwrap();
                Job::export_all(&config).unwrap();
                SessionRow::export_all(&config).unwrap();
                config
            }
        }
    };
    (@call $console:ident $name:ident $json:ident) => {{
        let () = read($json)?;
        $console.$name().await?
    }};
    (@call $console:ident $name:ident $json:ident $request:ty) => {
        $console.$name(read::<$request>($json)?).await?
    };
    (@name $config:ident) => { "null".to_owned() };
    (@name $config:ident $request:ty) => { <$request as TS>::name($config) };
}

use crate::Console;
use crate::desktop::{DesktopState, LinkReply};
use crate::view::{
    access::{
        ApiKeyRef, ApiKeysView, EndedSessions, MadeApiKey, NewApiKey, SessionRef, SessionRow, SessionsRequest,
    },
    chart::{ChartRequest, ChartSaved},
    event::{
        DetailRequest, EventDetail, Histogram, HistogramRequest, QueryCheck, QueryField, SearchReply,
        SearchRequest,
    },
    export::{ExportPlace, ExportRequest},
    job::{Job, JobRef},
    ledger::{LedgerView, ProofRequest, ProofSaved},
    older::{OlderRequest, OlderView},
    overview::{Overview, OverviewRequest},
    profile::{ProfileKeep, ProfileName, ProfileRef, ProfileRemove, ProfileRemoved, ProfileRow},
    saved::{ColumnsChoice, RecentNote, SavedDraft, SavedOrder, SavedRef, SavedSearch, SavedView},
    settings::Settings,
    setup::{
        CertificateAccept, CertificateLook, LookRequest, ProbeReply, ProbeRequest, SampleReply, SetupLocal,
        SignIn,
    },
    status::Status,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use vigia_wire::{Code, Problem};

fn read<T: DeserializeOwned>(request: Value) -> Result<T, Problem> {
    serde_json::from_value(request)
        .map_err(|error| Problem::new(Code::InvalidRequest, format!("reading the request: {error}")))
}

fn written(reply: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(reply)
        .map_err(|error| Problem::new(Code::Internal, format!("writing the reply: {error}")))
}

commands! {
    /// Where the console stands.
    status() -> Status;
    /// Starts the platform inside this console and signs in.
    setup_local(SetupLocal) -> Status;
    /// Asks a platform for its name and fingerprint.
    probe(ProbeRequest) -> ProbeReply;
    /// Looks at a platform's certificate.
    certificate_look(LookRequest) -> Option<CertificateLook>;
    /// Accepts the certificate that a known platform presents now.
    certificate_accept(CertificateAccept) -> Status;
    /// The platform on this computer, where there is one already.
    local_platform() -> Option<ProbeReply>;
    /// Signs in.
    sign_in(SignIn) -> Status;
    /// Signs out; the copy stays.
    sign_out() -> Status;
    /// Loads the sample into the platform.
    load_sample() -> SampleReply;
    /// Brings the copy level with the platform.
    sync_now() -> Status;
    /// Checks the copy and every entry of the platform again.
    verify_now() -> Status;
    /// The platforms of this console.
    profiles() -> Vec<ProfileRow>;
    /// Shows another platform.
    profile_use(ProfileRef) -> Status;
    /// Calls a platform by another name.
    profile_rename(ProfileName) -> Vec<ProfileRow>;
    /// Keeps more or less of a platform's log on this computer.
    profile_keep(ProfileKeep) -> Vec<ProfileRow>;
    /// Signs out of a platform; its copy stays.
    profile_sign_out(ProfileRef) -> Vec<ProfileRow>;
    /// Takes a platform off this console.
    profile_remove(ProfileRemove) -> ProfileRemoved;
    /// Tries the keyring again.
    keyring_retry() -> Status;
    /// Everything that the Overview draws.
    overview(OverviewRequest) -> Overview;
    /// Some rows of a search.
    events_search(SearchRequest) -> SearchReply;
    /// The histogram above the table.
    events_histogram(HistogramRequest) -> Histogram;
    /// Searches the platform for what lies before the copy.
    older_search(OlderRequest) -> OlderView;
    /// How far that search is.
    older() -> OlderView;
    /// Stops that search.
    older_stop() -> OlderView;
    /// One event with its proof.
    event_detail(DetailRequest) -> EventDetail;
    /// Whether a query is valid.
    query_check(QueryCheck) -> ();
    /// What may be searched.
    query_fields() -> Vec<QueryField>;
    /// Begins to write what a search finds to a file.
    events_export(ExportRequest) -> Job;
    /// Where files go that the console saves.
    export_place() -> ExportPlace;
    /// Saves a chart, or its numbers, as a file.
    chart_save(ChartRequest) -> ChartSaved;
    /// Saved and recent searches, and the columns of the table.
    saved() -> SavedView;
    /// Keeps a search.
    saved_put(SavedDraft) -> SavedSearch;
    /// Forgets a search.
    saved_delete(SavedRef) -> ();
    /// Puts the searches in another order.
    saved_order(SavedOrder) -> ();
    /// Remembers a search that was made.
    recent_note(RecentNote) -> ();
    /// Forgets the recent searches.
    recent_clear() -> ();
    /// Keeps the columns of the table.
    columns_set(ColumnsChoice) -> ();
    /// Long work of this console, the newest first.
    jobs() -> Vec<Job>;
    /// Stops a job.
    job_cancel(JobRef) -> ();
    /// Takes a job that ended from the list.
    job_forget(JobRef) -> ();
    /// The ledger as this desk knows it.
    ledger() -> LedgerView;
    /// Begins to verify everything.
    verify_start() -> Job;
    /// Saves the proof of one event as a file.
    proof_save(ProofRequest) -> ProofSaved;
    /// The API keys, and what a new one may be given.
    api_keys() -> ApiKeysView;
    /// Makes an API key.
    api_key_create(NewApiKey) -> MadeApiKey;
    /// Revokes an API key.
    api_key_revoke(ApiKeyRef) -> ();
    /// Open sessions of the platform.
    sessions(SessionsRequest) -> Vec<SessionRow>;
    /// Ends a session of the platform.
    session_end(SessionRef) -> ();
    /// Ends every other session of one's own.
    sessions_end_others() -> EndedSessions;
    /// The link that waits to be opened, once.
    link_take() -> LinkReply;
    /// What this desktop offers.
    desktop_state() -> DesktopState;
    /// The settings.
    settings_get() -> Settings;
    /// Saves the settings.
    settings_set(Settings) -> Settings;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::fmt::Write as _;
    use std::path::{Path, PathBuf};
    use ts_rs::TS;

    fn committed() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/api/generated")
    }

    fn files(folder: &Path) -> BTreeMap<String, String> {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return BTreeMap::new();
        };
        entries
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().unwrap().is_file())
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, std::fs::read_to_string(entry.path()).unwrap())
            })
            .collect()
    }

    /// `commands.ts`: the map from name to types, and the closed lists that the window translates.
    fn command_map(config: &ts_rs::Config) -> String {
        let signatures = signature::all(config);
        let mut used: Vec<&str> = signatures
            .iter()
            .flat_map(|(_, request, reply)| [request.as_str(), reply.as_str()])
            .map(|name| {
                name.trim_end_matches(" | null")
                    .trim_start_matches("Array<")
                    .trim_end_matches('>')
            })
            .filter(|name| *name != "null")
            .chain(["Code"])
            .collect();
        used.sort_unstable();
        used.dedup();
        let mut out = String::from("// Generated from crates/desk/src/commands.rs. Do not edit.\n");
        for name in used {
            writeln!(out, "import type {{ {name} }} from \"./{name}\";").unwrap();
        }
        out.push_str("\n/** Every command of the console: what it takes and what it gives. */\nexport type Commands = {\n");
        for (name, request, reply) in &signatures {
            writeln!(out, "  {name}: {{ request: {request}; reply: {reply} }};").unwrap();
        }
        out.push_str("};\n\nexport const COMMANDS = [\n");
        for name in NAMES {
            writeln!(out, "  \"{name}\",").unwrap();
        }
        out.push_str("] as const satisfies readonly (keyof Commands)[];\n\n/** Every code of a Problem; each has a translation. */\nexport const CODES = [\n");
        for code in Code::ALL {
            writeln!(out, "  \"{}\",", code.as_str()).unwrap();
        }
        out.push_str("] as const satisfies readonly Code[];\n\n/** What `desk:changed` names. */\nexport type Topic = \"status\" | \"events\" | \"settings\" | \"jobs\" | \"saved\" | \"older\" | \"profiles\" | \"desktop\";\n");
        out
    }

    /// `UPDATE=1` writes the files; otherwise they must be what Rust says.
    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "a developer asks for the files by UPDATE=1"
    )]
    fn the_typescript_of_the_window_is_what_rust_says() {
        let folder = tempfile::tempdir().unwrap();
        let config = signature::export(folder.path());
        Problem::export_all(&config).unwrap();
        std::fs::write(folder.path().join("commands.ts"), command_map(&config)).unwrap();
        let generated = files(folder.path());
        assert!(generated.len() > 20, "{:?}", generated.keys());
        if std::env::var("UPDATE").is_ok() {
            let target = committed();
            std::fs::create_dir_all(&target).unwrap();
            for name in files(&target)
                .keys()
                .filter(|name| !generated.contains_key(*name))
            {
                std::fs::remove_file(target.join(name)).unwrap();
            }
            for (name, text) in &generated {
                std::fs::write(target.join(name), text).unwrap();
            }
        }
        assert_eq!(files(&committed()), generated, "run the test again with UPDATE=1");
    }
}
