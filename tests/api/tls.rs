//! TLS between the real platform and the real client: who is trusted, what is refused and how it is
//! said, over HTTP and over the socket.

use chrono::TimeDelta;
use reqwest::StatusCode;
use std::path::Path;
use vigia_client::{Client, Code, Trust, tls};
use vigia_domain::Clock as _;
use vigia_server::door::Door;
use vigia_server::edge::SystemClock;
use vigia_server::tls::{Tls, own};
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House, Reply};
use vigia_tests::tls::{Authority, Issued, unjudging};
use vigia_wire::auth::LoginRequest;
use vigia_wire::stream::StreamMessage;

fn door(tls: Tls) -> Door {
    Door {
        tls: Some(tls),
        ..Door::default()
    }
}

async fn showing(issued: &Issued, folder: &Path) -> House {
    House::start_behind(door(issued.shown(folder, 0))).await
}

fn login() -> LoginRequest {
    LoginRequest {
        email: ADMIN_EMAIL.to_owned(),
        password: ADMIN_PASSWORD.to_owned(),
    }
}

fn pin(certificate: &Tls) -> Trust {
    let mut pin = [0; 32];
    hex::decode_to_slice(certificate.certificate().fingerprint, &mut pin).expect("a fingerprint");
    Trust::Pinned(pin)
}

#[tokio::test]
async fn a_private_authority_opens_http_and_the_socket() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Authority::default());
    let house = showing(&authority.issue(&["127.0.0.1", "localhost"]), folder.path()).await;
    let trust = Trust::Authority(authority.pem().to_vec());
    let client = Client::new(house.url(), &trust).expect("a client");
    let tokens = client.login(&login()).await.expect("signed in");
    assert!(
        !client
            .session(&tokens.access_token)
            .await
            .expect("a session")
            .permissions
            .is_empty()
    );
    let mut stream = client.stream(&tokens.access_token).await.expect("a socket");
    assert!(matches!(
        stream.next().await,
        Ok(Some(StreamMessage::Hello { .. }))
    ));
    house.stop().await;
    assert!(
        matches!(stream.next().await, Ok(None)),
        "the platform closed the socket"
    );
}

#[tokio::test]
async fn an_unknown_authority_is_refused_before_anything_is_sent() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Authority::default());
    let issued = authority.issue(&["127.0.0.1"]);
    let tls = issued.shown(folder.path(), 0);
    let fingerprint = tls.certificate().fingerprint;
    let house = House::start_behind(door(tls)).await;
    let stranger = Authority::new("Somebody else");
    for trust in [Trust::System, Trust::Authority(stranger.pem().to_vec())] {
        let client = Client::new(house.url(), &trust).expect("a client");
        let refused = client.login(&login()).await.map(drop).expect_err("refused");
        assert_eq!(refused.code, Code::CertificateUnknown, "{}", refused.detail);
        assert_eq!(refused.fields["certificate"], fingerprint);
        let refused = client.stream("token").await.map(drop).expect_err("refused");
        assert_eq!(refused.code, Code::CertificateUnknown);
    }
    assert!(house.events_of("auth.login.failed").await.is_empty());
    assert!(
        house.events_of("auth.token.invalid").await.is_empty(),
        "no token arrived"
    );
    house.stop().await;
}

#[tokio::test]
async fn a_pinned_certificate_counts_alone_and_another_one_is_a_change() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Authority::default());
    // Of another name and over: what somebody compared and accepted needs neither.
    let issued = authority.issue_for(&["other.example"], -20, -10);
    let tls = issued.shown(folder.path(), -15);
    let (fingerprint, trust) = (tls.certificate().fingerprint, pin(&tls));
    let house = House::start_behind(door(tls)).await;
    let client = Client::new(house.url(), &trust).expect("a client");
    let tokens = client.login(&login()).await.expect("signed in");
    client.stream(&tokens.access_token).await.expect("a socket");
    let changed = Client::new(house.url(), &Trust::Pinned([7; 32])).expect("a client");
    for refused in [
        changed.login(&login()).await.map(drop).expect_err("refused"),
        changed
            .stream(&tokens.access_token)
            .await
            .map(drop)
            .expect_err("refused"),
    ] {
        assert_eq!(refused.code, Code::CertificateChanged, "{}", refused.detail);
        assert_eq!(refused.fields["certificate"], fingerprint);
        assert_eq!(refused.fields["trusted"], "07".repeat(32));
    }
    house.stop().await;
}

