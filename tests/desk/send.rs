//! `vigiactl send` with files that are longer than a platform takes at once.

use crate::terminal::Terminal;
use serde_json::{Value, json};
use vigia_tests::platform::House;

/// More than a platform takes in one request, in bytes.
const LONG: usize = 17 * 1024 * 1024;
/// About as much as it takes in one record, in bytes.
const RECORD: usize = 50 * 1024;

/// A CloudTrail file in a single line.
fn trail() -> (String, usize) {
    let count = LONG / RECORD;
    let record = |n: usize| {
        json!({
            "eventVersion": "1.08", "eventTime": "2026-02-17T10:30:00Z", "eventSource": "s3.amazonaws.com",
            "eventName": "PutBucketPolicy", "awsRegion": "sa-east-1", "requestID": format!("request-{n}"),
            "requestParameters": {"policy": "]},[{\"\\".repeat(RECORD / 9)},
        })
    };
    let records: Vec<Value> = (0..count).map(record).collect();
    (json!({"Records": records}).to_string(), count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloudtrail_file_of_one_line_longer_than_a_request_is_sent_whole() {
    let house = House::start().await;
    let terminal = Terminal::new().await;
    let key = terminal.file("key", &house.key(&["events:write"]).await);
    let key = key.to_string_lossy().into_owned();
    let (text, count) = trail();
    assert!(text.len() > LONG && !text.contains('\n'));
    let send = async |name: &str, text: &str| {
        let path = terminal.file(name, text).to_string_lossy().into_owned();
        terminal
            .run(&[
                "send",
                "--server",
                house.url(),
                "--key-file",
                &key,
                "--json",
                &path,
            ])
            .await
    };
    let sent = send("trail.json", &text).await.done().json();
    assert_eq!(
        (&sent["accepted"], &sent["rejected"], &sent["events"]),
        (&json!(count), &json!(0), &json!(count)),
        "{sent}"
    );

    let broken = send("broken.json", text.strip_suffix("}]}").expect("its end")).await;
    assert_eq!(broken.code, 2, "{}{}", broken.out, broken.err);
    let said = format!("breaks off within an array, after record {}", count - 1);
    assert!(broken.err.contains(&said), "{}", broken.err);
    house.stop().await;
}
