//! One condition: an optional field, and what is asked of it.

use super::{
    boolean,
    cursor::{Cursor, Scope, excerpt},
    error::{ParseError, Problem},
    word::{self, Position, Word},
};
use crate::{
    expression::{
        Ask, Bound, Expr,
        normal::{self, is_message},
        print::is_keyword,
    },
    field::{Field, MAX_NAME, Place},
    literal::{number::Number, time::Time},
    matcher::{
        level,
        range::{Refusal, refusal},
    },
    text::chars::is_delimiter,
};

/// Reads `[field:]value`.
pub(super) fn clause(cursor: &mut Cursor<'_>, scope: Scope<'_>) -> Result<Expr, ParseError> {
    let from = cursor.at;
    cursor.count_clause(from)?;
    if scope.field.is_some() {
        return value(cursor, scope, from);
    }
    match cursor.peek() {
        Some('"') => {
            let text = word::quoted(cursor)?;
            if cursor.peek() == Some(':') {
                return named(cursor, from, &text);
            }
            refuse_glued(cursor, '"')?;
            Ok(Expr::test(Field::message(), Ask::Phrase(text)))
        }
        Some('/') => Ok(Expr::test(Field::message(), Ask::Regex(word::regex(cursor, false)?))),
        Some('[' | '{') => {
            let advice = "write `field:[1 TO 5]`, or quote the text";
            cursor.fail_with(from, Problem::RangeField, advice)
        }
        Some('<' | '>') => cursor.fail_with(from, Problem::RangeField, "write `field:>5`, or quote the text"),
        Some('\'') => {
            let found = excerpt(cursor.rest());
            let expected = "a word or a phrase";
            cursor.fail_with(from, Problem::Unexpected { expected, found }, "quote phrases with `\"`")
        }
        _ => bare(cursor),
    }
}

/// A word that may turn out to be a field's name.
fn bare(cursor: &mut Cursor<'_>) -> Result<Expr, ParseError> {
    let read = word::word(cursor, Position::Bare)?;
    match cursor.peek() {
        Some(':') => {
            if let Some(pattern) = &read.pattern {
                return any_field(cursor, &read, pattern.is_any());
            }
            return named(cursor, read.from, &read.text);
        }
        Some('=') => return single_equals(cursor, &read),
        Some(c @ ('<' | '>')) => {
            let value = excerpt(cursor.rest());
            let advice = format!("write `{}:{value}`, or quote the text", read.text);
            let found = c.to_string();
            return cursor.fail_with(cursor.at, Problem::Unexpected { expected: "`:`", found }, advice);
        }
        Some('"') if read.from < cursor.at => {
            let advice = "put a blank between, or write `\\\"`";
            return cursor.fail_with(cursor.at, unexpected(cursor, "a blank"), advice);
        }
        Some('[' | ']' | '{' | '}') => {
            let advice = "quote the text";
            return cursor.fail_with(cursor.at, unexpected(cursor, "a blank or `:`"), advice);
        }
        _ => {}
    }
    refuse_foreign(cursor, &read)?;
    if !read.is_escaped && read.pattern.is_none() && is_keyword(&read.text) {
        return keyword_slip(cursor, read);
    }
    match read.pattern {
        Some(pattern) if pattern.is_any() => Ok(Expr::All),
        Some(_) => Ok(Expr::test(Field::message(), like(cursor, read)?)),
        None => Ok(Expr::test(Field::message(), Ask::Word(read.text))),
    }
}

/// `and` is a word, but hardly ever meant as one.
fn keyword_slip<T>(cursor: &Cursor<'_>, read: Word) -> Result<T, ParseError> {
    let upper = read.text.to_ascii_uppercase();
    let advice = format!("write `{upper}`, or `\"{}\"` for the word itself", read.text);
    cursor.fail_with(read.from, Problem::Keyword { found: read.text }, advice)
}

fn unexpected(cursor: &Cursor<'_>, expected: &'static str) -> Problem {
    Problem::Unexpected { expected, found: excerpt(cursor.rest()) }
}

/// `*:*` is every record; other wildcards in names are not offered.
fn any_field(cursor: &mut Cursor<'_>, read: &Word, is_any: bool) -> Result<Expr, ParseError> {
    let is_end = |rest: &str| rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || c == ')');
    if is_any && cursor.rest().strip_prefix(":*").is_some_and(is_end) {
        cursor.at += ":*".len();
        return Ok(Expr::All);
    }
    cursor.fail_with(read.from, Problem::NameWildcard, "without a field, words are sought in the message")
}

