//! A node: namespaces of its own, and in them a keeper as process one whose parts are the node's programs.
//!
//! Killing the one process outside kills everything inside. In its mount namespace /var/log, /var/lib and /run
//! are folders of the node, so that all programs use their usual paths, nothing is written on the host, and the
//! host sees the pods' log files. Kernel settings that a kubelet changes for the whole machine are files there.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::config;
use crate::{
    ground::{
        Ground,
        error::GroundError,
        keeper::{call, wire::Order},
        part::Part,
    },
    wait,
};

/// A node of a cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Node {
    part: Part,
    /// Where its programs find others.
    path: String,
    /// In the order in which they start.
    programs: Vec<Part>,
}

const BEGINS: Duration = Duration::from_secs(10);

/// `$1`: the node's folder, `$2`: its name, `$3`: the program `ground`, `$4`: how many bytes its disk has, if any.
const BEGIN: &str = r#"
set -eu
folder=$1 name=$2 ground=$3 disk=$4
mount --make-rshared /
rm -rf "$folder/run" "$folder/keeper.sock"
mkdir -p "$folder/var"
[ -z "$disk" ] || mount -t tmpfs -o "size=$disk" tmpfs "$folder/var"
for place in var/log var/lib run; do
    mkdir -p "$folder/$place"
    mount --bind "$folder/$place" "/$place"
done
mkdir -p /run/netns /run/lock /var/lib/kubelet "$folder/sysctl" "$folder/tmp"
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
    copy=$folder/sysctl/$(echo "$setting" | tr / .)
    cat "/proc/sys/$setting" >"$copy"
    mount --bind "$copy" "/proc/sys/$setting"
done
hostname "$name"
cd /
exec "$ground" keep "$folder" nobody
"#;

impl Ground {
    /// `path` is where its programs find others.
    pub(super) fn start_node(
        &self,
        part: &str,
        name: &str,
        disk: Option<u64>,
        path: String,
    ) -> Result<Node, GroundError> {
        let folder = self.part_folder(part)?;
        let namespaces = [
            "--net",
            "--mount",
            "--pid",
            "--uts",
            "--ipc",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "--propagation",
            "slave",
            "sh",
            "-c",
            BEGIN,
            "node",
        ];
        let words = [
            folder.display().to_string(),
            name.to_owned(),
            call::program()?.display().to_string(),
            disk.map(|bytes| bytes.to_string()).unwrap_or_default(),
        ];
        let order = Order {
            part: part.to_owned(),
            program: "unshare".into(),
            arguments: namespaces.map(str::to_owned).into_iter().chain(words).collect(),
            environment: BTreeMap::new(),
            folder: folder.clone(),
        };
        let node = Node { part: Part::start(self.folder(), order)?, path, programs: Vec::new() };
        node.await_begin()?;
        Ok(node)
    }
}

impl Node {
    /// Its folder, on the host as inside.
    pub fn folder(&self) -> &Path {
        self.part.folder()
    }

    /// All of it as one process: killing it is pulling the plug.
    pub fn machine(&self) -> &Part {
        &self.part
    }

    /// One of its programs.
    ///
    /// # Panics
    /// When the node has no such program.
    pub fn program(&self, name: &str) -> &Part {
        let found = self.programs.iter().find(|program| program.name() == name);
        found.unwrap_or_else(|| panic!("{} runs no {name}", self.part.name()))
    }

    /// Its programs, in the order in which they start.
    pub fn programs(&self) -> &[Part] {
        &self.programs
    }

    /// Where something of its own file system is for this process, also what is mounted there.
    pub fn outside(&self, path: &str) -> Result<PathBuf, GroundError> {
        Ok(PathBuf::from(format!("/proc/{}/root", self.first_process()?)).join(path.trim_start_matches('/')))
    }

    /// The machine is switched on again: its disk is as it was (a disk of limited size is new), nothing runs.
    pub(super) fn begin_again(&self) -> Result<(), GroundError> {
        self.part.start_again()?;
        self.await_begin()
    }

    /// Starts those of its programs that do not run, and lets go on those that are paused.
    pub(super) fn revive_programs(&self) -> Result<(), GroundError> {
        for program in &self.programs {
            let runs = program.standing().is_ok_and(|standing| standing.ended.is_none());
            if runs {
                program.resume()?; // whoever paused it may have been killed
            } else {
                program.start_again()?;
                self.await_if_others_do(program)?;
            }
        }
        Ok(())
    }

    /// A kubelet that finds no containerd ends at once.
    fn await_if_others_do(&self, program: &Part) -> Result<(), GroundError> {
        if program.name() != config::CONTAINERD {
            return Ok(());
        }
        let socket = self.outside(config::CONTAINERD_SOCKET)?;
        program.await_ready("containerd to listen", BEGINS, || UnixStream::connect(&socket).ok()).map(drop)
    }

    fn await_begin(&self) -> Result<(), GroundError> {
        let greets = || call::greet(self.folder()).ok().flatten();
        self.part.await_ready("the node to begin", BEGINS, greets).map(drop)
    }

    /// Its process one, as the host numbers it.
    pub(super) fn first_process(&self) -> Result<u32, GroundError> {
        let outside = self.part.pid()?;
        let children = PathBuf::from(format!("/proc/{outside}/task/{outside}/children"));
        let found = wait::until("its first process", BEGINS, || {
            fs::read_to_string(&children).ok()?.split_whitespace().next()?.parse().ok()
        });
        found.map_err(|source| GroundError::NotReady {
            part: self.part.name().to_owned(),
            source,
            tail: self.part.log_tail(),
        })
    }

    /// Starts a program inside, one of its own from now on.
    pub(super) fn run(&mut self, command: &config::Command) -> Result<(), GroundError> {
        let part = self.start_inside(command)?;
        self.await_if_others_do(&part)?;
        self.programs.push(part);
        Ok(())
    }

    /// Starts a program inside, for the time being.
    pub(super) fn start_inside(&self, command: &config::Command) -> Result<Part, GroundError> {
        let folder = self.folder().join(&command.name);
        fs::create_dir_all(&folder).map_err(|source| GroundError::File {
            part: command.name.clone(),
            path: folder.clone(),
            source,
        })?;
        let environment =
            [("PATH", self.path.clone()), ("TMPDIR", self.folder().join("tmp").display().to_string())];
        let order = Order {
            part: command.name.clone(),
            program: command.program.clone(),
            arguments: command.arguments.clone(),
            environment: environment.map(|(name, value)| (name.to_owned(), value)).into(),
            folder,
        };
        Part::start(self.folder(), order)
    }

    /// A command inside all of the node's namespaces.
    pub fn inside(&self, program: &Path) -> Result<Command, GroundError> {
        let mut command = Command::new("nsenter");
        let first = self.first_process()?.to_string();
        command.args(["--target", &first, "--mount", "--net", "--pid", "--uts", "--ipc"]).arg(program);
        Ok(command)
    }
}
