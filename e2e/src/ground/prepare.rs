//! Fetching and building ahead of need, so that no test waits for a download.

use super::{
    alertmanager, cluster, collector, error::GroundError, fault::clock, kafka, kcat, prometheus, store,
};

/// Jars, formatted folders, archived classes, an old client, and what makes clocks wrong.
pub fn kafka() -> Result<(), GroundError> {
    kafka::prepare()?;
    kcat::command()?;
    clock::library().map(drop)
}

/// The object stores tests are going to ask.
pub fn store() -> Result<(), GroundError> {
    store::asked().into_iter().try_for_each(store::prepare)
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

/// All programs and images of a cluster.
pub fn kubernetes() -> Result<(), GroundError> {
    cluster::prepare()
}