fn single_equals(cursor: &Cursor<'_>, read: &Word) -> Result<Expr, ParseError> {
    let value = excerpt(cursor.rest().trim_start_matches(['=', '~']));
    let field = read.text.strip_suffix(['!', '>', '<']).unwrap_or(&read.text);
    let advice = match read.text.as_bytes().last() {
        _ if field.is_empty() => "quote the text".to_owned(),
        Some(b'!') => format!("write `NOT {field}:{value}`, or quote the text"),
        _ => format!("write `{field}:{value}`, or quote the text"),
    };
    cursor.fail_with(cursor.at, Problem::SingleEquals, advice)
}

/// `word~2` and `word^3` are Lucene's; here they would silently mean something else.
fn refuse_foreign(cursor: &Cursor<'_>, read: &Word) -> Result<(), ParseError> {
    let raw = &cursor.text[read.from..cursor.at];
    let number = raw.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let what = match number.as_bytes() {
        [.., b'\\', _] | [_] => return Ok(()),
        [.., b'~'] => "fuzzy words",
        [.., b'^'] => "boosts",
        _ => return Ok(()),
    };
    cursor.fail_with(
        read.from + number.len() - 1,
        Problem::Foreign { what },
        "leave it out, or quote the word",
    )
}

fn refuse_glued(cursor: &Cursor<'_>, quote: char) -> Result<(), ParseError> {
    match cursor.peek() {
        Some('~') => cursor.fail(cursor.at, Problem::Foreign { what: "distances of words" }),
        Some('^') => cursor.fail(cursor.at, Problem::Foreign { what: "boosts" }),
        Some(c)
            if !c.is_whitespace()
                && c != ')'
                && !cursor.rest().starts_with("&&")
                && !cursor.rest().starts_with("||") =>
        {
            let advice = "a `\"` within a phrase is written `\\\"`";
            cursor.fail_with(cursor.at, Problem::Glued { quote }, advice)
        }
        _ => Ok(()),
    }
}

/// Behind a name, at its colon.
fn named(cursor: &mut Cursor<'_>, from: usize, name: &str) -> Result<Expr, ParseError> {
    if name.is_empty() || name.len() > MAX_NAME {
        return cursor.fail(from, Problem::NameLength { limit: MAX_NAME });
    }
    cursor.at += 1;
    let at = cursor.at;
    if name == "_exists_" {
        let advice = format!("write `{}:*`", excerpt(cursor.rest()));
        return cursor.fail_with(from, Problem::Foreign { what: "`_exists_`" }, advice);
    }
    let field = Field::new(name);
    let no_value = || Problem::NoValue { field: name.to_owned() };
    match cursor.peek() {
        None | Some(')') => cursor.fail(at, no_value()),
        Some(c) if c.is_whitespace() => {
            let next = excerpt(cursor.rest().trim_start());
            let advice = format!("leave out the blank (`{name}:{next}`), or quote the text");
            cursor.fail_with(at, no_value(), advice)
        }
        Some('(') => {
            let scope = Scope { field: Some(&field), is_group: true };
            boolean::parenthesised(cursor, scope)
        }
        Some(':') => {
            let advice = "write one `:`, or quote the text";
            cursor.fail_with(at, no_value(), advice)
        }
        _ => value(cursor, Scope { field: Some(&field), is_group: false }, at),
    }
}

/// What is asked of a named field.
fn value(cursor: &mut Cursor<'_>, scope: Scope<'_>, at: usize) -> Result<Expr, ParseError> {
    let message = Field::message();
    let field = scope.field.unwrap_or(&message);
    let ask = match cursor.peek() {
        Some('"') => {
            let text = word::quoted(cursor)?;
            if scope.is_group && cursor.peek() == Some(':') {
                return cursor.fail(at, Problem::FieldInGroup);
            }
            refuse_glued(cursor, '"')?;
            Ask::Phrase(text)
        }
        Some('/') => Ask::Regex(word::regex(cursor, field.is_id())?),
        Some('[' | '{') => range(cursor)?,
        Some('<' | '>') => comparison(cursor)?,
        Some('=') => {
            let advice =
                format!("write `{field}:{}`", excerpt(cursor.rest().trim_start_matches(['=', '>', '<'])));
            return cursor.fail_with(at, Problem::SingleEquals, advice);
        }
        Some('!') => {
            let advice = format!("write `NOT {field}:{}`", excerpt(&cursor.rest()[1..]));
            return cursor.fail_with(at, unexpected(cursor, "a value"), advice);
        }
        _ => plain(cursor, scope, field)?,
    };
    checked(cursor, at, field, ask)
}

