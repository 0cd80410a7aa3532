//! Images without a container engine: files in, an OCI archive out, the same bytes for the same files.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Write},
    path::Path,
};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// An image of one layer.
pub struct Image<'a> {
    /// Its name with its tag.
    pub name: &'a str,
    /// What is in it.
    pub entries: Vec<Entry>,
    /// How it is run: `Entrypoint`, `User`…, as in an image's configuration.
    pub run: Value,
}

/// Something in an image.
pub struct Entry {
    /// Where, without a leading slash.
    pub path: String,
    /// Its permissions.
    pub mode: u32,
    /// What it is.
    pub kind: Kind,
}

/// What an entry is.
pub enum Kind {
    /// A folder.
    Folder,
    /// A file with its content.
    File(Vec<u8>),
    /// A symbolic link to somewhere.
    Link(String),
}

impl Image<'_> {
    /// Writes the archive that `ctr images import` takes.
    pub fn write(&self, archive: &Path) -> io::Result<()> {
        let layer = self.layer()?;
        let layer_digest = digest(&layer);
        let config = serde_json::to_vec(&json!({
            "architecture": architecture(),
            "os": "linux",
            "config": self.run,
            "rootfs": {"type": "layers", "diff_ids": [layer_digest]},
        }))?;
        let manifest = serde_json::to_vec(&json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": described("application/vnd.oci.image.config.v1+json", &config),
            "layers": [described("application/vnd.oci.image.layer.v1.tar", &layer)],
        }))?;
        let mut index = described("application/vnd.oci.image.manifest.v1+json", &manifest);
        index["annotations"] = json!({"io.containerd.image.name": self.name});
        index["platform"] = json!({"architecture": architecture(), "os": "linux"});
        let index = serde_json::to_vec(&json!({"schemaVersion": 2, "manifests": [index]}))?;

        let mut tar = tar::Builder::new(File::create(archive)?);
        put(&mut tar, "oci-layout", 0o644, br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        put(&mut tar, "index.json", 0o644, &index)?;
        for blob in [&layer, &config, &manifest] {
            let name = digest(blob).replace(':', "/");
            put(&mut tar, &format!("blobs/{name}"), 0o644, blob)?;
        }
        tar.into_inner()?.flush()
    }

    fn layer(&self) -> io::Result<Vec<u8>> {
        let mut tar = tar::Builder::new(Vec::new());
        for entry in &self.entries {
            match &entry.kind {
                Kind::File(bytes) => put(&mut tar, &entry.path, entry.mode, bytes)?,
                Kind::Folder => {
                    let mut header = header(entry.mode, 0, tar::EntryType::Directory);
                    tar.append_data(&mut header, &entry.path, io::empty())?;
                }
                Kind::Link(target) => {
                    let mut header = header(entry.mode, 0, tar::EntryType::Symlink);
                    tar.append_link(&mut header, &entry.path, target)?;
                }
            }
        }
        tar.into_inner()
    }
}

fn put<W: Write>(tar: &mut tar::Builder<W>, path: &str, mode: u32, bytes: &[u8]) -> io::Result<()> {
    tar.append_data(&mut header(mode, bytes.len() as u64, tar::EntryType::Regular), path, bytes)
}

/// Nobody's, and of no time: the same files give the same bytes.
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

fn described(media: &str, blob: &[u8]) -> Value {
    json!({"mediaType": media, "digest": digest(blob), "size": blob.len()})
}

fn digest(blob: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(blob)))
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
    use super::*;

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let archives = ["one", "other"].map(|name| {
            let file = Entry { path: "hello".to_owned(), mode: 0o755, kind: Kind::File(b"hello".to_vec()) };
            let image =
                Image { name: "ground.local/hello:1", entries: vec![file], run: json!({"Cmd": ["/hello"]}) };
            let path = folder.path().join(name);
            image.write(&path).unwrap();
            std::fs::read(path).unwrap()
        });
        assert_eq!(archives[0], archives[1]);
    }
}
