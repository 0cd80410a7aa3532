//! From an expression to a matcher.

use sawlog_record::{ValueRef, View};

use super::{
    automaton::{self, Automaton, CompileError},
    level,
    range::{RangeTest, interval},
    text::TextTest,
    value::{Exactly, ValueTest},
};
use crate::{
    expression::{Ask, Bound, Expr, Test, normal::of_text},
    field::{Field, Place, time_of},
    literal::time::Between,
};

/// How the values of a field are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whole, in their own case. What no schema says otherwise of.
    Keyword,
    /// By their words, as the message.
    Text,
}

impl Kind {
    /// What a schema says of a field; a place in front of its name does not change that.
    pub(crate) fn declared(field: &Field, kind_of: &dyn Fn(&Field) -> Self) -> Self {
        match field.without_place() {
            Some(bare) if kind_of(&bare) == Self::Text => Self::Text,
            _ => kind_of(field),
        }
    }
}

/// Answers for one query whether records match.
#[derive(Debug)]
pub struct Matcher {
    root: Node,
}

#[derive(Debug)]
enum Node {
    Always,
    Not(Box<Node>),
    All(Box<[Node]>),
    Any(Box<[Node]>),
    Level(u32),
    Time(Between),
    Message(TextTest),
    Field(Field, ValueTest),
    Moment(Field, Between),
}

impl Matcher {
    /// For records of which nothing is declared; `now_ns` is what `now` means.
    pub fn new(expr: &Expr, now_ns: i64) -> Result<Self, CompileError> {
        Self::with_kinds(expr, now_ns, &|_| Kind::Keyword)
    }

    /// Where a schema declares some fields to be text.
    pub fn with_kinds(
        expr: &Expr,
        now_ns: i64,
        kind_of: &dyn Fn(&Field) -> Kind,
    ) -> Result<Self, CompileError> {
        let compiler = Compiler { now_ns, kind_of };
        Ok(Self { root: compiler.node(&expr.clone().normal())? })
    }

    /// Whether the record matches.
    #[inline]
    pub fn matches(&self, record: &View<'_>) -> bool {
        self.root.matches(record)
    }
}

impl Node {
    #[inline]
    fn matches(&self, record: &View<'_>) -> bool {
        match self {
            Self::Always => true,
            Self::Level(set) => set >> record.severity.number() & 1 == 1,
            Self::Time((from, to)) => {
                let time = time_of(record);
                time != 0 && *from <= time && time < *to
            }
            Self::Message(test) => match record.body {
                ValueRef::Str(said) => test.matches(said),
                other => said_otherwise(test, other),
            },
            Self::Field(field, test) => field.value(record, |value| test.matches(value)) == Some(true),
            Self::Moment(field, (from, to)) => {
                let within = |value: ValueRef<'_>| matches!(value, ValueRef::Int(time) if time != 0 && *from <= time && time < *to);
                field.value(record, within) == Some(true)
            }
            Self::Not(inner) => !inner.matches(record),
            Self::All(parts) => parts.iter().all(|part| part.matches(record)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(record)),
        }
    }

    /// In about nanoseconds for an ordinary record.
    fn cost(&self) -> u32 {
        match self {
            Self::Always => 0,
            Self::Level(_) => 1,
            Self::Time(_) | Self::Moment(..) => 2,
            Self::Field(_, ValueTest::Exactly(_) | ValueTest::Present) => 20,
            Self::Field(..) => 60,
            Self::Message(test) => match test {
                TextTest::Present | TextTest::Empty => 2,
                TextTest::Literal(_) => 30,
                TextTest::Word(_) => 50,
                TextTest::Phrase(_) => 60,
                TextTest::Like(_) => 70,
                TextTest::Regex(_) => 200,
            },
            Self::Not(inner) => inner.cost(),
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::cost).fold(0, u32::saturating_add),
        }
    }
}

/// A message that is no text: its numbers are compared as they are written, of several values each.
#[cold]
fn said_otherwise(test: &TextTest, value: ValueRef<'_>) -> bool {
    super::value::text_of_any(test, value)
}

