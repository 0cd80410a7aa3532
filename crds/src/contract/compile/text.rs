//! Texts that mean something, checked by what will use them.

use regex::{Regex, RegexBuilder};
use sawlog_query::Matcher;

use super::{Problem, Reason};

/// Most bytes of a compiled regex: an agent has many of them.
const REGEX_BYTES: usize = 1 << 20;

/// A query that can be read and evaluated, or why not, in the words of its evaluator.
pub(super) fn query(field: &str, text: &str) -> Result<String, Problem> {
    let refuse =
        |error: &dyn std::fmt::Display| Problem::new(Reason::QueryInvalid, format!("{field}: {error}"));
    let expression = sawlog_query::parse(text).map_err(|error| refuse(&error))?;
    // Whatever `now` is, a query can be evaluated or not.
    Matcher::new(&expression, 0).map_err(|error| refuse(&error))?;
    Ok(text.to_owned())
}

/// A regex that can be compiled.
pub(super) fn regex(field: &str, pattern: &str) -> Result<Regex, Problem> {
    let built = RegexBuilder::new(pattern).size_limit(REGEX_BYTES).build();
    built.map_err(|error| Problem::new(Reason::PatternInvalid, format!("{field}: {error}")))
}
