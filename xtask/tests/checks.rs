//! The checks themselves: each refuses a tree with one slip, and passes the repaired tree.

#![allow(clippy::unwrap_used, reason = "tests may; clippy.toml only knows functions marked as tests")]

mod fixture;

use fixture::Fixture;
use xtask::{generated, soak, tree::Tree};

/// A package that may be linted and formatted, without dependencies.
fn package(library: &str) -> Fixture {
    let fixture = Fixture::new();
    fixture.write(
        "Cargo.toml",
        &manifest("fixture", "0.1.0", "Apache-2.0", "[workspace]\n\n[profile.ci]\ninherits = \"dev\"\n"),
    );
    fixture.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"fixture\"\nversion = \"0.1.0\"\n");
    fixture.write("src/lib.rs", library);
    fixture
}

fn manifest(name: &str, version: &str, licence: &str, rest: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\nlicense = \"{licence}\"\npublish = false\n\n{rest}"
    )
}

/// A package that depends on others beside it, each `(folder, name, version, licence)`, under the
/// project's own deny.toml.
fn depends_on(packages: &[(&str, &str, &str, &str)]) -> Fixture {
    let fixture = Fixture::new();
    fixture.copy("deny.toml").write("src/lib.rs", "");
    // Members of one workspace could not share a name.
    let folders: Vec<&str> = packages.iter().map(|package| package.0).collect();
    let mut dependencies = format!("[workspace]\nexclude = {folders:?}\n\n[dependencies]\n");
    for (folder, name, version, licence) in packages {
        fixture.write(&format!("{folder}/Cargo.toml"), &manifest(name, version, licence, ""));
        fixture.write(&format!("{folder}/src/lib.rs"), "");
        let line = format!("{folder} = {{ package = \"{name}\", path = \"{folder}\" }}\n");
        dependencies.push_str(&line);
    }
    fixture.write("Cargo.toml", &manifest("fixture", "0.1.0", "Apache-2.0", &dependencies));
    let made = fixture.run(std::process::Command::new("cargo").args(["generate-lockfile", "--offline"]));
    assert_eq!(made.code, Some(0), "{made:?}");
    fixture
}

#[test]
fn format_refuses_what_rustfmt_would_change() {
    package("//! Nothing.\nfn  nothing( ) { }\n")
        .check("format")
        .refuses(&["src/lib.rs:", "cargo fmt --all"]);
    package("//! Nothing.\n").check("format").passes();
}

#[test]
fn lint_refuses_a_warning_of_clippy() {
    let slip = "//! Nothing.\n/// Is it?\npub fn is(yes: bool) -> bool {\n    yes == true\n}\n";
    package(slip).check("lint").refuses(&["src/lib.rs:4", "bool_comparison"]);
    package(&slip.replace(" == true", "")).check("lint").passes();
}

#[test]
fn scripts_refuses_what_shellcheck_warns_about() {
    let fixture = Fixture::new();
    fixture.write("tool", "#!/usr/bin/env bash\nrm -r $1\n");
    fixture.check("scripts").refuses(&["tool:2", "SC2086"]);
    fixture.write("tool", "#!/usr/bin/env bash\nrm -r \"$1\"\n");
    fixture.check("scripts").passes();
}

#[test]
fn dependencies_refuses_a_licence_that_is_not_allowed() {
    depends_on(&[("one", "one", "0.1.0", "GPL-3.0-only")]).check("dependencies").refuses(&["GPL-3.0-only"]);
    depends_on(&[("one", "one", "0.1.0", "MIT")]).check("dependencies").passes();
}

#[test]
fn dependencies_refuses_two_versions_of_what_must_be_one() {
    for name in ["zstd-sys", "arrow", "rustls"] {
        let twice = depends_on(&[("old", name, "1.0.0", "MIT"), ("new", name, "2.0.0", "MIT")]);
        twice.check("dependencies").refuses(&[name]);
        depends_on(&[("new", name, "2.0.0", "MIT")]).check("dependencies").passes();
    }
    // Of anything else two versions are only bad manners.
    depends_on(&[("old", "other", "1.0.0", "MIT"), ("new", "other", "2.0.0", "MIT")])
        .check("dependencies")
        .passes();
}

#[test]
fn dependencies_refuses_a_wildcard() {
    let fixture = depends_on(&[]);
    let manifest_of = |wanted: &str| {
        manifest(
            "fixture",
            "0.1.0",
            "Apache-2.0",
            &format!("[workspace]\n\n[dependencies]\nanyhow = \"{wanted}\"\n"),
        )
    };
    for (wanted, code) in [("*", 1), ("1.0", 0)] {
        fixture.write("Cargo.toml", &manifest_of(wanted));
        fixture.run(std::process::Command::new("cargo").args(["generate-lockfile", "--offline"]));
        let outcome = fixture.check("dependencies");
        assert_eq!(outcome.code, Some(code), "{outcome:?}");
    }
}

#[test]
fn generated_refuses_a_stale_file() {
    let fixture = Fixture::new();
    let tree = Tree::at(Some(fixture.root())).unwrap();
    let expected = [("docs/reference.md", "one\ntwo\n".to_owned())];
    assert_eq!(generated::stale(&tree, &expected), ["docs/reference.md: missing: run `make docs`"]);
    fixture.write("docs/reference.md", "one\nold\n");
    assert_eq!(
        generated::stale(&tree, &expected),
        ["docs/reference.md:2: not what its program says: run `make docs`"]
    );
    fixture.write("docs/reference.md", "one\ntwo\n");
    assert!(generated::stale(&tree, &expected).is_empty());
}

