//! Images without a container engine: files in, an archive out, the same bytes for the same files.
//!
//! ```text
//! Image ──archive──▶ Archive: the bytes, the digest ──write──▶ a file that is there whole or not at all
//! ```
//!
//! The archive is an OCI layout, which containerd and podman take, with the one file more that Docker's own
//! store looks for. What is in it belongs to root, is of no time, and is in the order of its paths, whoever
//! listed it. Nothing is compressed: an archive is made to be loaded on a machine nearby, and the bytes of a
//! compressed one would change with the compressor.
//!
//! Deliberately absent: layers on top of others, several architectures in one archive, registries. Everything is
//! held in memory, twice for a moment, so what is too large is refused.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{self, Write},
    path::{Component, Path},
};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Docker refuses a configuration without a time.
const NO_TIME: &str = "1970-01-01T00:00:00Z";
/// The files of an image together.
const MOST_BYTES: usize = 1 << 30;

/// An image of one layer.
pub struct Image<'a> {
    /// Its name with its tag. With a host in it, as in `localhost/sawlog:1`, everybody reads it the same way.
    pub name: &'a str,
    /// What is in it, in any order. Folders that nobody lists are made.
    pub entries: Vec<Entry>,
    /// How it is run: `Entrypoint`, `User`…, as in an image's configuration.
    pub run: Value,
}

/// Something in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where, without a leading slash.
    pub path: String,
    /// Its permissions.
    pub mode: u32,
    /// What it is.
    pub kind: Kind,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A file with its content.
    File(Vec<u8>),
    /// A symbolic link to somewhere.
    Link(String),
}

/// An image, ready to be loaded.
pub struct Archive {
    /// The archive itself.
    pub bytes: Vec<u8>,
    /// The digest of its manifest, which names it wherever it is loaded.
    pub digest: String,
}

impl Image<'_> {
    /// Makes the archive and puts it into its place, where nobody ever sees half of one.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        self.archive()?.write(path)
    }

    /// Makes the archive.
    pub fn archive(&self) -> io::Result<Archive> {
        let layer = self.layer()?;
        let config = serde_json::to_vec(&json!({
            "architecture": architecture(),
            "os": "linux",
            "created": NO_TIME,
            "config": self.run,
            "rootfs": {"type": "layers", "diff_ids": [digest(&layer)]},
        }))?;
        let manifest = serde_json::to_vec(&json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": described(CONFIG, &config),
            "layers": [described(LAYER, &layer)],
        }))?;
        let mut listed = described(MANIFEST, &manifest);
        listed["platform"] = json!({"architecture": architecture(), "os": "linux"});
        // The first is read by containerd and by Docker on top of it, the second by podman.
        listed["annotations"] = json!({
            "io.containerd.image.name": self.name,
            "org.opencontainers.image.ref.name": self.name,
        });
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [listed]});
        // Docker with a store of its own looks for this instead of the index.
        let for_docker =
            json!([{"Config": blob(&config), "RepoTags": [self.name], "Layers": [blob(&layer)]}]);

        let mut tar = tar::Builder::new(Vec::with_capacity(layer.len() + (1 << 16)));
        put(&mut tar, "oci-layout", 0o644, br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        put(&mut tar, "index.json", 0o644, &serde_json::to_vec(&index)?)?;
        put(&mut tar, "manifest.json", 0o644, &serde_json::to_vec(&for_docker)?)?;
        for content in [&config, &manifest, &layer] {
            put(&mut tar, &blob(content), 0o644, content)?;
        }
        Ok(Archive { bytes: tar.into_inner()?, digest: digest(&manifest) })
    }

    fn layer(&self) -> io::Result<Vec<u8>> {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, entry) in self.in_order()? {
            match entry {
                Some(Entry { mode, kind: Kind::File(bytes), .. }) => put(&mut tar, path, *mode, bytes)?,
                Some(Entry { mode, kind: Kind::Link(target), .. }) => {
                    tar.append_link(&mut header(*mode, 0, tar::EntryType::Symlink), path, target)?;
                }
                Some(Entry { mode, kind: Kind::Folder, .. }) => folder(&mut tar, path, *mode)?,
                None => folder(&mut tar, path, 0o755)?,
            }
        }
        tar.into_inner()
    }

    /// Every path that is in the image, parents before what is in them; nothing for a folder nobody listed.
    fn in_order(&self) -> io::Result<BTreeMap<&str, Option<&Entry>>> {
        let refused = |why: String| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        let mut all: BTreeMap<&str, Option<&Entry>> = BTreeMap::new();
        let mut bytes = 0;
        for entry in &self.entries {
            let path = entry.path.as_str();
            if !is_plain(path) {
                return refused(format!("{}: `{path}` is not the plain path of an entry", self.name));
            }
            if let Kind::File(content) = &entry.kind {
                bytes += content.len();
            }
            if all.insert(path, Some(entry)).flatten().is_some() {
                return refused(format!("{}: {path} is listed twice", self.name));
            }
            for parent in path.match_indices('/').map(|(end, _)| &path[..end]) {
                all.entry(parent).or_default();
            }
        }
        if bytes > MOST_BYTES {
            return refused(format!("{}: {bytes} bytes are more than an image may hold", self.name));
        }
        for (path, entry) in &all {
            let is_folder = entry.is_none_or(|entry| entry.kind == Kind::Folder);
            let inside = format!("{path}/");
            let holds =
                all.range(inside.as_str()..).next().is_some_and(|(next, _)| next.starts_with(&inside));
            if holds && !is_folder {
                return refused(format!("{}: {path} has entries in it and is no folder", self.name));
            }
        }
        Ok(all)
    }
}

