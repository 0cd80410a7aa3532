//! Expression to yes or no: the definition of a hit.
//!
//! ```text
//! expression ──compile, once──▶ matcher ──matches──▶ yes or no for a borrowed record, any number of times
//!    level: a set of numbers · time: an interval · value: one field · text: words, found by their rarest bytes
//! ```
//!
//! Whatever is cheap is asked first, which changes no answer. Nothing is allocated for a record (a regex fills
//! its caches when it is new), and nothing takes more than time in proportion to a record's length, patterns
//! with several `*` aside.
//!
//! Deliberately absent: the clock (`now` is passed in), and errors: what can be wrong with an expression the
//! parser and [`Regex::new`](crate::expression::Regex::new) have refused.

mod automaton;
pub mod compile;
mod find;
pub mod level;
mod phrase;
pub(crate) mod range;
mod rendered;
mod text;
mod value;

pub use automaton::CompileError;
pub use compile::{Kind, Matcher};