#[test]
fn generated_runs_the_program_and_refuses_what_differs() {
    let fixture = Fixture::new();
    let rest = "[workspace]\nmembers = [\"crds\"]\n\n[profile.ci]\ninherits = \"dev\"\n";
    fixture.write("Cargo.toml", &manifest("sawlog", "0.1.0", "Apache-2.0", rest));
    fixture.write("src/main.rs", "fn main() {\n    println!(\"{}\", std::env::args().nth(2).unwrap());\n}\n");
    fixture.write("crds/Cargo.toml", &manifest("sawlog-crds", "0.1.0", "Apache-2.0", ""));
    let echo = "fn main() {\n    println!(\"{}\", std::env::args().nth(1).unwrap());\n}\n";
    fixture.write("crds/src/bin/generate-crds.rs", echo);
    for kind in ["logpipelines", "logindexes", "retentionpolicies", "alertrules"] {
        let path = format!("config/crd/{kind}.yaml");
        fixture.write(&path, &format!("{path}\n"));
    }
    for page in ["docs/reference/resources.md", "docs/reference/reasons.md"] {
        fixture.write(page, &format!("{page}\n"));
    }
    fixture.run(std::process::Command::new("cargo").args(["generate-lockfile", "--offline"]));
    fixture.write("docs/man/sawlog.1", "man\n");
    fixture.write("docs/reference/broker.md", "broker\n");
    fixture.copy("cli/Dockerfile").copy("docs/reference/images.md");
    fixture.write("docs/reference/cli.md", "an older text\n");
    fixture.check("generated").refuses(&["docs/reference/cli.md:1: not what its program says"]);
    fixture.write("docs/reference/cli.md", "reference\n");
    let outcome = fixture.check("generated");
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

#[test]
fn links_refuses_a_link_and_an_anchor_that_lead_nowhere() {
    let fixture = Fixture::new();
    fixture.write("docs/guide.md", "# Guide\n\n## Where it ends\n");
    fixture
        .write("README.md", "# It\n\n[gone](docs/gone.md)\n\n[end](docs/guide.md#the-end) [up](../up.md)\n");
    fixture.check("links").refuses(&[
        "README.md:3: docs/gone.md",
        "README.md:5: docs/guide.md#the-end",
        "README.md:5: ../up.md",
    ]);
    let repaired = "# It\n\n[guide](docs/guide.md) [folder](docs) [web](https://example.invalid/x)\n\n[end](docs/guide.md#where-it-ends) [here](#it)\n\n`[code](gone.md)`\n";
    fixture.write("README.md", repaired);
    fixture.check("links").passes();
}

#[test]
fn size_refuses_a_long_file_without_its_tests() {
    let lines = |count| "// a line\n".repeat(count);
    let fixture = Fixture::new();
    fixture.write("src/long.rs", &lines(601)).check("size").refuses(&["src/long.rs:601"]);
    fixture.write("src/long.rs", &lines(600)).check("size").passes();
    fixture.write("src/long.rs", &format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", lines(500), lines(198)));
    fixture.check("size").passes();
    fixture.write("tests/long.rs", &lines(700)).check("size").passes();
}

#[test]
fn soak_warns_about_a_stale_page_and_does_not_refuse() {
    let fixture = Fixture::new();
    fixture.write("fleet/src/lib.rs", "//! One.\n").write("bench/src/lib.rs", "//! Two.\n");
    let tree = Tree::at(Some(fixture.root())).unwrap();
    let page = || {
        let rows = soak::CLAIMS.iter().map(|claim| soak::Row {
            claim: claim.claim.into(),
            rounds: "rounds 9 of 9".into(),
            result: "holds".into(),
            seed: "7".into(),
            commit: "0123456789ab".into(),
            date: "2026-01-02".into(),
            hash: soak::hash(&tree, claim.covers).unwrap(),
        });
        soak::page(&rows.collect::<Vec<_>>())
    };
    fixture.write("docs/soak.md", &page());
    let fresh = fixture.check("soak");
    fresh.passes();
    assert!(!fresh.stdout.contains("warning"), "{fresh:?}");

    fixture.write("fleet/src/lib.rs", "//! Changed.\n");
    let stale = fixture.check("soak");
    stale.passes();
    let touched = soak::CLAIMS.iter().filter(|claim| claim.covers.contains(&"fleet")).count();
    assert!(0 < touched && touched < soak::CLAIMS.len(), "one claim has to stay fresh");
    assert_eq!(stale.stdout.matches("is older than the files it covers").count(), touched, "{stale:?}");
}

#[test]
fn the_page_does_not_count_among_what_it_covers() {
    let fixture = Fixture::new();
    fixture.write("docs/soak.md", "before");
    let tree = Tree::at(Some(fixture.root())).unwrap();
    let before = soak::hash(&tree, &["docs"]).unwrap();
    fixture.write("docs/soak.md", "after");
    assert_eq!(soak::hash(&tree, &["docs"]).unwrap(), before);
}

#[test]
fn the_checked_in_page_is_what_a_soak_writes() {
    let page = std::fs::read_to_string(fixture::project().join(soak::PAGE)).unwrap();
    assert_eq!(soak::page(&soak::parse(&page)), page, "docs/soak.md was edited by hand");
}
