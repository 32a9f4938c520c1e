//! Every command of docs/api-guide.md, from top to bottom in one shell, against a platform.

use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use vigia_tests::platform::{ADMIN_EMAIL, ADMIN_PASSWORD, House};
use vigia_tests::root;

/// How long all of them may take.
const SECONDS: u64 = 120;

/// The blocks of shell commands, each with the heading that it stands under.
fn script() -> String {
    let page = std::fs::read_to_string(root().join("docs/api-guide.md")).expect("the guide");
    let mut script = String::from("set -euo pipefail\n");
    let mut inside = false;
    for line in page.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            heading if heading.starts_with("## ") => {
                script.push_str(&format!("echo '{}' >&2\n", heading.replace('\'', "")));
            }
            command if inside => {
                script.push_str(command);
                script.push('\n');
            }
            _ => {}
        }
    }
    assert!(
        !inside && script.matches("curl").count() > 20,
        "the guide has its commands"
    );
    script
}

#[tokio::test]
async fn every_command_of_the_api_guide_does_what_the_guide_says() {
    let house = House::start().await;
    let shell = Command::new("bash")
        .args(["-c", &script()])
        .env("VIGIA_URL", house.url())
        .env("VIGIA_EMAIL", ADMIN_EMAIL)
        .env("VIGIA_PASSWORD", ADMIN_PASSWORD)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let done = tokio::time::timeout(Duration::from_secs(SECONDS), shell);
    let done = done.await.expect("in time").expect("bash is there");
    assert!(
        done.status.success(),
        "after these headings:\n{}\n{}",
        String::from_utf8_lossy(&done.stderr),
        String::from_utf8_lossy(&done.stdout)
    );
    let failed = house.events_of("auth.login.failed").await;
    assert_eq!(failed.len(), 2, "one line of winston's, one batch stored once");
    house.stop().await;
}
