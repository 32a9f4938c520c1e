//! The platform stops: the copy still answers, and its age is shown.

use crate::platform::Platform;
use crate::story::{EMAIL, PASSWORD, ensure, picture, tell};
use vigia_tests::window::SAMPLE;

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_platform_leaves_the_search_and_an_honest_age() {
    let mut platform = Platform::with_sample().await.unwrap();
    let fingerprint = platform.fingerprint().await.unwrap();
    tell("offline", async |window| {
        window
            .connect(&platform.url(), &fingerprint, EMAIL, PASSWORD)
            .await?;
        window.wait_for("connection", "data-state", "online").await?;
        window.wait_for("integrity", "data-state", "verified").await?;
        window.number("overview-events", SAMPLE).await?;
        let before = window.search("kind:auth.login.failed").await?;

        platform.stop().await?;
        window.wait_for("connection", "data-state", "offline").await?;
        let age = window.text("offline-banner").await?;
        ensure(
            age.chars().any(|c| c.is_ascii_digit()),
            format!("no age in {age:?}"),
        )?;

        window.search("kind:auth.login.succeeded").await?;
        let after = window.search("kind:auth.login.failed").await?;
        ensure(
            after == before,
            format!("{after} failed sign-ins, {before} before"),
        )?;
        window.find("event-row").await?;
        picture(window, "5-offline").await
    })
    .await;
}
