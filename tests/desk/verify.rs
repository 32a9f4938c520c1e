//! Verifying everything as long work of the console: its parts, its end, and stopping it.

use std::sync::Arc;
use vigia_desk::edge::SystemClock;
use vigia_desk::secret::Memory;
use vigia_desk::trust::How;
use vigia_desk::view::job::{Job, JobRef, JobState};
use vigia_desk::view::setup::SignIn;
use vigia_desk::view::status::Integrity;
use vigia_desk::{Console, Home, Topic};
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House};

/// A console in this process, level with the platform.
async fn begin() -> (House, tempfile::TempDir, Console) {
    let house = House::start().await;
    house.platform.load_sample().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let home = Home::open(folder.path()).unwrap();
    let console = Console::open_once(home, Box::new(Memory::default()), Arc::new(SystemClock), None)
        .await
        .unwrap();
    let request = SignIn {
        url: Some(house.url().to_owned()),
        email: ADMIN_EMAIL.to_owned(),
        password: ADMIN_PASSWORD.to_owned(),
        fingerprint: Some(house.platform.store().verifier().fingerprint()),
        how: Some(How::Given),
        tls: None,
    };
    console.sign_in(request).await.unwrap();
    console.sync_now().await.unwrap();
    (house, folder, console)
}

/// Waits until a job has ended, and tells which phases it was seen in.
async fn ended(console: &Console, id: u64) -> (Job, Vec<String>) {
    let mut changes = console.changes();
    let mut phases = Vec::new();
    loop {
        let jobs = console.jobs().await.unwrap();
        let job = jobs.into_iter().find(|job| job.id == id).unwrap();
        if let Some(phase) = job.phase.clone().filter(|phase| phases.last() != Some(phase)) {
            phases.push(phase);
        }
        if job.state != JobState::Running {
            return (job, phases);
        }
        while changes.recv().await.unwrap() != Topic::Jobs {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verifying_checks_the_own_copy_and_then_every_entry_anew() {
    let (_house, _folder, console) = begin().await;
    let job = console.verify_start().await.unwrap();
    let (job, phases) = ended(&console, job.id).await;
    assert_eq!(job.state, JobState::Done { path: None });
    assert_eq!(phases.last().map(String::as_str), Some("fetch"));
    assert_eq!(Some(job.done), job.total);
    let ledger = console.ledger().await.unwrap();
    assert_eq!(ledger.key.unwrap().how, Some(How::Given));
    assert_eq!(ledger.seen.first().map(|one| one.size), job.total);
    assert!(ledger.note.is_some());
    console.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_that_is_stopped_leaves_everything_as_it_was() {
    let (_house, _folder, console) = begin().await;
    let before = console.status().await.unwrap();
    let job = console.verify_start().await.unwrap();
    assert_eq!(console.verify_start().await.unwrap().id, job.id, "one at a time");
    console.job_cancel(JobRef { id: job.id }).await.unwrap();
    let (job, _) = ended(&console, job.id).await;
    assert_eq!(job.state, JobState::Cancelled);
    let after = console.status().await.unwrap();
    assert!(!after.copy.syncing, "nothing works on the copy any more");
    let checked = |integrity: &Integrity| match integrity {
        Integrity::Verified { full_check_at, .. } => *full_check_at,
        _ => None,
    };
    assert_eq!(checked(&after.integrity), checked(&before.integrity));
    // And the next one goes through.
    let job = console.verify_start().await.unwrap();
    assert_eq!(
        ended(&console, job.id).await.0.state,
        JobState::Done { path: None }
    );
    console.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_ends_the_verification_and_stands_in_the_status() {
    let (house, _folder, console) = begin().await;
    vigia_tests::tamper::change_one_byte(house.folder(), 20)
        .await
        .unwrap();
    let job = console.verify_start().await.unwrap();
    let (job, _) = ended(&console, job.id).await;
    let code = match job.state {
        JobState::Failed { problem } => problem.code.as_str(),
        other => panic!("{other:?}"),
    };
    assert_eq!(code, "ledger_broken");
    let status = console.status().await.unwrap();
    assert!(matches!(
        status.integrity,
        Integrity::Broken { seq: Some(20), .. }
    ));
    console.close().await;
}
