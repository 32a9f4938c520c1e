//! The log over HTTP, checked with the ledger's own verifier, as a desk would.

use async_compression::tokio::bufread::ZstdDecoder;
use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use tokio::io::AsyncReadExt as _;
use vigia_domain::Clock as _;
use vigia_domain::entry::Entry;
use vigia_ledger::checkpoint::{Checkpoint, LogVerifier};
use vigia_ledger::proof::verify_consistency;
use vigia_ledger::verify::{Frontier, trusted_head};
use vigia_ledger::{Hash, commitment, leaf_hash};
use vigia_tests::platform::{Admin, House, Persona, Reply, Stranger};
use vigia_wire::Base64;
use vigia_wire::ledger::{ConsistencyProof, InclusionProof, LedgerKey};
use vigia_wire::sync::{EntryLine, SyncLine};

fn hash(text: &Base64) -> Hash {
    text.0.as_slice().try_into().expect("32 bytes")
}

/// What a desk has after one answer.
struct Copy {
    entries: Vec<EntryLine>,
    from: u64,
    leaves: u64,
    head: Checkpoint,
    complete: bool,
    pages: usize,
}

async fn key(house: &House) -> LogVerifier {
    let reply = Reply::of(house.ask(&Stranger(()), Method::GET, "/v1/ledger/key")).await;
    let key: LedgerKey = serde_json::from_slice(&reply.body).expect("a key");
    let verifier = LogVerifier::from_vkey(&key.verifier).expect("a verifier key");
    assert_eq!(
        (verifier.origin(), verifier.fingerprint()),
        (key.origin.as_str(), key.fingerprint)
    );
    verifier
}

async fn lines<P: Persona>(house: &House, persona: &P, query: &str) -> Vec<SyncLine> {
    let request = house.ask(persona, Method::GET, &format!("/v1/sync{query}"));
    let reply = Reply::of(request).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    parse(&reply.body)
}

fn parse(text: &[u8]) -> Vec<SyncLine> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice(line).expect("a line of the sync"))
        .collect()
}

/// Checks everything that a desk checks.
async fn sync<P: Persona>(house: &House, persona: &P, query: &str, mut tree: Frontier) -> (Copy, Frontier) {
    let trusted = [key(house).await];
    let mut lines = lines(house, persona, query).await.into_iter();
    let Some(SyncLine::Begin(begin)) = lines.next() else {
        panic!("an answer begins with begin")
    };
    let head = trusted_head(&begin.checkpoint, &trusted).expect("a trusted head");
    if !begin.prefix.is_empty() {
        let prefix: Vec<Hash> = begin.prefix.iter().map(hash).collect();
        tree = Frontier::of_prefix(begin.from, &prefix).expect("a prefix");
    }
    assert_eq!(tree.size(), begin.from);
    let mut copy = Copy {
        entries: Vec::new(),
        from: begin.from,
        leaves: 0,
        head,
        complete: false,
        pages: 0,
    };
    for line in lines {
        match line {
            SyncLine::Entry(entry) => {
                assert_eq!(entry.seq, tree.size());
                let read = Entry::from_bytes(&entry.body.0).expect("an entry");
                for group in &entry.groups {
                    let seed: [u8; 16] = group.seed.0.as_slice().try_into().expect("16 bytes");
                    let index = usize::try_from(group.index).expect("an index");
                    assert_eq!(read.groups[index].hash, commitment(&seed, &group.group.0));
                }
                tree.push(leaf_hash(&entry.body.0));
                copy.entries.push(entry);
            }
            SyncLine::Leaf { seq, hash: leaf } => {
                assert_eq!(seq, tree.size());
                tree.push(hash(&leaf));
                copy.leaves += 1;
            }
            SyncLine::Page { size, consistency } => {
                assert_eq!(size, tree.size());
                let proof: Vec<Hash> = consistency.iter().map(hash).collect();
                let Checkpoint { size: all, root, .. } = &copy.head;
                verify_consistency(size, *all, &tree.root(), root, &proof).expect("a consistent page");
                copy.pages += 1;
            }
            SyncLine::End { complete } => copy.complete = complete,
            SyncLine::Begin(_) | SyncLine::Failed { .. } => panic!("{line:?}"),
        }
    }
    (copy, tree)
}