struct Compiler<'a> {
    now_ns: i64,
    kind_of: &'a dyn Fn(&Field) -> Kind,
}

impl Compiler<'_> {
    fn node(&self, expr: &Expr) -> Result<Node, CompileError> {
        Ok(match expr {
            Expr::All => Node::Always,
            Expr::Test(test) => self.test(test)?,
            Expr::Not(inner) => Node::Not(Box::new(self.node(inner)?)),
            Expr::And(parts) => Node::All(self.nodes(parts)?),
            Expr::Or(parts) => Node::Any(self.nodes(parts)?),
        })
    }

    /// The cheap ones first: most records are told by them.
    fn nodes(&self, parts: &[Expr]) -> Result<Box<[Node]>, CompileError> {
        let mut nodes = parts.iter().map(|part| self.node(part)).collect::<Result<Vec<_>, _>>()?;
        nodes.sort_by_cached_key(Node::cost);
        Ok(nodes.into())
    }

    fn test(&self, test: &Test) -> Result<Node, CompileError> {
        let Test { field, ask } = test;
        // Ids are written in either case.
        let in_any_case = match ask {
            Ask::Regex(regex) if field.is_id() => Some(Ask::Regex(automaton::in_any_case(regex)?)),
            _ => None,
        };
        let ask = in_any_case.as_ref().unwrap_or(ask);
        Ok(match field.place() {
            Place::Message => Node::Message(text_test(ask)?),
            Place::Level => Node::Level(level::set(ask)),
            Place::Time => Node::Time(self.interval(ask)),
            Place::Observed => Node::Moment(field.clone(), self.interval(ask)),
            _ if Kind::declared(field, self.kind_of) == Kind::Text && !matches!(ask, Ask::Range { .. }) => {
                Node::Field(field.clone(), ValueTest::Text(text_test(&of_text(ask.clone()))?))
            }
            _ => Node::Field(field.clone(), self.value_test(field, ask)?),
        })
    }

    fn interval(&self, ask: &Ask) -> Between {
        match ask {
            Ask::Word(text) | Ask::Phrase(text) => {
                let whole = Bound { value: text.clone(), inclusive: true };
                interval(Some(&whole), Some(&whole), self.now_ns)
            }
            Ask::Range { low, high } => interval(low.as_ref(), high.as_ref(), self.now_ns),
            Ask::Present => (i64::MIN, i64::MAX),
            // The parser refuses them; no moment is like a pattern.
            Ask::Like(_) | Ask::Regex(_) => (0, 0),
        }
    }

    fn value_test(&self, field: &Field, ask: &Ask) -> Result<ValueTest, CompileError> {
        Ok(match ask {
            Ask::Present => ValueTest::Present,
            Ask::Word(text) | Ask::Phrase(text) => ValueTest::Exactly(Exactly::new(field, text)),
            Ask::Like(pattern) if field.is_id() => {
                ValueTest::LikeId(pattern.replaced(|c| std::iter::once(c.to_ascii_lowercase())))
            }
            Ask::Like(pattern) => ValueTest::Like(pattern.clone()),
            Ask::Regex(regex) => ValueTest::Regex(Automaton::whole(regex)?),
            Ask::Range { low, high } => {
                let range = RangeTest::new(field, low.as_ref(), high.as_ref(), self.now_ns);
                range.map_or(ValueTest::Never, ValueTest::Range)
            }
        })
    }
}

fn text_test(ask: &Ask) -> Result<TextTest, CompileError> {
    Ok(match ask {
        Ask::Word(text) => TextTest::word(text),
        Ask::Phrase(text) => TextTest::phrase(text),
        Ask::Like(pattern) => TextTest::like(pattern),
        Ask::Regex(regex) => TextTest::Regex(Automaton::anywhere(regex)?),
        // A message has no order; the parser refuses ranges of it.
        Ask::Present | Ask::Range { .. } => TextTest::Present,
    })
}