/// A word or a pattern as a value.
fn plain(cursor: &mut Cursor<'_>, scope: Scope<'_>, field: &Field) -> Result<Ask, ParseError> {
    let read = word::word(cursor, Position::Value)?;
    if read.from == cursor.at {
        return cursor.fail(read.from, Problem::NoValue { field: field.name().to_owned() });
    }
    if cursor.peek() == Some('"') {
        let advice = "put a blank between, or write `\\\"`";
        return cursor.fail_with(cursor.at, unexpected(cursor, "a blank"), advice);
    }
    if scope.is_group && !read.is_escaped && read.text.contains(':') {
        let is_name =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "._@-".contains(c));
        let looks_named =
            read.text.split_once(':').is_some_and(|(name, _)| is_name(name) && Number::parse(name).is_none());
        if looks_named && Time::parse(&read.text).is_none() {
            let advice = "close the parentheses first, or quote the value";
            return cursor.fail_with(read.from, Problem::FieldInGroup, advice);
        }
    }
    refuse_foreign(cursor, &read)?;
    let is_bare_keyword = !read.is_escaped && ["AND", "OR", "NOT"].contains(&read.text.as_str());
    let is_slip = scope.is_group && !read.is_escaped && read.pattern.is_none() && is_keyword(&read.text);
    if is_bare_keyword {
        let advice = format!("write `\"{}\"` for the word itself", read.text);
        return cursor.fail_with(read.from, Problem::NoValue { field: field.name().to_owned() }, advice);
    }
    if is_slip {
        return keyword_slip(cursor, read);
    }
    match &read.pattern {
        Some(pattern) if pattern.is_any() => Ok(Ask::Present),
        Some(_) if is_message(field) => like(cursor, read),
        Some(_) => Ok(read.pattern.map_or(Ask::Present, Ask::Like)),
        None => Ok(Ask::Word(read.text)),
    }
}

/// A pattern for words of the message, which cannot reach over the end of a word.
fn like(cursor: &Cursor<'_>, read: Word) -> Result<Ask, ParseError> {
    let Some(pattern) = read.pattern else { return Ok(Ask::Word(read.text)) };
    if pattern.chars().any(is_delimiter) {
        return cursor.fail_with(read.from, Problem::WildcardAcrossWords, "use a regex: `/…/`");
    }
    if normal::like(&pattern).is_none() {
        return cursor.fail_with(
            read.from,
            Problem::WildcardWithoutWord,
            "quote the signs, or use a regex: `/…/`",
        );
    }
    Ok(Ask::Like(pattern))
}

/// `[a TO b]`, with `{` or `}` where the bound itself is not meant.
fn range(cursor: &mut Cursor<'_>) -> Result<Ask, ParseError> {
    let from = cursor.at;
    let shape = "write `[1 TO 5]`, `{1 TO 5}` or `[1 TO *]`";
    let low_inclusive = cursor.peek() == Some('[');
    cursor.at += 1;
    let low = bound(cursor)?;
    cursor.skip_blanks();
    if cursor.rest().is_empty() {
        return cursor.fail_with(from, Problem::RangeOpen, shape);
    }
    if !cursor.take_keyword("TO") {
        let is_lower = cursor.rest().get(..2).is_some_and(|next| next.eq_ignore_ascii_case("to"));
        let advice = if is_lower { "write `TO` in capital letters" } else { shape };
        return cursor.fail_with(cursor.at, Problem::RangeShape, advice);
    }
    let high = bound(cursor)?;
    cursor.skip_blanks();
    let high_inclusive = match cursor.peek() {
        Some(']') => true,
        Some('}') => false,
        None => return cursor.fail_with(from, Problem::RangeOpen, shape),
        Some(_) => return cursor.fail_with(cursor.at, Problem::RangeShape, shape),
    };
    cursor.at += 1;
    if cursor.peek().is_some_and(|c| !c.is_whitespace() && c != ')') {
        return cursor.fail(cursor.at, unexpected(cursor, "a blank behind the range"));
    }
    let make = |value: Option<String>, inclusive| value.map(|value| Bound { value, inclusive });
    Ok(Ask::Range { low: make(low, low_inclusive), high: make(high, high_inclusive) })
}

