//! A platform moves to another database; a desk that copied its log before goes on as if nothing
//! had happened.

use crate::terminal::Terminal;
use crate::trust::serve_at;
use vigia_server::Options;
use vigia_store::Store;
use vigia_tests::database;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House};

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_synced_before_the_move_goes_on_without_complaint_on_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    let Some(url) = database::of(&folder.path().join("target")) else {
        return;
    };
    database::in_folder(folder.path());
    let house = House::start_in(folder).await;
    let key = house.ingest_key().await;
    house
        .ingest(&key, "", "a line of an application\n".repeat(300))
        .await;
    let terminal = Terminal::new().await;
    terminal.login(&house, ADMIN_EMAIL, ADMIN_PASSWORD).await.done();
    terminal.run(&["sync"]).await.done();
    let address = house.url().to_owned();
    let (folder, clock) = house.stop().await;

    let to = Options {
        database: vigia_server::Database::Postgres(url.parse().unwrap()),
        ..House::options(folder.path(), &clock)
    };
    Store::transfer(House::options(folder.path(), &clock), &to)
        .await
        .unwrap();
    database::moved_to(folder.path(), &url);
    let platform = serve_at(folder.path(), &clock, &address).await;

    terminal.run(&["sync"]).await.done();
    let verify = terminal.run(&["verify", "--json"]).await.done().json();
    assert_eq!(verify["integrity"]["state"], "verified", "{verify}");
    let status = terminal.run(&["status", "--json"]).await.done().json();
    assert_eq!(status["integrity"]["state"], "verified", "{status}");
    let started = terminal
        .run(&["events", "kind:platform.started", "--count"])
        .await
        .done();
    assert_eq!(started.out.trim(), "2", "what happened after the move arrived");
    platform.close().await;
}
