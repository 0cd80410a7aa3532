//! One clear sentence and a way out; never a hang.

use std::{
    fs::{self, DirBuilder, Permissions},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, symlink},
    path::Path,
};

use crate::{base_of, ground};

/// A folder of programs that is the whole PATH: only what is named.
fn only(programs: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for program in programs {
        let found = ["/usr/bin", "/bin", "/usr/local/bin"].map(|place| Path::new(place).join(program));
        let found = found.iter().find(|path| path.exists()).unwrap();
        symlink(found, folder.path().join(program)).unwrap();
    }
    folder
}

fn prepare(part: &str, path: &Path) -> String {
    let cache = tempfile::tempdir().unwrap();
    let (succeeded, said) = ground(&["prepare", part], |command| {
        command.env("PATH", path).env("SAWLOG_CACHE", cache.path());
    });
    assert!(!succeeded, "{said}");
    assert_eq!(fs::read_dir(cache.path().join("ground")).unwrap().filter(made).count(), 0, "{said}");
    said
}

fn made(entry: &std::io::Result<fs::DirEntry>) -> bool {
    entry.as_ref().is_ok_and(|entry| entry.path().is_dir())
}

#[test]
fn a_missing_toolchain_is_named_with_the_way_to_get_it() {
    let table = [
        (
            "kafka",
            vec![],
            "ground: kafka needs java, which is not on this machine: install a JDK, 17 or newer",
        ),
        (
            "store",
            vec![],
            "ground: versitygw needs go, which is not on this machine: install Go 1.25 or newer",
        ),
        ("collector", vec![], "ground: collector needs go, which is not on this machine: install Go"),
        (
            "prometheus",
            vec![],
            "ground: prometheus needs apt-get, which is not on this machine: install prometheus",
        ),
        ("kafka", vec!["java"], "ground: kafka needs mvn, which is not on this machine: install Maven"),
    ];
    for (part, programs, sentence) in table {
        let said = prepare(part, only(&programs).path());
        assert!(said.contains(sentence), "{said}");
        assert!(said.contains("then run again"), "{said}");
    }
}

#[test]
fn a_tool_that_fails_is_quoted_with_what_to_do() {
    let path = only(&["java"]);
    let maven = path.path().join("mvn");
    fs::write(&maven, "#!/bin/sh\necho 'Could not transfer artifact: Connection refused'\nexit 1\n").unwrap();
    fs::set_permissions(&maven, Permissions::from_mode(0o755)).unwrap();
    let said = prepare("kafka", path.path());
    assert!(
        said.contains("kafka could not be prepared (download the jars with Maven): mvn ended with"),
        "{said}"
    );
    assert!(said.contains("Connection refused"), "{said}");
    assert!(said.contains("connect to the network"), "{said}");
}

#[test]
fn a_package_index_that_is_missing_is_renewed_by_root_and_named_to_others() {
    let path = only(&["sh", "touch", "mkdir"]);
    let scripts = [
        ("apt-get", "case $2 in update) touch updated ;; *) [ -f updated ] && touch a.deb ;; esac"),
        ("dpkg-deb", "mkdir -p usr/bin && touch usr/bin/prometheus"),
    ];
    for (name, script) in scripts {
        let program = path.path().join(name);
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    }
    let cache = tempfile::tempdir().unwrap();
    let (succeeded, said) = ground(&["prepare", "prometheus"], |command| {
        command.env("PATH", path.path()).env("SAWLOG_CACHE", cache.path());
    });
    let is_root = rustix::process::getuid().is_root();
    assert_eq!(succeeded, is_root, "{said}");
    assert!(is_root || said.contains("run `apt-get update`, then run again"), "{said}");
}

