//! Any text: no panic, and what is clean stays as it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigia_domain::redact::text_without_secrets;

fuzz_target!(|text: &str| {
    if let Some(clean) = text_without_secrets(text) {
        assert_eq!(text_without_secrets(&clean), None, "redacting {clean:?} again");
    }
});
