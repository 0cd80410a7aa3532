//! What a planner may rely on: conditions that every matching record fulfils, whatever else the query asks.
//!
//! Each is necessary and none is sufficient: a planner leaves out what cannot match, and the matcher decides on
//! the rest. Tokens are those of [`text`](crate::text), folded; levels, times and fields are those of
//! [`Field::value`].
//!
//! Deliberately absent: estimates of how many records match; only statistics of what is stored know that.

use std::collections::BTreeSet;

use crate::{
    expression::{Ask, Bound, Expr, Test},
    field::{Field, Place},
    literal::{number::Number, quantity::Quantity, time::Between},
    matcher::{Kind, level, range::interval},
    text::{fold, for_each_token, parts},
};

/// Longer lists of alternatives are not worth looking up one by one.
const MAX_ALTERNATIVES: usize = 64;

/// How much work a record that cannot be left out will be. Later ones are dearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cost {
    /// Nothing to look at.
    Nothing,
    /// Levels, times and fields.
    Fields,
    /// Tokens, which an index answers.
    Tokens,
    /// The text of candidates: phrases and patterns.
    Text,
    /// A regex over the text.
    Regex,
}

/// What a message must have one of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Needed {
    /// This token.
    Token(String),
    /// A token that begins so.
    Prefix(String),
}

/// A field whose value, or one of whose values, must be one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOf {
    /// Which field.
    pub field: Field,
    /// As written; a number counts as text and as number, a network as all its addresses. Ids are in small
    /// letters and are met in either case.
    pub values: BTreeSet<String>,
}

/// What every match fulfils.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {
    /// Of each set at least one is in the message.
    pub tokens: Vec<BTreeSet<Needed>>,
    /// Half-open, in nanoseconds since 1970; the ends of counting where the query does not say.
    pub time: Between,
    /// Bit n: records with severity number n can match.
    pub levels: u32,
    /// All of these hold.
    pub fields: Vec<OneOf>,
    /// Of the dearest part.
    pub cost: Cost,
    /// No record can match at all.
    pub is_never: bool,
}

const EVER: Between = (i64::MIN, i64::MAX);
const ANY_LEVEL: u32 = (1 << 25) - 1;

impl Analysis {
    /// Of a query for records of which nothing is declared; `now_ns` is what `now` means.
    pub fn of(expr: &Expr, now_ns: i64) -> Self {
        Self::with_kinds(expr, now_ns, &|_| Kind::Keyword)
    }

    /// Where a schema declares some fields to be text: the same kinds as the matcher's.
    pub fn with_kinds(expr: &Expr, now_ns: i64, kind_of: &dyn Fn(&Field) -> Kind) -> Self {
        let mut analysis = Analyst { now_ns, kind_of }.necessary(&expr.clone().normal());
        analysis.is_never |= analysis.time.0 >= analysis.time.1 || analysis.levels == 0;
        analysis
    }

    fn nothing(cost: Cost) -> Self {
        Self { tokens: Vec::new(), time: EVER, levels: ANY_LEVEL, fields: Vec::new(), cost, is_never: false }
    }

    /// What holds when both hold.
    fn and(mut self, mut other: Self) -> Self {
        self.tokens.append(&mut other.tokens);
        self.fields.append(&mut other.fields);
        Self {
            time: (self.time.0.max(other.time.0), self.time.1.min(other.time.1)),
            levels: self.levels & other.levels,
            cost: self.cost.max(other.cost),
            is_never: self.is_never || other.is_never,
            ..self
        }
    }

    /// What holds when at least one holds.
    fn or(self, other: Self) -> Self {
        let cost = self.cost.max(other.cost);
        if self.is_never {
            return Self { cost, ..other };
        }
        if other.is_never {
            return Self { cost, ..self };
        }
        // Of several sets on a side any one will do; the smallest promises most.
        let smallest = |sets: Vec<BTreeSet<Needed>>| sets.into_iter().min_by_key(BTreeSet::len);
        let tokens = smallest(self.tokens).zip(smallest(other.tokens)).map(|(one, other)| &one | &other);
        let both = self.fields.into_iter().filter_map(|mine| {
            let theirs = other.fields.iter().find(|theirs| theirs.field == mine.field)?;
            Some(OneOf { values: &mine.values | &theirs.values, field: mine.field })
        });
        Self {
            tokens: tokens.filter(|set| set.len() <= MAX_ALTERNATIVES).into_iter().collect(),
            fields: both.filter(|one| one.values.len() <= MAX_ALTERNATIVES).collect(),
            time: (self.time.0.min(other.time.0), self.time.1.max(other.time.1)),
            levels: self.levels | other.levels,
            cost,
            is_never: false,
        }
    }
}

