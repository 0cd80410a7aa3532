//! The programs and images of a cluster, from the cache.

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;

use super::printer;
use crate::{
    ground::{
        cache::{
            self, Recipe, Step, Workshop, debian,
            go::{self, Module},
        },
        error::GroundError,
        keeper::call,
    },
    image::{Entry, Image, Kind},
};

const KUBERNETES: Module<'_> = Module {
    name: "kubernetes",
    version: "1.34.4",
    go_mod: include_str!("../../../ground/kubernetes/go.mod"),
    go_sum: include_str!("../../../ground/kubernetes/go.sum"),
    main: Some(include_str!("../../../ground/kubernetes/main.go")),
    package: ".",
    megabytes: 4_500,
    values: &[
        "k8s.io/component-base/version.gitVersion=v1.34.4",
        "k8s.io/component-base/version.gitMajor=1",
        "k8s.io/component-base/version.gitMinor=34",
        "k8s.io/client-go/pkg/version.gitVersion=v1.34.4",
    ],
};
const PAUSE: &str = include_str!("../../../ground/kubernetes/pause.c");

/// Everything a node runs.
pub(super) struct Programs {
    pub(super) kubernetes: PathBuf,
    pub(super) containerd: PathBuf,
    pub(super) ctr: PathBuf,
    pub(super) networks: PathBuf,
    pub(super) images: Vec<PathBuf>,
    /// Mounts a folder as a file system of its own, which can be made to fail.
    pub(super) bindfs: PathBuf,
    pub(super) bindfs_libraries: PathBuf,
    /// The program that this is part of.
    pub(super) ground: PathBuf,
    runc: PathBuf,
}

impl Programs {
    pub(super) fn get() -> Result<Self, GroundError> {
        let containerd = debian::file("containerd", "usr/bin/containerd")?;
        let fuse = format!("lib/{}-linux-gnu/libfuse.so.2", env::consts::ARCH);
        let bridge = debian::file("containernetworking-plugins", "usr/lib/cni/ptp")?;
        Ok(Self {
            kubernetes: go::program(&KUBERNETES)?,
            ctr: containerd.with_file_name("ctr"),
            networks: beside(&bridge),
            runc: beside(&debian::file("runc", "usr/sbin/runc")?),
            bindfs: debian::file("bindfs", "usr/bin/bindfs")?,
            bindfs_libraries: beside(&debian::file("libfuse2", &fuse)?),
            ground: call::program()?,
            containerd,
            images: images()?,
        })
    }

    /// Where programs are found in a node.
    pub(super) fn path(&self) -> String {
        let own = [beside(&self.containerd), self.runc.clone()];
        let usual = env::var_os("PATH").unwrap_or_default();
        let all = own.into_iter().chain(env::split_paths(&usual)).chain(["/usr/sbin".into(), "/sbin".into()]);
        env::join_paths(all).unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// How to call kubectl for a cluster that is not ours: the machine's, or ours.
pub(super) fn kubectl() -> Result<Vec<String>, GroundError> {
    if cache::find("kubectl") {
        return Ok(vec!["kubectl".to_owned()]);
    }
    go::program(&KUBERNETES).map(|program| ours_as_kubectl(&program))
}

/// The one program of everything as kubectl.
pub(super) fn ours_as_kubectl(kubernetes: &Path) -> Vec<String> {
    vec![kubernetes.display().to_string(), "kubectl".to_owned()]
}

/// Those that tests run in pods.
pub(super) fn images_for_pods() -> Result<Vec<PathBuf>, GroundError> {
    Ok(images()?.split_off(1))
}

fn beside(program: &Path) -> PathBuf {
    program.parent().map(Path::to_owned).unwrap_or_default()
}

/// The sandbox process of every pod, a shell for whatever tests run in one, and the program that prints lines.
pub(super) fn images() -> Result<Vec<PathBuf>, GroundError> {
    let busybox = debian::file("busybox-static", "bin/busybox")?;
    let make = |workshop: &Workshop<'_>| make_images(workshop, &busybox);
    let inputs = [PAUSE, &busybox.display().to_string()];
    let recipe = Recipe { name: "images", version: "1", inputs: &inputs, megabytes: 50, make: &make };
    let home = cache::ready(&recipe)?;
    Ok(vec![home.join("pause.tar"), home.join("busybox.tar"), printer::archive()?])
}

fn make_images(workshop: &Workshop<'_>, busybox: &Path) -> Result<(), GroundError> {
    let failed = |source| GroundError::Cache { folder: workshop.folder.to_owned(), source };
    let remedy = "install a C compiler (Debian and Ubuntu: apt-get install gcc libc6-dev), then run again";
    workshop.need("cc", remedy)?;
    fs::write(workshop.folder.join("pause.c"), PAUSE).map_err(failed)?;
    let step =
        Step { what: "compile the pause program", program: "cc", limit: Duration::from_mins(1), remedy };
    workshop.run(&step, |command| {
        command.args(["-static", "-Os", "-s", "-o", "pause", "pause.c"]);
    })?;
    let program = |path: &str, from: &Path| -> Result<Entry, GroundError> {
        let bytes = fs::read(from).map_err(failed)?;
        Ok(Entry { path: path.to_owned(), mode: 0o755, kind: Kind::File(bytes) })
    };
    let pause = Image {
        name: "ground.local/pause:1",
        entries: vec![program("pause", &workshop.folder.join("pause"))?],
        run: json!({"Entrypoint": ["/pause"], "User": "65534:65534"}),
    };
    pause.write(&workshop.folder.join("pause.tar")).map_err(failed)?;

    let folder = |path: &str, mode| Entry { path: path.to_owned(), mode, kind: Kind::Folder };
    let passwords = b"root:x:0:0:root:/root:/bin/sh\n".to_vec();
    let mut entries = vec![
        folder("bin", 0o755),
        folder("etc", 0o755),
        folder("root", 0o700),
        folder("tmp", 0o1777),
        program("bin/busybox", busybox)?,
        Entry { path: "etc/passwd".to_owned(), mode: 0o644, kind: Kind::File(passwords) },
    ];
    for name in SHELL {
        let kind = Kind::Link("busybox".to_owned());
        entries.push(Entry { path: format!("bin/{name}"), mode: 0o777, kind });
    }
    let shell =
        Image { name: "ground.local/busybox:1", entries, run: json!({"Cmd": ["sh"], "Env": ["PATH=/bin"]}) };
    shell.write(&workshop.folder.join("busybox.tar")).map_err(failed)
}

/// What the shell of the busybox image can call.
const SHELL: [&str; 40] = [
    "awk", "cat", "chmod", "cp", "cut", "date", "dd", "df", "echo", "env", "expr", "false", "find", "grep",
    "head", "hostname", "id", "kill", "ls", "mkdir", "mv", "nc", "nslookup", "printf", "ps", "rm", "sed",
    "seq", "sh", "sleep", "sort", "stat", "sync", "tail", "test", "touch", "true", "usleep", "wc", "yes",
];
