//! A regex made ready for many texts.
//!
//! The lazy automaton cannot tell what is a word beyond ASCII: on `\b` it gives up at the first such byte, which
//! costs the way there and an allocation. So a regex with a Unicode word boundary is built twice, and texts
//! beyond ASCII go straight to the slower engine that can.

use regex_automata::{meta, nfa::thompson::WhichCaptures};
use regex_syntax::hir::{Hir, HirKind, Look};

use crate::expression::{Regex, RegexError};

/// An expression that cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error("build the regex /{regex}/: use a smaller one")]
    Regex { regex: String, source: Box<meta::BuildError> },
    #[allow(missing_docs, reason = "the message is the documentation")]
    #[error(
        "read the regex /{regex}/ without regard to case, as ids are written in either: use a smaller one"
    )]
    Folded { regex: String, source: RegexError },
}

/// The same without regard to case; the parser has refused what is too large then.
pub(super) fn in_any_case(regex: &Regex) -> Result<Regex, CompileError> {
    let failed = |source| CompileError::Folded { regex: regex.text().to_owned(), source };
    regex.in_any_case().map_err(failed)
}

/// Engines for one regex.
#[derive(Debug)]
pub(super) struct Automaton {
    usual: Box<meta::Regex>,
    /// For texts beyond ASCII, where the usual one would give up.
    beyond_ascii: Option<Box<meta::Regex>>,
}

impl Automaton {
    /// Finds something anywhere.
    pub(super) fn anywhere(regex: &Regex) -> Result<Self, CompileError> {
        Self::new(regex, regex.hir())
    }

    /// Fits from the first character to the last.
    pub(super) fn whole(regex: &Regex) -> Result<Self, CompileError> {
        let ends = [Hir::look(Look::Start), regex.hir().clone(), Hir::look(Look::End)];
        Self::new(regex, &Hir::concat(ends.into()))
    }

    fn new(regex: &Regex, hir: &Hir) -> Result<Self, CompileError> {
        let build = |config: meta::Config| {
            let built = meta::Builder::new().configure(config).build_from_hir(hir);
            let failed =
                |source| CompileError::Regex { regex: regex.text().to_owned(), source: Box::new(source) };
            built.map(Box::new).map_err(failed)
        };
        // Regexes are estimated when they are read, so these limits are a second line.
        let config = meta::Config::new().nfa_size_limit(Some(16 << 20)).hybrid_cache_capacity(2 << 20);
        let config = config.which_captures(WhichCaptures::Implicit);
        // Looking for a byte or two, as `-`, stops at every other word; the automaton alone is then several times
        // faster (558 instead of 75 MB/s over the corpus).
        let config = config.auto_prefilter(has_long_literal(hir));
        let gives_up = hir.properties().look_set().contains_word_unicode();
        let beyond_ascii = gives_up.then(|| build(config.clone().hybrid(false))).transpose()?;
        Ok(Self { usual: build(config)?, beyond_ascii })
    }

    #[inline]
    pub(super) fn is_match(&self, text: &str) -> bool {
        match &self.beyond_ascii {
            Some(slower) if !text.is_ascii() => slower.is_match(text),
            _ => self.usual.is_match(text),
        }
    }
}

/// Whether every match has some row of characters that is worth looking for first.
fn has_long_literal(hir: &Hir) -> bool {
    const LONG: usize = 3;
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.len() >= LONG,
        HirKind::Capture(capture) => has_long_literal(&capture.sub),
        HirKind::Repetition(repetition) => repetition.min > 0 && has_long_literal(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().any(has_long_literal),
        HirKind::Alternation(parts) => parts.iter().all(has_long_literal),
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => false,
    }
}
