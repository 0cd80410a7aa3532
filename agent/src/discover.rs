//! Which container logs there are: `<root>/<namespace>_<pod>_<uid>/<container>/0.log`.
//!
//! Deliberately absent: watching; the caller looks as often as it wants to know.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use sawlog_record::Resource;

/// The log of one container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RawFile {
    /// Its folder.
    pub folder: PathBuf,
    /// `namespace`, `pod` and `container`, as the folder's name says.
    pub names: [String; 3],
}

impl RawFile {
    /// As records carry it.
    pub fn resource(&self) -> Resource {
        let [namespace, pod, container] = &self.names;
        Resource::of_container(namespace, pod, container)
    }
}

/// The root could not be listed.
#[derive(Debug, thiserror::Error)]
#[error("list {}", root.display())]
pub struct DiscoverError {
    root: PathBuf,
    source: io::Error,
}

/// All containers below a root; folders that vanish while one looks are not there.
pub fn discover(root: &Path) -> Result<BTreeSet<RawFile>, DiscoverError> {
    let pods = fs::read_dir(root).map_err(|source| DiscoverError { root: root.to_owned(), source })?;
    let mut files = BTreeSet::new();
    for pod in pods.flatten() {
        let name = pod.file_name().to_string_lossy().into_owned();
        let [namespace, pod_name, _uid] = name.split('_').collect::<Vec<_>>()[..] else { continue };
        for container in fs::read_dir(pod.path()).into_iter().flatten().flatten() {
            let container_name = container.file_name().to_string_lossy().into_owned();
            let names = [namespace.to_owned(), pod_name.to_owned(), container_name];
            files.insert(RawFile { folder: container.path(), names });
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_containers_and_passes_over_what_is_not_one() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["shop_cart-1_uid/app", "shop_cart-1_uid/proxy", "lost+found"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let found = discover(root.path()).unwrap();
        let names: Vec<_> = found.iter().map(|file| file.names.join("/")).collect();
        assert_eq!(names, ["shop/cart-1/app", "shop/cart-1/proxy"]);
        assert!(discover(&root.path().join("nowhere")).is_err());
    }
}
