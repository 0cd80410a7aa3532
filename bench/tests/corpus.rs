//! The corpus is what it says: the same bytes for a seed, inside its bands, with every planted share.

#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use sawlog_bench::{
    corpus::{
        Form, Size, Which,
        bytes::Tally,
        questions::{Answers, Line},
        reread, write,
    },
    suite::verify,
};
use sawlog_e2e::rounds::{root_seed, rounds};
use sha2::{Digest as _, Sha256};

const ALL: [Form; 3] = [Form::Json, Form::Cri, Form::Otlp];

/// Paths and checksums of everything below a folder.
fn checksums(root: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let sum = Sha256::digest(fs::read(&path).unwrap());
                found.push((path.strip_prefix(root).unwrap().to_owned(), format!("{sum:x?}")));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn corpus_is_identical_for_a_seed_in_every_form_whatever_the_workers() {
    for seed in rounds("identical corpora", 1, 10) {
        let which = Which { size: Size::Small, seed };
        let sums = |workers: usize| {
            let folder = tempfile::tempdir().unwrap();
            let written = write::write(which, &ALL, workers, folder.path()).unwrap();
            verify(which, &written, folder.path()).unwrap();
            checksums(folder.path())
        };
        let one = sums(1);
        assert!(one.len() > 640, "{} files", one.len());
        for workers in [1, 2, 5] {
            assert_eq!(one, sums(workers), "seed {seed}, {workers} workers");
        }
        assert_ne!(one, {
            let folder = tempfile::tempdir().unwrap();
            write::write(Which { seed: seed + 1000, ..which }, &ALL, 2, folder.path()).unwrap();
            checksums(folder.path())
        });
    }
}

/// One pass over the two million: bands, planted shares and the checksum; another with other workers.
#[test]
fn corpus_is_identical_when_full_inside_its_bands_and_planted_right() {
    for seed in rounds("full corpora", 1, 5) {
        let which = Which { size: Size::Full, seed };
        let (mut sum, mut answers, mut tally) = (Sha256::new(), Answers::default(), Tally::default());
        let written = write::look_at(which, 2, |json| {
            sum.update(json);
            for line in json.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
                let line: Line = serde_json::from_slice(line).unwrap();
                let time: jiff::Timestamp = line.timestamp.parse().unwrap();
                line.tally(time, &mut tally);
                answers.take(line);
            }
        });
        let written = written.unwrap();
        println!("{}{answers}", written.verdict);
        assert_eq!(written.records.count, 2_000_000);
        assert_eq!(tally, written.records);
        assert!(written.verdict.is_valid(), "seed {seed}:\n{}", written.verdict);
        assert_eq!(answers.check(which.size.records()), [], "seed {seed}");

        let mut again = Sha256::new();
        write::look_at(which, 5, |json| again.update(json)).unwrap();
        assert_eq!(sum.finalize(), again.finalize(), "seed {seed}");
    }
}

#[test]
fn planted_shares_are_exact_in_small_corpora_of_any_seed() {
    for seed in rounds("planted corpora", 3, 50) {
        let which = Which { size: Size::Small, seed };
        let mut answers = Answers::default();
        let look = write::look_at(which, 2, |json| {
            let lines = json.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
            lines.for_each(|line| answers.take(serde_json::from_slice(line).unwrap()));
        });
        look.unwrap();
        assert_eq!(answers.check(which.size.records()), [], "seed {seed}");
    }
}

#[test]
fn container_files_look_as_the_kubelet_leaves_them() {
    let folder = tempfile::tempdir().unwrap();
    let which = Which { size: Size::Small, seed: root_seed() };
    let written = write::write(which, &[Form::Cri], 2, folder.path()).unwrap();
    let (printed, files) = reread::cri(&folder.path().join("pods")).unwrap();
    assert_eq!(printed, written.printed);
    assert_eq!(files.current, 640, "{files:?}");
    assert!(files.rotated > 100 && files.gzipped > 100 && files.parts >= 20, "{files:?}");
    assert!(files.across_rotation > 0, "no line lies across a rotation: {files:?}");
    assert!(printed.count > which.size.records(), "stack traces have several lines");
}

type Damage = fn(&mut Vec<&str>);

#[test]
fn a_line_lost_doubled_or_changed_is_seen() {
    let which = Which { size: Size::Small, seed: root_seed() };
    let damage: [(&str, Damage); 3] = [
        ("lost", |lines| {
            lines.remove(500);
        }),
        ("doubled", |lines| lines.insert(500, lines[500])),
        ("swapped for another", |lines| lines[500] = lines[499]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let written = write::write(which, &[Form::Json], 2, folder.path()).unwrap();
    let path = folder.path().join("corpus.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    for (how, damage) in damage {
        let mut lines: Vec<&str> = text.lines().collect();
        damage(&mut lines);
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        let error = verify(which, &written, folder.path()).unwrap_err();
        assert!(error.to_string().contains("corpus.jsonl"), "{how}: {error}");
    }
}

#[test]
fn a_folder_with_something_in_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine"), "precious").unwrap();
    let which = Which { size: Size::Small, seed: 7 };
    let error = write::write(which, &ALL, 1, folder.path()).unwrap_err();
    assert!(error.to_string().contains("not empty"), "{error}");
}
