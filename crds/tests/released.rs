//! Schemas that somebody uses: what a release accepted, every later one accepts.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use sawlog_crds::{
    generate::release,
    kind::KINDS,
    schema::{self, breaks::breaks},
};
use sha2::{Digest as _, Sha256};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn released(golden: &Path) -> Vec<String> {
    let list = fs::read_to_string(golden.join("RELEASED")).unwrap();
    list.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).map(str::to_owned).collect()
}

/// What objects of the listed releases may break on today.
fn broken(golden: &Path) -> Vec<String> {
    let versions = released(golden)
        .into_iter()
        .flat_map(|version| KINDS.iter().map(move |kind| (version.clone(), kind)));
    let each = versions.flat_map(|(version, kind)| {
        let file = golden.join(&version).join(format!("{}.json", kind.plural));
        let old: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        breaks(&old, schema::of(&kind.definition()))
            .into_iter()
            .map(move |what| format!("{} {version}: {what}", kind.name))
    });
    each.collect()
}

#[test]
fn what_a_release_accepts_is_accepted() {
    assert_eq!(broken(&golden()), Vec::<String>::new());
}

/// Until there is a release nothing would be compared: here there is one, and a field of it is gone.
#[test]
fn a_release_that_is_listed_is_compared() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("RELEASED"), "# Comments are none.\n0.1.0\n").unwrap();
    fs::create_dir(folder.path().join("0.1.0")).unwrap();
    for (file, text) in release::schemas() {
        fs::write(folder.path().join("0.1.0").join(file), text).unwrap();
    }
    assert_eq!(broken(folder.path()), Vec::<String>::new());

    let file = folder.path().join("0.1.0/alertrules.json");
    let mut schema: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    schema["properties"]["spec"]["properties"]["colour"] = serde_json::json!({"type": "string"});
    fs::write(&file, schema.to_string()).unwrap();
    assert_eq!(broken(folder.path()), ["AlertRule 0.1.0: spec.colour: is gone"]);
}

/// Until there is a release, a change only has to be told: the changelog names the schemas that it is about.
#[test]
fn a_change_before_the_first_release_is_told() {
    if !released(&golden()).is_empty() {
        return;
    }
    let mut hash = Sha256::new();
    for kind in KINDS {
        hash.update(schema::of(&kind.definition()).to_string());
    }
    let digest = hash.finalize();
    let print = format!("{:08x}", u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]));
    let changelog =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../CHANGELOG.md")).unwrap();
    assert!(
        changelog.contains(&format!("schemas `{print}`")),
        "the schemas of the four kinds have changed: say in CHANGELOG.md what it means for users, and that it is \
         about the schemas `{print}`",
    );
}
