//! A new user: wizard, sample, search, one event with its proof.

use crate::story::{EMAIL, PASSWORD, ensure, picture, tell};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_sees_the_sample_searches_it_and_opens_a_proof() {
    tell("sample", async |window| {
        window.find("wizard").await?;
        picture(window, "1-wizard").await?;
        let events = window.use_this_computer(EMAIL, PASSWORD).await?;
        window.wait_for("integrity", "data-state", "verified").await?;
        window.wait_for("connection", "data-state", "online").await?;
        picture(window, "2-overview").await?;

        let failures = window.search("kind:auth.login.failed").await?;
        let some = failures > 0 && failures < events;
        ensure(some, format!("{failures} failed sign-ins of {events} events"))?;
        window.click("event-row").await?;
        window.find("detail").await?;
        picture(window, "3-detail").await?;

        window.click("detail-proof").await?;
        let proof = window.wait_for("proof", "data-verified", "true").await?;
        let index = proof.attr("data-index").await?.unwrap_or_default();
        ensure(
            index.parse::<u64>().is_ok(),
            format!("the proof names the entry {index:?}"),
        )?;
        picture(window, "4-proof").await
    })
    .await;
}
