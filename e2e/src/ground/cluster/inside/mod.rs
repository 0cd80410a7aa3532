//! Programs of ours that run in a cluster's nodes, beside those of Kubernetes: `ground inside NAME`.
//!
//! Each is a part like any other: it can be killed, paused and started again, and finds out for itself what
//! is to be done. None knows of the others.

mod fake_nodes;
mod policies;
pub(super) mod relay;
pub(super) mod volumes;

pub(super) use fake_nodes::FAKES;

use std::{error::Error as _, io, path::PathBuf, time::Duration};

use kube::{
    Client,
    config::{KubeConfigOptions, Kubeconfig, KubeconfigError},
    runtime::watcher,
};

/// Which program, and what it has to know.
#[derive(Debug, clap::Subcommand)]
pub enum Inside {
    /// Make volumes on this node for claims that are scheduled to it
    Volumes(volumes::Options),
    /// Let only those packets to and from this node's pods pass that network policies allow
    Policies(policies::Options),
    /// Pretend to be nodes
    FakeNodes(fake_nodes::Options),
    /// Pass redirected TCP connections on to where they were meant to go, late
    Relay(relay::Options),
}

/// Why one of them ended.
#[derive(Debug, thiserror::Error)]
pub enum InsideError {
    /// The kubeconfig is of no use.
    #[error("read the kubeconfig {}", path.display())]
    Kubeconfig {
        /// Which.
        path: PathBuf,
        /// Why.
        source: KubeconfigError,
    },
    /// A request was refused, or no answer came.
    #[error("{what}")]
    Request {
        /// What was asked for.
        what: String,
        /// Why not.
        source: Box<kube::Error>,
    },
    /// The operating system refused something.
    #[error("{what}")]
    System {
        /// What was being done.
        what: String,
        /// Why not.
        source: io::Error,
    },
}

impl InsideError {
    /// With what it comes from, on one line.
    pub fn whole(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        text
    }
}

impl Inside {
    /// Runs until it is killed, or cannot go on.
    pub fn run(self) -> Result<(), InsideError> {
        let failed = |source| InsideError::System { what: "start a runtime".to_owned(), source };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        runtime.block_on(async {
            match self {
                Self::Volumes(options) => volumes::run(options).await,
                Self::Policies(options) => policies::run(options).await,
                Self::FakeNodes(options) => fake_nodes::run(options).await,
                Self::Relay(options) => relay::run(options).await,
            }
        })
    }
}

/// Watches everything, and asks again before long.
fn watched() -> watcher::Config {
    watcher::Config::default().timeout(WATCH)
}

/// The API server may vanish without a word, together with its node: a watch ends sooner than that is given up.
const WATCH: u32 = 20;
const SILENCE: Duration = Duration::from_secs(30);

/// A client for whoever the kubeconfig names.
pub(super) async fn client(kubeconfig: PathBuf) -> Result<Client, InsideError> {
    let failed = |source| InsideError::Kubeconfig { path: kubeconfig.clone(), source };
    let read = Kubeconfig::read_from(&kubeconfig).map_err(failed)?;
    let mut config =
        kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.map_err(failed)?;
    config.read_timeout = Some(SILENCE);
    Client::try_from(config).map_err(request("make a client"))
}

/// What was asked for, before the reason why it was refused.
fn request(what: &str) -> impl Fn(kube::Error) -> InsideError {
    move |source| InsideError::Request { what: what.to_owned(), source: Box::new(source) }
}
