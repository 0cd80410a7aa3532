//! Nodes that are nothing but an object and a heartbeat.

use std::path::PathBuf;

use super::{InsideError, client};

/// What it has to know.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Who it is to the API server
    #[arg(long)]
    kubeconfig: PathBuf,
    /// How many nodes
    #[arg(long)]
    count: u32,
}

pub(super) async fn run(options: Options) -> Result<(), InsideError> {
    let _client = client(options.kubeconfig).await?;
    std::future::pending().await
}