async fn filled(lines: usize) -> (House, Admin) {
    let house = House::start().await;
    let key = house.ingest_key().await;
    let body = r#"{"service":"shop","kind":"auth.login.succeeded","actor":{"email":"ana@example.com"},"message":"hi"}"#;
    let reply = house.ingest(&key, "", format!("{body}\n").repeat(lines)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let admin = house.admin().await;
    (house, admin)
}

#[tokio::test]
async fn the_whole_log_arrives_proven_page_by_page() {
    let (house, admin) = filled(5_000).await;
    let (copy, tree) = sync(&house, &admin, "", Frontier::default()).await;
    assert!(copy.complete);
    assert_eq!(
        (copy.from, tree.size(), tree.root()),
        (0, copy.head.size, copy.head.root)
    );
    assert_eq!(copy.pages, 2);
    assert!(copy.entries.iter().any(|entry| !entry.groups.is_empty()));
    house.stop().await;
}

#[tokio::test]
async fn answers_join_where_the_last_one_ended() {
    let (house, admin) = filled(50).await;
    let (first, tree) = sync(&house, &admin, "?limit=20", Frontier::default()).await;
    assert!(!first.complete);
    let (second, tree) = sync(&house, &admin, "?after=19&limit=20", tree).await;
    let (third, tree) = sync(&house, &admin, "?after=39", tree).await;
    assert!(!second.complete && third.complete);
    assert_eq!(tree.root(), third.head.root);
    let (nothing, _) = sync(&house, &admin, &format!("?after={}", tree.size() - 1), tree).await;
    assert!(nothing.complete && nothing.entries.is_empty());
    house.stop().await;
}

#[tokio::test]
async fn a_first_sync_may_begin_with_a_window() {
    let (house, _) = filled(300).await;
    house.clock.advance(TimeDelta::days(40));
    let key = house.ingest_key().await;
    let since = house.clock.now() - TimeDelta::hours(1);
    house.ingest(&key, "", "new\n".repeat(10)).await;
    let admin = Admin(
        house
            .login(
                vigia_tests::platform::ADMIN_EMAIL,
                vigia_tests::platform::ADMIN_PASSWORD,
            )
            .await,
    );
    let query = format!("?since={}", since.format("%Y-%m-%dT%H:%M:%SZ"));
    let (copy, tree) = sync(&house, &admin, &query, Frontier::default()).await;
    assert!(copy.from > 300, "{}", copy.from);
    assert!(copy.complete && copy.entries.len() >= 10);
    assert_eq!(tree.root(), copy.head.root);
    house.stop().await;
}

#[tokio::test]
async fn a_viewer_gets_entries_without_people() {
    let (house, _) = filled(20).await;
    let viewer = house.viewer().await;
    let (copy, _) = sync(&house, &viewer, "", Frontier::default()).await;
    assert!(copy.complete && !copy.entries.is_empty());
    assert!(copy.entries.iter().all(|entry| entry.groups.is_empty()));
    assert_eq!(house.events_of("events.read").await.len(), 0);
    house.stop().await;
}

#[tokio::test]
async fn reading_people_is_recorded_once_per_desk_and_hour_before_it_leaves() {
    let (house, admin) = filled(20).await;
    let (first, tree) = sync(&house, &admin, "", Frontier::default()).await;
    let reads = |copy: &Copy| {
        let bodies = copy
            .entries
            .iter()
            .map(|entry| Entry::from_bytes(&entry.body.0).expect("an entry"));
        bodies
            .filter(|entry| entry.kind.as_str() == "events.read")
            .count()
    };
    assert_eq!(reads(&first), 1, "the record is in the very answer");
    let (nothing, tree) = sync(&house, &admin, &format!("?after={}", tree.size() - 1), tree).await;
    assert_eq!(reads(&nothing), 0);
    let key = house.ingest_key().await;
    house.ingest(&key, "", "more\n").await;
    let (more, tree) = sync(&house, &admin, &format!("?after={}", tree.size() - 1), tree).await;
    assert_eq!(
        (reads(&more), house.events_of("events.read").await.len()),
        (0, 1),
        "the same hour"
    );

    // Another desk of the same person writes a record of its own, and reading that one writes none.
    let other = house.admin().await;
    sync(&house, &other, "", Frontier::default()).await;
    let told = house.events_of("events.read").await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].details["from_seq"], 0);
    house.clock.advance(TimeDelta::minutes(14));
    let before = house.size().await;
    let last = format!("?after={}", before - 1);
    let (_, _) = sync(&house, &admin, &format!("?after={}", tree.size() - 1), tree).await;
    let _ = lines(&house, &admin, &last).await;
    house.stop().await;
}

