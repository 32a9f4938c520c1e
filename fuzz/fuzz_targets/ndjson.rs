//! Structured logs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigia_intake::Format;

fuzz_target!(|body: &[u8]| vigia_fuzz::parser(Format::Ndjson, None, body));
