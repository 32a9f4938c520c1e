//! Both languages of the window have the same words to say, with the same places to fill in.

use crate::tracked::{ending, none, read};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn words(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let folder = format!("ui/src/i18n/{language}/");
    let mut all = BTreeMap::new();
    for path in ending(&[".json"]).iter().filter(|path| path.starts_with(&folder)) {
        let area = path.trim_start_matches(&folder).trim_end_matches(".json");
        gather(
            &serde_json::from_str(&read(path)).unwrap(),
            area.to_owned(),
            &mut all,
        );
    }
    assert!(!all.is_empty(), "{folder} has no words");
    all
}

fn gather(value: &Value, key: String, all: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(parts) => {
            for (name, part) in parts {
                gather(part, format!("{key}.{name}"), all);
            }
        }
        Value::String(text) => {
            assert!(!text.trim().is_empty(), "{key} is empty");
            let places = text
                .split("{{")
                .skip(1)
                .filter_map(|rest| rest.split("}}").next());
            let places = places.map(|place| place.split(',').next().unwrap_or(place).trim().to_owned());
            all.insert(key, places.collect());
        }
        other => panic!("{key} is no text: {other}"),
    }
}

#[test]
fn both_languages_have_the_same_words_with_the_same_places() {
    let (english, portuguese) = (words("en"), words("pt-BR"));
    let mut findings: Vec<String> = Vec::new();
    findings.extend(
        english
            .keys()
            .filter(|key| !portuguese.contains_key(*key))
            .map(|key| format!("pt-BR lacks {key}")),
    );
    findings.extend(
        portuguese
            .keys()
            .filter(|key| !english.contains_key(*key))
            .map(|key| format!("en lacks {key}")),
    );
    for (key, places) in &english {
        if portuguese.get(key).is_some_and(|other| other != places) {
            findings.push(format!("{key} fills in other places"));
        }
    }
    none("words of the window", &findings);
}

#[test]
fn every_code_of_a_problem_has_its_words() {
    let english = words("en");
    let missing = vigia_wire::Code::ALL
        .iter()
        .map(|code| code.as_str())
        .filter(|code| {
            !english
                .keys()
                .any(|key| key.starts_with("problem.") && key.split('.').any(|part| part == *code))
        });
    none(
        "codes without words",
        &missing.map(str::to_owned).collect::<Vec<_>>(),
    );
}
