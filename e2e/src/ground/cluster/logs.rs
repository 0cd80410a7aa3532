//! A container's log, read from the kubelet's files while it rotates them: nothing missed, nothing twice.
//!
//! Files are held open from the moment they appear until the end, so that what is renamed, compressed or deleted
//! meanwhile is read to its end all the same, and no new file can have the inode number of one that is held.
//! It is the ground's own, plain reader: what the agent does is measured against it, so it shares nothing
//! with the agent.

use std::{
    collections::{HashMap, hash_map::Entry},
    fs::{self, File},
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{Cluster, failed};
use crate::ground::GroundError;

/// What is read of the containers of one pod, from their first line on.
#[derive(Debug)]
pub struct PodLogs {
    /// /var/log/pods of its node, as seen from here.
    pods: PathBuf,
    /// How the pod's folder begins.
    prefix: String,
    files: HashMap<(u64, u64), Held>,
    /// In the order in which they appeared.
    order: Vec<(u64, u64)>,
    /// Of each container, the messages whose end the runtime has not written yet: it may come in the next file.
    parts: HashMap<PathBuf, Parts>,
}

/// What has come of a message, for each stream.
#[derive(Debug, Default)]
struct Parts {
    output: String,
    error: String,
}

#[derive(Debug)]
struct Held {
    file: File,
    /// A line whose end has not been written yet.
    begun: Vec<u8>,
    container: PathBuf,
}

impl Cluster {
    /// The logs of the pods whose name begins so, of those that are on that worker.
    pub fn logs(&self, worker: usize, namespace: &str, pod: &str) -> Result<PodLogs, GroundError> {
        Ok(PodLogs {
            pods: self.ours()?.worker(worker).outside("/var/log/pods")?,
            prefix: format!("{namespace}_{pod}"),
            files: HashMap::new(),
            order: Vec::new(),
            parts: HashMap::new(),
        })
    }
}

impl PodLogs {
    /// The messages written since it was last asked, whole ones only. To be asked more often than files are
    /// rotated twice.
    pub fn read(&mut self) -> Result<Vec<String>, GroundError> {
        self.discover()
            .and_then(|()| self.read_held())
            .map_err(|error| failed("read logs", &error.to_string()))
    }

    /// How many files there have been.
    pub fn files(&self) -> usize {
        self.order.len()
    }

    fn discover(&mut self) -> io::Result<()> {
        // That the node itself is gone is an error.
        fs::metadata(&self.pods)?;
        for pod in below(&self.pods)? {
            if !pod.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&self.prefix)) {
                continue;
            }
            for container in below(&pod)? {
                let mut logs = below(&container)?;
                logs.sort_by_key(|log| age(log));
                for log in logs {
                    self.hold(&log, &container)?;
                }
            }
        }
        Ok(())
    }

    fn hold(&mut self, log: &Path, container: &Path) -> io::Result<()> {
        let compressed = log.extension().is_some_and(|extension| extension == "gz" || extension == "tmp");
        if compressed || !log.is_file() {
            return Ok(()); // what is in it was held before
        }
        let identity = |known: &fs::Metadata| (known.dev(), known.ino());
        // Its number is nobody else's while it is held.
        if fs::metadata(log).is_ok_and(|known| self.files.contains_key(&identity(&known))) {
            return Ok(());
        }
        let file = match File::open(log) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        // It may have been rotated in between.
        let opened = identity(&file.metadata()?);
        if let Entry::Vacant(place) = self.files.entry(opened) {
            place.insert(Held { file, begun: Vec::new(), container: container.to_owned() });
            self.order.push(opened);
        }
        Ok(())
    }

    fn read_held(&mut self) -> io::Result<Vec<String>> {
        let mut messages = Vec::new();
        for identity in &self.order {
            let held = self.files.get_mut(identity).expect("because what is in order is held");
            held.file.read_to_end(&mut held.begun)?;
            let whole = held.begun.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let rest = held.begun.split_off(whole);
            let lines = std::mem::replace(&mut held.begun, rest);
            let parts = self.parts.entry(held.container.clone()).or_default();
            messages.extend(String::from_utf8_lossy(&lines).lines().filter_map(|line| parts.take(line)));
        }
        Ok(messages)
    }
}

impl Parts {
    /// `<time> <stream> <P or F> <text>`: a message is any number of `P` and an `F`.
    fn take(&mut self, line: &str) -> Option<String> {
        let mut words = line.splitn(4, ' ').skip(1);
        let (stream, tag) = (words.next()?, words.next()?);
        let part = if stream == "stderr" { &mut self.error } else { &mut self.output };
        part.push_str(words.next().unwrap_or_default());
        (tag == "F").then(|| std::mem::take(part))
    }
}

/// Of a container's files: those of earlier starts first, `N.log.<time>` by their times, `N.log` as the last.
fn age(log: &Path) -> (u64, bool, String) {
    let name = log.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let start = name.split('.').next().and_then(|number| number.parse().ok()).unwrap_or_default();
    (start, log.extension().is_some_and(|extension| extension == "log"), name)
}

/// What is in a folder; nothing where there is none any more.
fn below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}
