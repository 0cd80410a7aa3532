//! `sawlog check` and `sawlog explain` as their users see them.

#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

const GOOD: &str = "\
apiVersion: sawlog.dev/v1alpha1
kind: LogPipeline
metadata: { name: payments, namespace: shop }
spec:
  indexRefs: [{ name: main, namespace: sawlog }]
";
const BAD: &str = "\
apiVersion: sawlog.dev/v1alpha1
kind: LogPipeline
metadata: { name: payments, namespace: shop }
spec:
  indexRefs: [{ name: main, namespace: sawlog }]
  durabilty: Audit
  topic:
    partitions: 0
  shape:
    - drop: { when: 'level:>=' }
";

fn run(folder: &Path, arguments: &[&str], input: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sawlog"));
    command.args(arguments).current_dir(folder).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.unwrap_or_default().as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

#[test]
fn good_files_are_counted() {
    let folder = folder(&[("a.yaml", GOOD), ("deep/er/b.yml", GOOD), ("notes.txt", "no: resource")]);
    let out = run(folder.path(), &["check", "."], None);
    assert_eq!(text(&out.stdout), "2 files, 2 resources: 2 good\n");
    assert_eq!(out.status.code(), Some(0));
    assert!(text(&out.stderr).is_empty());
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_a_way_out() {
    let folder = folder(&[("payments.yaml", BAD)]);
    let out = run(folder.path(), &["check", "payments.yaml"], None);
    let said = text(&out.stdout);
    for line in [
        "payments.yaml:6:3: unknown field \"spec.durabilty\"",
        "    help: did you mean `durability`?",
        "payments.yaml:8:17: spec.topic.partitions: Invalid value: 0: spec.topic.partitions in body should be greater \
         than or equal to 1",
        "1 file, 1 resource: 0 good, 1 refused",
    ] {
        assert!(said.lines().any(|said| said == line), "{line}\n{said}");
    }
    let query =
        "payments.yaml:10:21: the operator will refuse it: spec.shape[0].drop.when: query, column 9: ";
    assert!(said.lines().any(|said| said.starts_with(query)), "{said}");
    assert!(!said.contains('\u{1b}'), "no colours where nobody sees them");
    assert_eq!(out.status.code(), Some(1));
}

#[test]
fn the_page_shows_what_is_said() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/check.md");
    let page = fs::read_to_string(page).unwrap();
    let block = |start: &str| {
        let from = page.split_once(start).unwrap().1;
        from.split_once("\n```").unwrap().0.to_owned()
    };
    let folder = folder(&[("payments.yaml", &block("```yaml\n"))]);
    let out = run(folder.path(), &["check", "payments.yaml"], None);
    assert_eq!(text(&out.stdout).trim_end(), block("```text\n"));
}

#[test]
fn one_broken_document_of_ten_costs_only_itself() {
    let documents: Vec<String> = (0..10)
        .map(|index| match index {
            4 => "kind: LogPipeline\n\tspec: {}\n".to_owned(),
            index => GOOD.replace("payments", &format!("p{index}")),
        })
        .collect();
    let out = run(Path::new("/"), &["check", "-"], Some(&documents.join("---\n")));
    assert_eq!(
        text(&out.stdout),
        "-:26:1: expected blanks for indentation, found a tab\n    help: replace the tab by blanks\n\
         1 file, 10 resources: 9 good, 1 refused\n"
    );
    assert_eq!(out.status.code(), Some(1));
}

#[test]
fn what_is_not_ours_is_named() {
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let out = run(Path::new("/"), &["check", "-"], Some(other));
    let said = "-:1:1: not checked: ConfigMap of v1\n1 file, 1 resource: 0 good, 1 not checked\n";
    assert_eq!((text(&out.stdout).as_str(), out.status.code()), (said, Some(0)));

    for (wrong, said, help) in [
        (
            "apiVersion: sawlog.dev/v1\nkind: LogPipeline\n",
            "1:13: no matches for kind \"LogPipeline\" in version \"sawlog.dev/v1\"",
            "write `apiVersion: sawlog.dev/v1alpha1`",
        ),
        (
            "apiVersion: v1\nkind: LogPipeline\n",
            "1:13: no matches for kind \"LogPipeline\" in version \"v1\"",
            "write `apiVersion: sawlog.dev/v1alpha1`",
        ),
        (
            "apiVersion: sawlog.dev/v1alpha1\nkind: LogPipelines\n",
            "2:7: no matches for kind \"LogPipelines\" in version \"sawlog.dev/v1alpha1\"",
            "did you mean `LogPipeline`?",
        ),
        ("spec: {}\n", "1:1: expected a resource with apiVersion and kind, found no apiVersion", ""),
    ] {
        let out = run(Path::new("/"), &["check", "-"], Some(wrong));
        let lines = text(&out.stdout);
        assert!(lines.starts_with(&format!("-:{said}\n")), "{lines}");
        assert!(lines.contains(help), "{lines}");
        assert_eq!(out.status.code(), Some(1));
    }
}

#[test]
fn an_earlier_state_makes_it_a_change() {
    let with = |partitions: u32| format!("{GOOD}  topic: {{ partitions: {partitions} }}\n");
    let folder = folder(&[("now.yaml", &with(3)), ("was.yaml", &with(12))]);
    let alone = run(folder.path(), &["check", "now.yaml"], None);
    assert_eq!(alone.status.code(), Some(0), "{}", text(&alone.stdout));
    let changed = run(folder.path(), &["check", "now.yaml", "--was", "was.yaml"], None);
    assert_eq!(changed.status.code(), Some(1));
    assert!(text(&changed.stdout).contains("partitions"), "{}", text(&changed.stdout));
    let back = run(folder.path(), &["check", "was.yaml", "--was", "now.yaml"], None);
    assert_eq!(back.status.code(), Some(0), "{}", text(&back.stdout));
}

#[test]
fn programs_get_json() {
    let folder = folder(&[("payments.yaml", BAD)]);
    let out = run(folder.path(), &["check", "--output", "json", "payments.yaml"], None);
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&report["files"], &report["good"], &report["refused"]), (&1.into(), &0.into(), &1.into()));
    let first = &report["problems"][0];
    assert_eq!(first["field"], "spec.durabilty");
    assert_eq!((&first["line"], &first["column"]), (&6.into(), &3.into()));
    assert_eq!(
        (&first["kind"], &first["name"], &first["by"]),
        (&"LogPipeline".into(), &"payments".into(), &"server".into())
    );
    assert_eq!(first["help"], "did you mean `durability`?");
}

