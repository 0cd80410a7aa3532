//! A node: namespaces of its own, and in them a keeper as process one whose parts are the node's programs.
//!
//! Killing the one process outside kills everything inside. In its mount namespace /var/log, /var/lib and /run
//! are folders of the node, so that all programs use their usual paths, nothing is written on the host, and the
//! host sees the pods' log files. Kernel settings that a kubelet changes for the whole machine are files there.

use std::{
    collections::BTreeMap,
    fs,
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
    programs: BTreeMap<String, Part>,
}

const BEGINS: Duration = Duration::from_secs(10);

/// `$1`: the node's folder, `$2`: its name, `$3`: the program `ground`.
const BEGIN: &str = r#"
set -eu
folder=$1 name=$2 ground=$3
mount --make-rshared /
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
    pub(super) fn start_node(&self, part: &str, name: &str) -> Result<Node, GroundError> {
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
        let words = [folder.display().to_string(), name.to_owned(), call::program()?.display().to_string()];
        let order = Order {
            part: part.to_owned(),
            program: "unshare".into(),
            arguments: namespaces.map(str::to_owned).into_iter().chain(words).collect(),
            environment: BTreeMap::new(),
            folder: folder.clone(),
        };
        let part = Part::start(self.folder(), order)?;
        part.await_ready("the node to begin", BEGINS, || call::greet(&folder).ok().flatten())?;
        Ok(Node { part, programs: BTreeMap::new() })
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
        self.programs.get(name).unwrap_or_else(|| panic!("{} runs no {name}", self.part.name()))
    }

    /// The names of its programs.
    pub fn programs(&self) -> impl Iterator<Item = &str> {
        self.programs.keys().map(String::as_str)
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

    /// Starts a program inside.
    pub(super) fn run(
        &mut self,
        program: &Path,
        first: Option<&str>,
        command: &config::Command,
        path: &str,
    ) -> Result<(), GroundError> {
        let folder = self.folder().join(command.name);
        fs::create_dir_all(&folder).map_err(|source| GroundError::File {
            part: command.name.to_owned(),
            path: folder.clone(),
            source,
        })?;
        let environment =
            [("PATH", path.to_owned()), ("TMPDIR", self.folder().join("tmp").display().to_string())];
        let order = Order {
            part: command.name.to_owned(),
            program: program.to_owned(),
            arguments: first.map(str::to_owned).into_iter().chain(command.arguments.clone()).collect(),
            environment: environment.map(|(name, value)| (name.to_owned(), value)).into(),
            folder,
        };
        let part = Part::start(self.folder(), order)?;
        self.programs.insert(command.name.to_owned(), part);
        Ok(())
    }

    /// A command inside all of the node's namespaces.
    pub fn inside(&self, program: &Path) -> Result<Command, GroundError> {
        let mut command = Command::new("nsenter");
        let first = self.first_process()?.to_string();
        command.args(["--target", &first, "--mount", "--net", "--pid", "--uts", "--ipc"]).arg(program);
        Ok(command)
    }
}
