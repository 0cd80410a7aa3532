//! The demo fleet: eleven containers that behave like a shop in production, and one incident.
//!
//! ```text
//! cast: who is there ──▶ play: acts in order of time ──▶ stage: files in kubelet layout
//! secrets: one of each kind ──╯
//! ```
//!
//! `play` is pure: the same seed gives the same acts at the same times. `stage` writes them down.

mod cast;
mod play;
mod secrets;
mod stage;

pub use cast::{CAST, Part, Role};
pub use play::{Act, INCIDENT, Play, What};
pub use secrets::{Detector, SECRETS};
pub use stage::Stage;
