//! A command of the window exists in all of its places or in none: the desk's list, the shell's
//! handler, the hand-written permissions, the one capability, the generated TypeScript.

use crate::tracked::{ending, read};
use serde_json::Value;
use std::collections::BTreeSet;
use vigia_desk::commands::NAMES;

fn names() -> BTreeSet<String> {
    NAMES.iter().map(|name| (*name).to_owned()).collect()
}

fn permissions() -> Vec<toml::Table> {
    let mut permissions = ending(&[".toml"]);
    permissions.retain(|path| path.starts_with("src-tauri/permissions/"));
    permissions
        .iter()
        .flat_map(|path| {
            let file: toml::Table = read(path).parse().unwrap();
            let list = file["permission"].as_array().unwrap().clone();
            list.into_iter().map(|entry| entry.as_table().unwrap().clone())
        })
        .collect()
}

#[test]
fn the_shell_handles_exactly_the_commands_of_the_desk() {
    let text = read("src-tauri/src/commands.rs");
    let list = text
        .split("generate_handler![")
        .nth(1)
        .unwrap()
        .split(']')
        .next()
        .unwrap();
    let handled: BTreeSet<String> = list
        .split(',')
        .map(str::trim)
        .filter(|path| !path.is_empty())
        .map(|path| path.rsplit("::").next().unwrap().to_owned())
        .collect();
    assert_eq!(handled, names());
}

#[test]
fn each_command_has_one_permission_of_its_own() {
    let mut allowed = BTreeSet::new();
    for permission in permissions() {
        let commands = permission["commands"]["allow"].as_array().unwrap();
        assert_eq!(commands.len(), 1, "{permission}");
        let command = commands[0].as_str().unwrap();
        let expected = format!("allow-{}", command.replace('_', "-"));
        assert_eq!(permission["identifier"].as_str(), Some(expected.as_str()));
        assert!(allowed.insert(command.to_owned()), "{command} is allowed twice");
    }
    assert_eq!(allowed, names());
}

#[test]
fn only_the_one_window_may_call_commands_and_nothing_else_of_the_system() {
    let capabilities = ending(&[".json"]);
    let capabilities: Vec<_> = capabilities
        .iter()
        .filter(|path| path.starts_with("src-tauri/capabilities/"))
        .collect();
    assert_eq!(capabilities, ["src-tauri/capabilities/main.json"]);
    let main: Value = serde_json::from_str(&read("src-tauri/capabilities/main.json")).unwrap();
    assert_eq!(main["windows"], serde_json::json!(["main"]));
    assert_eq!(main.get("remote"), None);
    let granted: BTreeSet<String> = main["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    let wanted = names()
        .into_iter()
        .map(|name| format!("allow-{}", name.replace('_', "-")));
    let news = ["core:event:allow-listen", "core:event:allow-unlisten"].map(str::to_owned);
    assert_eq!(granted, wanted.chain(news).collect());
}

#[test]
fn the_window_knows_exactly_the_commands_of_the_desk() {
    let text = read("ui/src/api/generated/commands.ts");
    let list = text
        .split("COMMANDS = [")
        .nth(1)
        .unwrap()
        .split(']')
        .next()
        .unwrap();
    let known: BTreeSet<String> = list
        .split(',')
        .map(|name| name.trim().trim_matches('"').to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    assert_eq!(known, names());
}

#[test]
fn the_window_runs_only_its_own_scripts_and_reaches_no_network() {
    let config: Value = serde_json::from_str(&read("tauri.conf.json")).unwrap();
    let csp = &config["app"]["security"]["csp"];
    assert_eq!(csp["default-src"], "'self'");
    assert_eq!(csp["script-src"], "'self'");
    assert_eq!(csp["connect-src"], "ipc: http://ipc.localhost");
    assert_eq!(csp["img-src"], "'self' data:");
    assert_eq!(csp["object-src"], "'none'");
}

#[test]
fn only_one_file_of_the_ui_knows_the_shell() {
    let sources = ending(&[".ts", ".tsx"]);
    let knows = sources
        .iter()
        .filter(|path| path.starts_with("ui/src/") && read(path).contains("@tauri-apps"));
    assert_eq!(knows.collect::<Vec<_>>(), ["ui/src/api/host.ts"]);
}
