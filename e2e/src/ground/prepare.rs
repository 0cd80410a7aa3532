//! Fetching and building ahead of need, so that no test waits for a download.

use super::{alertmanager, collector, error::GroundError, fault::clock, kafka, prometheus, store};

/// Jars, formatted folders, archived classes, and what makes clocks wrong.
pub fn kafka() -> Result<(), GroundError> {
    kafka::prepare()?;
    clock::library().map(drop)
}

/// The object store that is used; not the second opinion.
pub fn store() -> Result<(), GroundError> {
    store::prepare(store::Kind::Versitygw)
}

/// Alertmanager.
pub fn alertmanager() -> Result<(), GroundError> {
    alertmanager::program().map(drop)
}

/// Prometheus and promtool.
pub fn prometheus() -> Result<(), GroundError> {
    prometheus::program().map(drop)
}

/// The Collector.
pub fn collector() -> Result<(), GroundError> {
    collector::program().map(drop)
}
