//! Access tokens against published attacks: nothing that another key signed, or nobody, opens
//! anything.

use chrono::DateTime;
use serde_json::Value;
use vigia_server::auth::token::Tokens;

#[test]
fn no_jws_of_wycheproof_opens_anything() {
    let Some(path) = vigia_tests::shared("data/crypto/wycheproof/json_web_signature_test.json") else {
        return;
    };
    let text = std::fs::read_to_string(path).expect("the vectors");
    let vectors: Value = serde_json::from_str(&text).expect("JSON");
    let tokens = Tokens::new(&[7; 32], "vigia.test/log").expect("a key");
    let now = DateTime::from_timestamp(1_771_324_200, 0).expect("a time");
    let mut seen = 0;
    for group in vectors["testGroups"].as_array().expect("groups") {
        for test in group["tests"].as_array().expect("tests") {
            let token = test["jws"]
                .as_str()
                .map_or_else(|| test["jws"].to_string(), str::to_owned);
            assert!(
                tokens.read(&token, now).is_err(),
                "{}: {}",
                test["tcId"],
                test["comment"]
            );
            seen += 1;
        }
    }
    assert_eq!(seen, vectors["numberOfTests"].as_u64().expect("a count"));
}
