//! A person is erased with the binary: nothing of them is left in any file, and the log still
//! proves itself.

use crate::binary::{on, verify};
use std::path::Path;
use vigia_tests::platform::{ADMIN_EMAIL, House, VIEWER_EMAIL};

const PERSON: &str = "joao.pereira.da.silva@example.com";

/// The files of a folder that hold this text, in any upper or lower case.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let wanted = text.to_lowercase().into_bytes();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else {
            let bytes = std::fs::read(&path).expect("a file").to_ascii_lowercase();
            if bytes.windows(wanted.len()).any(|window| window == wanted) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[tokio::test]
async fn after_an_erasure_the_person_is_nowhere_and_everything_still_verifies() {
    let house = House::start().await;
    let key = house.ingest_key().await;
    let line = |kind: &str| serde_json::json!({"service": "shop", "kind": kind, "actor": {"email": PERSON}, "message": format!("{PERSON} was here")});
    let body = format!(
        "{}\n{}\nsomebody else\n",
        line("auth.login.succeeded"),
        line("auth.login.failed")
    );
    house.ingest(&key, "", body).await;
    let named = |events: &[vigia_domain::Event]| {
        events
            .iter()
            .filter(|event| serde_json::to_string(event).expect("JSON").contains(PERSON))
            .count()
    };
    assert_eq!(named(&house.events(0).await), 2);
    let before = house.size().await;

    // While it serves: caches of keys must be dropped, too.
    let erased = on(house.folder(), &["erase"], &["--subject", PERSON, "--json"]);
    assert_eq!(erased.code, 0, "{}", erased.err);
    let erased: serde_json::Value = serde_json::from_str(&erased.out).expect("JSON");
    assert!(erased["groups"].as_u64().expect("a count") >= 2, "{erased}");
    let events = house.events(0).await;
    assert_eq!(named(&events), 0);
    assert_eq!(
        u64::try_from(events.len()).expect("a count"),
        before + 1,
        "the tombstone"
    );
    assert_eq!(files_with(house.folder(), PERSON), Vec::<String>::new());

    let (folder, _) = house.stop().await;
    assert_eq!(files_with(folder.path(), PERSON), Vec::<String>::new());
    let whole = verify(folder.path(), &[]);
    assert_eq!(whole.code, 0, "{}{}", whole.out, whole.err);
    let same = on(folder.path(), &["replay"], &["--check"]);
    assert_eq!(same.code, 0, "{}{}", same.out, same.err);
}

#[tokio::test]
async fn an_erased_account_signs_in_no_more_and_its_session_is_over() {
    let house = House::start().await;
    let viewer = house.viewer().await;
    let erased = on(house.folder(), &["erase"], &["--subject", VIEWER_EMAIL]);
    assert_eq!(erased.code, 0, "{}", erased.err);
    let request = house.ask(&viewer, reqwest::Method::GET, "/v1/auth/session");
    let refused = vigia_tests::platform::Reply::of(request).await;
    assert_eq!(refused.code(), "session_ended");
    let again = house
        .try_login(
            VIEWER_EMAIL,
            vigia_tests::platform::VIEWER_PASSWORD,
            [127, 0, 0, 1].into(),
        )
        .await;
    assert_eq!(again.code(), "wrong_credentials");
    let (folder, _) = house.stop().await;
    assert_eq!(files_with(folder.path(), VIEWER_EMAIL), Vec::<String>::new());
    assert_eq!(
        files_with(folder.path(), ADMIN_EMAIL),
        Vec::<String>::new(),
        "sealed, never clear"
    );
    let whole = verify(folder.path(), &[]);
    assert_eq!(whole.code, 0, "{}{}", whole.out, whole.err);
    let same = on(folder.path(), &["replay"], &["--check"]);
    assert_eq!(same.code, 0, "{}{}", same.out, same.err);
}
