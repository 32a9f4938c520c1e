//! What a proxy says of whom it speaks for: `X-Forwarded-For`, or `Forwarded` (RFC 7239).

use crate::config::ForwardHeader;
use axum::http::{HeaderMap, HeaderName, header};
use std::net::{IpAddr, SocketAddr};

/// The most hops that are read, from the nearest on.
const MAX_HOPS: usize = 32;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The addresses that a request passed, the nearest last; nothing stands for one that is hidden or
/// not understood.
pub fn hops(header: ForwardHeader, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let mut hops: Vec<Option<IpAddr>> = match header {
        ForwardHeader::XForwardedFor => {
            let elements = joined(headers, &X_FORWARDED_FOR);
            elements
                .split(',')
                .map(|element| address(element.trim()))
                .collect()
        }
        ForwardHeader::Forwarded => {
            let elements = joined(headers, &header::FORWARDED);
            let elements = quoted_split(&elements, ',');
            elements
                .iter()
                .map(|element| parameter(element, "for").and_then(|node| address(&node)))
                .collect()
        }
    };
    let over = hops.len().saturating_sub(MAX_HOPS);
    hops.drain(..over);
    hops
}

/// Whether the nearest proxy was asked by TLS.
pub fn is_https(header: ForwardHeader, headers: &HeaderMap) -> bool {
    let scheme = match header {
        ForwardHeader::XForwardedFor => {
            let all = joined(headers, &X_FORWARDED_PROTO);
            all.rsplit(',').next().map(|scheme| scheme.trim().to_owned())
        }
        ForwardHeader::Forwarded => {
            let all = joined(headers, &header::FORWARDED);
            quoted_split(&all, ',')
                .last()
                .and_then(|element| parameter(element, "proto"))
        }
    };
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
}

/// All lines of a header as one list (RFC 9110 § 5.3). A line that is no text is an element that is
/// not understood: leaving it out would let another one take its place.
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let lines = headers.get_all(name).iter();
    let lines: Vec<&str> = lines.map(|line| line.to_str().unwrap_or("?")).collect();
    lines.join(",")
}

/// An address with or without a port, `[…]` around IPv6 or not.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port)
}

/// The value of a parameter of one element, without its quotes; of two of a name neither counts.
fn parameter(element: &str, wanted: &str) -> Option<String> {
    let pairs = quoted_split(element, ';');
    let mut found = pairs.iter().filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case(wanted)
            .then(|| value.trim().replace('"', ""))
    });
    let first = found.next();
    found.next().is_none().then_some(first).flatten()
}

/// Splits where the separator stands outside of quotes.
fn quoted_split(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for letter in text.chars() {
        quoted ^= letter == '"';
        if letter == separator && !quoted {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(letter);
        }
    }
    parts
}
