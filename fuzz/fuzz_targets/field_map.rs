//! Structured logs read by a map whose paths come from the input too.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use vigia_intake::{FieldMap, Format, Formats};

fuzz_target!(|data: (&str, &str, &str, &[u8])| {
    let (time, kind, actor, body) = data;
    let map = FieldMap {
        time: Some(time.to_owned()),
        kind: Some(kind.to_owned()),
        actor: Some(actor.to_owned()),
        source_ip: Some("ip".to_owned()),
        kind_map: [("x".to_owned(), "a.b".to_owned())].into(),
        ..FieldMap::default()
    };
    if Formats::new(BTreeMap::from([("mine".to_owned(), map.clone())])).is_ok() {
        vigia_fuzz::parser(Format::Ndjson, Some(map), body);
    }
});
