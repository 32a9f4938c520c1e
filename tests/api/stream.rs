//! The stream of news: that something is new, and that the session is over.

use reqwest::Method;
use vigia_client::{Client, Code, Trust};
use vigia_tests::platform::{ADMIN_PASSWORD, House, Persona as _, Reply};
use vigia_wire::stream::{DEAD_SECONDS, HEARTBEAT_SECONDS, StreamMessage, Topic};

fn client(house: &House) -> Client {
    Client::new(house.url(), &Trust::System).expect("a client")
}

#[tokio::test]
async fn a_desk_hears_that_the_log_has_grown() {
    let house = House::start().await;
    let viewer = house.viewer().await;
    let key = house.ingest_key().await;
    let mut stream = client(&house)
        .stream(viewer.token().expect("a token"))
        .await
        .expect("a socket");
    let Some(StreamMessage::Hello { size }) = stream.next().await.expect("hello") else {
        panic!("hello comes first")
    };
    assert_eq!(size, house.size().await);
    house.ingest(&key, "", "a line\n").await;
    let Some(StreamMessage::News { topic, size: grown }) = stream.next().await.expect("news") else {
        panic!("news come next")
    };
    assert_eq!((topic, grown), (Topic::Events, size + 1));
    house.stop().await;
}

#[tokio::test]
async fn the_end_of_the_session_ends_the_stream() {
    let house = House::start().await;
    let admin = house.admin().await;
    let mut stream = client(&house)
        .stream(admin.token().expect("a token"))
        .await
        .expect("a socket");
    assert!(matches!(
        stream.next().await,
        Ok(Some(StreamMessage::Hello { .. }))
    ));
    Reply::of(house.ask(&admin, Method::POST, "/v1/auth/logout")).await;
    assert_eq!(stream.next().await, Ok(Some(StreamMessage::SessionEnded)));
    assert_eq!(stream.next().await, Ok(None));
    let refused = client(&house).stream(admin.token().expect("a token")).await;
    assert_eq!(
        refused.err().map(|problem| problem.code),
        Some(Code::SessionEnded)
    );
    house.stop().await;
}

#[tokio::test]
async fn a_stopping_platform_lets_go_of_its_streams() {
    let house = House::start().await;
    let admin = house.admin().await;
    let mut stream = client(&house)
        .stream(admin.token().expect("a token"))
        .await
        .expect("a socket");
    assert!(matches!(
        stream.next().await,
        Ok(Some(StreamMessage::Hello { .. }))
    ));
    house.stop().await;
    while let Ok(Some(message)) = stream.next().await {
        assert!(matches!(message, StreamMessage::News { .. }), "{message:?}");
    }
}

#[tokio::test]
async fn a_password_is_no_token() {
    let house = House::start().await;
    let refused = client(&house).stream(ADMIN_PASSWORD).await;
    assert_eq!(refused.err().map(|problem| problem.code), Some(Code::NotSignedIn));
    house.stop().await;
}

#[test]
fn every_message_of_the_page_about_the_stream_is_one_and_none_is_missing() {
    let page = std::fs::read_to_string(vigia_tests::root().join("docs/stream.md")).expect("docs/stream.md");
    let blocks = page
        .split("```json")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    let shown: Vec<StreamMessage> = blocks
        .map(|block| serde_json::from_str(block).unwrap_or_else(|error| panic!("{block}: {error}")))
        .collect();
    let name = |message: &StreamMessage| match message {
        StreamMessage::Hello { .. } => "hello",
        StreamMessage::News {
            topic: Topic::Events, ..
        } => "news",
        StreamMessage::Heartbeat => "heartbeat",
        StreamMessage::SessionEnded => "session_ended",
    };
    let names: Vec<&str> = shown.iter().map(name).collect();
    assert_eq!(names, ["hello", "news", "heartbeat", "session_ended"]);
    for (text, number) in [("heartbeat", HEARTBEAT_SECONDS), ("dead", DEAD_SECONDS)] {
        assert!(
            page.contains(&format!("{number} seconds")),
            "{text}: {number} seconds"
        );
    }
}
