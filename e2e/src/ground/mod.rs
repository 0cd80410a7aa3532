//! The test ground: real servers for tests, started on demand, gone with whoever asked for them.
//!
//! ```text
//! test ─▶ Ground ─▶ kafka(), cluster(), … ─▶ cache: what the part is made of, prepared once a machine
//!             │            └─▶ Part ─▶ kill, pause, start again; its log
//!             └─▶ keeper: one process a ground; its children are the parts
//! ```
//!
//! A ground belongs to a process and lives as long: [`Ground::of_this_run`] to the test runner, so that all
//! its tests share one Kafka; [`Ground::of_my_own`] to the caller, who may break what it likes;
//! [`Ground::named`] to nobody, until `ground down`. Shared parts are told apart by names: a topic and a
//! bucket of one's own.
//!
//! Deliberately absent: knowledge of what is tested, and any way for two grounds to meet.

mod alertmanager;
pub mod cache;
pub mod cluster;
pub mod collector;
pub mod error;
pub mod fault;
mod folder;
pub mod http;
mod kafka;
pub mod kcat;
pub mod keeper;
mod mounts;
mod part;
pub mod port;
pub mod prepare;
pub mod prometheus;
mod server;
pub mod store;
mod web;
mod webhook;

pub use alertmanager::AlertmanagerShape;
pub use cluster::{Cluster, ClusterShape, EVIDENCE, Grace, KUBECONFIG, LOAD, PodLogs, Shape, Workload};
pub use collector::CollectorShape;
pub use error::GroundError;
pub use kafka::{Kafka, KafkaShape, User};
pub use part::Part;
pub use prometheus::PrometheusShape;
pub use server::{Known, Server};
pub use store::Store;
pub use web::Web;
pub use webhook::Webhook;

use std::{
    env,
    os::unix::process::parent_id,
    path::{Path, PathBuf},
    process::Child,
    sync::atomic::{AtomicU32, Ordering},
};

use self::keeper::{
    Owner, call,
    wire::{Answer, Ask, Greeting, Standing},
};

/// Names the process that owns the ground of this run, when it is not the parent of the tests.
pub const OWNER: &str = "SAWLOG_GROUND_OWNER";
/// Names a ground that is already up (`ground up --name`), to be used instead of one of this run's own.
pub const NAME: &str = "SAWLOG_GROUND";

/// A set of parts that live and end together.
#[derive(Debug)]
pub struct Ground {
    run: PathBuf,
    /// Of a ground that ends with this value.
    keeper: Option<Child>,
}

impl Ground {
    /// The ground that all tests of this run share: of the test runner, or of the process that
    /// [`OWNER`] names; or the named one that is up, if [`NAME`] says so.
    pub fn of_this_run() -> Result<Self, GroundError> {
        if let Some(name) = env::var(NAME).ok().filter(|name| !name.is_empty()) {
            return Self::named_if_up(&name)?.ok_or(GroundError::NotUp { name });
        }
        let owner = match env::var(OWNER).ok().filter(|pid| !pid.is_empty()) {
            Some(text) => {
                text.parse().ok().and_then(Owner::process).ok_or(GroundError::NoOwner { pid: text })?
            }
            // A test that was left alone, or whose parent cannot be seen from here, has a ground of its own.
            None => Some(parent_id())
                .filter(|parent| *parent > 1)
                .and_then(Owner::process)
                .unwrap_or_else(Owner::this_process),
        };
        Ok(Self::at(&owner.to_string(), owner)?.0)
    }

    /// A ground of the caller's own; it ends when this is dropped, and with the process at the latest.
    pub fn of_my_own() -> Result<Self, GroundError> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let owner = Owner::this_process();
        let name = format!("{owner}.{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let (mut ground, keeper) = Self::at(&name, owner)?;
        ground.keeper = keeper;
        Ok(ground)
    }

    /// A ground that stays until it is taken down, or the process of that number ends.
    pub fn named(name: &str, owner: Option<u32>) -> Result<Self, GroundError> {
        let wanted = match owner {
            None => Owner::Nobody,
            Some(pid) => Owner::process(pid).ok_or(GroundError::NoOwner { pid: pid.to_string() })?,
        };
        let (ground, _) = Self::at(&folder::of_name(name)?, wanted)?;
        let found = ground.greeted()?.owner;
        if owner.is_some() && found != wanted {
            return Err(GroundError::OtherOwner { name: name.to_owned(), owner: found.to_string() });
        }
        Ok(ground)
    }

    /// The named ground, if it is up.
    pub fn named_if_up(name: &str) -> Result<Option<Self>, GroundError> {
        let run = folder::base()?.join(folder::of_name(name)?);
        Ok(call::greet(&run)?.map(|_| Self { run, keeper: None }))
    }

    /// The ground of that folder, and its keeper if it was started for this.
    fn at(name: &str, owner: Owner) -> Result<(Self, Option<Child>), GroundError> {
        let base = folder::base()?;
        let run = base.join(name);
        folder::check_length(&run)?;
        let _lock = folder::lock(&base)?;
        if call::greet(&run)?.is_some() {
            return Ok((Self { run, keeper: None }, None));
        }
        folder::sweep(&base).map_err(|source| GroundError::Folder { folder: base.clone(), source })?;
        let keeper = call::start(&run, owner)?;
        Ok((Self { run, keeper: None }, Some(keeper)))
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.run
    }

    /// How every part stands.
    pub fn standings(&self) -> Result<Vec<Standing>, GroundError> {
        part::standings(&self.run)
    }

    /// Takes everything down and waits for it.
    pub fn down(self) -> Result<(), GroundError> {
        call::request(&self.run, &Ask::End).map(drop)
    }

    /// The keeper's process.
    pub fn keeper(&self) -> Result<u32, GroundError> {
        Ok(self.greeted()?.pid)
    }

    fn greeted(&self) -> Result<Greeting, GroundError> {
        match call::request(&self.run, &Ask::Hello)? {
            Answer::Hello(greeting) => Ok(greeting),
            answer => Err(call::unexpected(&answer)),
        }
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if let Some(keeper) = &mut self.keeper {
            // Gone already, if it was taken down in between.
            let _gone = call::request(&self.run, &Ask::End);
            let _its_end_is_all_that_matters = keeper.wait();
        }
    }
}
