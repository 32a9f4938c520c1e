//! Every verdict, over a real handshake. (Against the real platform: `tests/api/tls.rs`.)

use super::*;

#[test]
fn an_authority_that_is_none_is_refused_before_anything_is_sent() {
    let new = |pem: &[u8]| crate::Client::new("https://vigia.example", &Trust::Authority(pem.to_vec()));
    for wrong in [
        &b""[..],
        b"hello",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let problem = new(wrong).unwrap_err();
        assert_eq!(problem.code, Code::InvalidRequest);
        assert!(problem.fields.contains_key("authority"));
    }
}

#[tokio::test]
async fn a_plain_address_has_no_certificate_and_a_dead_one_is_unreachable() {
    assert_eq!(look("http://127.0.0.1:1").await.unwrap(), None);
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    assert_eq!(
        look(&format!("https://{free}")).await.unwrap_err().code,
        Code::Unreachable
    );
}
