//! Container log files as the kubelet keeps them.
//!
//! `<root>/<namespace>_<pod>_<uid>/<container>/0.log`; every ten seconds of the lines' own time the kubelet
//! looks at its size, and when it is too large: gzips the rotated file of the last time, deletes what is too
//! old, renames `0.log` to `0.log.20260302-102030` and has the runtime open a new one. So files overshoot
//! their limit, the newest rotated file is plain, the older ones are gzipped, and a long line's parts may
//! lie on both sides of a rotation (a caller asks for that with [`ContainerLog::append_unseen`]).
//!
//! Not modelled: several restarts of a container (`1.log`), and symbolic links in `/var/log/containers`.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use flate2::{Compression, GzBuilder};

use crate::{stamp::Stamp, topology::Pod};

const LOOK_EVERY_NS: u64 = 10 * 1_000_000_000;

/// The kubelet's settings.
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    /// `containerLogMaxSize`.
    pub max_bytes: u64,
    /// `containerLogMaxFiles`, the current one included; none keeps everything.
    pub max_files: Option<usize>,
}

/// A file could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("{step} {}", path.display())]
pub struct KubeletError {
    step: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl KubeletError {
    pub(crate) fn at(step: &'static str, path: &Path, source: io::Error) -> Self {
        Self { step, path: path.to_owned(), source }
    }
}

fn at<'a>(step: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> KubeletError + 'a {
    move |source| KubeletError::at(step, path, source)
}

/// The log of one container.
#[derive(Debug)]
pub struct ContainerLog {
    folder: PathBuf,
    rotation: Rotation,
    current: BufWriter<File>,
    bytes: u64,
    next_look_ns: u64,
    last_name: String,
}

impl ContainerLog {
    /// A new container of a pod.
    pub fn create(root: &Path, pod: Pod, container: &str, rotation: Rotation) -> Result<Self, KubeletError> {
        let pod = format!("{}_{}_{}", pod.system.namespace(), pod.name(), pod.uid());
        Self::create_in(root.join(pod).join(container), rotation)
    }

    /// A new container whose folder the caller names.
    pub fn create_in(folder: PathBuf, rotation: Rotation) -> Result<Self, KubeletError> {
        fs::create_dir_all(&folder).map_err(at("create", &folder))?;
        let current = open(&folder)?;
        Ok(Self { folder, rotation, current, bytes: 0, next_look_ns: 0, last_name: String::new() })
    }

    /// Appends bytes that the runtime writes at a time; true when the kubelet rotated before.
    pub fn append(&mut self, time_ns: u64, bytes: &[u8]) -> Result<bool, KubeletError> {
        let due = time_ns >= self.next_look_ns;
        let rotate = due && self.bytes > self.rotation.max_bytes;
        if due {
            self.next_look_ns = time_ns + LOOK_EVERY_NS;
        }
        if rotate {
            self.rotate(time_ns)?;
        }
        self.append_unseen(bytes)?;
        Ok(rotate)
    }

    /// Appends bytes that the runtime writes just before the kubelet looks.
    pub fn append_unseen(&mut self, bytes: &[u8]) -> Result<(), KubeletError> {
        self.current.write_all(bytes).map_err(at("write", &self.folder))?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Hands everything to the file system.
    pub fn flush(&mut self) -> Result<(), KubeletError> {
        self.current.flush().map_err(at("write", &self.folder))
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn rotate(&mut self, time_ns: u64) -> Result<(), KubeletError> {
        self.flush()?;
        let mut rotated = self.rotated()?;
        if let Some(files) = self.rotation.max_files {
            let excess = (rotated.len() + 2).saturating_sub(files.max(2));
            for old in rotated.drain(..excess.min(rotated.len())) {
                fs::remove_file(&old).map_err(at("remove", &old))?;
            }
        }
        rotated
            .iter()
            .filter(|path| path.extension().is_none_or(|end| end != "gz"))
            .try_for_each(|path| gzip(path))?;

        let name = format!("0.log.{}", Stamp::of(time_ns).rotation());
        debug_assert!(name > self.last_name, "rotations are at least ten seconds apart");
        let (from, to) = (self.folder.join("0.log"), self.folder.join(&name));
        fs::rename(&from, &to).map_err(at("rename", &from))?;
        self.last_name = name;
        self.current = open(&self.folder)?;
        self.bytes = 0;
        Ok(())
    }

    /// Rotated files, oldest first.
    fn rotated(&self) -> Result<Vec<PathBuf>, KubeletError> {
        let entries = fs::read_dir(&self.folder).map_err(at("list", &self.folder))?;
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(at("list", &self.folder))?.path();
            if path.file_name().is_some_and(|name| name != "0.log") {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths)
    }
}

fn open(folder: &Path) -> Result<BufWriter<File>, KubeletError> {
    let path = folder.join("0.log");
    let file = File::create_new(&path).map_err(at("create", &path))?;
    Ok(BufWriter::with_capacity(32 * 1024, file))
}

/// Through a temporary name, so that a reader never sees half a gzip file under its final one.
fn gzip(path: &Path) -> Result<(), KubeletError> {
    let (temporary, done) = (suffixed(path, ".tmp"), suffixed(path, ".gz"));
    let mut plain = File::open(path).map_err(at("open", path))?;
    let packed = File::create(&temporary).map_err(at("create", &temporary))?;
    let mut packed = GzBuilder::new().mtime(0).write(packed, Compression::default());
    io::copy(&mut plain, &mut packed).map_err(at("gzip", path))?;
    packed.finish().map_err(at("gzip", path))?;
    fs::rename(&temporary, &done).map_err(at("rename", &temporary))?;
    fs::remove_file(path).map_err(at("remove", path))
}

fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn rotates_as_the_kubelet_does() {
        let root = tempfile::tempdir().unwrap();
        let rotation = Rotation { max_bytes: 100, max_files: Some(3) };
        let mut log = ContainerLog::create_in(root.path().join("pod/app"), rotation).unwrap();
        let start = crate::plan::DAY_START_NS;
        for second in 0..35 {
            log.append(
                start + second * SECOND,
                format!("line {second:02} of sixty bytes {:>40}\n", "x").as_bytes(),
            )
            .unwrap();
        }
        log.flush().unwrap();
        assert_eq!(
            names(log.folder()),
            ["0.log", "0.log.20260302-000020.gz", "0.log.20260302-000030"],
            "the first was deleted, the second gzipped, the newest is plain"
        );
        let mut text = String::new();
        let old = File::open(log.folder().join("0.log.20260302-000020.gz")).unwrap();
        GzDecoder::new(old).read_to_string(&mut text).unwrap();
        assert!(
            text.starts_with("line 10") && text.contains("line 19"),
            "overshoots until the next look: {text}"
        );
    }

    #[test]
    fn keeps_everything_when_asked() {
        let root = tempfile::tempdir().unwrap();
        let rotation = Rotation { max_bytes: 10, max_files: None };
        let mut log = ContainerLog::create_in(root.path().join("pod/app"), rotation).unwrap();
        for tens in 0..6 {
            log.append(crate::plan::DAY_START_NS + tens * 10 * SECOND, b"more than ten bytes\n").unwrap();
        }
        assert_eq!(names(log.folder()).len(), 6);
    }
}
