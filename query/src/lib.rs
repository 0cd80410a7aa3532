//! One query language, one meaning everywhere.
//!
//! ```text
//! text ──parse──▶ expression ──normal──▶ normal form ──compile──▶ matcher ──▶ yes or no for one record
//! parameters ─────────▲  │                    ├──analyse──▶ what a planner may rely on
//!                        ╰──print──▶ text     ╰──explain──▶ what it means in words
//! ```
//!
//! The language is described in docs/query-language.md, whose examples are tests. The matcher is the definition
//! of a hit: search, tail, alerts, drop and sample rules, retention, holds and deletes ask it or are held to it.
//!
//! Deliberately absent: clocks (relative times are resolved by the caller's `now`), async, I/O, and any
//! knowledge of how records are stored. A planner may use the analysis, never another meaning.

pub mod analysis;
pub mod explain;
pub mod expression;
pub mod field;
pub mod literal;
pub mod matcher;
pub mod params;
pub mod parse;
pub mod text;

pub use analysis::{Analysis, Cost};
pub use explain::explain;
pub use expression::Expr;
pub use field::Field;
pub use matcher::{Kind, Matcher};
pub use params::params;
pub use parse::{ParseError, parse};
