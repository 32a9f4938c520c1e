//! Several platforms side by side: each its own copy, trust and session.

use crate::console::{Computer, count, ingest, is_online, sign_in, until};
use crate::terminal::{Terminal, files};
use vigia_desk::view::profile::{ProfileName, ProfileRef, ProfileRemove, Tls};
use vigia_desk::view::setup::{CertificateAccept, LookRequest};
use vigia_desk::view::status::{Connection, Integrity, Phase};
use vigia_server::door::Door;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House};
use vigia_tests::tamper;
use vigia_tests::tls::Authority;
use vigia_wire::Code;

#[tokio::test(flavor = "multi_thread")]
async fn two_platforms_are_kept_side_by_side_and_never_mixed() {
    let (one, other) = (House::start().await, House::start().await);
    ingest(&one, "loja", 0..10).await;
    ingest(&other, "banco", 0..20).await;
    let computer = Computer::new();
    let console = computer.start().await;
    let first = sign_in(&console, one.url(), None)
        .await
        .unwrap()
        .profile
        .unwrap()
        .id;
    let second = sign_in(&console, other.url(), None)
        .await
        .unwrap()
        .profile
        .unwrap()
        .id;
    console.sync_now().await.unwrap();
    assert_eq!(
        (
            count(&console, "service:loja").await,
            count(&console, "service:banco").await
        ),
        (0, 20)
    );
    // The one that is not shown is kept up to date, too.
    ingest(&one, "loja", 10..30).await;
    let status = console
        .profile_use(ProfileRef { id: first.clone() })
        .await
        .unwrap();
    assert_eq!(status.profile.unwrap().id, first);
    until(&console, "online", is_online).await;
    console.sync_now().await.unwrap();
    assert_eq!(
        (
            count(&console, "service:loja").await,
            count(&console, "service:banco").await
        ),
        (30, 0)
    );

    let names = [("Loja", &first), ("Banco", &second)];
    for (name, id) in names {
        let (name, id) = (name.to_owned(), id.clone());
        console.profile_rename(ProfileName { id, name }).await.unwrap();
    }
    let rows = console.profiles().await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(),
        ["Loja", "Banco"]
    );
    assert_eq!(
        rows.iter().map(|row| row.in_use).collect::<Vec<_>>(),
        [true, false]
    );
    let out = console
        .profile_sign_out(ProfileRef { id: second.clone() })
        .await
        .unwrap();
    assert!(matches!(out[1].connection, Connection::SignedOut));
    assert!(
        until(&console, "the shown one stays online", is_online)
            .await
            .profile
            .is_some()
    );
    console.close().await;
    drop(console);

    // As it was left: the one in use is online by itself, the other waits for its person.
    let console = computer.start().await;
    let status = until(&console, "online", is_online).await;
    assert_eq!(status.profile.unwrap().id, first);
    let status = console.profile_use(ProfileRef { id: second }).await.unwrap();
    assert_eq!(status.phase, Phase::Ready, "the copy of before can be read");
    assert_eq!(count(&console, "service:banco").await, 20);
    console.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_a_platform_off_needs_its_name_and_leaves_nothing_but_the_evidence() {
    let (one, other) = (House::start().await, House::start().await);
    ingest(&one, "loja", 0..40).await;
    let computer = Computer::new();
    let console = computer.start().await;
    let stays = sign_in(&console, other.url(), None)
        .await
        .unwrap()
        .profile
        .unwrap()
        .id;
    let id = sign_in(&console, one.url(), None)
        .await
        .unwrap()
        .profile
        .unwrap()
        .id;
    console.sync_now().await.unwrap();
    tamper::change_one_byte(one.folder(), 20).await.unwrap();
    console.verify_now().await.unwrap();
    let rows = console.profiles().await.unwrap();
    let name = rows.iter().find(|row| row.id == id).unwrap().name.clone();
    assert!(matches!(
        rows.iter().find(|row| row.id == id).unwrap().integrity,
        Integrity::Broken { .. }
    ));
    let remove = |name: &str| ProfileRemove {
        id: id.clone(),
        name: name.to_owned(),
    };
    let refused = console.profile_remove(remove("another")).await.unwrap_err();
    assert_eq!(refused.code, Code::InvalidRequest);
    let removed = console.profile_remove(remove(&name)).await.unwrap();
    assert!(!computer.profile_folder(&id).exists());
    for secret in ["cache", "session"] {
        assert!(!computer.holds(secret, &id), "{secret}");
        assert!(computer.holds(secret, &stays), "{secret}");
    }
    let evidence = files(std::path::Path::new(&removed.evidence.unwrap()));
    assert_eq!(evidence.len(), 1);
    assert!(
        std::fs::read_to_string(&evidence[0])
            .unwrap()
            .contains("trusted_checkpoint")
    );
    let status = console.status().await.unwrap();
    assert_eq!(status.profile.unwrap().id, stays, "the next platform is shown");
    let name = console.profiles().await.unwrap().remove(0).name;
    let id = stays;
    console.profile_remove(ProfileRemove { id, name }).await.unwrap();
    assert_eq!(console.status().await.unwrap().phase, Phase::Setup);
    console.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_names_the_platform_that_is_meant() {
    let (one, other) = (House::start().await, House::start().await);
    ingest(&one, "loja", 0..10).await;
    ingest(&other, "banco", 0..20).await;
    let terminal = Terminal::new().await;
    terminal.login(&one, ADMIN_EMAIL, ADMIN_PASSWORD).await.done();
    terminal.login(&other, ADMIN_EMAIL, ADMIN_PASSWORD).await.done();
    terminal
        .run(&["profile", "rename", one.url(), "Loja"])
        .await
        .done();
    terminal.run(&["sync"]).await.done();
    terminal.run(&["sync", "--profile", "loja"]).await.done();
    assert_eq!(terminal.count("service:banco").await, 20);
    let found = terminal
        .run(&["--profile", "Loja", "events", "service:loja", "--count"])
        .await
        .done();
    assert_eq!(found.out.trim(), "10");
    let rows = terminal.run(&["profiles", "--json"]).await.done().json();
    assert_eq!(rows.as_array().unwrap().len(), 2, "{rows}");
    let unknown = terminal.run(&["--profile", "nobody", "status"]).await;
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.err.contains("Loja"), "{unknown:?}");
    terminal.run(&["profile", "use", "Loja"]).await.done();
    assert_eq!(terminal.count("service:loja").await, 10);
    terminal
        .run(&["profile", "keep", "Loja", "--days", "30", "--disk-mib", "512"])
        .await
        .done();
    terminal.run(&["sync"]).await.done();
    terminal.run(&["verify"]).await.done();
    terminal.run(&["profile", "remove", "Loja"]).await.done();
    assert_eq!(terminal.run(&["profiles"]).await.done().out.lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_authority_and_a_pinned_certificate_open_a_platform_and_a_changed_one_does_not() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::default());
    let issued = authority.issue(&["127.0.0.1"]);
    let shown = issued.shown(folder.path(), 0);
    let fingerprint = shown.certificate().fingerprint;
    let door = Door {
        tls: Some(shown),
        ..Door::default()
    };
    let house = House::start_behind(door).await;
    ingest_over(&house).await;
    let computer = Computer::new();
    let console = computer.start().await;
    let refused = sign_in(&console, house.url(), None).await.unwrap_err();
    assert_eq!(refused.code, Code::CertificateUnknown, "{refused:?}");
    assert!(
        console.profiles().await.unwrap().is_empty(),
        "nothing is left of a platform that was only met"
    );
    let url = house.url().to_owned();
    let look = console
        .certificate_look(LookRequest { url })
        .await
        .unwrap()
        .unwrap();
    assert_eq!(look.certificate.fingerprint, fingerprint);
    assert_eq!(look.problem.unwrap().code, Code::CertificateUnknown);

    // Another certificate was compared than the one that is there.
    let wrong = Tls::Pinned {
        fingerprint: "0".repeat(64),
    };
    let refused = sign_in(&console, house.url(), Some(wrong.clone()))
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::CertificateChanged, "{refused:?}");
    let pem = String::from_utf8(authority.pem().to_vec()).unwrap();
    let status = sign_in(&console, house.url(), Some(Tls::Authority { pem }))
        .await
        .unwrap();
    let id = status.profile.unwrap().id;
    until(&console, "online over TLS", is_online).await;
    console.close().await;
    drop(console);

    // The certificate that was pinned is not the one that comes: nothing is sent, both are told.
    let home = computer.home();
    let mut profile = home.profile_of(&id).unwrap().unwrap();
    profile.tls = wrong;
    home.save(&profile).unwrap();
    let console = computer.start().await;
    let status = until(&console, "refused", |status| {
        matches!(&status.connection, Connection::Offline { problem: Some(problem), .. } if problem.code == Code::CertificateChanged)
    })
    .await;
    let Connection::Offline {
        problem: Some(problem),
        ..
    } = status.connection
    else {
        unreachable!()
    };
    assert_eq!(problem.fields["certificate"], fingerprint);
    assert!(
        problem.fields.values().any(|value| *value == "0".repeat(64)),
        "{problem:?}"
    );
    let accept = |fingerprint: &str| CertificateAccept {
        id: id.clone(),
        fingerprint: fingerprint.to_owned(),
    };
    let refused = console
        .certificate_accept(accept(&"1".repeat(64)))
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::CertificateChanged);
    console.certificate_accept(accept(&fingerprint)).await.unwrap();
    until(&console, "online again", is_online).await;
    console.close().await;
}

