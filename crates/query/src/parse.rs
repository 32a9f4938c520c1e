//! Text to tree: `tantivy-query-grammar` reads the text, this turns its tree into ours.
//!
//! Terms side by side must all hold. Where `OR` stands beside other terms without parentheses, at
//! least one of its sides must hold and all the other terms as well.

use crate::value::{self, Bound};
use crate::{Field, Query, QueryError, Test};
use tantivy_query_grammar::{
    Delimiter, Occur, UserInputAst, UserInputBound, UserInputLeaf, UserInputLiteral,
};

/// The longest query, in bytes.
pub const MAX_QUERY_BYTES: usize = 4_096;
/// How deep parentheses and NOT may nest: the grammar's parser recurses.
pub const MAX_DEPTH: usize = 32;
/// How many terms a query may have: the database limits the depth of an expression.
pub const MAX_TERMS: usize = 128;

/// Reads a query; an empty text finds everything.
///
/// # Errors
/// What is wrong with it, and what to write instead.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    if text.trim().is_empty() {
        return Ok(Query::All);
    }
    if text.len() > MAX_QUERY_BYTES {
        let limit = MAX_QUERY_BYTES;
        return Err(QueryError::TooLarge { what: "bytes", limit });
    }
    let openings = text.matches('(').count();
    let negations = text
        .split_whitespace()
        .filter(|word| word.trim_start_matches('(') == "NOT")
        .count();
    if openings > MAX_DEPTH || negations > MAX_DEPTH {
        let limit = MAX_DEPTH;
        return Err(QueryError::TooLarge {
            what: "levels",
            limit,
        });
    }
    let tree = tantivy_query_grammar::parse_query(&prepare(text)).map_err(|_| QueryError::Syntax)?;
    let mut terms = MAX_TERMS;
    convert(&tree, &mut terms)
}

/// Writes what people write in the form that the grammar reads, outside of quotes and brackets:
/// `severity>=3` gets its colon; further colons of a word (`source.ip:2001:db8::1`) and an
/// apostrophe within one are escaped.
fn prepare(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut quote = None;
    let mut bracket = false;
    // What the current word has shown so far.
    let mut colon = false;
    let mut compared = false;
    let mut name = 0usize;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\\' {
            out.push(character);
            out.extend(characters.next());
            name = usize::MAX;
            continue;
        }
        if let Some(open) = quote {
            out.push(character);
            if character == open {
                quote = None;
            }
            continue;
        }
        if bracket {
            out.push(character);
            bracket = !matches!(character, ']' | '}');
            continue;
        }
        match character {
            '"' => quote = Some('"'),
            '\'' if name == 0 || out.ends_with(':') => quote = Some('\''),
            '\'' => out.push('\\'),
            '[' | '{' => bracket = true,
            ':' if compared => {}
            ':' if colon => out.push('\\'),
            ':' => colon = true,
            '<' | '>' if !colon && (1..usize::MAX).contains(&name) => {
                out.push(':');
                colon = true;
                compared = true;
            }
            '<' | '>' if out.trim_end().ends_with(':') => compared = true,
            _ => {}
        }
        out.push(character);
        if character.is_whitespace() {
            // `severity >= 3` and `field : value` keep their word across the space.
            let rest = characters.clone().find(|next| !next.is_whitespace());
            let compares = !colon && (1..usize::MAX).contains(&name) && matches!(rest, Some('<' | '>'));
            let goes_on = compares || rest == Some(':') || out.trim_end().ends_with([':', '<', '>', '=']);
            if !goes_on {
                (colon, compared, name) = (false, false, 0);
            }
        } else if matches!(character, '(' | ')') {
            (colon, compared, name) = (false, false, 0);
        } else if character.is_ascii_alphanumeric() || matches!(character, '.' | '_') {
            name = name.saturating_add(1);
        } else if !matches!(character, '-' | '+' if name == 0) {
            name = usize::MAX;
        }
    }
    out
}

