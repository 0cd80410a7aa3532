//! Text as search and index see it.
//!
//! ```text
//! line ──delimiters──▶ words ──▶ tokens (whole word, its segments, their parts) ──fold──▶ what is compared
//!   ╰──template──▶ static pieces and variables, cut at the same delimiters
//! ```
//!
//! Invariant: no token contains a delimiter and a token depends on its word alone, so the tokens of a line
//! are the union of the tokens of its pieces, however it is cut at delimiters.
//!
//! Deliberately absent: stemming, stop words, and Unicode normalisation (`é` as one character and as two are
//! different, as they are in the log).

pub mod chars;
pub mod fold;
pub mod template;
pub mod tokens;

pub use chars::DELIMITERS;
pub use template::{Piece, pieces};
pub use tokens::{MAX_TOKEN, for_each_token, parts, words};
