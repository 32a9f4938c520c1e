//! Somebody changes one byte in the platform's database: the window says so, with the evidence.

use crate::platform::Platform;
use crate::story::{EMAIL, PASSWORD, ensure, picture, tell};
use vigia_tests::tamper;
use vigia_tests::window::SAMPLE;

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_turns_the_window_red_and_leaves_the_evidence() {
    let mut platform = Platform::with_sample().await.unwrap();
    let fingerprint = platform.fingerprint().await.unwrap();
    tell("broken", async |window| {
        window
            .connect(&platform.url(), &fingerprint, EMAIL, PASSWORD)
            .await?;
        window.wait_for("integrity", "data-state", "verified").await?;
        window.number("overview-events", SAMPLE).await?;

        platform.stop().await?;
        tamper::change_one_byte(&platform.data(), 20).await?;
        platform.start().await?;
        window.wait_for("connection", "data-state", "online").await?;
        window.click("verify-now").await?;

        window.wait_for("integrity", "data-state", "broken").await?;
        let banner = window.find("broken-banner").await?;
        let finding = banner.attr("data-finding").await?;
        ensure(
            finding.as_deref() == Some("entry_changed"),
            format!("the finding is {finding:?}"),
        )?;
        let evidence = window.text("evidence-path").await?;
        let evidence = std::fs::read_to_string(evidence.trim())?;
        ensure(evidence.contains("20"), "the evidence does not name the entry")?;
        picture(window, "6-broken").await?;

        let failures = window.search("kind:auth.login.failed").await?;
        ensure(failures > 0, "the copy that verified does not answer any more")
    })
    .await;
    platform.stop().await.unwrap();
}
