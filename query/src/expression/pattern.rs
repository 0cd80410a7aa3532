//! Wildcards: `*` stands for any characters or none, `?` for one.

/// Longer patterns are refused: matching costs their length for each character of a value.
pub const MAX_PATTERN: usize = 256;

/// One place of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Atom {
    /// This character.
    Char(char),
    /// Any one character.
    One,
    /// Any characters, or none.
    Many,
}

impl Atom {
    /// The character, where it is no wildcard.
    pub(crate) fn char(self) -> Option<char> {
        if let Self::Char(c) = self { Some(c) } else { None }
    }
}

/// A text with wildcards.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern(Vec<Atom>);

impl Pattern {
    /// From its places; wildcards in a row become the shortest row of the same meaning.
    pub fn new(atoms: impl IntoIterator<Item = Atom>) -> Self {
        let mut kept: Vec<Atom> = Vec::new();
        for atom in atoms {
            match (atom, kept.last()) {
                (Atom::Many, Some(Atom::Many)) => {}
                // `*?` is `?*`.
                (Atom::One, Some(Atom::Many)) => kept.insert(kept.len() - 1, atom),
                _ => kept.push(atom),
            }
        }
        Self(kept)
    }

    /// Its places in order.
    pub fn atoms(&self) -> &[Atom] {
        &self.0
    }

    /// Whether it matches everything.
    pub fn is_any(&self) -> bool {
        self.0 == [Atom::Many]
    }

    /// The characters that are no wildcards.
    pub fn chars(&self) -> impl Iterator<Item = char> + '_ {
        self.0.iter().filter_map(|atom| atom.char())
    }

    /// The same with every character replaced, such as by its folded form.
    #[must_use]
    pub fn replaced<I: Iterator<Item = char>>(&self, by: impl Fn(char) -> I) -> Self {
        let mut atoms = Vec::with_capacity(self.0.len());
        for &atom in &self.0 {
            match atom {
                Atom::Char(c) => atoms.extend(by(c).map(Atom::Char)),
                wildcard => atoms.push(wildcard),
            }
        }
        Self(atoms)
    }

    /// What every match begins with, and whether a match can be longer.
    pub fn prefix(&self) -> (String, bool) {
        let prefix: String = self.0.iter().map_while(|atom| atom.char()).collect();
        let is_longer = self.0.iter().any(|atom| atom.char().is_none());
        (prefix, is_longer)
    }

    /// Whether all these characters match, from the first to the last.
    ///
    /// Goes back only to the last `*`, so it costs at most length times length.
    pub fn matches(&self, mut chars: impl Iterator<Item = char> + Clone) -> bool {
        let atoms = &self.0[..];
        let mut at = 0;
        let mut retry = None;
        loop {
            if atoms.get(at) == Some(&Atom::Many) {
                at += 1;
                if at == atoms.len() {
                    return true;
                }
                retry = Some((at, chars.clone()));
                continue;
            }
            let fits = match (chars.next(), atoms.get(at)) {
                (None, None) => return true,
                (None, Some(_)) => return false,
                (Some(_), Some(Atom::One)) => true,
                (Some(c), Some(Atom::Char(wanted))) => c == *wanted,
                (Some(_), _) => false,
            };
            if fits {
                at += 1;
                continue;
            }
            let Some((again, from)) = &mut retry else { return false };
            if from.next().is_none() {
                return false;
            }
            at = *again;
            chars = from.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::new(text.chars().map(|c| match c {
            '*' => Atom::Many,
            '?' => Atom::One,
            c => Atom::Char(c),
        }))
    }

    #[test]
    fn stars_and_question_marks() {
        let rows = [
            ("time*", "timeout", true),
            ("time*", "time", true),
            ("*out", "timeout", true),
            ("*meo*", "timeout", true),
            ("t?me*t", "timeout", true),
            ("t?me", "timeout", false),
            ("a*b*c", "aXbXbYc", true),
            ("a*b*c", "aXbXbY", false),
            ("?", "é", true),
            ("*", "", true),
            ("?*", "", false),
            ("ab", "ab", true),
            ("ab", "abc", false),
        ];
        for (wild, text, expected) in rows {
            assert_eq!(pattern(wild).matches(text.chars()), expected, "{wild} {text}");
        }
    }

    #[test]
    fn rows_of_wildcards_are_shortened() {
        assert_eq!(pattern("a**b"), pattern("a*b"));
        assert_eq!(pattern("a*?*b"), pattern("a?*b"));
        assert_eq!(pattern("pre*").prefix(), ("pre".to_owned(), true));
    }
}
