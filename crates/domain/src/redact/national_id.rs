//! The numbers that Brazil gives to people (CPF) and to companies (CNPJ), told by their check
//! digits, so that a telephone number or a time is not taken for one.
//!
//! Without its dots and dash a number is taken only where it stands alone; a CNPJ so written also
//! needs its usual branch and must not read as a time, because fourteen digits are often
//! `YYYYMMDDhhmmss`.

use super::NATIONAL_ID;
use std::ops::Range;

/// Marks every national id; `None` where there is none.
pub(super) fn scrub(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut clean = Vec::new();
    let mut taken = 0;
    let mut at = 0;
    while let Some(word) = next_word(bytes, at) {
        at = word.end;
        let trimmed = trim(bytes, word);
        if bytes.get(trimmed.clone()).is_some_and(is_one) {
            clean.extend_from_slice(bytes.get(taken..trimmed.start).unwrap_or_default());
            clean.extend_from_slice(NATIONAL_ID.as_bytes());
            taken = trimmed.end;
        }
    }
    (taken > 0).then(|| {
        clean.extend_from_slice(bytes.get(taken..).unwrap_or_default());
        clean
    })
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'/' | b'_') || byte >= 0x80
}

/// The next run of bytes that a number might be part of: one that a digit stands in.
fn next_word(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let start = from + bytes.get(from..)?.iter().position(|byte| is_part(*byte))?;
    let length = bytes.get(start..)?.iter().position(|byte| !is_part(*byte));
    Some(start..length.map_or(bytes.len(), |length| start + length))
}

/// Punctuation after a number belongs to the sentence.
fn trim(bytes: &[u8], word: Range<usize>) -> Range<usize> {
    let inside = bytes.get(word.clone()).unwrap_or_default();
    let kept = inside
        .iter()
        .rposition(|byte| !matches!(byte, b'.' | b'-' | b'/'))
        .map_or(0, |last| last + 1);
    word.start..word.start + kept
}

/// Whether these bytes, and no others around them, are a CPF or a CNPJ.
pub(super) fn is_one(word: &[u8]) -> bool {
    if !(11..=18).contains(&word.len()) || !word.last().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let shape: Vec<u8> = word
        .iter()
        .map(|byte| match byte {
            b'0'..=b'9' => b'9',
            b'A'..=b'Z' => b'A',
            other => *other,
        })
        .collect();
    let digits: Vec<u8> = word.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    match shape.as_slice() {
        b"999.999.999-99" | b"99999999999" | b"999999999-99" => is_cpf(&digits),
        b"99999999999999" => is_cnpj(&digits) && is_usual_branch(&digits) && !is_time(&digits),
        [
            _,
            _,
            b'.',
            _,
            _,
            _,
            b'.',
            _,
            _,
            _,
            b'/',
            _,
            _,
            _,
            _,
            b'-',
            b'9',
            b'9',
        ] => digits.len() == 14 && is_cnpj(&digits),
        _ => false,
    }
}

/// What a character counts for: its distance from `0` (Receita Federal, IN RFB 2.229/2024, for the
/// letters of a CNPJ).
fn worth(byte: u8) -> u32 {
    u32::from(byte.wrapping_sub(b'0'))
}

fn check_digit(sum: u32) -> u32 {
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

fn same_throughout(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| matches!(pair, [a, b] if a == b))
}

fn is_cpf(digits: &[u8]) -> bool {
    let sum = |count: usize, first: u32| {
        digits
            .iter()
            .take(count)
            .zip((2..=first).rev())
            .map(|(digit, weight)| worth(*digit) * weight)
            .sum()
    };
    let agrees = |place: usize, sum: u32| {
        digits
            .get(place)
            .is_some_and(|digit| worth(*digit) == check_digit(sum))
    };
    !same_throughout(digits) && agrees(9, sum(9, 10)) && agrees(10, sum(10, 11))
}

fn is_cnpj(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 13] = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    let sum = |count: usize| {
        let weights = WEIGHTS.iter().skip(13 - count);
        digits
            .iter()
            .take(count)
            .zip(weights)
            .map(|(digit, weight)| worth(*digit) * weight)
            .sum()
    };
    let agrees = |place: usize, sum: u32| {
        digits
            .get(place)
            .is_some_and(|digit| worth(*digit) == check_digit(sum))
    };
    !same_throughout(digits) && agrees(12, sum(12)) && agrees(13, sum(13))
}

/// `0001` and its few neighbours: almost every company's branch.
fn is_usual_branch(digits: &[u8]) -> bool {
    digits.get(8..11) == Some(b"000")
}

/// `YYYYMMDDhhmmss` between 1970 and 2099.
fn is_time(digits: &[u8]) -> bool {
    std::str::from_utf8(digits)
        .ok()
        .and_then(|text| chrono::NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").ok())
        .is_some_and(|time| (1970..2100).contains(&chrono::Datelike::year(&time)))
}
