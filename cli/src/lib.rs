//! One command for all of Sawlog.
//!
//! ```text
//! flags ──resolve──▶ options ──▶ a command: up, check, explain, completions
//!                                   up: demo fleet ──▶ files ──▶ agent's reader ──▶ screen
//!                                   check: files ──▶ offline admission ──▶ screen
//! ```
//!
//! Commands that are not built yet are not listed. Deliberately absent: logic of any part; a command wires
//! parts together and tells people what happens.

pub mod broker;
pub mod check;
pub mod explain;
pub mod flags;
pub mod generate;
pub mod screen;
pub mod up;
