//! Somebody changes one byte in the platform's database: the window says so, with the evidence.

use crate::platform::Platform;
use crate::story::{EMAIL, PASSWORD, picture, tell};
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
        window.click("integrity").await?;
        window.click("verify-now").await?;

        window.wait_for("integrity", "data-state", "broken").await?;
        let banner = window.find("broken-banner").await?;
        assert_eq!(
            banner.attr("data-finding").await?.as_deref(),
            Some("entry_changed")
        );
        let evidence = window.text("evidence-path").await?;
        let evidence = std::fs::read_to_string(evidence.trim())?;
        assert!(evidence.contains("20"), "the evidence names the entry");
        picture(window, "6-broken").await?;

        assert!(
            window.search("kind:auth.login.failed").await? > 0,
            "the copy that verified still answers"
        );
        Ok(())
    })
    .await;
}
