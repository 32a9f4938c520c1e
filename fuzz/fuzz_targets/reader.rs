//! Any body, in any format.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigia_intake::Format;

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else {
        return;
    };
    let formats = Format::ALL;
    vigia_fuzz::parser(formats[usize::from(*choice) % formats.len()], None, body);
});