#[tokio::test]
async fn a_wrong_name_an_expired_and_an_early_certificate_are_told_apart() {
    let authority = Authority::default();
    let trust = Trust::Authority(authority.pem().to_vec());
    let cases = [
        (
            authority.issue(&["vigia.example", "10.0.0.5"]),
            0,
            Code::CertificateName,
            "names",
            "vigia.example, 10.0.0.5",
        ),
        (
            authority.issue_for(&["127.0.0.1"], -20, -10),
            -15,
            Code::CertificateExpired,
            "until",
            "20",
        ),
        (
            authority.issue_for(&["127.0.0.1"], 10, 20),
            15,
            Code::CertificateExpired,
            "from",
            "20",
        ),
    ];
    for (issued, days, code, field, begins) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::start_behind(door(issued.shown(folder.path(), days))).await;
        let client = Client::new(house.url(), &trust).expect("a client");
        for refused in [
            client.ledger_key().await.map(drop).expect_err("refused"),
            client.stream("token").await.map(drop).expect_err("refused"),
        ] {
            assert_eq!(refused.code, code, "{}", refused.detail);
            assert!(refused.fields[field].starts_with(begins), "{:?}", refused.fields);
            assert!(refused.fields.contains_key("certificate"));
        }
        house.stop().await;
    }
}

#[tokio::test]
async fn looking_shows_the_certificate_and_why_this_computer_would_not_trust_it() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Authority::default());
    let issued = authority.issue(&["localhost", "127.0.0.1"]);
    let tls = issued.shown(folder.path(), 0);
    let shown = tls.certificate();
    let house = House::start_behind(door(tls)).await;
    let seen = tls::look(house.url())
        .await
        .expect("an answer")
        .expect("a certificate");
    assert_eq!(seen.certificate, shown);
    assert_eq!(seen.certificate.names, ["localhost", "127.0.0.1"]);
    assert!(seen.certificate.issuer.contains("Example team"));
    assert_eq!(seen.problem.expect("a reason").code, Code::CertificateUnknown);
    house.stop().await;
}

#[tokio::test]
async fn the_platforms_own_certificate_is_taken_as_its_own_authority_or_pinned() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("keys")).expect("a folder");
    own::make(folder.path(), &["127.0.0.1".to_owned()], SystemClock.now()).expect("made");
    let tls = Tls::read(own::files(folder.path()).expect("there"), SystemClock.now()).expect("good");
    let (_, pem) = own::look(folder.path()).expect("there");
    let trusts = [Trust::Authority(pem.into_bytes()), pin(&tls)];
    let house = House::start_behind(door(tls)).await;
    for trust in trusts {
        let client = Client::new(house.url(), &trust).expect("a client");
        client.login(&login()).await.expect("signed in");
    }
    let unknown = Client::new(house.url(), &Trust::System).expect("a client");
    let refused = unknown.ledger_key().await.map(drop).expect_err("refused");
    assert_eq!(refused.code, Code::CertificateUnknown, "{}", refused.detail);
    house.stop().await;
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_without_a_restart_and_told_to_the_ledger() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Authority::default());
    let tls = authority.issue(&["127.0.0.1"]).shown(folder.path(), 0);
    let before = tls.certificate().fingerprint;
    let house = House::start_behind(door(tls)).await;
    let client = Client::new(house.url(), &Trust::Authority(authority.pem().to_vec())).expect("a client");
    let tokens = client.login(&login()).await.expect("signed in");
    let mut stream = client.stream(&tokens.access_token).await.expect("a socket");
    authority
        .issue(&["127.0.0.1", "vigia.example"])
        .write(folder.path());
    // The ledger grows when the new one is shown; the open socket says so.
    loop {
        match stream.next().await.expect("the socket lives on") {
            Some(StreamMessage::News { .. }) => break,
            Some(_) => {}
            None => panic!("the socket was closed"),
        }
    }
    let seen = tls::look(house.url())
        .await
        .expect("an answer")
        .expect("a certificate");
    assert_ne!(seen.certificate.fingerprint, before);
    let told = house.events_of("platform.certificate.changed").await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].details["certificate"],
        seen.certificate.fingerprint.as_str()
    );
    let started = house.events_of("platform.started").await;
    assert_eq!(started[0].details["certificate"], before.as_str());
    house.stop().await;
}