impl Archive {
    /// Puts it into its place, where nobody ever sees half of one.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut half = path.to_owned().into_os_string();
        half.push(format!(".{}", std::process::id()));
        let written = fs::write(&half, &self.bytes).and_then(|()| fs::rename(&half, path));
        if written.is_err() {
            let _was_never_there = fs::remove_file(&half);
        }
        written
    }
}

/// Relative, and made of names only.
fn is_plain(path: &str) -> bool {
    let made_of_names = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    made_of_names && path.split('/').all(|name| !name.is_empty() && name != ".")
}

fn folder<W: Write>(tar: &mut tar::Builder<W>, path: &str, mode: u32) -> io::Result<()> {
    tar.append_data(&mut header(mode, 0, tar::EntryType::Directory), format!("{path}/"), io::empty())
}

fn put<W: Write>(tar: &mut tar::Builder<W>, path: &str, mode: u32, bytes: &[u8]) -> io::Result<()> {
    tar.append_data(&mut header(mode, bytes.len() as u64, tar::EntryType::Regular), path, bytes)
}

/// Root's, and of no time: the same files give the same bytes.
fn header(mode: u32, size: u64, kind: tar::EntryType) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

fn described(media: &str, content: &[u8]) -> Value {
    json!({"mediaType": media, "digest": digest(content), "size": content.len()})
}

/// Where in the archive some content is.
fn blob(content: &[u8]) -> String {
    format!("blobs/{}", digest(content).replace(':', "/"))
}

