//! Clusters that are not ours: the same tests on a kubeconfig from outside, and on kind's.

use std::{env, fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use sawlog_e2e::{
    ground::{Cluster, EVIDENCE, KUBECONFIG, LOAD, OWNER},
    wait,
};

use super::{Bystander, SOON, shared};

/// Runs a test of this file's neighbours in a process of its own.
fn run(test: &str, set: impl FnOnce(&mut Command)) -> (bool, String) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]);
    // It has a ground of its own, for which the cluster that is shared here is one from outside.
    let owner = Bystander::new();
    command.env(OWNER, owner.id());
    set(&mut command);
    let output = command.output().unwrap();
    drop(owner);
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.success(), said.concat())
}

const SMOKE: &str = "cluster::anywhere::a_deployment_of_an_image_made_here_prints_numbered_lines";

/// A script that loads an image into the workers of the shared cluster, for whoever knows only its kubeconfig.
fn loader(cluster: &Cluster, folder: &Path) -> String {
    let mut text = "set -eu\nfor archive; do :; done\n".to_owned();
    for worker in cluster.ours().unwrap().workers() {
        let ctr = worker.inside(cluster.ours().unwrap().ctr()).unwrap();
        let words = [ctr.get_program()]
            .into_iter()
            .chain(ctr.get_args())
            .map(|word| word.to_string_lossy().into_owned());
        text += &words.collect::<Vec<_>>().join(" ");
        text += " --namespace k8s.io images import \"$archive\"\necho loaded >>";
        text += &folder.join("loaded").display().to_string();
        text += "\n";
    }
    let script = folder.join("load");
    program(&script, &text);
    script.display().to_string()
}

fn program(path: &Path, text: &str) {
    fs::write(path, format!("#!/bin/sh\n{text}")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_same_test_passes_on_a_kubeconfig_from_outside() {
    let cluster = shared();
    let folder = tempfile::tempdir().unwrap();
    let load = loader(&cluster, folder.path());
    let (passed, said) = run(SMOKE, |command| {
        command.env(KUBECONFIG, cluster.kubeconfig()).env(LOAD, &load);
    });
    assert!(passed && said.contains("1 passed"), "{said}");
    assert!(folder.path().join("loaded").exists(), "images are loaded by the command that was named");
}

#[test]
fn what_is_wrong_with_a_kubeconfig_from_outside_is_said() {
    let cluster = shared();
    let (passed, said) = run(SMOKE, |command| {
        command.env(KUBECONFIG, cluster.kubeconfig());
    });
    assert!(!passed && said.contains("set SAWLOG_E2E_LOAD_IMAGE to a command that does it"), "{said}");
    let (passed, said) = run(SMOKE, |command| {
        command.env(KUBECONFIG, "/no/such/kubeconfig");
    });
    assert!(
        !passed && said.contains("reach the cluster of /no/such/kubeconfig (named by SAWLOG_E2E_KUBECONFIG)"),
        "{said}"
    );
    let folder = tempfile::tempdir().unwrap();
    let load = loader(&cluster, folder.path());
    let evidence = folder.path().join("evidence");
    let breaks = "cluster::pod_faults::a_container_that_is_killed_is_started_again_by_the_kubelet";
    let (passed, said) = run(breaks, |command| {
        command.env(KUBECONFIG, cluster.kubeconfig()).env(LOAD, load).env(EVIDENCE, &evidence);
    });
    assert!(!passed && said.contains("NotOurs"), "{said}");
    // Its pod was still there when everything was collected.
    let collected = fs::read_dir(&evidence).unwrap().next().unwrap().unwrap().path();
    let objects = fs::read_to_string(collected.join("objects.yaml")).unwrap();
    assert!(objects.contains("name: victim") && said.contains(&collected.display().to_string()), "{said}");
    let left = objects.lines().find_map(|line| line.trim().strip_prefix("name: killed-")).unwrap();
    cluster.kubectl(&["delete", "namespace", &format!("killed-{left}"), "--wait=false"]).unwrap();
}

#[test]
fn kind_is_asked_for_a_cluster_of_the_same_shape_and_to_delete_it_in_the_end() {
    let cluster = shared();
    let folder = tempfile::tempdir().unwrap();
    let asked = folder.path().join("asked");
    let load = loader(&cluster, folder.path());
    program(&folder.path().join("docker"), "exit 0\n");
    // It answers as kind does; the cluster that it makes is there already.
    program(
        &folder.path().join("kind"),
        &format!(
            "echo \"$@\" >>{asked}\nif [ \"$1 $2\" = 'create cluster' ]; then cp {kubeconfig} kubeconfig; cp kind.yaml {folder}; fi\n\
             if [ \"$1\" = load ]; then exec {load} \"$@\"; fi\n",
            asked = asked.display(),
            kubeconfig = cluster.kubeconfig().display(),
            folder = folder.path().display(),
        ),
    );
    let path = format!("{}:{}", folder.path().display(), env::var("PATH").unwrap());
    let (passed, said) = run(SMOKE, |command| {
        command.env(KUBECONFIG, "kind").env("PATH", path);
    });
    assert!(passed && said.contains("1 passed"), "{said}");
    let asked = fs::read_to_string(asked).unwrap();
    let steps: Vec<&str> = asked.lines().map(|line| line.split(" --").next().unwrap()).collect();
    assert_eq!(steps.first(), Some(&"create cluster"), "{asked}");
    assert!(steps.contains(&"load image-archive"), "{asked}");
    let config = fs::read_to_string(folder.path().join("kind.yaml")).unwrap();
    assert_eq!(config.matches("role: worker").count(), 2, "{config}");
    assert!(config.contains("containerLogMaxSize: 1Mi"), "{config}");
    let deleted = wait::until_true("kind to be asked to delete it", SOON, || {
        fs::read_to_string(folder.path().join("asked")).unwrap().contains("delete cluster --name sawlog-")
    });
    deleted.unwrap();
}