fn convert(tree: &UserInputAst, terms: &mut usize) -> Result<Query, QueryError> {
    match tree {
        UserInputAst::Boost(inner, _) => convert(inner, terms),
        UserInputAst::Leaf(leaf) => {
            *terms = terms.checked_sub(1).ok_or(QueryError::TooLarge {
                what: "terms",
                limit: MAX_TERMS,
            })?;
            self::leaf(leaf)
        }
        UserInputAst::Clause(clauses) => {
            let mut all = Vec::new();
            let mut any = Vec::new();
            for (occur, clause) in clauses {
                let query = convert(clause, terms)?;
                match occur {
                    None | Some(Occur::Must) => all.push(query),
                    Some(Occur::MustNot) => all.push(Query::Not(Box::new(query))),
                    Some(Occur::Should) => any.push(query),
                }
            }
            if !any.is_empty() {
                all.push(one_or(any, Query::Or));
            }
            if all.is_empty() {
                return Ok(Query::All);
            }
            Ok(one_or(all, Query::And))
        }
    }
}

fn one_or(mut queries: Vec<Query>, many: fn(Vec<Query>) -> Query) -> Query {
    match (queries.pop(), queries.is_empty()) {
        (Some(only), true) => only,
        (Some(last), false) => {
            queries.push(last);
            many(queries)
        }
        (None, _) => Query::All,
    }
}

fn leaf(leaf: &UserInputLeaf) -> Result<Query, QueryError> {
    match leaf {
        UserInputLeaf::All => Ok(Query::All),
        UserInputLeaf::Exists { field } => Ok(Query::Is(Field::parse(field)?, Test::Exists)),
        UserInputLeaf::Literal(literal) => self::literal(literal),
        UserInputLeaf::Range { field, lower, upper } => {
            let field = named(field.as_deref())?;
            let test = value::range(&field, bound(lower), bound(upper))?;
            Ok(Query::Is(field, test))
        }
        UserInputLeaf::Set { field, elements } => {
            let field = named(field.as_deref())?;
            let tests = elements
                .iter()
                .map(|element| value::single(&field, element, false));
            let any: Vec<Query> = tests
                .map(|test| test.map(|test| Query::Is(field.clone(), test)))
                .collect::<Result<_, _>>()?;
            if any.len() > MAX_TERMS {
                let limit = MAX_TERMS;
                return Err(QueryError::TooLarge { what: "terms", limit });
            }
            if any.is_empty() {
                return Err(QueryError::Unsupported("a set needs at least one value"));
            }
            Ok(one_or(any, Query::Or))
        }
        UserInputLeaf::Regex { .. } => Err(QueryError::Unsupported(
            "regular expressions are not taken here; write the beginning of a word and a star, or quote the slash",
        )),
    }
}

fn named(field: Option<&str>) -> Result<Field, QueryError> {
    let missing = QueryError::Unsupported("a range or a set needs a field before it, as in severity>=3");
    field.map_or(Err(missing), Field::parse)
}

fn bound(bound: &UserInputBound) -> Bound<'_> {
    match bound {
        UserInputBound::Inclusive(value) if value != "*" => Bound::Inclusive(value),
        UserInputBound::Exclusive(value) if value != "*" => Bound::Exclusive(value),
        _ => Bound::Open,
    }
}

fn literal(literal: &UserInputLiteral) -> Result<Query, QueryError> {
    if literal.slop > 0 {
        return Err(QueryError::Unsupported(
            "distances between words are not taken here; leave out the ~",
        ));
    }
    let quoted = literal.delimiter != Delimiter::None;
    let (value, prefix) = if quoted {
        (literal.phrase.clone(), literal.prefix)
    } else {
        star(&literal.phrase, literal.prefix)?
    };
    match &literal.field_name {
        Some(name) => {
            let field = Field::parse(name)?;
            let test = value::single(&field, &value, prefix)?;
            Ok(Query::Is(field, test))
        }
        None => value::phrase(&value, prefix).map(Query::Text),
    }
}