fn digest(content: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(content)))
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("because a string can always be written to");
        text
    })
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn file(path: &str, mode: u32, content: &str) -> Entry {
        Entry { path: path.to_owned(), mode, kind: Kind::File(content.as_bytes().to_vec()) }
    }

    fn image(entries: Vec<Entry>) -> Image<'static> {
        Image { name: "ground.local/hello:1", entries, run: json!({"Cmd": ["/hello"]}) }
    }

    /// What is in an archive: paths with owner, time, permissions, kind and content.
    fn read(archive: &[u8]) -> Vec<(String, String, Vec<u8>)> {
        let mut found = Vec::new();
        for entry in tar::Archive::new(archive).entries().unwrap() {
            let mut entry = entry.unwrap();
            let header = entry.header();
            let link = header.link_name().unwrap().map(|to| format!(" to {}", to.display()));
            let about = format!(
                "{:?} {:o} of {}:{} at {}{}",
                header.entry_type(),
                header.mode().unwrap(),
                header.uid().unwrap(),
                header.gid().unwrap(),
                header.mtime().unwrap(),
                link.unwrap_or_default()
            );
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            found.push((path, about, content));
        }
        found
    }

    fn at<'a>(found: &'a [(String, String, Vec<u8>)], path: &str) -> &'a [u8] {
        &found.iter().find(|(name, ..)| name == path).unwrap().2
    }

    fn parsed(found: &[(String, String, Vec<u8>)], path: &str) -> Value {
        serde_json::from_slice(at(found, path)).unwrap()
    }

    /// The blob that a description names, which is as long as it says and has the digest it says.
    fn blob_of<'a>(found: &'a [(String, String, Vec<u8>)], described: &Value) -> &'a [u8] {
        let name = described["digest"].as_str().unwrap();
        let content = at(found, &format!("blobs/{}", name.replace(':', "/")));
        assert_eq!((described["size"].as_u64().unwrap(), name), (content.len() as u64, &*digest(content)));
        content
    }

    #[test]
    fn an_archive_reads_back_by_following_its_digests() {
        let link = Entry { path: "bin/hi".to_owned(), mode: 0o777, kind: Kind::Link("../hello".to_owned()) };
        let tmp = Entry { path: "tmp".to_owned(), mode: 0o1777, kind: Kind::Folder };
        let archive = image(vec![tmp, link, file("hello", 0o755, "hello")]).archive().unwrap();
        let found = read(&archive.bytes);
        assert_eq!(at(&found, "oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#);

        let index = parsed(&found, "index.json");
        let listed = &index["manifests"][0];
        assert_eq!(listed["digest"], archive.digest);
        assert_eq!(listed["annotations"]["io.containerd.image.name"], "ground.local/hello:1");
        let manifest: Value = serde_json::from_slice(blob_of(&found, listed)).unwrap();
        let config: Value = serde_json::from_slice(blob_of(&found, &manifest["config"])).unwrap();
        let layer = blob_of(&found, &manifest["layers"][0]);
        let media = [&index, listed, &manifest["config"], &manifest["layers"][0]].map(|it| &it["mediaType"]);
        assert_eq!(media, [INDEX, MANIFEST, CONFIG, LAYER]);
        assert_eq!(config["rootfs"]["diff_ids"], json!([digest(layer)]));
        assert_eq!((&config["config"]["Cmd"][0], &config["created"]), (&json!("/hello"), &json!(NO_TIME)));

        let inside: Vec<String> = read(layer)
            .into_iter()
            .map(|(path, about, content)| format!("{path} {about} {}", content.len()))
            .collect();
        assert_eq!(
            inside,
            [
                "bin/ Directory 755 of 0:0 at 0 0",
                "bin/hi Symlink 777 of 0:0 at 0 to ../hello 0",
                "hello Regular 755 of 0:0 at 0 5",
                "tmp/ Directory 1777 of 0:0 at 0 0",
            ]
        );

        let docker = parsed(&found, "manifest.json");
        assert_eq!(docker[0]["RepoTags"], json!(["ground.local/hello:1"]));
        assert_eq!(at(&found, docker[0]["Config"].as_str().unwrap()), blob_of(&found, &manifest["config"]));
        assert_eq!(at(&found, docker[0]["Layers"][0].as_str().unwrap()), layer);
    }

    #[test]
    fn the_same_files_give_the_same_bytes_wherever_and_in_whatever_order() {
        let entries = vec![file("hello", 0o755, "hello"), file("etc/deep/er", 0o600, "")];
        let turned = entries.iter().rev().cloned().collect();
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let archives: Vec<_> = [entries, turned]
            .into_iter()
            .zip(&folders)
            .map(|(entries, folder)| {
                let path = folder.path().join("hello.tar");
                image(entries).write(&path).unwrap();
                assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no half archive is left");
                fs::read(path).unwrap()
            })
            .collect();
        assert_eq!(archives[0], archives[1]);
        let other = image(vec![file("hello", 0o755, "hullo")]).archive().unwrap();
        assert_ne!(archives[0], other.bytes);
    }

    #[test]
    fn what_makes_no_image_is_refused() {
        let refused = |entries| image(entries).archive().err().map(|error| error.to_string());
        for path in ["", "/hello", "../hello", "a/../hello", "./hello", "a//b", "a/"] {
            let said = refused(vec![file(path, 0o644, "")]);
            assert_eq!(
                said,
                Some(format!("ground.local/hello:1: `{path}` is not the plain path of an entry"))
            );
        }
        let twice = vec![file("hello", 0o644, "one"), file("hello", 0o644, "two")];
        assert_eq!(refused(twice).unwrap(), "ground.local/hello:1: hello is listed twice");
        // What lies between the two in order must not hide that one is in the other.
        let inside = vec![file("a", 0o644, ""), file("a-b", 0o644, ""), file("a/b", 0o644, "")];
        assert_eq!(refused(inside).unwrap(), "ground.local/hello:1: a has entries in it and is no folder");
    }

    #[test]
    fn an_archive_that_cannot_be_written_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("hello.tar")).unwrap();
        assert!(image(Vec::new()).write(&folder.path().join("hello.tar")).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
