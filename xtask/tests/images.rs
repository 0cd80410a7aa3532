//! Images: the same bytes wherever they are made, and a Dockerfile that makes the same.

#![allow(clippy::unwrap_used, reason = "tests may; clippy.toml only knows functions marked as tests")]

use std::{
    collections::BTreeMap, fs, io::Read as _, os::unix::fs::PermissionsExt as _, path::Path, process::Command,
};

use serde_json::Value;
use xtask::images::{PROGRAMS, Program, dockerfile};

const COMMIT: &str = "0123456789ab";

/// What an archive holds, by path.
fn contents(archive: &[u8]) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    for entry in tar::Archive::new(archive).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().trim_end_matches('/').to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        found.insert(path, (entry.header().mode().unwrap(), content));
    }
    found
}

/// An archive's configuration, and what is in its layer.
fn opened(archive: &[u8]) -> (Value, BTreeMap<String, (u32, Vec<u8>)>) {
    let files = contents(archive);
    let listed: Value = serde_json::from_slice(&files["manifest.json"].1).unwrap();
    let blob = |path: &Value| files[path.as_str().unwrap()].1.clone();
    let config: Value = serde_json::from_slice(&blob(&listed[0]["Config"])).unwrap();
    (config["config"].clone(), contents(&blob(&listed[0]["Layers"][0])))
}

/// The instructions of a Dockerfile, one a line, without its comments.
fn instructions(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let whole = lines.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    whole
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, rest)| (name.to_owned(), rest.to_owned()))
        .collect()
}

fn values(instructions: &[(String, String)], wanted: &str) -> Vec<String> {
    instructions.iter().filter(|(name, _)| name == wanted).map(|(_, rest)| rest.clone()).collect()
}

/// What the commands of the Dockerfile make, carried out in a folder.
fn laid_out(program: &Program, commands: &str) -> BTreeMap<String, (u32, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let built = folder.path().join("built/a-target/release");
    fs::create_dir_all(&built).unwrap();
    fs::write(built.join(program.name), "the program").unwrap();
    let root = folder.path().display();
    let script =
        commands.replace("/built/", &format!("{root}/built/")).replace("/image/", &format!("{root}/image/"));
    assert!(Command::new("sh").args(["-euc", &script]).status().unwrap().success(), "{script}");
    let mut found = BTreeMap::new();
    below(&folder.path().join("image"), "", &mut found);
    found
}

fn below(folder: &Path, prefix: &str, found: &mut BTreeMap<String, (u32, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let about = entry.metadata().unwrap();
        let content = if about.is_dir() { Vec::new() } else { fs::read(entry.path()).unwrap() };
        if about.is_dir() {
            below(&entry.path(), &format!("{path}/"), found);
        }
        found.insert(path, (about.permissions().mode() & 0o7777, content));
    }
}

#[test]
fn a_dockerfile_makes_what_the_archive_holds() {
    for program in PROGRAMS {
        let name = program.reference("1");
        let archive = program.image(&name, b"the program".to_vec(), COMMIT).archive().unwrap();
        let (config, files) = opened(&archive.bytes);

        let text =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(program.dockerfile));
        let text = text.unwrap();
        assert_eq!(text, dockerfile::of(program), "run `make docs`");
        let all = instructions(&text);
        let last = all.iter().rposition(|(name, _)| name == "FROM").unwrap();
        let (build, image) = all.split_at(last);
        assert_eq!(values(image, "FROM"), ["scratch"]);
        assert_eq!(values(image, "COPY"), ["--from=build /image/ /"], "and nothing else");

        let commands = values(build, "RUN");
        let [compile, lay_out] = commands.as_slice() else { panic!("{commands:?}") };
        assert!(
            compile.contains(&format!("--package {} --bin {}", program.package, program.name)),
            "{compile}"
        );
        assert_eq!(laid_out(program, lay_out), files);
        assert_eq!(files[program.name], (0o755, b"the program".to_vec()));
        assert_eq!(files["tmp"].0, 0o1777);

        let entrypoint: Value = serde_json::from_str(&values(image, "ENTRYPOINT")[0]).unwrap();
        assert_eq!(entrypoint, config["Entrypoint"]);
        assert_eq!(values(image, "USER"), [config["User"].as_str().unwrap()]);
        assert_eq!(values(image, "WORKDIR"), [config["WorkingDir"].as_str().unwrap()]);
        let labels = values(image, "LABEL").join(" ").replace("$SAWLOG_COMMIT", COMMIT);
        let expected = config["Labels"].as_object().unwrap();
        for (label, value) in expected {
            assert!(
                labels.contains(&format!("{label}=\"{}\"", value.as_str().unwrap())),
                "{label}: {labels}"
            );
        }
        assert_eq!(labels.matches("=\"").count(), expected.len());
    }
}

/// Runs `cargo xtask images` on this workspace.
fn images(out: &Path, more: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["images", "--profile", "ci", "--out"]).arg(out).args(more);
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.success(), said)
}

#[test]
fn two_folders_get_the_same_archives_with_what_was_said_about_them() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let said = folders.each_ref().map(|folder| images(&folder.path().join("out"), &["--tag", "v1"]));
    for program in PROGRAMS {
        let places = folders
            .each_ref()
            .map(|folder| folder.path().join("out").join(program.name).with_extension("tar"));
        let [one, other] = places.each_ref().map(|place| fs::read(place).unwrap());
        assert!(one == other, "the archives of {} differ", program.name);
        let index: Value = serde_json::from_slice(&contents(&one)["index.json"].1).unwrap();
        let listed = &index["manifests"][0];
        let digest = listed["digest"].as_str().unwrap();
        for ((succeeded, said), place) in said.iter().zip(&places) {
            assert!(succeeded, "{said}");
            let megabytes = format!("{:.1} MB", one.len() as f64 / 1e6);
            for part in [&program.reference("v1"), digest, &megabytes, &place.display().to_string()] {
                assert!(said.contains(part), "{part} is not in {said}");
            }
        }
        assert_eq!(listed["annotations"]["io.containerd.image.name"], program.reference("v1"));
    }
}

#[test]
fn a_tag_that_nobody_could_read_is_a_wrong_argument() {
    let folder = tempfile::tempdir().unwrap();
    let (succeeded, said) = images(&folder.path().join("out"), &["--tag", "a b"]);
    assert!(!succeeded && said.contains("invalid value 'a b' for '--tag <TAG>'"), "{said}");
    assert!(!folder.path().join("out").exists());
}
