//! How things are measured and told.

pub mod cpu;
pub mod figure;
pub mod page;
pub mod turns;
