//! What a literal can mean besides its letters: a number, a duration, a size, an address, a time.
//!
//! All parsers answer `None` for what is not theirs, and none of them allocates, because they read the values
//! of records as well as the words of queries.

pub mod address;
pub mod meaning;
pub mod number;
pub mod order;
pub mod quantity;
pub mod time;