/// A star at the end of a bare word asks for its beginning; one that is escaped is itself.
fn star(word: &str, prefix: bool) -> Result<(String, bool), QueryError> {
    let (word, prefix) = match word.strip_suffix('*') {
        Some(rest) if !rest.ends_with('\\') => (rest, true),
        _ => (word, prefix),
    };
    if word.replace("\\*", "").contains('*') {
        return Err(QueryError::Unsupported(
            "a star stands at the end of a word only; quote the word to look for the star itself",
        ));
    }
    Ok((word.replace("\\*", "*"), prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn word(field: Field, word: &str) -> Query {
        Query::Is(field, Test::Word(word.to_owned()))
    }

    #[test]
    fn the_example_of_the_documentation_is_one_conjunction() {
        let query = parse(
            "kind:auth.login.failed service:api -actor.email:joao@example.com source.country:CN severity>=3 \
             time:[2026-02-17T10:00 TO 2026-02-17T11:00] \"credenciais inválidas\"",
        )
        .unwrap();
        let Query::And(all) = query else {
            panic!("{query:?}")
        };
        assert_eq!(all.len(), 7);
        assert_eq!(all[0], word(Field::Kind, "auth.login.failed"));
        assert_eq!(
            all[2],
            Query::Not(Box::new(word(Field::ActorEmail, "joao@example.com")))
        );
        assert_eq!(all[4], Query::Is(Field::Severity, Test::Between(3, i64::MAX)));
        assert!(matches!(&all[6], Query::Text(phrase) if phrase.words == ["credenciais", "invalidas"]));
    }

    #[test]
    fn comparisons_need_no_colon_and_addresses_and_times_may_hold_some() {
        for text in [
            "severity>=medium",
            "severity:>=3",
            "severity >= 3",
            "severity: >=3",
        ] {
            assert_eq!(
                parse(text),
                Ok(Query::Is(Field::Severity, Test::Between(3, i64::MAX))),
                "{text}"
            );
        }
        for text in [
            "source.ip:2001:db8::1",
            "source.ip:2001:db8::/32",
            "source.ip:192.168.0.0/16",
            "time:2026-02-17T10:00:05",
            "time>=2026-02-17T10:00",
            "time>2026-02-17T10:00:00-03:00",
            "(source.ip:::1 OR source.ip:10.0.0.1)",
            "d'água",
            "message:\"a: b\"",
            "seq:[10 TO *]",
            "kind:IN [auth.login.failed auth.user.invalid]",
            "details.pid:24200",
            "id:0190c1f2-0000-7000-8000-000000000000",
            "actor.name:root*",
            "NOT kind:a.b",
            "kind:*",
            "*",
        ] {
            assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn what_cannot_be_meant_says_what_to_write_instead() {
        for (text, says) in [
            ("kindd:a.b", "did you mean kind?"),
            ("source.ip:300.1.1.1", "an address or a network"),
            ("severity:bad", "unknown, info, low"),
            ("kind:[a TO b]", "takes a word"),
            ("message:/a.*/", "regular expressions"),
            ("a*b", "at the end of a word"),
            ("\"a b\"~3", "distances"),
            ("\"--\"", "no letter or digit"),
            ("kind:", "does not parse"),
            ("(a", "does not parse"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(matches!(
            parse(&"(".repeat(5_000)),
            Err(QueryError::TooLarge { .. })
        ));
        assert!(matches!(
            parse(&"NOT ".repeat(60)),
            Err(QueryError::TooLarge { .. })
        ));
        let wide: Vec<String> = (0..200).map(|n| format!("w{n}")).collect();
        assert!(matches!(parse(&wide.join(" ")), Err(QueryError::TooLarge { .. })));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = parse(&text);
        }

        #[test]
        fn no_mixture_of_its_own_signs_makes_the_parser_panic(
            parts in proptest::collection::vec(prop_oneof![
                Just("kind"), Just(":"), Just("("), Just(")"), Just("["), Just("]"), Just("{"), Just("}"),
                Just(" TO "), Just(" AND "), Just(" OR "), Just("NOT "), Just("-"), Just("+"), Just("*"),
                Just("\""), Just("'"), Just("\\"), Just("^2"), Just("~"), Just(">="), Just("<"), Just("/"),
                Just("a"), Just("1"), Just(" "), Just("IN "), Just("é"), Just("time"), Just("source.ip"),
            ], 0..40)
        ) {
            let _ = parse(&parts.concat());
        }
    }
}
