//! A pretend fleet: what containers print, by seed.
//!
//! ```text
//! systems: message templates ─╮
//! topology: who runs where   ─┼─▶ plan: 1,000 slots ──▶ event ──▶ json      one object a line
//! words: what varies         ─╯                             ╰──▶ native ──▶ cri ──▶ kubelet: files, rotated
//! demo: eleven containers and an incident, paced by the clock ─────────────╯
//! ```
//!
//! Everything but `kubelet` is pure: the same seed gives the same bytes, whoever asks, in whatever order.
//! The corpus of the benchmarks and the demo of `sawlog up` are both made here, so they look alike.
//!
//! Deliberately absent: what Sawlog does with a line. Nothing here may depend on the agent or the record,
//! or a mistake in them could be hidden by the same mistake in their input.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "every number cast here was drawn below a bound that fits, or is part of a date"
)]

pub mod cri;
pub mod cut;
pub mod demo;
pub mod dice;
pub mod event;
pub mod json;
pub mod kubelet;
pub mod native;
pub mod plan;
pub mod stack;
pub mod stamp;
pub mod systems;
pub mod topology;
pub mod words;
