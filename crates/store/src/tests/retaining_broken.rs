//! Retention that broke off, was asked to stop, or was never told: made good, or found.

use super::retaining::{ANA, JOAO, bytes, filled, hold, periods, retain};
use super::*;
use crate::erase::Step;
use vigia_domain::hold::Criteria;
use vigia_domain::retention::Class;

#[tokio::test]
async fn a_run_that_broke_off_anywhere_is_made_good() {
    for step in [
        Step::Intended,
        Step::KeysAdded,
        Step::TombstoneAppended,
        Step::Forgotten,
        Step::KeysDropped,
    ] {
        let place = Place::new();
        let store = filled(&place).await;
        let criteria = Criteria {
            services: ["kept".to_owned()].into(),
            ..Criteria::default()
        };
        let mut kept = failed(40, ANA, [10, 0, 0, 9]);
        kept.service = "kept".to_owned();
        ingest(&store, vec![kept, failed(41, JOAO, [10, 0, 0, 8])])
            .await
            .unwrap();
        hold(&store, 70, criteria, None).await;
        place.clock.advance(TimeDelta::days(200));
        store.close().await;
        let store = place.open_to_break(step).await;
        let broken = store.retain(&permit(), place.clock.now(), false, || true).await;
        assert!(broken.is_err(), "{step:?}");
        store.close().await;
        let store = place.open().await;
        retain(&place, &store).await;
        assert_whole(&store).await;
        let events = exported(&store).await;
        let kept = events.iter().find(|one| one.event.service == "kept").unwrap();
        assert_eq!(kept.event.source.ip, Some([10, 0, 0, 9].into()), "{step:?}");
        assert_eq!(periods(&store).await.len(), 1, "{step:?}");
    }
}

#[tokio::test]
async fn what_is_missing_without_a_pruning_is_broken() {
    let place = Place::new();
    let store = filled(&place).await;
    place.clock.advance(TimeDelta::days(89));
    retain(&place, &store).await;
    run(&store, "UPDATE entry SET body = NULL WHERE seq = 5").await;
    let found = verdict(&store).await;
    assert_eq!(found.findings.len(), 1, "{:?}", found.findings);
    assert_eq!(
        (found.findings[0].word(), found.findings[0].seq()),
        ("entry_missing", Some(5))
    );
    sqlx::query("DELETE FROM period WHERE class = 3")
        .execute(&store.vault().pool)
        .await
        .unwrap();
    store.close().await;
    let found = verdict(&place.open().await).await;
    assert_eq!(found.findings.len(), 2, "{:?}", found.findings);
}

#[tokio::test]
async fn a_dry_run_says_what_would_go_and_takes_nothing() {
    let place = Place::new();
    let store = filled(&place).await;
    place.clock.advance(TimeDelta::days(200));
    let size = store.head().await.unwrap().size;
    let would = store
        .retain(&permit(), place.clock.now(), true, || true)
        .await
        .unwrap();
    assert_eq!(
        would.entries,
        [(Class::Security, 6), (Class::Application, 2)].into()
    );
    assert_eq!(store.head().await.unwrap().size, size);
    assert_eq!(bytes(&store).await.len(), 8);
    let stopped = store
        .retain(&permit(), place.clock.now(), false, || false)
        .await
        .unwrap();
    assert!(stopped.unfinished && stopped.entries.is_empty());
}
