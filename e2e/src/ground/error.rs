//! What can go wrong with the ground: one sentence each, with a way out.

use std::{io, path::PathBuf};

use crate::wait::InVain;

/// Why a ground, or a part of it, is not there.
#[derive(Debug, thiserror::Error)]
pub enum GroundError {
    /// Nothing can be written where grounds live.
    #[error("{} cannot be used for the ground: {source}: free it, or set SAWLOG_GROUND_DIR to another folder", folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What parts are made of cannot be kept.
    #[error("{} cannot be used as a cache: {source}: free it, or set SAWLOG_CACHE to another folder", folder.display())]
    Cache {
        /// Which.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Somebody holds a lock and does not let go.
    #[error("{} is still locked: end the process that holds it (`fuser` names it), then run again", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// Names are parts of paths.
    #[error("a ground cannot be called {name:?}: use letters, digits, - and _")]
    Name {
        /// What was asked for.
        name: String,
    },
    /// The machine does not let this user.
    #[error("{what} is not allowed here: {remedy}")]
    NoRights {
        /// What was tried.
        what: &'static str,
        /// What would allow it.
        remedy: &'static str,
    },
    /// A named ground was asked for that nobody started.
    #[error("the ground {name} is not up: `ground up --name {name}` starts it")]
    NotUp {
        /// Its name.
        name: String,
    },
    /// It is there, for somebody else.
    #[error(
        "the ground {name} is up already and belongs to {owner}: `ground down --name {name}` ends it, another --name avoids it"
    )]
    OtherOwner {
        /// Its name.
        name: String,
        /// Whose it is.
        owner: String,
    },
    /// It is there, and not as it was asked for.
    #[error("{part} is up already and of another shape: use another name, or take it down first")]
    OtherShape {
        /// Which part.
        part: String,
    },
    /// A keeper is there and does not answer.
    #[error("the keeper of the ground in {} does not answer: kill its process, {pid}, then run again", run.display())]
    Stuck {
        /// The ground's folder.
        run: PathBuf,
        /// Its process.
        pid: String,
    },
    /// The folder is not ours alone.
    #[error("{} does not belong to this user alone: remove it, or set SAWLOG_GROUND_DIR to another folder", folder.display())]
    ForeignFolder {
        /// Which.
        folder: PathBuf,
    },
    /// The kernel limits how long the address of a socket may be.
    #[error("{} is too long for a socket's address ({length} bytes, at most 107): set SAWLOG_GROUND_DIR to a shorter folder", folder.display())]
    LongFolder {
        /// Which.
        folder: PathBuf,
        /// How long the socket's path would be.
        length: usize,
    },
    /// The program that keeps grounds is not beside the caller.
    #[error(
        "the program `ground` is not built: run `cargo build -p sawlog-e2e --bin ground` (with the tests' profile and target), then run again"
    )]
    NoProgram,
    /// The process that was to own a ground is not there.
    #[error("there is no process {pid} to own the ground: name one that runs")]
    NoOwner {
        /// Its number.
        pid: String,
    },
    /// The keeper did not come up.
    #[error("the ground's keeper does not start: {why}")]
    Keeper {
        /// What it said.
        why: String,
    },
    /// The keeper is there but does not do as asked.
    #[error("the ground's keeper refuses: {why}")]
    Refused {
        /// In its words.
        why: String,
    },
    /// The keeper is not there any more.
    #[error("the ground in {} is gone ({source}): whoever owned it has ended, or it was taken down", run.display())]
    Gone {
        /// Its folder.
        run: PathBuf,
        /// What connecting said.
        source: io::Error,
    },
    /// A keeper of another build.
    #[error("the ground in {} was started by another build of `ground` (it speaks {found}, this one {wanted}): run `ground down`, then run again", run.display())]
    Version {
        /// Its folder.
        run: PathBuf,
        /// What it speaks.
        found: u32,
        /// What we speak.
        wanted: u32,
    },
    /// Pods cannot be kept apart.
    #[error(
        "this machine has no control groups for {controller}, which a Kubernetes takes: mount them below /sys/fs/cgroup, or set SAWLOG_E2E_KUBECONFIG to a cluster's kubeconfig"
    )]
    NoControlGroups {
        /// Which controller.
        controller: &'static str,
    },
    /// Only a cluster of the ground's own can do that.
    #[error(
        "only a cluster of the ground's own can be broken so: run as root, without SAWLOG_E2E_KUBECONFIG"
    )]
    NotOurs,
    /// A program of the machine is missing.
    #[error("{part} needs {program}, which is not on this machine: {remedy}")]
    Missing {
        /// For what.
        part: String,
        /// Which.
        program: String,
        /// How to get it.
        remedy: String,
    },
    /// Preparing a part failed.
    #[error("{part} could not be prepared ({step}): {why}: {remedy}")]
    Prepare {
        /// Which part.
        part: String,
        /// What was being done.
        step: String,
        /// The end of what was said.
        why: String,
        /// What to do.
        remedy: String,
    },
    /// Not enough room to prepare a part.
    #[error("{part} needs {needed} MB below {} and {free} MB are free: free some, or set SAWLOG_CACHE to a folder on another disk", folder.display())]
    NoSpace {
        /// Which part.
        part: String,
        /// Megabytes needed.
        needed: u64,
        /// Megabytes free.
        free: u64,
        /// Where.
        folder: PathBuf,
    },
    /// A file of a part cannot be written or read.
    #[error("{part}: {} cannot be used: {source}: see that the disk is not full and the file is yours", path.display())]
    File {
        /// Which part.
        part: String,
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A part ended although nobody asked it to.
    #[error("{part} {how}; its log ends:\n{tail}")]
    Ended {
        /// Which part.
        part: String,
        /// How, in words that follow its name.
        how: String,
        /// The last lines of its log.
        tail: String,
    },
    /// A part runs but does not answer.
    #[error("{part}: {source}; its log ends:\n{tail}")]
    NotReady {
        /// Which part.
        part: String,
        /// What was waited for.
        source: InVain,
        /// The last lines of its log.
        tail: String,
    },
    /// No port to listen on.
    #[error("no free port between {first} and {last} on loopback: end what listens there, then run again")]
    NoPort {
        /// From.
        first: u16,
        /// To.
        last: u16,
    },
    /// A client's request to a part failed.
    #[error("{part}: {what}: {why}")]
    Request {
        /// Which part.
        part: String,
        /// What was asked.
        what: String,
        /// The answer.
        why: String,
    },
}
