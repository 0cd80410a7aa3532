//! The server: connections, frames, and one answer for each request.

pub mod shape;
