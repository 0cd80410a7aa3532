//! What is left of a failed test: objects, events and logs of its cluster, in one folder.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process, thread,
};

use super::{Cluster, Home};
use crate::ground::cache;

/// Names the folder for what is left of failed tests, when it is not to be in the cache.
pub const EVIDENCE: &str = "SAWLOG_E2E_EVIDENCE";
/// How many failures are kept.
const KEPT: usize = 20;

/// Collects everything when the test that holds it panics.
#[derive(Debug)]
pub struct Evidence {
    cluster: Cluster,
    test: String,
}

impl Cluster {
    /// To be held by a test from its beginning: `let _evidence = cluster.evidence("name of the test");`
    pub fn evidence(&self, test: &str) -> Evidence {
        Evidence { cluster: self.clone(), test: test.to_owned() }
    }

    /// Writes every object but Secrets, what `describe` says of pods and nodes, containers' and programs' logs and
    /// the audit log into a folder. What cannot be had is said in a file there.
    pub fn collect(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let kinds = self.kubectl(&["api-resources", "--verbs=list", "--output=name"]).unwrap_or_default();
        let kinds: Vec<_> =
            kinds.lines().filter(|kind| *kind != "secrets" && !kind.starts_with("events")).collect();
        for (file, arguments) in [
            ("objects.yaml", &["get", &kinds.join(","), "--all-namespaces", "--output=yaml"][..]),
            ("events.txt", &["get", "events", "--all-namespaces", "--sort-by=.lastTimestamp"]),
            ("pods.txt", &["describe", "pods", "--all-namespaces"]),
            ("nodes.txt", &["describe", "nodes"]),
        ] {
            // Of what could not all be had, what there is.
            let output = self.kubectl_command().args(arguments).output()?;
            fs::write(folder.join(file), [output.stdout, output.stderr].concat())?;
        }
        if let Home::Ours(nodes) = &self.home {
            for node in nodes.all() {
                let name = node.machine().name();
                for program in node.programs() {
                    copy(
                        &program.folder().join("log"),
                        &folder.join(format!("programs/{name}.{}.log", program.name())),
                    )?;
                }
                if let Ok(pods) = node.outside("/var/log/pods") {
                    copy_all(&pods, &folder.join("logs").join(name))?;
                }
            }
            return copy(&nodes.audit_log(), &folder.join("audit.jsonl"));
        }
        self.collect_by_kubectl(folder)
    }

    fn collect_by_kubectl(&self, folder: &Path) -> io::Result<()> {
        let template = "jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name}{\"\\n\"}{end}";
        let pods =
            self.kubectl(&["get", "pods", "--all-namespaces", "--output", template]).unwrap_or_default();
        fs::create_dir_all(folder.join("logs"))?;
        for (namespace, pod) in pods.lines().filter_map(|line| line.split_once(' ')) {
            for (which, previous) in [("", &[][..]), (".previous", &["--previous"])] {
                let of_all =
                    ["--namespace", namespace, "logs", pod, "--all-containers", "--prefix", "--timestamps"];
                let text = self.kubectl(&[&of_all, previous].concat()).unwrap_or_else(|why| why);
                fs::write(folder.join(format!("logs/{namespace}_{pod}{which}.log")), text)?;
            }
        }
        Ok(())
    }
}

impl Drop for Evidence {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        let folder = place(&self.test);
        match self.cluster.collect(&folder) {
            Ok(()) => eprintln!("ground: objects and logs of the cluster are in {}", folder.display()),
            Err(error) => eprintln!("ground: {} is not complete: {error}", folder.display()),
        }
    }
}

/// A new folder; of older ones only some are kept.
fn place(test: &str) -> PathBuf {
    let elsewhere = env::var_os(EVIDENCE).filter(|folder| !folder.is_empty());
    let all = elsewhere.map_or_else(|| cache::root().join("failures"), PathBuf::from);
    let mut known: Vec<_> = fs::read_dir(&all).into_iter().flatten().filter_map(Result::ok).collect();
    known.sort_by_key(|entry| entry.metadata().and_then(|metadata| metadata.modified()).ok());
    for old in known.iter().rev().skip(KEPT - 1) {
        let _another_test_did_it = fs::remove_dir_all(old.path());
    }
    all.join(format!("{}-{}", test.replace(['/', ':', ' '], "-"), process::id()))
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from).into_iter().flatten().filter_map(Result::ok) {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { copy_all(&path, &target)? } else { copy(&path, &target)? }
    }
    Ok(())
}

/// A file that is gone meanwhile is no evidence.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::copy(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
