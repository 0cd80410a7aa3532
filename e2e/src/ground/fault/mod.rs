//! Things that go wrong, on call.
//!
//! ```text
//! link   a TCP connection that is cut, delayed, throttled or half open      any part, any client
//! sync   fsync that is slow or fails                                        any process
//! disk   a file system that is full                                         any folder
//! clock  a clock that is wrong                                              programs on the C library
//! ```
//!
//! Signals (kill, pause) are on [`Part`](super::Part) itself, faults of an object store on
//! [`Store::behind_faults`](super::Store::behind_faults).

pub mod clock;
pub mod disk;
pub mod link;
pub mod sync;
