//! One query language, one meaning everywhere.
//!
//! ```text
//! text ──parse──▶ expression ──normalise──▶ normal form ──compile──▶ matcher ──▶ yes or no for one record
//!                      ╰──analyse──▶ what a planner may rely on: required words, time bounds, cost
//! ```
//!
//! Here will live: the parser with its errors, the expression and its normal form, the tokenizer and the
//! template splitter with their one set of delimiters, and the matcher that search, tail, alerts, drop and
//! sample rules, retention and holds all ask. **Nothing of it is built yet.**
//!
//! Deliberately absent: clocks (relative times are resolved by the caller's `now`), async, I/O, and any
//! knowledge of how records are stored. A planner may use the analysis, never another meaning.