#[test]
fn what_cannot_be_read_is_neither_good_nor_refused() {
    let folder = folder(&[("good.yaml", GOOD), ("empty/notes.txt", "")]);
    for arguments in [
        &["check", "good.yaml", "missing.yaml"][..],
        &["check", "good.yaml", "empty"],
        &["check"],
        &["check", "--output", "yaml", "good.yaml"],
    ] {
        let out = run(folder.path(), arguments, None);
        assert_eq!(out.status.code(), Some(2), "{arguments:?}: {}", text(&out.stdout));
    }
    let out = run(folder.path(), &["check", "good.yaml", "missing.yaml"], None);
    assert!(text(&out.stdout).contains("missing.yaml: cannot be read: "), "{}", text(&out.stdout));
    assert!(
        text(&out.stdout).ends_with("1 resource: 1 good; 1 file cannot be read\n"),
        "{}",
        text(&out.stdout)
    );
}

#[test]
fn a_file_cannot_write_to_the_terminal() {
    let evil = "apiVersion: sawlog.dev/v1alpha1\nkind: LogPipeline\nmetadata: {name: a}\nspec: {\"\\e]0;x\\a\": 1}\n";
    let out = run(Path::new("/"), &["check", "-"], Some(evil));
    assert!(!text(&out.stdout).contains(['\u{1b}', '\u{7}']), "{:?}", text(&out.stdout));
    assert_eq!(out.status.code(), Some(1));
}

#[test]
fn fields_are_explained() {
    let explain = |name: &str| text(&run(Path::new("/"), &["explain", name], None).stdout);
    let partitions = explain("lp.spec.topic.partitions");
    assert!(
        partitions.starts_with("GROUP:      sawlog.dev\nKIND:       LogPipeline\nVERSION:    v1alpha1\n")
    );
    for part in ["FIELD: partitions <integer>\n", "LIMITS:\n    at least 1\n", "DESCRIPTION:\n    "] {
        assert!(partitions.contains(part), "{part}\n{partitions}");
    }
    let durability = explain("LOGPIPELINES.spec.durability");
    assert!(durability.contains("ENUM:\n    Standard\n    Audit\n\nDEFAULT: Standard\n"), "{durability}");
    let spec = explain("logindex.spec");
    assert!(spec.contains("FIELDS:\n") && spec.contains("\n  storage\t<Object>\n"), "{spec}");
    let tree = run(Path::new("/"), &["explain", "li", "--recursive"], None);
    assert!(text(&tree.stdout).contains("\n    storage\t<Object>\n      className\t<string>\n"));
    let all = text(&run(Path::new("/"), &["explain"], None).stdout);
    for kind in ["LogPipeline", "LogIndex", "RetentionPolicy", "AlertRule"] {
        assert!(all.contains(kind), "{all}");
    }
}

#[test]
fn what_cannot_be_explained_is_met_with_a_guess() {
    for (name, said) in [
        ("lp.spec.pars", "LogPipeline.spec has no field `pars`; did you mean `parse`?"),
        (
            "lp.spec.partitions",
            "LogPipeline.spec has no field `partitions`; did you mean `LogPipeline.spec.topic.partitions`?",
        ),
        ("logpipline", "there is no kind and no reason `logpipline`; did you mean `logpipeline`?"),
        ("Nonsense", "there is no kind and no reason `Nonsense`"),
    ] {
        let out = run(Path::new("/"), &["explain", name], None);
        assert_eq!(text(&out.stderr), format!("error: {said}\n"));
        assert_eq!(out.status.code(), Some(1));
    }
}
