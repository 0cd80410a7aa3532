//! Who is there, in one table.

use std::time::Duration;

use crate::{systems::System, topology::Pod};

/// How a container behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Prints at its pace.
    Steady,
    /// Debugs at the top of its voice beside everybody else.
    Noisy,
    /// Comes, works, and is gone with its files.
    Job,
}

/// One container.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// What runs in it.
    pub system: System,
    /// How it behaves.
    pub role: Role,
    /// Milliseconds between two lines, on average.
    pub pace_ms: u64,
    /// Whether it lets secrets slip.
    pub careless: bool,
}

/// How often the job runs.
pub(super) const JOB_EVERY: Duration = Duration::from_secs(45);
/// How long one run of the job takes.
pub(super) const JOB_LASTS: Duration = Duration::from_secs(8);
/// How long the files of a finished job are left.
pub(super) const JOB_FILES_STAY: Duration = Duration::from_secs(5);

const fn steady(system: System, pace_ms: u64) -> Part {
    Part { system, role: Role::Steady, pace_ms, careless: false }
}

const fn careless(system: System, pace_ms: u64) -> Part {
    Part { careless: true, ..steady(system, pace_ms) }
}

/// The containers of the demo.
pub const CAST: [Part; 11] = [
    steady(System::Gateway, 300),
    careless(System::Checkout, 700),
    careless(System::Payments, 500),
    steady(System::Recommend, 1500),
    careless(System::Notify, 1500),
    steady(System::Ledger, 900),
    steady(System::OrdersDb, 1200),
    steady(System::Kubelet, 2500),
    steady(System::Bastion, 4000),
    Part { role: Role::Noisy, ..steady(System::Search, 30) },
    Part { role: Role::Job, ..steady(System::Reports, 400) },
];

impl Part {
    /// Its pod; a job has another one each time it runs.
    pub fn pod(&self, run: u64) -> Pod {
        Pod { system: self.system, number: 1 + (run % 39) as u16 }
    }

    /// The name of its container.
    pub fn container(&self) -> &'static str {
        self.system.service()
    }
}
