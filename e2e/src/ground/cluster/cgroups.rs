//! Control groups: the one thing of a node that is not in a namespace. Each worker has a group of its own under
//! every controller, and a script that removes it afterwards. Where there is one tree for all controllers, those a
//! kubelet needs are handed down from its root, and stay so: systemd does the same.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::ground::GroundError;

const ROOT: &str = "/sys/fs/cgroup";
/// What a kubelet cannot do without.
const NEEDED: [&str; 3] = ["cpu", "memory", "pids"];

/// Says what is missing before anything is built or started.
pub(super) fn check() -> Result<(), GroundError> {
    let unified = fs::read_to_string(Path::new(ROOT).join("cgroup.controllers"));
    let missing = NEEDED.into_iter().find(|controller| match &unified {
        Ok(controllers) => !controllers.split_whitespace().any(|known| known == *controller),
        Err(_) => !Path::new(ROOT).join(controller).join("cgroup.procs").exists(),
    });
    match missing {
        None => Ok(()),
        Some(controller) => Err(GroundError::NoControlGroups { controller }),
    }
}

/// Makes a worker's group; the kubelet wants it to exist.
pub(super) fn make(name: &str) -> Result<(), GroundError> {
    let root = Path::new(ROOT);
    let made = if root.join("cgroup.controllers").exists() {
        make_unified(root, name)
    } else {
        make_each(root, name)
    };
    made.map_err(|(path, source)| GroundError::File { part: name.to_owned(), path, source })
}

type Failed = (PathBuf, io::Error);

/// One tree for all controllers: what the root hands down, children may have.
fn make_unified(root: &Path, name: &str) -> Result<(), Failed> {
    let hands_down = root.join("cgroup.subtree_control");
    for controller in NEEDED.into_iter().chain(["cpuset", "io"]) {
        let done = fs::write(&hands_down, format!("+{controller}"));
        if NEEDED.contains(&controller) {
            done.map_err(|error| (hands_down.clone(), error))?;
        }
    }
    let group = root.join(name);
    fs::create_dir_all(&group).map_err(|error| (group.clone(), error))
}

/// A tree for each controller.
fn make_each(root: &Path, name: &str) -> Result<(), Failed> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| (path, error)
    };
    for entry in fs::read_dir(root).map_err(failed(root))? {
        let controller = entry.map_err(failed(root))?.path();
        if !controller.join("cgroup.procs").exists() || !controller.is_dir() {
            continue;
        }
        let group = controller.join(name);
        fs::create_dir_all(&group).map_err(failed(&group))?;
        // Groups begin without processors and memory, and nothing can run in them.
        for setting in ["cpuset.cpus", "cpuset.mems"] {
            if group.join(setting).exists() && controller.join(setting).exists() {
                let value = fs::read(controller.join(setting)).map_err(failed(&controller.join(setting)))?;
                fs::write(group.join(setting), value).map_err(failed(&group.join(setting)))?;
            }
        }
    }
    Ok(())
}

/// A script that removes it with whatever still runs in it; it fails while that cannot be done.
pub(super) fn removal(name: &str) -> String {
    let groups = format!("{ROOT}/{name} {ROOT}/*/{name}");
    format!(
        "for try in $(seq 50); do\n  find {groups} -name cgroup.procs -exec cat {{}} + 2>/dev/null | xargs -r kill -9 2>/dev/null\n  \
         find {groups} -depth -type d -exec rmdir {{}} + 2>/dev/null\n  \
         [ -z \"$(find {groups} -maxdepth 0 2>/dev/null)\" ] && exit 0\n  sleep 0.1\ndone\nexit 1\n"
    )
}
