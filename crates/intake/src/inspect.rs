//! Objects as Node's `util.inspect` prints them, which is what winston's `prettyPrint()` writes:
//! `{ level: 'info', message: 'paid', [Symbol(level)]: 'info' }`, on one line or on several.
//!
//! Symbols are winston's own and say nothing that is not said beside them; what was not printed whole
//! (`[Object]`) stays as the text that it is. Anything else that is not as expected is no such object.

use crate::fields::Fields;
use serde_json::Value;

/// The deepest nesting that is read; `inspect` prints two levels unless it is told otherwise.
const MAX_DEPTH: u8 = 16;

/// The object that a text is; `None` where it is none.
pub(crate) fn object(text: &str) -> Option<Fields> {
    let mut rest = Rest(text.trim());
    let fields = rest.object(MAX_DEPTH)?;
    rest.0.trim().is_empty().then_some(fields)
}

/// What has not been read yet.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_start();
    }

    /// Whether the text goes on with this sign, which is then read.
    fn takes(&mut self, sign: char) -> bool {
        self.skip_blanks();
        match self.0.strip_prefix(sign) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn object(&mut self, depth: u8) -> Option<Fields> {
        let depth = depth.checked_sub(1)?;
        let mut fields = Fields::new();
        if !self.takes('{') {
            return None;
        }
        while !self.takes('}') {
            let name = self.name()?;
            if !self.takes(':') {
                return None;
            }
            let value = self.value(depth)?;
            if let (Some(name), Some(value)) = (name, value) {
                fields.insert(name, value);
            }
            if !self.takes(',') {
                return self.takes('}').then_some(fields);
            }
        }
        Some(fields)
    }

    /// A field's name; nothing where it is a symbol.
    fn name(&mut self) -> Option<Option<String>> {
        self.skip_blanks();
        if let Some(symbol) = self.0.strip_prefix("[Symbol(") {
            self.0 = symbol.split_once(")]")?.1;
            return Some(None);
        }
        if self.0.starts_with(['\'', '"', '`']) {
            return self.quoted().map(Some);
        }
        let end = self
            .0
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))?;
        let (name, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        (!name.is_empty()).then(|| Some(name.to_owned()))
    }

    /// A value; nothing where it is `undefined`.
    fn value(&mut self, depth: u8) -> Option<Option<Value>> {
        self.skip_blanks();
        match self.0.chars().next()? {
            '{' => self.object(depth).map(|fields| Some(Value::Object(fields))),
            '\'' | '"' | '`' => self.quoted().map(|text| Some(Value::String(text))),
            '[' if self.0.starts_with("[Object") || self.0.starts_with("[Array") => {
                let end = self.0.find(']')? + 1;
                let (shown, rest) = self.0.split_at_checked(end)?;
                self.0 = rest;
                Some(Some(Value::String(shown.to_owned())))
            }
            '[' => self.array(depth).map(Some),
            _ => self.word(),
        }
    }

    fn array(&mut self, depth: u8) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let mut items = Vec::new();
        if !self.takes('[') {
            return None;
        }
        while !self.takes(']') {
            items.push(self.value(depth)?.unwrap_or(Value::Null));
            if !self.takes(',') {
                return self.takes(']').then_some(Value::Array(items));
            }
        }
        Some(Value::Array(items))
    }

    /// A number, `true`, a date …, up to the sign that ends it.
    fn word(&mut self) -> Option<Option<Value>> {
        let end = self.0.find([',', '}', ']', '\n']).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        Some(match word.trim() {
            "" => return None,
            // Another field follows without the sign between: nothing that inspect prints.
            joined if joined.contains(": ") => return None,
            "undefined" => None,
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" => Some(Value::Null),
            other => Some(match serde_json::from_str(other) {
                Ok(number @ Value::Number(_)) => number,
                _ => Value::String(other.to_owned()),
            }),
        })
    }

    /// A text in whichever quotes it does not hold; long ones are joined by ` +` at line ends.
    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            let quote = self.0.chars().next()?;
            let mut characters = self.0.char_indices().skip(1);
            let end = loop {
                match characters.next()? {
                    (end, sign) if sign == quote => break end,
                    (_, '\\') => text.push(match characters.next()?.1 {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        other => other,
                    }),
                    (_, other) => text.push(other),
                }
            };
            self.0 = self.0.get(end + 1..)?;
            let joined = self.0.strip_prefix(" +").map(str::trim_start);
            match joined.filter(|rest| rest.starts_with(['\'', '"', '`'])) {
                Some(rest) => self.0 = rest,
                None => return Some(text),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_inspect_prints_is_read() {
        let printed = "{\n  level: 'info',\n  message: \"it's paid\",\n  'x-id': `a 'b' \"c\"`,\n  n: 1.5,\n  ok: true,\n  \
            none: undefined,\n  null: null,\n  when: 2026-02-17T10:30:00.000Z,\n  list: [ 1, 'two', [Object] ],\n  \
            user: { id: 7, deep: [Array] },\n  long: 'one\\n' +\n    'two',\n  [Symbol(level)]: 'info',\n}";
        assert_eq!(
            Value::Object(object(printed).unwrap()),
            json!({
                "level": "info", "message": "it's paid", "x-id": "a 'b' \"c\"", "n": 1.5, "ok": true, "null": null,
                "when": "2026-02-17T10:30:00.000Z", "list": [1, "two", "[Object]"],
                "user": {"id": 7, "deep": "[Array]"}, "long": "one\ntwo",
            })
        );
        assert_eq!(object("{}"), Some(Fields::new()));
    }

    #[test]
    fn anything_else_is_no_object() {
        for text in [
            "",
            "{",
            "{ a }",
            "{ a: }",
            "{ a: 'b }",
            "{ a: 1 } x",
            "{ a: 1 b: 2 }",
            "[ 1 ]",
            "{ a: [ 1 }",
        ] {
            assert_eq!(object(text), None, "{text}");
        }
        assert_eq!(object(&"{ a: ".repeat(40)), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"\{?[ -~é\n]{0,60}\}?"#) {
            let _ = object(&text);
        }
    }
}
