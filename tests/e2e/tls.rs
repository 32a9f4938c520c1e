//! A team's platform behind TLS of its own authority: the wizard shows its certificate, takes the
//! authority's file, and the console stays connected.

use crate::story::{ensure, picture, tell};
use vigia_server::door::Door;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House};
use vigia_tests::tls::Authority;

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_of_a_private_authority_is_connected_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::default();
    let shown = authority.issue(&["127.0.0.1"]).shown(folder.path(), 0);
    let certificate = shown.certificate().fingerprint;
    let door = Door {
        tls: Some(shown),
        ..Door::default()
    };
    let house = House::start_behind(door).await;
    let key = house.platform.store().verifier().fingerprint();
    let pem = String::from_utf8(authority.pem().to_vec()).unwrap();
    tell("tls", async |window| {
        window.click("wizard-connect").await?;
        window.fill("wizard-url", house.url()).await?;
        window.click("wizard-probe").await?;
        window
            .wait_for("certificate-fingerprint", "data-value", &certificate)
            .await?;
        let go = window.find("wizard-certificate-go").await?;
        ensure(!go.is_enabled().await?, "it goes on before anything was compared")?;
        picture(window, "9-certificate").await?;
        // The second of the two ways; a radio button is drawn by its label.
        let way = "[data-testid=\"wizard-certificate\"] [role=\"radiogroup\"] label:nth-child(2)";
        window.find_css(way).await?.click().await?;
        // A line ends with the key that ends it: the driver leaves out what is no key.
        window.fill("wizard-ca", &pem.replace('\n', "\u{e007}")).await?;
        picture(window, "10-authority").await?;
        window.click("wizard-certificate-go").await?;

        window.wait_for("wizard-fingerprint", "data-value", &key).await?;
        window
            .wait_for("wizard-certificate-trust", "data-kind", "authority")
            .await?;
        window.click("wizard-same").await?;
        window.click("wizard-trust").await?;
        window.fill("wizard-email", ADMIN_EMAIL).await?;
        window.fill("wizard-password", ADMIN_PASSWORD).await?;
        window.click("wizard-signin").await?;

        window.wait_for("connection", "data-state", "online").await?;
        window.wait_for("integrity", "data-state", "verified").await?;
        window.number("overview-events", 1).await?;
        picture(window, "11-connected-over-tls").await
    })
    .await;
    house.stop().await;
}
