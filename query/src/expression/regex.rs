//! A regex that has been read, and is neither too deep nor too large to be built.
//!
//! The syntax is that of the `regex` crate: no look-around and no back-references, so matching takes time in
//! proportion to the text. How large a regex becomes is estimated before anything is built.

use std::hash::{Hash, Hasher};

use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind},
};

/// In bytes of text.
pub const MAX_LENGTH: usize = 1024;
/// Groups in groups.
pub const MAX_NESTING: u32 = 32;
/// Character ranges, counted as often as they are repeated. A Unicode class such as `\w` has several hundred.
pub const MAX_SIZE: usize = 40_000;
/// Unicode classes written in one regex without regard to case take milliseconds each.
const MAX_FOLDED_CLASSES: usize = 8;

/// A checked regex; compared by its text.
#[derive(Debug, Clone)]
pub struct Regex {
    text: String,
    hir: Box<Hir>,
    size: usize,
}

/// Why a regex is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegexError {
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("a regex of at most {MAX_LENGTH} bytes, found {length}")]
    Long { length: usize },
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("a regex that is {why}")]
    Syntax { why: String, at: usize },
    #[error("a regex with groups at most {MAX_NESTING} deep")]
    #[allow(missing_docs, reason = "the message is the documentation")]
    Deep { at: usize },
    #[error("a regex that stays small: this one repeats too much")]
    #[allow(missing_docs, reason = "the message is the documentation")]
    Large,
}

impl Regex {
    /// Reads a regex, as it stands between slashes, `\/` unescaped.
    pub fn new(text: &str) -> Result<Self, RegexError> {
        if text.len() > MAX_LENGTH {
            return Err(RegexError::Long { length: text.len() });
        }
        let is_folded = text.contains("(?") && text.contains('i');
        let classes = text.matches(r"\p").count() + text.matches(r"\P").count() + text.matches(r"\w").count();
        if is_folded && classes + text.matches(r"\W").count() > MAX_FOLDED_CLASSES {
            return Err(RegexError::Large);
        }
        let parsed = ParserBuilder::new().nest_limit(MAX_NESTING).build().parse(text);
        let hir = parsed.map_err(|error| syntax(&error))?;
        let size = size(&hir);
        if size > MAX_SIZE {
            return Err(RegexError::Large);
        }
        Ok(Self { text: text.to_owned(), hir: Box::new(hir), size })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As it was read.
    pub(crate) fn hir(&self) -> &Hir {
        &self.hir
    }

    /// An estimate in character ranges; at most [`MAX_SIZE`].
    pub fn size(&self) -> usize {
        self.size
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Regex {}

impl Hash for Regex {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

fn syntax(error: &regex_syntax::Error) -> RegexError {
    let (why, at) = match error {
        regex_syntax::Error::Parse(error) => {
            if matches!(error.kind(), regex_syntax::ast::ErrorKind::NestLimitExceeded(_)) {
                return RegexError::Deep { at: error.span().start.offset };
            }
            (error.kind().to_string(), error.span().start.offset)
        }
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span().start.offset),
        _ => ("not understood".to_owned(), 0),
    };
    RegexError::Syntax { why: format!("well-formed: {}", why.trim_end_matches('.')), at }
}

fn size(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Unicode(class)) => class.ranges().len().max(1),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len().max(1),
        HirKind::Capture(capture) => size(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(size).fold(1, usize::saturating_add)
        }
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min.saturating_add(1)).max(1);
            size(&repetition.sub).saturating_mul(usize::try_from(times).unwrap_or(usize::MAX))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_slow_is_refused_before_it_is_built() {
        assert_eq!(Regex::new("a{1000}{1000}").unwrap_err(), RegexError::Large);
        assert_eq!(Regex::new(r"(\w{100}){100}").unwrap_err(), RegexError::Large);
        assert!(matches!(
            Regex::new(&"(".repeat(200)).unwrap_err(),
            RegexError::Deep { .. } | RegexError::Syntax { .. }
        ));
        let deep = format!("{}a{}", "(".repeat(40), ")".repeat(40));
        assert!(matches!(Regex::new(&deep).unwrap_err(), RegexError::Deep { .. }));
        assert_eq!(Regex::new(&"a".repeat(2000)).unwrap_err(), RegexError::Long { length: 2000 });
        assert_eq!(Regex::new(&format!("(?i){}", r"\pL".repeat(300))).unwrap_err(), RegexError::Large);
        assert!(Regex::new(r"Failed password for (invalid user )?\w+ from \d+\.\d+\.1\d\d\.").is_ok());
    }
}
