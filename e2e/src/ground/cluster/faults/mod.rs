//! What goes wrong in a cluster on call, and ends when it is dropped or mended.
//!
//! Everything here happens below Kubernetes and without its knowledge: packets are dropped by the node's own
//! rules, processes are killed, disks are full. What Kubernetes does itself (evict, drain, delete) is asked
//! for by the same names.
//!
//! Deliberately absent: packet loss and delay of single packets, which need modules that kernels of test
//! machines lack. Delays are made of connections.

mod disk;
pub(super) mod network;
mod nodes;
mod pods;

pub use disk::FullDisk;
pub use network::{Cut, Slow};
pub use nodes::Drained;
pub use pods::Grace;
