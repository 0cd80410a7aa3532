//! A server of one process that says over HTTP when it is ready: most of them.

use std::{collections::BTreeMap, fs, net::SocketAddr, path::Path, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Ground, Server,
    error::GroundError,
    http::{self, Reply},
    keeper::wire::Order,
    part::Part,
    port,
    server::start_on_ports,
};

const READY: Duration = Duration::from_secs(30);

/// How to start one.
pub(super) struct Recipe<'a> {
    pub(super) program: &'a Path,
    /// Given where it is to listen.
    pub(super) arguments: &'a dyn Fn(SocketAddr) -> Vec<String>,
    pub(super) environment: BTreeMap<String, String>,
    /// Files of its folder, with what is in them.
    pub(super) files: &'a dyn Fn(SocketAddr) -> Vec<(&'static str, String)>,
    /// Folders to be made in its folder.
    pub(super) folders: &'a [&'a str],
    /// What is asked, and which status says that it is ready.
    pub(super) ready: (&'a str, u16),
    /// What it was asked to be, in words to be compared.
    pub(super) shape: &'a str,
    /// What else one has to know to use it.
    pub(super) also: &'a [(&'a str, &'a str)],
}

/// A running server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Web {
    part: Part,
    address: SocketAddr,
    ready: (String, u16),
    also: Vec<(String, String)>,
}

impl Ground {
    /// The server of that name: the one that is there, or a new one.
    pub(super) fn web(&self, name: &str, recipe: &Recipe<'_>) -> Result<Web, GroundError> {
        self.server(name, recipe.shape, || start_on_ports(1, |ports| self.start_web(name, recipe, ports[0])))
    }

    fn start_web(&self, name: &str, recipe: &Recipe<'_>, port: u16) -> Result<Web, GroundError> {
        let folder = self.part_folder(name)?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let failed = |source| GroundError::File { part: name.to_owned(), path: folder.clone(), source };
        for inner in recipe.folders {
            fs::create_dir(folder.join(inner)).map_err(failed)?;
        }
        for (file, text) in (recipe.files)(address) {
            fs::write(folder.join(file), text).map_err(failed)?;
        }
        let order = Order {
            part: name.to_owned(),
            program: recipe.program.to_owned(),
            arguments: (recipe.arguments)(address),
            environment: recipe.environment.clone(),
            folder,
        };
        let ready = (recipe.ready.0.to_owned(), recipe.ready.1);
        let also =
            recipe.also.iter().map(|(what, value)| ((*what).to_owned(), (*value).to_owned())).collect();
        Ok(Web { part: Part::start(self.folder(), order)?, address, ready, also })
    }
}

impl Server for Web {
    fn parts(&self) -> Vec<&Part> {
        vec![&self.part]
    }

    fn await_ready(&self) -> Result<(), GroundError> {
        let (path, status) = &self.ready;
        self.part.await_ready(&format!("{} to be ready", self.part.name()), READY, || {
            let answers = http::get(self.address, path).is_some_and(|reply| reply.status == *status);
            // The answer could be that of another ground's server on the same port.
            (answers && port::is_listened_on_by(self.part.pid().ok()?, self.address.port())).then_some(())
        })
    }

    fn addresses(&self) -> Vec<(String, String)> {
        let url = ("url".to_owned(), format!("http://{}", self.address));
        [url].into_iter().chain(self.also.clone()).collect()
    }
}

impl Web {
    /// Its process.
    pub fn part(&self) -> &Part {
        &self.part
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts it after its end, and waits until it answers.
    pub fn start_again(&self) -> Result<(), GroundError> {
        self.part.start_again()?;
        self.await_ready()
    }

    /// Asks it; `None` when it does not answer.
    pub fn get(&self, path: &str) -> Option<Reply> {
        http::get(self.address, path)
    }

    /// Posts JSON; `None` when it does not answer.
    pub fn post_json(&self, path: &str, json: &str) -> Option<Reply> {
        http::post_json(self.address, path, json)
    }
}
