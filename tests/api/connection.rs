//! Connections that want too much, and a stop while some are under way.

use reqwest::{Method, StatusCode};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vigia_client::{Client, Trust};
use vigia_server::door::Door;
use vigia_tests::platform::{House, Reply, Stranger};
use vigia_tests::tls::Authority;
use vigia_wire::stream::StreamMessage;

/// Longer than anything here takes; a test that comes to it has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// What a door of these tests allows.
const SHORT: Duration = Duration::from_millis(300);

fn address(house: &House) -> SocketAddr {
    let (_, address) = house.url().split_once("://").expect("an address");
    address.parse().expect("an address")
}

/// What comes until the other side closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A reset is an end, too.
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut text)).await;
    let _ = read.expect("the connection was closed");
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn headers_that_never_end_are_cut_off_and_so_is_silence() {
    let house = House::start_behind(Door {
        header_timeout: SHORT,
        ..Door::default()
    })
    .await;
    let mut silent = TcpStream::connect(address(&house)).await.expect("connected");
    let mut slow = TcpStream::connect(address(&house)).await.expect("connected");
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: ")
        .await
        .expect("written");
    assert!(!rest(&mut slow).await.contains("200 OK"));
    assert_eq!(rest(&mut silent).await, "");
    let reply = Reply::of(house.ask(&Stranger(()), Method::GET, "/healthz")).await;
    assert_eq!(reply.status, StatusCode::OK);
    house.stop().await;
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_cut_off() {
    let (folder, authority) = (tempfile::tempdir().expect("a folder"), Authority::default());
    let house = House::start_behind(Door {
        tls: Some(authority.issue(&["127.0.0.1"]).shown(folder.path(), 0)),
        handshake_timeout: SHORT,
        ..Door::default()
    })
    .await;
    let mut silent = TcpStream::connect(address(&house)).await.expect("connected");
    assert_eq!(rest(&mut silent).await, "");
    let mut plain = TcpStream::connect(address(&house)).await.expect("connected");
    plain
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .expect("written");
    assert!(
        !rest(&mut plain).await.contains("HTTP/1.1"),
        "nothing is said in the clear"
    );
    house.stop().await;
}

#[tokio::test]
async fn more_connections_than_allowed_wait_until_one_ends() {
    let house = House::start_behind(Door {
        max_connections: 2,
        ..Door::default()
    })
    .await;
    let ask = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let first = TcpStream::connect(address(&house)).await.expect("connected");
    let second = TcpStream::connect(address(&house)).await.expect("connected");
    let mut third = TcpStream::connect(address(&house))
        .await
        .expect("the system holds it");
    third.write_all(ask).await.expect("written");
    let mut byte = [0];
    let early = tokio::time::timeout(SHORT, third.peek(&mut byte)).await;
    assert!(early.is_err(), "it waits");
    drop(first);
    assert!(rest(&mut third).await.contains("200 OK"));
    drop(second);
    house.stop().await;
}

#[tokio::test]
async fn an_open_socket_keeps_its_place() {
    let house = House::start_behind(Door {
        max_connections: 3,
        ..Door::default()
    })
    .await;
    let admin = house.admin().await;
    let client = Client::new(house.url(), &Trust::System).expect("a client");
    let mut sockets = Vec::new();
    for _ in 0..3 {
        let mut socket = client.stream(&admin.0.access_token).await.expect("a socket");
        assert!(matches!(
            socket.next().await,
            Ok(Some(StreamMessage::Hello { .. }))
        ));
        sockets.push(socket);
    }
    let mut waiting = TcpStream::connect(address(&house))
        .await
        .expect("the system holds it");
    waiting
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await
        .expect("written");
    let mut byte = [0];
    assert!(
        tokio::time::timeout(SHORT, waiting.peek(&mut byte))
            .await
            .is_err(),
        "all places are taken"
    );
    sockets.pop();
    assert!(rest(&mut waiting).await.contains("200 OK"));
    drop(sockets);
    house.stop().await;
}

#[tokio::test]
async fn a_stop_finishes_the_request_under_way_and_closes_sockets() {
    let house = House::start().await;
    let admin = house.admin().await;
    let key = house.ingest_key().await;
    let client = Client::new(house.url(), &Trust::System).expect("a client");
    let mut socket = client.stream(&admin.0.access_token).await.expect("a socket");
    assert!(matches!(
        socket.next().await,
        Ok(Some(StreamMessage::Hello { .. }))
    ));
    // Half of a body is there when the stop comes, the other half after it.
    let mut stream = TcpStream::connect(address(&house)).await.expect("connected");
    let head = format!(
        "POST /v1/ingest/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Expect: 100-continue\r\nContent-Length: 14\r\n\r\n",
        key.0
    );
    stream.write_all(head.as_bytes()).await.expect("written");
    let mut go_on = [0; 25];
    stream
        .read_exact(&mut go_on)
        .await
        .expect("the handler reads the body");
    assert!(go_on.starts_with(b"HTTP/1.1 100"));
    stream.write_all(b"a line\n").await.expect("written");
    let platform = house.platform.clone();
    let (url, stopping) = (address(&house), tokio::spawn(house.stop()));
    platform.stopping().await;
    assert!(matches!(socket.next().await, Ok(None)), "the socket is closed");
    stream.write_all(b"another\n").await.expect("written");
    let answer = rest(&mut stream).await;
    assert!(
        answer.contains("200 OK") && answer.contains("\"accepted\":2"),
        "{answer}"
    );
    let (folder, clock) = stopping.await.expect("stopped");
    assert!(
        TcpStream::connect(url).await.is_err(),
        "nobody is let in any more"
    );
    let again = House::open(folder, clock).await;
    let kinds: Vec<String> = again
        .events(0)
        .await
        .iter()
        .map(|event| event.kind.to_string())
        .collect();
    assert!(kinds.iter().any(|kind| kind == "platform.stopped"));
    again.stop().await;
}

#[tokio::test]
async fn what_does_not_end_is_cut_off_after_the_doors_time() {
    let house = House::start_behind(Door {
        stop_timeout: SHORT,
        ..Door::default()
    })
    .await;
    let key = house.ingest_key().await;
    let mut stream = TcpStream::connect(address(&house)).await.expect("connected");
    let head = format!(
        "POST /v1/ingest/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Expect: 100-continue\r\nContent-Length: 7\r\n\r\n",
        key.0
    );
    stream.write_all(head.as_bytes()).await.expect("written");
    let mut go_on = [0; 25];
    stream
        .read_exact(&mut go_on)
        .await
        .expect("the handler reads the body");
    tokio::time::timeout(PATIENCE, house.stop())
        .await
        .expect("stopped");
    assert!(!rest(&mut stream).await.contains("200 OK"));
}
