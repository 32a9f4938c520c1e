//! Words of a text, folded, as the index stores them and as a query asks for them.
//!
//! One function for both sides, so that what is found does not depend on two tokenizers agreeing:
//! the index is given words that are already cut and folded, joined by spaces.

/// The longest word that is kept, in characters; the rest of a longer one is cut off.
const MAX_WORD_CHARS: usize = 64;

/// Stands between two texts in the index, so that no phrase runs from one into the next. Not a
/// letter or digit, so no query can name it.
pub const GAP: &str = "¶";

/// The form in which names, addresses and other words are compared: trimmed, lower case.
#[must_use]
pub fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The words of a text: runs of letters and digits, lower case, without accents.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut length = 0;
    for character in text.chars().flat_map(char::to_lowercase) {
        if !character.is_alphanumeric() {
            // A combining accent belongs to its letter; anything else ends the word.
            if !is_combining(character) && length > 0 {
                words.push(std::mem::take(&mut word));
                length = 0;
            }
        } else if length < MAX_WORD_CHARS {
            word.push(plain(character));
            length += 1;
        }
    }
    if length > 0 {
        words.push(word);
    }
    words
}

/// Appends the words of a text to `out`, spaces between them: what [`words`] gives, without a piece of
/// memory for each.
pub fn join(out: &mut String, text: &str) {
    if !text.is_ascii() {
        out.push_str(&words(text).join(" "));
        return;
    }
    let begin = out.len();
    let mut length = 0;
    for byte in text.bytes() {
        if !byte.is_ascii_alphanumeric() {
            length = 0;
            continue;
        }
        if length == 0 && out.len() > begin {
            out.push(' ');
        }
        if length < MAX_WORD_CHARS {
            out.push(char::from(byte.to_ascii_lowercase()));
            length += 1;
        }
    }
}

fn is_combining(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

/// The letter without its accent, for the letters of the languages that Vigia is written in and
/// their neighbours.
fn plain(character: char) -> char {
    match character {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => 'i',
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => 'o',
        'ŕ' | 'ŗ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' => 's',
        'ţ' | 'ť' | 'ŧ' => 't',
        'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
        'ý' | 'ÿ' | 'ŷ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn joined_words_are_the_words(text in "([a-zA-Z0-9 .@-]{0,90}|\\PC{0,40})") {
            let mut joined = String::from("before ");
            join(&mut joined, &text);
            proptest::prop_assert_eq!(joined, format!("before {}", words(&text).join(" ")));
        }
    }

    #[test]
    fn words_are_cut_at_everything_but_letters_and_digits_and_lose_accents() {
        assert_eq!(words("Credenciais INVÁLIDAS!"), ["credenciais", "invalidas"]);
        assert_eq!(words("inva\u{301}lidas"), ["invalidas"]);
        assert_eq!(words("joao@example.com"), ["joao", "example", "com"]);
        assert_eq!(words("¶ -- ⚠️"), Vec::<String>::new());
    }
}