#[test]
fn jars_that_are_not_the_ones_that_were_looked_at_are_refused() {
    let path = only(&["java", "mkdir", "cp", "sh"]);
    let maven = path.path().join("mvn");
    let script = "#!/bin/sh\nmkdir lib\necho something else >lib/kafka_2.13-4.3.1.jar\n";
    fs::write(&maven, script).unwrap();
    fs::set_permissions(&maven, Permissions::from_mode(0o755)).unwrap();
    let said = prepare("kafka", path.path());
    assert!(said.contains("is missing, unexpected, or not what e2e/ground/kafka/jars.sha256 says"), "{said}");
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let place = tempfile::tempdir().unwrap();
    let long = place.path().join("a".repeat(90));
    let foreign = place.path().join("foreign");
    let uid = fs::metadata("/proc/self").unwrap().uid();
    fs::create_dir(&foreign).unwrap();
    symlink("/tmp", foreign.join(format!("sawlog-ground-{uid}"))).unwrap();
    let table = [
        (Path::new("/proc/no/such/place"), "cannot be used for the ground: "),
        (&long, "is too long for a socket's address"),
        (&foreign, "does not belong to this user alone"),
    ];
    for (folder, sentence) in table {
        let (succeeded, said) = ground(&["up", "alertmanager"], |command| {
            command.env("SAWLOG_GROUND_DIR", folder);
        });
        assert!(!succeeded && said.contains(sentence), "{said}");
        assert!(said.contains("set SAWLOG_GROUND_DIR to "), "{said}");
    }
}

#[test]
fn a_cache_that_cannot_be_used_is_named() {
    let (succeeded, said) = ground(&["prepare", "store"], |command| {
        command.env("SAWLOG_CACHE", "/proc/no/such/place");
    });
    assert!(!succeeded && said.contains("/proc/no/such/place/ground cannot be used as a cache: "), "{said}");
    assert!(said.contains("set SAWLOG_CACHE to another folder"), "{said}");
}

#[test]
fn nothing_but_grounds_is_swept() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("precious")).unwrap();
    let owner = std::process::id().to_string();
    let (succeeded, said) = ground(&["up", "alertmanager", "--owner", &owner], |command| {
        command.env("SAWLOG_GROUND_DIR", place.path());
    });
    assert!(succeeded && place.path().join("precious").is_dir(), "{said}");
    let (succeeded, said) = ground(&["down"], |command| {
        command.env("SAWLOG_GROUND_DIR", place.path());
    });
    assert!(succeeded, "{said}");
}

#[test]
fn a_name_that_is_no_name_is_refused() {
    let (succeeded, said) = ground(&["up", "store", "--name", "a/b"], |_| {});
    assert!(!succeeded && said.contains(r#"a ground cannot be called "a/b""#), "{said}");
}

#[test]
fn a_stale_state_folder_is_swept() {
    let base = tempfile::tempdir().unwrap();
    let stale = base_of(base.path()).join("4711-1");
    DirBuilder::new().mode(0o700).recursive(true).create(stale.join("kafka/data")).unwrap();
    fs::write(stale.join("kafka/log"), "of a machine that lost power").unwrap();
    fs::write(stale.join("keeper.sock"), "").unwrap();
    let owner = std::process::id().to_string();
    let (succeeded, said) = ground(&["up", "alertmanager", "--owner", &owner], |command| {
        command.env("SAWLOG_GROUND_DIR", base.path());
    });
    assert!(succeeded, "{said}");
    assert!(!stale.exists());
    let (succeeded, said) = ground(&["down"], |command| {
        command.env("SAWLOG_GROUND_DIR", base.path());
    });
    assert!(succeeded, "{said}");
}

#[test]
fn an_owner_that_does_not_run_is_refused() {
    let (succeeded, said) = ground(&["up", "alertmanager", "--owner", "4194304"], |_| {});
    assert!(!succeeded && said.contains("there is no process 4194304 to own the ground"), "{said}");
}

#[test]
fn an_unknown_part_is_refused_with_those_there_are() {
    let (succeeded, said) = ground(&["up", "postgres"], |_| {});
    assert!(
        !succeeded && said.contains("kafka, store, alertmanager, prometheus, collector, kubernetes, all"),
        "{said}"
    );
}