/// A bound; `None` is `*`.
fn bound(cursor: &mut Cursor<'_>) -> Result<Option<String>, ParseError> {
    cursor.skip_blanks();
    let from = cursor.at;
    if cursor.peek() == Some('"') {
        return word::quoted(cursor).map(Some);
    }
    let read = word::word(cursor, Position::Bound)?;
    match read.pattern {
        Some(pattern) if pattern.is_any() => Ok(None),
        Some(_) => cursor.fail_with(from, Problem::BoundShape, "a single `*` leaves an end open"),
        None if from == cursor.at && cursor.rest().is_empty() => {
            cursor.fail(from, Problem::End { expected: "a bound" })
        }
        None if from == cursor.at || (!read.is_escaped && read.text == "TO") => {
            cursor.fail(from, Problem::BoundShape)
        }
        None => Ok(Some(read.text)),
    }
}

/// `>a`, `>=a`, `<a`, `<=a`.
fn comparison(cursor: &mut Cursor<'_>) -> Result<Ask, ParseError> {
    let is_low = cursor.take(">") || !cursor.take("<");
    let inclusive = cursor.take("=");
    let from = cursor.at;
    if cursor.peek().is_none_or(char::is_whitespace) {
        let expected = "a value behind the comparison";
        if cursor.peek().is_none() {
            return cursor.fail(from, Problem::End { expected });
        }
        let found = "a blank".to_owned();
        return cursor.fail_with(from, Problem::Unexpected { expected, found }, "leave out the blank");
    }
    let value = if cursor.peek() == Some('"') {
        word::quoted(cursor)?
    } else {
        let read = word::word(cursor, Position::Value)?;
        if read.pattern.is_some() || from == cursor.at {
            return cursor.fail(from, Problem::BoundShape);
        }
        if !read.is_escaped && read.text.starts_with(['<', '>', '=']) {
            return cursor.fail_with(
                from,
                Problem::BoundShape,
                "the comparisons are `>`, `>=`, `<` and `<=`",
            );
        }
        read.text
    };
    let bound = Some(Bound { value, inclusive });
    Ok(if is_low { Ask::Range { low: bound, high: None } } else { Ask::Range { low: None, high: bound } })
}

/// Refuses what can never mean anything for its field.
fn checked(cursor: &Cursor<'_>, at: usize, field: &Field, ask: Ask) -> Result<Expr, ParseError> {
    let all = |fits: fn(&str) -> bool| match &ask {
        Ask::Word(text) | Ask::Phrase(text) => fits(text),
        Ask::Range { low, high } => [low, high].into_iter().flatten().all(|bound| fits(&bound.value)),
        _ => true,
    };
    match field.place() {
        Place::Level if !all(|text| level::parse(text).is_some()) => {
            let advice = "a level's original word is `level_text:…`";
            cursor.fail_with(at, Problem::Level, advice)
        }
        Place::Time | Place::Observed if matches!(ask, Ask::Like(_) | Ask::Regex(_)) => {
            cursor.fail(at, Problem::Time)
        }
        Place::Time | Place::Observed if !all(|text| Time::parse(text).is_some()) => {
            cursor.fail(at, Problem::Time)
        }
        Place::Message if matches!(ask, Ask::Range { .. }) => cursor.fail(at, Problem::MessageRange),
        _ => {
            refuse_empty(cursor, at, field, &ask)?;
            Ok(Expr::test(field.clone(), ask))
        }
    }
}

/// Ranges that hold nothing, whatever the records are and whenever it is asked.
fn refuse_empty(cursor: &Cursor<'_>, at: usize, field: &Field, ask: &Ask) -> Result<(), ParseError> {
    let Ask::Range { low, high } = ask else { return Ok(()) };
    match refusal(field, low.as_ref(), high.as_ref()) {
        None => Ok(()),
        Some(Refusal::Mixed(mixed)) => cursor.fail(at, Problem::BoundKinds(mixed)),
        Some(Refusal::Reversed) => cursor.fail_with(at, Problem::RangeReversed, "swap the bounds"),
    }
}
