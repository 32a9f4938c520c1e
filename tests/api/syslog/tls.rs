//! Syslog over TLS: with the platform's certificate alone, and with senders that prove themselves.

use super::{SSHD, anywhere, foreign, hung_up, write};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest as _, Sha256};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use vigia_domain::Clock as _;
use vigia_server::syslog::{Settings, Syslog};
use vigia_server::tls::{Files, Tls};
use vigia_tests::platform::House;

/// An authority, and what it signed for the platform and for a sender.
struct Papers {
    folder: tempfile::TempDir,
    authority: CertificateDer<'static>,
    sender: (CertificateDer<'static>, PrivateKeyDer<'static>),
}

impl Papers {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut params = CertificateParams::new(Vec::new()).expect("params");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer =
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
        let signed = |name: &str| {
            let key = KeyPair::generate().expect("a key");
            let params = CertificateParams::new(vec![name.to_owned()]).expect("params");
            let certificate = params.signed_by(&key, &issuer).expect("signed");
            (certificate, key)
        };
        let (certificate, key) = signed("localhost");
        write(&folder.path().join("ca.pem"), &issuer.pem());
        write(&folder.path().join("server.pem"), &certificate.pem());
        write(&folder.path().join("server.key"), &key.serialize_pem());
        let (certificate, key) = signed("sender");
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).expect("a key");
        Self {
            authority: issuer.der().clone(),
            sender: (certificate.der().clone(), key),
            folder,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn shown(&self, house: &House) -> Tls {
        let files = Files {
            certificate: self.path("server.pem"),
            key: self.path("server.key"),
        };
        Tls::read(files, house.clock.now()).expect("a certificate")
    }

    fn client(&self, proves_itself: bool) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.clone()).expect("an authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots);
        let config = if proves_itself {
            let (certificate, key) = &self.sender;
            config
                .with_client_auth_cert(vec![certificate.clone()], key.clone_key())
                .expect("a certificate")
        } else {
            config.with_no_client_auth()
        };
        TlsConnector::from(Arc::new(config))
    }
}

async fn connect(
    papers: &Papers,
    address: SocketAddr,
    proves_itself: bool,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    papers.client(proves_itself).connect(name, stream).await
}

#[tokio::test]
async fn over_tls_the_same_is_taken_and_plain_text_is_not() {
    let house = House::start().await;
    let papers = Papers::new();
    let settings = Settings {
        tls_listen: anywhere(),
        ..Settings::default()
    };
    assert!(
        Syslog::open(&house.platform, settings.clone(), None)
            .await
            .is_err(),
        "no certificate, no TLS"
    );
    let syslog = Syslog::open(&house.platform, settings, Some(papers.shown(&house)))
        .await
        .expect("a port")
        .expect("a listener");
    let address = syslog.tls_address().expect("an address");
    let mut stream = connect(&papers, address, false).await.expect("TLS");
    stream
        .write_all(format!("{} {SSHD}", SSHD.len()).as_bytes())
        .await
        .expect("sent");
    stream.shutdown().await.expect("hung up");
    let mut plain = TcpStream::connect(address).await.expect("a connection");
    plain
        .write_all(format!("{SSHD}\n").as_bytes())
        .await
        .expect("sent");
    let mut alert = Vec::new();
    let _ = plain.read_to_end(&mut alert).await;
    syslog.close().await;
    let events = foreign(&house).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind.as_str(), "auth.login.failed");
    assert!(!events[0].details.contains_key("received_certificate"));
    let refused = house.events_of("platform.syslog.refused").await;
    assert_eq!(refused[0].details["reason"], "tls");
    house.stop().await;
}

#[tokio::test]
async fn where_senders_must_prove_themselves_only_those_who_can_are_taken_from_any_network() {
    let house = House::start().await;
    let papers = Papers::new();
    let settings = Settings {
        tls_listen: anywhere(),
        allow: Vec::new(),
        client_authority: Some(papers.path("ca.pem")),
        ..Settings::default()
    };
    let syslog = Syslog::open(&house.platform, settings, Some(papers.shown(&house)))
        .await
        .expect("a port")
        .expect("a listener");
    let address = syslog.tls_address().expect("an address");
    let mut known = connect(&papers, address, true).await.expect("TLS");
    known
        .write_all(format!("{SSHD}\n").as_bytes())
        .await
        .expect("sent");
    known.shutdown().await.expect("hung up");
    // In TLS 1.3 the client learns of the refusal when it reads.
    if let Ok(mut stranger) = connect(&papers, address, false).await {
        let _ = stranger.write_all(format!("{SSHD}\n").as_bytes()).await;
        hung_up(stranger).await;
    }
    syslog.close().await;
    let events = foreign(&house).await;
    assert_eq!(events.len(), 1);
    let print = hex::encode(Sha256::digest(&papers.sender.0));
    assert_eq!(events[0].details["received_certificate"], print);
    let refused = house.events_of("platform.syslog.refused").await;
    assert_eq!(refused[0].details["reason"], "tls");
    house.stop().await;
}
