//! Bytes read as text: damaged UTF-8 tolerated, terminal colours dropped, damaged accents repaired.
//!
//! All of it is for reading only; the bytes themselves stay in `raw`.

use std::borrow::Cow;

/// The text of a line. Bytes that are not UTF-8 read as the replacement character.
pub(crate) fn read(bytes: &[u8]) -> Cow<'_, str> {
    if bytes.is_ascii() && !bytes.contains(&0x1b) {
        return String::from_utf8_lossy(bytes);
    }
    let text = String::from_utf8_lossy(bytes);
    let text = if text.contains('\u{1b}') {
        Cow::Owned(without_colours(&text))
    } else {
        text
    };
    match repair(&text) {
        Some(repaired) => Cow::Owned(repaired),
        None => text,
    }
}

/// Drops the control sequences of terminals (ECMA-48 § 5.4): `ESC [ … letter`.
fn without_colours(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, sequence)) = rest.split_once('\u{1b}') {
        clean.push_str(before);
        rest = match sequence.strip_prefix('[') {
            Some(parameters) => parameters
                .trim_start_matches(|c: char| matches!(c, ' '..='?'))
                .get(1..)
                .unwrap_or_default(),
            None => sequence,
        };
    }
    clean.push_str(rest);
    clean
}

/// Undoes UTF-8 that somebody read as Mac Roman or as Windows-1252 and wrote again as UTF-8:
/// `√°` and `Ã¡` become `á`. `None` where nothing was damaged.
pub(crate) fn repair(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let mut repaired = String::with_capacity(text.len());
    let mut changed = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let found = (!first.is_ascii())
            .then(|| undamage(rest, mac_roman).or_else(|| undamage(rest, windows_1252)))
            .flatten();
        let (character, after) = found.unwrap_or((first, rest.get(first.len_utf8()..).unwrap_or_default()));
        changed |= found.is_some();
        repaired.push(character);
        rest = after;
    }
    changed.then_some(repaired)
}

/// The character that the first two to four characters were, if the old encoding's bytes for them
/// are the UTF-8 of one that people write in logs.
fn undamage(text: &str, byte_of: fn(char) -> Option<u8>) -> Option<(char, &str)> {
    let lead = byte_of(text.chars().next()?)?;
    let length = match lead {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let mut bytes = Vec::with_capacity(4);
    let mut taken = 0;
    for character in text.chars().take(length) {
        bytes.push(byte_of(character)?);
        taken += character.len_utf8();
    }
    let mut decoded = std::str::from_utf8(&bytes).ok()?.chars();
    let character = decoded.next().filter(|_| decoded.next().is_none())?;
    let plausible = matches!(character,
        '\u{a0}'..='\u{17f}' | '\u{2000}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}');
    plausible.then_some((character, text.get(taken..)?))
}

/// The upper half of Mac OS Roman, from 0x80.
const MAC_ROMAN: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";
/// Windows-1252 from 0x80 to 0x9f; the five bytes it leaves undefined stand for themselves.
const WINDOWS_1252: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";

fn upper_half(table: &str, character: char) -> Option<u8> {
    let place = table.chars().position(|c| c == character)?;
    u8::try_from(0x80 + place).ok()
}

fn mac_roman(character: char) -> Option<u8> {
    upper_half(MAC_ROMAN, character)
}

fn windows_1252(character: char) -> Option<u8> {
    match u32::from(character) {
        code @ 0x80..=0xff => u8::try_from(code).ok(),
        _ => upper_half(WINDOWS_1252, character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_damaged_by_either_encoding_read_as_they_were_written() {
        for (damaged, whole) in [
            ("Credenciais inv√°lidas", "Credenciais inválidas"),
            ("Usu√°rio n√£o √©", "Usuário não é"),
            ("Credenciais invÃ¡lidas", "Credenciais inválidas"),
            ("usuÃ¡rio nÃ£o Ã© aÃ§Ã£o", "usuário não é ação"),
            ("(China) ‚ö†Ô∏è", "(China) ⚠️"),
            ("(China) âš\u{a0}ï¸\u{8f}", "(China) ⚠️"),
        ] {
            assert_eq!(read(damaged.as_bytes()), whole);
        }
    }

    #[test]
    fn healthy_text_is_left_alone() {
        for text in [
            "Credenciais inválidas, Usuário não é ação ⚠️ Ñandú über Øre «x» 50°",
            "MAÇÃ",
            "日本語 ログイン",
            "√2 ≈ 1,41",
        ] {
            assert_eq!(read(text.as_bytes()), text);
        }
        assert_eq!(MAC_ROMAN.chars().count(), 128);
        assert_eq!(WINDOWS_1252.chars().count(), 32);
    }

    #[test]
    fn colours_of_a_terminal_are_not_read() {
        assert_eq!(read(b"\x1b[32minfo\x1b[39m: x\x1b[0;1m"), "info: x");
        assert_eq!(read(b"\x1b["), "");
        assert_eq!(read("\u{1b}[é".as_bytes()), "");
    }
}
