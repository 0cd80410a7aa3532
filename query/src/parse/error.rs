//! What a query's author is told: where, what was expected, and what was probably meant.

use crate::literal::meaning::Mixed;

/// A query that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {problem}{}", hint(.suggestion.as_deref()))]
pub struct ParseError {
    /// In bytes from the start of the text.
    pub at: usize,
    /// In characters, beginning with one.
    pub column: usize,
    /// What was expected.
    pub problem: Problem,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

fn hint(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |suggestion| format!("; {suggestion}"))
}

#[allow(missing_docs, reason = "the messages are the documentation")]
/// What is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("expected at most {limit} bytes, found {length}")]
    TextLong { length: usize, limit: usize },
    #[error("expected at most {limit} levels of parentheses and NOT")]
    Deep { limit: usize },
    #[error("expected at most {limit} conditions")]
    ManyClauses { limit: usize },
    #[error("expected at most {limit} regexes")]
    ManyRegexes { limit: usize },
    #[error("expected regexes that are smaller together")]
    RegexesLarge,
    #[error("expected at most {limit} characters in a pattern, found {length}")]
    PatternLong { length: usize, limit: usize },
    #[error("expected a field name of 1 to {limit} bytes")]
    NameLength { limit: usize },
    #[error("expected {expected}, found the end")]
    End { expected: &'static str },
    #[error("expected {expected}, found `{found}`")]
    Unexpected { expected: &'static str, found: String },
    #[error("expected a closing `\"`")]
    QuoteOpen,
    #[error("expected a closing `/` of the regex")]
    RegexOpen,
    #[error("expected a closing `)`")]
    ParenthesisOpen,
    #[error("expected an opening `(` before this `)`")]
    ParenthesisClosed,
    #[error("expected a closing `]` or `}}` of the range")]
    RangeOpen,
    #[error("expected a range as in `[1 TO 5]`")]
    RangeShape,
    #[error("expected a plain value or `*` as a bound")]
    BoundShape,
    #[error("expected a range whose first bound is not above its second")]
    RangeReversed,
    #[error("expected two bounds of one kind, found {0}")]
    BoundKinds(Mixed),
    #[error("expected a field in front of the range")]
    RangeField,
    #[error("expected a value behind `{field}:`")]
    NoValue { field: String },
    #[error("expected `:` between field and value, found `=`")]
    SingleEquals,
    #[error("expected AND, OR or NOT in capital letters, found `{found}`")]
    Keyword { found: String },
    #[error("expected a blank behind the closing `{quote}`")]
    Glued { quote: char },
    #[error("expected a field name without wildcards")]
    NameWildcard,
    #[error("expected only values in the parentheses of a field")]
    FieldInGroup,
    #[error("expected a character behind `\\`")]
    EscapeOpen,
    #[error("expected a wildcard within one word of the message")]
    WildcardAcrossWords,
    #[error("expected a letter or digit beside the wildcard")]
    WildcardWithoutWord,
    #[error("expected a level: TRACE, DEBUG, INFO, WARN, ERROR or FATAL, or a number from 1 to 24")]
    Level,
    #[error("expected a time such as 2026-03-01, 2026-03-01T10:15:00Z or now-1h")]
    Time,
    #[error("expected {0}")]
    Regex(crate::expression::RegexError),
    #[error("expected words or a regex for the message, which has no order")]
    MessageRange,
    #[error("expected no {what}, which the language does not have")]
    Foreign { what: &'static str },
}

/// The column of a byte position.
pub(crate) fn column(text: &str, at: usize) -> usize {
    text.char_indices().take_while(|&(position, _)| position < at).count() + 1
}