#[tokio::test]
async fn a_page_of_nothing_but_such_records_writes_none() {
    let (house, admin) = filled(3).await;
    let (_, tree) = sync(&house, &admin, "", Frontier::default()).await;
    let other = house.admin().await;
    let (_, _) = sync(&house, &other, "", Frontier::default()).await;
    // What is new for the first desk is a sign-in and the other's record; skip the sign-in.
    let size = house.size().await;
    let third = house.admin().await;
    let path = format!("?after={}&limit=1", size - 2);
    let seen = lines(&house, &third, &path).await;
    assert!(matches!(&seen[1], SyncLine::Entry(entry)
        if Entry::from_bytes(&entry.body.0).expect("an entry").kind.as_str() == "events.read"));
    assert!(tree.size() < size);
    house.stop().await;
}

#[tokio::test]
async fn zstd_is_sent_to_whoever_takes_it() {
    let (house, admin) = filled(500).await;
    let plain = Reply::of(house.ask(&admin, Method::GET, "/v1/sync")).await;
    let request = house
        .ask(&admin, Method::GET, "/v1/sync")
        .header("accept-encoding", "gzip, zstd;q=0.9");
    let packed = Reply::of(request).await;
    assert_eq!(packed.headers["content-encoding"], "zstd");
    assert!(packed.body.len() < plain.body.len() / 2);
    let mut text = Vec::new();
    ZstdDecoder::new(packed.body.as_slice())
        .read_to_end(&mut text)
        .await
        .expect("zstd");
    assert!(matches!(
        parse(&text).last(),
        Some(SyncLine::End { complete: true })
    ));
    house.stop().await;
}

#[tokio::test]
async fn the_public_proofs_and_tiles_verify() {
    let (house, _) = filled(600).await;
    let trusted = [key(&house).await];
    let get = |path: String| Reply::of(house.ask(&Stranger(()), Method::GET, &path));
    let note = get("/v1/ledger/checkpoint".to_owned()).await;
    let head = trusted_head(&note.text(), &trusted).expect("a trusted head");
    let tile = get("/v1/ledger/tile/0/000".to_owned()).await;
    assert_eq!(tile.body.len(), 256 * 32);
    let partial = get(format!("/v1/ledger/tile/0/002.p/{}", head.size - 512)).await;
    assert_eq!(partial.status, StatusCode::OK);
    assert_eq!(get("/v1/ledger/tile/0/900".to_owned()).await.code(), "not_found");
    let above = get("/v1/ledger/tile/1/000.p/2".to_owned()).await;
    assert_eq!(above.body.len(), 64);

    let seq = 77;
    let reply = get(format!("/v1/ledger/inclusion?seq={seq}&size={}", head.size)).await;
    let proof: InclusionProof = serde_json::from_slice(&reply.body).expect("a proof");
    let path: Vec<Hash> = proof.proof.iter().map(hash).collect();
    let leaf: Hash = tile.body[seq * 32..][..32].try_into().expect("a hash");
    vigia_ledger::proof::verify_inclusion(77, head.size, &leaf, &head.root, &path).expect("included");
    let reply = get(format!("/v1/ledger/consistency?from=256&to={}", head.size)).await;
    let proof: ConsistencyProof = serde_json::from_slice(&reply.body).expect("a proof");
    let path: Vec<Hash> = proof.proof.iter().map(hash).collect();
    let first: Hash = above.body[..32].try_into().expect("a hash");
    verify_consistency(256, head.size, &first, &head.root, &path).expect("consistent");
    house.stop().await;
}
