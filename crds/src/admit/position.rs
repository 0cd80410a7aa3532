//! Where something stands in a file, and the way to it through the fields.

use std::fmt::Write as _;

/// A place in a file, both counted from one, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// The beginning of a file.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A field of the schema.
    Field(String),
    /// A key that users choose.
    Key(String),
    /// An item of a list.
    Item(usize),
}

/// The way from the object to one of its values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way(Vec<Step>);

impl Way {
    /// Its steps.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// A way of fields, as `spec.topic`.
    pub fn of(fields: &str) -> Self {
        Self(fields.split('.').filter(|name| !name.is_empty()).map(|name| Step::Field(name.into())).collect())
    }

    /// One field further.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        self.and(Step::Field(name.into()))
    }

    /// One key further.
    #[must_use]
    pub fn key(&self, name: &str) -> Self {
        self.and(Step::Key(name.into()))
    }

    /// One item further.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        self.and(Step::Item(index))
    }

    pub(super) fn and(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// As rules and lists name it: `spec.labels[app]`. Nothing has the name that Go gives it.
    pub fn bracketed(&self) -> String {
        let text = self.text(|out, key| {
            out.push('[');
            out.push_str(key);
            out.push(']');
        });
        if text.is_empty() { "<nil>".to_owned() } else { text }
    }

    /// As the schema's bounds name it: `spec.labels.app`.
    pub fn dotted(&self) -> String {
        self.text(name)
    }

    /// As tables name it, for every item and key at once: `spec.shape[].drop`.
    pub fn pattern(&self) -> String {
        let mut out = String::new();
        for step in &self.0 {
            match step {
                Step::Field(field) => name(&mut out, field),
                Step::Key(_) | Step::Item(_) => out.push_str("[]"),
            }
        }
        out
    }

    fn text(&self, key: impl Fn(&mut String, &str)) -> String {
        let mut out = String::new();
        for step in &self.0 {
            match step {
                Step::Field(field) => name(&mut out, field),
                Step::Key(given) => key(&mut out, given),
                Step::Item(index) => {
                    write!(out, "[{index}]").expect("because writing to a string does not fail");
                }
            }
        }
        out
    }
}

fn name(out: &mut String, field: &str) {
    if !out.is_empty() {
        out.push('.');
    }
    out.push_str(field);
}
