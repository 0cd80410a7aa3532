//! The project's own tooling: what `make check`, `make test`, `make soak`, `make images` and `make docs` run.
//!
//! ```text
//! tree, command, tools ──► checks ──► report            judged without running the project
//!                     ├──► suite  ──► budget, tally      every crate's tests, timed and counted
//!                     ├──► soak                          every round of every claim, written down
//!                     ├──► images                        the programs as images; their Dockerfiles and page
//!                     └──► generated                     files written by the programs they describe
//! ```

pub mod tree;

pub mod command;
pub mod tools;

pub mod checks;
pub mod generated;
pub mod images;

pub mod budget;
pub mod suite;
pub mod tally;

pub mod soak;
