//! A regex that has been read, and is neither too deep nor too large to be built.
//!
//! The syntax is that of the `regex` crate: no look-around and no back-references, so matching takes time in
//! proportion to the text. How large a regex becomes is estimated before anything is built.

use std::{
    convert::Infallible,
    hash::{Hash, Hasher},
};

use regex_syntax::{
    ast::{self, Ast, ClassSetBinaryOp, ClassSetItem},
    hir::{Class, Hir, HirKind, translate::TranslatorBuilder},
};

/// In bytes of text.
pub const MAX_LENGTH: usize = 1024;
/// Groups in groups.
pub const MAX_NESTING: u32 = 32;
/// Character ranges, counted as often as they are repeated. A Unicode class such as `\w` has several hundred.
pub const MAX_SIZE: usize = 40_000;
/// Without regard to case, each character of a class is looked up: milliseconds for a wide one, so it counts as
/// this many ranges.
const FOLDED_CLASS: usize = MAX_SIZE / 8;
/// A range of so many characters is wide.
const WIDE: u32 = 4096;

/// A checked regex; compared by its text: whether case matters is the field's.
#[derive(Debug, Clone)]
pub struct Regex {
    text: String,
    hir: Box<Hir>,
    size: usize,
    is_in_any_case: bool,
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
        Self::read(text, false)
    }

    /// The same without regard to case, which can be too large where the other was not.
    pub fn in_any_case(&self) -> Result<Self, RegexError> {
        if self.is_in_any_case { Ok(self.clone()) } else { Self::read(&self.text, true) }
    }

    fn read(text: &str, is_in_any_case: bool) -> Result<Self, RegexError> {
        if text.len() > MAX_LENGTH {
            return Err(RegexError::Long { length: text.len() });
        }
        let parsed = ast::parse::ParserBuilder::new().nest_limit(MAX_NESTING).build().parse(text);
        let ast = parsed.map_err(|error| syntax(&error.into()))?;
        let is_folded = is_in_any_case || text.contains("(?") && text.contains('i');
        let Ok(wide) = ast::visit(&ast, WideClasses(0));
        let folding = if is_folded { wide.saturating_mul(FOLDED_CLASS) } else { 0 };
        if folding > MAX_SIZE {
            return Err(RegexError::Large);
        }
        let mut translator = TranslatorBuilder::new().case_insensitive(is_in_any_case).build();
        let hir = translator.translate(text, &ast).map_err(|error| syntax(&error.into()))?;
        let size = size(&hir).saturating_add(folding);
        if size > MAX_SIZE {
            return Err(RegexError::Large);
        }
        Ok(Self { text: text.to_owned(), hir: Box::new(hir), size, is_in_any_case })
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

/// How often a class with many characters would be folded.
struct WideClasses(usize);

impl ast::Visitor for WideClasses {
    type Output = usize;
    type Err = Infallible;

    fn finish(self) -> Result<usize, Infallible> {
        Ok(self.0)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Infallible> {
        self.0 += usize::from(matches!(ast, Ast::ClassUnicode(_)));
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Infallible> {
        let is_wide = match item {
            ClassSetItem::Empty(_) | ClassSetItem::Literal(_) | ClassSetItem::Union(_) => false,
            ClassSetItem::Range(range) => u32::from(range.end.c) - u32::from(range.start.c) >= WIDE,
            ClassSetItem::Ascii(class) => class.negated,
            ClassSetItem::Perl(class) => class.negated || class.kind == ast::ClassPerlKind::Word,
            // What is nested is folded again at each bracket.
            ClassSetItem::Unicode(_) | ClassSetItem::Bracketed(_) => true,
        };
        self.0 += usize::from(is_wide);
        Ok(())
    }

    /// Both sides are folded.
    fn visit_class_set_binary_op_pre(&mut self, _: &ClassSetBinaryOp) -> Result<(), Infallible> {
        self.0 += 2;
        Ok(())
    }
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
    fn wide_classes_without_regard_to_case_are_counted() {
        let refused = [
            r"[\S]",
            r"[\D]",
            r"[\W]",
            r"[^\s\S]",
            r"[!-\x{10ffff}]",
            "[[^a]]",
            "[[:^alpha:]]",
            r"\pL",
            r"[\w]",
            r"[a&&b]",
        ];
        for class in refused {
            let many = class.repeat(9);
            assert_eq!(Regex::new(&format!("(?i){many}")).unwrap_err(), RegexError::Large, "{class}");
            assert_eq!(Regex::new(&format!("a(?im:{many})")).unwrap_err(), RegexError::Large, "{class}");
            assert!(Regex::new(&many).is_ok(), "{class}");
        }
        assert_eq!(Regex::new(&format!("(?i)[{0}]", r"[\S]".repeat(9))).unwrap_err(), RegexError::Large);
        // Few of them are fine, and count for the query as a whole.
        let one = Regex::new(r"(?i)user [\w.-]+@[\w.-]+").unwrap();
        assert!(one.size() > 2 * FOLDED_CLASS);
        let uuid = "(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} [^a] [^ ]+ [^/]+ [x-z] \\d \\S \\w";
        assert!(Regex::new(uuid).is_ok());
    }

    #[test]
    fn case_can_be_left_to_the_field() {
        let many = Regex::new(&r"[\S]".repeat(9)).unwrap();
        assert_eq!(many.in_any_case().unwrap_err(), RegexError::Large);
        let one = Regex::new("req-[0-9a-f]+").unwrap();
        let folded = one.in_any_case().unwrap();
        assert_eq!((&folded, folded.hir() == one.hir()), (&one, false));
        assert_eq!(folded.hir(), Regex::new("(?i)req-[0-9a-f]+").unwrap().hir());
        assert_eq!(folded.in_any_case().unwrap().hir(), folded.hir());
    }

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