async fn ingest_over(house: &House) {
    assert!(house.url().starts_with("https://"));
    assert!(house.size().await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_trusts_an_authority_or_a_certificate_that_was_given() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::default());
    let issued = authority.issue(&["127.0.0.1"]);
    let shown = issued.shown(folder.path(), 0);
    let fingerprint = shown.certificate().fingerprint;
    let door = Door {
        tls: Some(shown),
        ..Door::default()
    };
    let house = House::start_behind(door).await;
    let terminal = Terminal::new().await;
    let password = terminal.file("password", ADMIN_PASSWORD);
    let ca = terminal.file("ca.pem", std::str::from_utf8(authority.pem()).unwrap());
    let (password, ca) = (password.to_string_lossy(), ca.to_string_lossy());
    let base = [
        "login",
        "--server",
        house.url(),
        "--email",
        ADMIN_EMAIL,
        "--password-file",
        &password,
    ];
    let login = async |more: &[&str]| terminal.run(&[&base[..], more].concat()).await;
    assert_eq!(login(&[]).await.code, 4, "nobody vouches for it");
    assert_eq!(
        login(&["--certificate-fingerprint", &"0".repeat(64)]).await.code,
        1
    );
    login(&["--ca", &ca]).await.done();
    terminal.run(&["sync"]).await.done();
    terminal.run(&["verify"]).await.done();
    terminal.run(&["logout"]).await.done();
    login(&["--certificate-fingerprint", &fingerprint]).await.done();
    terminal.run(&["sync"]).await.done();
    // As before, without saying it again.
    login(&[]).await.done();
}
