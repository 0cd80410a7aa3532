//! `make images`: the product's programs as images, without a container engine.
//!
//! ```text
//! PROGRAMS ──▶ cargo build ──▶ program: static? of this machine?
//!     │                           │
//!     ├──▶ layout, settings ──────┴──▶ target/images/sawlog.tar
//!     ├──▶ cli/Dockerfile               the same image, for those who have an engine
//!     ╰──▶ docs/reference/images.md
//! ```
//!
//! One flat table; what is built, the Dockerfiles and the page come from it. The same program at the same commit
//! gives the same bytes. Deliberately absent: pushing to a registry, other machines' architectures, and images
//! that only tests need, which the test ground makes for itself.

pub mod dockerfile;
pub mod page;
pub mod program;

use std::{env, fs, path::PathBuf};

use anyhow::{Context as _, bail};
use sawlog_e2e::image::{Entry, Image, Kind};
use serde_json::json;

use crate::{
    command::{self, Ended},
    tree::Tree,
};

/// A program that is shipped in an image of its own.
pub struct Program {
    /// What it is called; also its path in the image.
    pub name: &'static str,
    /// The workspace's member it is built from.
    pub package: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// The file for those who have a container engine.
    pub dockerfile: &'static str,
}

/// Every program that is shipped. Another one is another row.
pub const PROGRAMS: &[Program] = &[Program {
    name: "sawlog",
    package: "sawlog",
    about: "One command for all of Sawlog",
    dockerfile: "cli/Dockerfile",
}];

/// Nobody in particular, by number, so that Kubernetes can see that it is not root.
pub const USER: &str = "65532:65532";
const PASSWD: &str =
    "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n";
const GROUP: &str = "root:x:0:\nnonroot:x:65532:\n";
/// The version of every program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
const LICENCE: &str = env!("CARGO_PKG_LICENSE");

/// What is to be made, and where.
pub struct Options {
    /// The folder of the archives; below the target folder if nobody says.
    pub out: Option<PathBuf>,
    /// The tag in every image's name.
    pub tag: String,
    /// Cargo's profile.
    pub profile: String,
}

/// Builds all programs and writes their archives; says name, size, digest and place of each.
pub fn run(tree: &Tree, options: &Options) -> anyhow::Result<bool> {
    let folder = match &options.out {
        Some(folder) => folder.clone(),
        None => command::target_folder(tree.root())?.join("images"),
    };
    fs::create_dir_all(&folder).with_context(|| format!("make the folder {}", folder.display()))?;
    build(tree, &options.profile)?;
    let commit = commit(tree);
    for program in PROGRAMS {
        let built = command::program_folder(tree.root())?.with_file_name(&options.profile).join(program.name);
        let bytes = fs::read(&built).with_context(|| format!("read {}", built.display()))?;
        program::check(&bytes).with_context(|| format!("{} is not fit for an image", built.display()))?;
        let name = program.reference(&options.tag);
        let archive = program.image(&name, bytes, &commit).archive()?;
        let place = folder.join(format!("{}.tar", program.name));
        archive.write(&place).with_context(|| format!("write {}", place.display()))?;
        let megabytes = archive.bytes.len() as f64 / 1e6;
        println!("{name}  {megabytes:.1} MB  {}  {}", archive.digest, place.display());
    }
    Ok(true)
}

/// A tag as registries and runtimes allow it.
pub fn tag(text: &str) -> Result<String, String> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
    let begins_well = text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_');
    if begins_well && text.len() <= 128 && text.chars().all(allowed) {
        return Ok(text.to_owned());
    }
    Err("up to 128 letters, digits, `_`, `.` and `-`, of which the last two do not come first".to_owned())
}

impl Program {
    /// Its name with a tag. The host says that it is in no registry; without one, containerd and Docker would
    /// take the same name for different images.
    pub fn reference(&self, tag: &str) -> String {
        format!("localhost/{}:{tag}", self.name)
    }

    /// The image around the built program.
    pub fn image<'a>(&self, name: &'a str, program: Vec<u8>, commit: &str) -> Image<'a> {
        let labels: serde_json::Map<_, _> =
            self.labels(commit).into_iter().map(|(name, value)| (name, json!(value))).collect();
        let run = json!({
            "User": USER,
            "WorkingDir": "/",
            "Entrypoint": [format!("/{}", self.name)],
            "Labels": labels,
        });
        let mut entries = layout();
        entries.push(Entry { path: self.name.to_owned(), mode: 0o755, kind: Kind::File(program) });
        Image { name, entries, run }
    }

    /// What the image says about itself. Nothing about where its source is: that is settled by the first release.
    fn labels(&self, commit: &str) -> Vec<(String, String)> {
        let labels = [
            ("title", self.name),
            ("description", self.about),
            ("version", VERSION),
            ("revision", commit),
            ("licenses", LICENCE),
        ];
        labels.map(|(name, value)| (format!("org.opencontainers.image.{name}"), value.to_owned())).into()
    }
}

/// What every image has besides its program. No list of certificate authorities: no program opens a connection yet,
/// and a list in an image grows old unseen; which authorities to trust will be mounted, or be the program's own.
fn layout() -> Vec<Entry> {
    let file = |path: &str, text: &str| Entry {
        path: path.to_owned(),
        mode: 0o644,
        kind: Kind::File(text.as_bytes().to_vec()),
    };
    let folder = |path: &str, mode| Entry { path: path.to_owned(), mode, kind: Kind::Folder };
    vec![folder("etc", 0o755), file("etc/passwd", PASSWD), file("etc/group", GROUP), folder("tmp", 0o1777)]
}

/// The files that are written by `make docs`.
pub fn generated() -> Vec<(&'static str, String)> {
    let dockerfiles = PROGRAMS.iter().map(|program| (program.dockerfile, dockerfile::of(program)));
    dockerfiles.chain([(page::PATH, page::text())]).collect()
}

fn build(tree: &Tree, profile: &str) -> anyhow::Result<()> {
    let mut build = command::cargo(tree.root())?;
    build.args(["build", "--quiet", "--locked", "--profile", profile]);
    for program in PROGRAMS {
        build.args(["--package", program.package, "--bin", program.name]);
    }
    match command::within(&mut build, None)? {
        Ended::ByItself(status) if status.success() => Ok(()),
        _ => bail!("the programs do not compile"),
    }
}

/// The commit as `sawlog --version` has it.
fn commit(tree: &Tree) -> String {
    let given = env::var("SAWLOG_COMMIT").ok();
    let found = given.or_else(|| tree.git(&["rev-parse", "--short=12", "HEAD"]));
    found.map_or_else(|| "unknown".to_owned(), |commit| commit.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_those_that_everybody_reads() {
        for good in ["1", "0.1.0", "v1.0-rc_1", "_x", &"a".repeat(128)] {
            assert_eq!(tag(good).as_deref(), Ok(good));
        }
        for bad in ["", "-1", ".1", "a b", "a/b", "a:b", "ä", &"a".repeat(129)] {
            assert!(tag(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn programs_are_told_apart_and_their_dockerfiles_lie_in_their_folders() {
        for (place, program) in PROGRAMS.iter().enumerate() {
            assert!(PROGRAMS[..place].iter().all(|other| other.name != program.name), "{}", program.name);
            assert!(program.dockerfile.ends_with("/Dockerfile"), "{}", program.dockerfile);
        }
    }
}