struct Analyst<'a> {
    now_ns: i64,
    kind_of: &'a dyn Fn(&Field) -> Kind,
}

impl Analyst<'_> {
    fn necessary(&self, expr: &Expr) -> Analysis {
        match expr {
            Expr::All => Analysis::nothing(Cost::Nothing),
            Expr::Test(test) => self.of_test(test),
            // The opposite of what is necessary says nothing, apart from levels, which are exact.
            Expr::Not(inner) => {
                let cost = self.necessary(inner).cost;
                let levels = match &**inner {
                    Expr::Test(test) if test.field.place() == Place::Level => {
                        !level::set(&test.ask) & ANY_LEVEL
                    }
                    Expr::All => 0,
                    _ => ANY_LEVEL,
                };
                Analysis { levels, is_never: levels == 0, ..Analysis::nothing(cost) }
            }
            Expr::And(parts) => {
                let all = parts.iter().map(|part| self.necessary(part));
                all.fold(Analysis::nothing(Cost::Nothing), Analysis::and)
            }
            Expr::Or(parts) => {
                let any = parts.iter().map(|part| self.necessary(part)).reduce(Analysis::or);
                any.unwrap_or_else(|| Analysis { is_never: true, ..Analysis::nothing(Cost::Nothing) })
            }
        }
    }

    fn of_test(&self, Test { field, ask }: &Test) -> Analysis {
        match field.place() {
            Place::Message => of_message(ask),
            Place::Level => Analysis { levels: level::set(ask), ..Analysis::nothing(Cost::Fields) },
            Place::Time => {
                let whole = |text: &String| Bound { value: text.clone(), inclusive: true };
                let time = match ask {
                    Ask::Word(text) | Ask::Phrase(text) => {
                        interval(Some(&whole(text)), Some(&whole(text)), self.now_ns)
                    }
                    Ask::Range { low, high } => interval(low.as_ref(), high.as_ref(), self.now_ns),
                    _ => EVER,
                };
                Analysis { time, is_never: time.0 >= time.1, ..Analysis::nothing(Cost::Fields) }
            }
            // A moment is written in more ways than it is kept in.
            Place::Observed => Analysis::nothing(Cost::Fields),
            _ if Kind::declared(field, self.kind_of) == Kind::Text => of_text_field(ask),
            _ => of_field(field, ask),
        }
    }
}

/// Of a field that is searched by its words: the value is hardly ever what was written.
fn of_text_field(ask: &Ask) -> Analysis {
    Analysis::nothing(match ask {
        Ask::Present | Ask::Range { .. } => Cost::Fields,
        Ask::Word(_) | Ask::Phrase(_) | Ask::Like(_) => Cost::Text,
        Ask::Regex(_) => Cost::Regex,
    })
}

fn of_field(field: &Field, ask: &Ask) -> Analysis {
    // `2s` is also met by 2000, in whatever unit the field counts.
    let is_quantity = |text: &str| Number::parse(text).is_none() && Quantity::parse(text).is_some();
    let fields = match ask {
        Ask::Word(text) | Ask::Phrase(text) if !is_quantity(text) => {
            let value = if field.is_id() { text.to_ascii_lowercase() } else { text.clone() };
            vec![OneOf { field: field.clone(), values: BTreeSet::from([value]) }]
        }
        _ => Vec::new(),
    };
    let cost = if matches!(ask, Ask::Regex(_)) { Cost::Regex } else { Cost::Fields };
    Analysis { fields, ..Analysis::nothing(cost) }
}

fn of_message(ask: &Ask) -> Analysis {
    let mut tokens = Vec::new();
    let cost = match ask {
        Ask::Word(text) if parts(text).next().is_some() => {
            tokens.push(BTreeSet::from([Needed::Token(fold::to_folded(text))]));
            Cost::Tokens
        }
        // Each part of a phrase is a token of the message.
        Ask::Word(text) | Ask::Phrase(text) => {
            for part in parts(text) {
                let of_part = |token: &str| tokens.push(BTreeSet::from([Needed::Token(token.to_owned())]));
                for_each_token(part, &mut String::new(), of_part);
            }
            Cost::Text
        }
        Ask::Like(pattern) => {
            let (prefix, _) = pattern.replaced(fold::fold).prefix();
            if !prefix.is_empty() {
                tokens.push(BTreeSet::from([Needed::Prefix(prefix)]));
            }
            Cost::Text
        }
        Ask::Regex(_) => Cost::Regex,
        Ask::Present | Ask::Range { .. } => Cost::Fields,
    };
    tokens.sort_unstable();
    tokens.dedup();
    Analysis { tokens, ..Analysis::nothing(cost) }
}
