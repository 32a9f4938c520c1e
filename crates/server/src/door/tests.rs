//! Who is believed about where a request came from, and which names are answered.

use super::*;
use axum::http::HeaderValue;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn connection(peer: &str, trusted: &[&str], header: ForwardHeader) -> Connection {
    let door = Door {
        trusted: trusted.iter().map(|network| network.parse().unwrap()).collect(),
        header,
        hosts: vec!["vigia.example".to_owned()],
        ..Door::default()
    };
    Connection {
        door: Arc::new(door),
        peer: ip(peer),
        local: ip("10.0.0.7"),
    }
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

const PROXIES: &[&str] = &["10.0.0.0/8", "fd00::/8"];

#[test]
fn a_stranger_cannot_forge_an_address() {
    let stranger = connection("203.0.113.9", PROXIES, ForwardHeader::XForwardedFor);
    let forged = headers(&[
        ("x-forwarded-for", "198.51.100.1"),
        ("forwarded", "for=198.51.100.1"),
    ]);
    assert_eq!(stranger.client(&forged), ip("203.0.113.9"));
    let nobody_trusted = connection("127.0.0.1", &[], ForwardHeader::XForwardedFor);
    assert_eq!(nobody_trusted.client(&forged), ip("127.0.0.1"));
}

#[test]
fn of_a_chain_the_last_that_is_not_a_trusted_proxy_is_the_client() {
    let proxy = connection("10.0.0.1", PROXIES, ForwardHeader::XForwardedFor);
    let client = |value: &str| proxy.client(&headers(&[("x-forwarded-for", value)]));
    assert_eq!(client("203.0.113.9"), ip("203.0.113.9"));
    assert_eq!(client("1.1.1.1, 203.0.113.9, 10.0.0.2"), ip("203.0.113.9"));
    assert_eq!(client("10.9.9.9, 10.0.0.2"), ip("10.9.9.9"), "from within");
    assert_eq!(client("203.0.113.9:4711"), ip("203.0.113.9"));
    assert_eq!(client("[2001:db8::1]:4711"), ip("2001:db8::1"));
    assert_eq!(client("2001:db8::1"), ip("2001:db8::1"));
    assert_eq!(client("::ffff:203.0.113.9"), ip("203.0.113.9"));
    let lines = headers(&[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.9")]);
    assert_eq!(proxy.client(&lines), ip("203.0.113.9"), "lines are one list");
}

#[test]
fn what_is_not_understood_hides_what_stands_before_it() {
    let proxy = connection("10.0.0.1", PROXIES, ForwardHeader::XForwardedFor);
    let client = |value: &str| proxy.client(&headers(&[("x-forwarded-for", value)]));
    assert_eq!(client("unknown"), ip("10.0.0.1"));
    assert_eq!(client("203.0.113.9, nonsense, 10.0.0.2"), ip("10.0.0.2"));
    assert_eq!(client(""), ip("10.0.0.1"));
    let mut broken = headers(&[("x-forwarded-for", "1.1.1.1")]);
    broken.append("x-forwarded-for", HeaderValue::from_bytes(b"\xff").unwrap());
    assert_eq!(proxy.client(&broken), ip("10.0.0.1"));
}

#[test]
fn only_the_header_that_was_named_is_read() {
    let both = headers(&[("x-forwarded-for", "1.1.1.1"), ("forwarded", "for=2.2.2.2")]);
    let x = connection("10.0.0.1", PROXIES, ForwardHeader::XForwardedFor);
    assert_eq!(x.client(&both), ip("1.1.1.1"));
    let standard = connection("10.0.0.1", PROXIES, ForwardHeader::Forwarded);
    assert_eq!(standard.client(&both), ip("2.2.2.2"));
}

#[test]
fn forwarded_is_read_as_the_standard_has_it() {
    let proxy = connection("fd00::1", PROXIES, ForwardHeader::Forwarded);
    let client = |value: &str| proxy.client(&headers(&[("forwarded", value)]));
    assert_eq!(
        client("for=192.0.2.60;proto=http;by=203.0.113.43"),
        ip("192.0.2.60")
    );
    assert_eq!(
        client("for=1.1.1.1, For=\"[2001:db8:cafe::17]:4711\""),
        ip("2001:db8:cafe::17")
    );
    assert_eq!(client("for=\"_gazonk\""), ip("fd00::1"));
    assert_eq!(client("for=unknown"), ip("fd00::1"));
    assert_eq!(
        client("for=1.1.1.1;for=2.2.2.2"),
        ip("fd00::1"),
        "twice is not understood"
    );
    assert_eq!(
        client("by=\"a,for=6.6.6.6\""),
        ip("fd00::1"),
        "a comma in quotes separates nothing"
    );
}

#[test]
fn a_proxy_says_that_it_was_asked_by_tls_and_nobody_else_can() {
    let secure = |peer: &str, header, lines: &[(&'static str, &str)]| {
        connection(peer, PROXIES, header).is_secure(&headers(lines))
    };
    let x = ForwardHeader::XForwardedFor;
    assert!(secure("10.0.0.1", x, &[("x-forwarded-proto", "https")]));
    assert!(!secure("10.0.0.1", x, &[("x-forwarded-proto", "https, http")]));
    assert!(!secure("203.0.113.9", x, &[("x-forwarded-proto", "https")]));
    assert!(secure(
        "10.0.0.1",
        ForwardHeader::Forwarded,
        &[("forwarded", "for=1.1.1.1;proto=https")]
    ));
    assert!(!secure(
        "10.0.0.1",
        ForwardHeader::Forwarded,
        &[("x-forwarded-proto", "https")]
    ));
}

#[test]
fn a_chain_of_any_length_costs_no_more_than_its_nearest_hops() {
    let proxy = connection("10.0.0.1", PROXIES, ForwardHeader::XForwardedFor);
    let long = format!("203.0.113.9{}", ", 10.0.0.2".repeat(100));
    assert_eq!(
        proxy.client(&headers(&[("x-forwarded-for", &long)])),
        ip("10.0.0.2")
    );
}

#[test]
fn only_names_of_this_machine_and_those_that_were_set_are_answered() {
    let plain = connection("127.0.0.1", &[], ForwardHeader::XForwardedFor);
    for good in [
        "localhost",
        "LOCALHOST:7700",
        "127.0.0.1:1",
        "127.0.0.2",
        "[::1]:7700",
        "[::1]",
        "Vigia.example:443",
    ] {
        assert!(plain.answers_to(good), "{good}");
    }
    for bad in [
        "",
        "evil.example",
        "evil.example:7700",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "10.0.0.7",
        "localhost.evil.example",
        "a@localhost@b",
    ] {
        assert!(!plain.answers_to(bad), "{bad}");
    }
}

#[test]
fn a_star_in_a_certificate_stands_for_one_label() {
    assert!(covers("*.example.com", "vigia.example.com"));
    assert!(covers("Vigia.example.com", "vigia.example.com"));
    for (certified, name) in [
        ("*.example.com", "example.com"),
        ("*.example.com", "a.b.example.com"),
        ("vigia.example.com", "evil.example.com"),
    ] {
        assert!(!covers(certified, name), "{certified} {name}");
    }
}

#[test]
fn beyond_this_machine_a_certificate_is_needed() {
    let door = Door::default();
    for near in ["127.0.0.1:0", "[::1]:7700", "127.9.9.9:1", "[::ffff:127.0.0.1]:1"] {
        assert!(door.may_stand_at(near.parse().unwrap()).is_ok(), "{near}");
    }
    for far in ["0.0.0.0:0", "[::]:0", "10.0.0.1:7700", "[::ffff:10.0.0.1]:1"] {
        let refused = door.may_stand_at(far.parse().unwrap()).unwrap_err().to_string();
        assert!(refused.contains("tls renew --tls-name"), "{refused}");
    }
}
