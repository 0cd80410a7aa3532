//! The tree of files that is judged.
//!
//! A tree is what Git would hand on: tracked files and those that could be added, ignored ones left out.
//! Without Git it is every file below the root except build output. Paths are relative to the root, sorted,
//! with `/`. Reads only; nothing here knows what a check wants.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

/// A folder, and the files in it that count.
#[derive(Debug, Clone)]
pub struct Tree {
    root: PathBuf,
}

impl Tree {
    /// The tree at `root`, or the workspace around the current folder.
    pub fn at(root: Option<PathBuf>) -> anyhow::Result<Self> {
        let root = match root {
            Some(root) => root,
            None => workspace()?,
        };
        let root = root.canonicalize().with_context(|| format!("no folder {}", root.display()))?;
        Ok(Self { root })
    }

    /// The folder itself, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every file that counts.
    pub fn files(&self) -> anyhow::Result<BTreeSet<String>> {
        let listed = self.git(&["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let files: BTreeSet<String> = listed
            .unwrap_or_default()
            .split('\0')
            .filter(|path| !path.is_empty() && self.root.join(path).is_file())
            .map(String::from)
            .collect();
        // An empty list: no repository here, or a folder that a repository around it ignores.
        if files.is_empty() { self.walk() } else { Ok(files) }
    }

    /// The files whose names end in `.extension`.
    pub fn files_with(&self, extension: &str) -> anyhow::Result<Vec<String>> {
        let wanted = |path: &String| Path::new(path).extension().is_some_and(|found| found == extension);
        Ok(self.files()?.into_iter().filter(wanted).collect())
    }

    /// A file's text.
    pub fn read(&self, path: &str) -> anyhow::Result<String> {
        fs::read_to_string(self.root.join(path)).with_context(|| format!("read {path}"))
    }

    /// What Git answers, or nothing where there is no repository.
    ///
    /// The folder's owner does not matter: nothing of it is run, and a gate often runs as someone else.
    pub fn git(&self, arguments: &[&str]) -> Option<String> {
        let mut git = Command::new("git");
        git.args(["-c", "safe.directory=*", "-C"]).arg(&self.root).args(arguments);
        for inherited in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
            git.env_remove(inherited);
        }
        let output = git.output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    }

    fn walk(&self) -> anyhow::Result<BTreeSet<String>> {
        let mut files = BTreeSet::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).with_context(|| format!("list {}", folder.display()))? {
                let path = entry?.path();
                let output = path.file_name().is_some_and(|name| name == "target" || name == ".git");
                if path.is_dir() && !path.is_symlink() && !output {
                    folders.push(path);
                } else if path.is_file() {
                    let relative = path.strip_prefix(&self.root).context("outside of the tree")?;
                    files.insert(relative.to_string_lossy().into_owned());
                }
            }
        }
        Ok(files)
    }
}

fn workspace() -> anyhow::Result<PathBuf> {
    let here = env::current_dir()?;
    let is_workspace = |folder: &&Path| {
        fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|text| text.contains("[workspace]"))
    };
    match here.ancestors().find(is_workspace) {
        Some(folder) => Ok(folder.to_path_buf()),
        None => bail!("no Cargo workspace around {}: run this inside the checkout", here.display()),
    }
}