#[tokio::test]
async fn tls_says_that_it_is_to_be_used_from_now_on_and_plain_http_does_not() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Authority::default());
    let secured = showing(&authority.issue(&["127.0.0.1"]), folder.path()).await;
    let reply = Reply::of(unjudging().get(format!("{}/healthz", secured.url()))).await;
    assert_eq!(reply.headers["strict-transport-security"], "max-age=31536000");
    assert_eq!(reply.headers["x-content-type-options"], "nosniff");
    let plain = unjudging()
        .get(secured.url().replace("https", "http"))
        .send()
        .await;
    assert!(plain.is_err(), "plain HTTP is not answered there");
    secured.stop().await;
    let open = House::start().await;
    let reply = Reply::of(unjudging().get(format!("{}/healthz", open.url()))).await;
    assert!(!reply.headers.contains_key("strict-transport-security"));
    open.stop().await;
}

#[tokio::test]
async fn names_of_the_certificate_are_answered_and_others_are_not() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Authority::default());
    let house = showing(
        &authority.issue(&["vigia.example", "*.team.example"]),
        folder.path(),
    )
    .await;
    let asked = async |host: &str| {
        let request = unjudging()
            .get(format!("{}/healthz", house.url()))
            .header("host", host);
        Reply::of(request).await.status
    };
    for good in [
        "vigia.example",
        "Vigia.example:7700",
        "a.team.example",
        "127.0.0.1",
    ] {
        assert_eq!(asked(good).await, StatusCode::OK, "{good}");
    }
    for bad in ["evil.example", "a.b.team.example", "10.9.9.9"] {
        assert_eq!(asked(bad).await, StatusCode::BAD_REQUEST, "{bad}");
    }
    house.stop().await;
}

#[tokio::test]
async fn nothing_older_than_tls_1_3_is_spoken() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Authority::default());
    let house = showing(&authority.issue(&["127.0.0.1"]), folder.path()).await;
    let client = |version| {
        let builder = reqwest::Client::builder()
            .no_proxy()
            .tls_danger_accept_invalid_certs(true);
        builder.tls_version_max(version).build().expect("a client")
    };
    let url = format!("{}/healthz", house.url());
    assert!(
        client(reqwest::tls::Version::TLS_1_2)
            .get(&url)
            .send()
            .await
            .is_err()
    );
    assert!(
        client(reqwest::tls::Version::TLS_1_3)
            .get(&url)
            .send()
            .await
            .is_ok()
    );
    house.stop().await;
}

#[tokio::test]
async fn a_certificate_that_ends_soon_still_serves() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Authority::default());
    let soon = authority.issue_for(&["127.0.0.1"], -300, 5);
    let tls = Tls::read(soon.write(folder.path()), SystemClock.now()).expect("good");
    assert!(tls.certificate().not_after - SystemClock.now() < TimeDelta::days(30));
    let house = House::start_behind(door(tls)).await;
    let client = Client::new(house.url(), &Trust::Authority(authority.pem().to_vec())).expect("a client");
    client.ledger_key().await.expect("answered");
    house.stop().await;
}
