//! Which names there are: what is seen, and what a loss of power leaves.
//!
//! A change of names is whole or not at all, a rename too; changes of a folder that was not synced are kept or lost
//! each by itself.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use super::chance::Chance;

/// A file's number, the same under every name.
pub(super) type Number = u64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    Folder,
    File(Number),
}

#[derive(Debug, Clone)]
enum Change {
    Add { path: PathBuf, node: Node },
    Rename { from: PathBuf, to: PathBuf, number: Number },
    Remove { path: PathBuf },
}

type Nodes = BTreeMap<PathBuf, Node>;

#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    seen: Nodes,
    kept: Nodes,
    /// Changes since the last sync, by folder, oldest first.
    unsynced: BTreeMap<PathBuf, Vec<Change>>,
}

impl Names {
    pub(super) fn create_folder(&mut self, folder: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !is_top(folder)).collect();
        for folder in missing.into_iter().rev() {
            match self.seen.get(folder) {
                Some(Node::Folder) => {}
                Some(Node::File(_)) => return Err(io::ErrorKind::AlreadyExists.into()),
                None => self.change(folder, Change::Add { path: folder.to_path_buf(), node: Node::Folder }),
            }
        }
        Ok(())
    }

    pub(super) fn is_folder(&self, path: &Path) -> bool {
        is_top(path) || self.seen.get(path) == Some(&Node::Folder)
    }

    pub(super) fn file(&self, path: &Path) -> io::Result<Number> {
        match self.seen.get(path) {
            Some(Node::File(number)) => Ok(*number),
            Some(Node::Folder) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    pub(super) fn within(&self, folder: &Path) -> impl Iterator<Item = (&PathBuf, Node)> {
        self.seen
            .iter()
            .filter(move |(path, _)| path.parent() == Some(folder))
            .map(|(path, node)| (path, *node))
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&PathBuf, Number)> {
        self.seen.iter().filter_map(|(path, node)| match node {
            Node::File(number) => Some((path, *number)),
            Node::Folder => None,
        })
    }

    /// Whether a file has a name, or may have one again after a loss of power.
    pub(super) fn is_named(&self, number: Number) -> bool {
        let node = Node::File(number);
        let waits = |change: &Change| matches!(change, Change::Add { node: added, .. } if *added == node);
        self.seen.values().chain(self.kept.values()).any(|named| *named == node)
            || self.unsynced.values().flatten().any(waits)
    }

    pub(super) fn add(&mut self, path: &Path, number: Number) -> io::Result<()> {
        if self.seen.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if !path.parent().is_some_and(|folder| self.is_folder(folder)) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.change(path, Change::Add { path: path.to_path_buf(), node: Node::File(number) });
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let number = self.file(from)?;
        if from.parent() != to.parent() || self.is_folder(to) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let change = Change::Rename { from: from.to_path_buf(), to: to.to_path_buf(), number };
        self.change(to, change);
        Ok(())
    }

    pub(super) fn remove_file(&mut self, path: &Path) -> io::Result<()> {
        self.file(path)?;
        self.change(path, Change::Remove { path: path.to_path_buf() });
        Ok(())
    }

    pub(super) fn remove_folder(&mut self, folder: &Path) -> io::Result<()> {
        if !self.seen.contains_key(folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        if !self.is_folder(folder) {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        // Deepest first, as it is done one by one.
        let within: Vec<PathBuf> =
            self.seen.keys().filter(|path| path.starts_with(folder)).cloned().collect();
        for path in within.into_iter().rev() {
            self.change(&path, Change::Remove { path: path.clone() });
        }
        Ok(())
    }

    pub(super) fn sync(&mut self, folder: &Path) -> io::Result<()> {
        if !self.is_folder(folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        for change in self.unsynced.remove(folder).unwrap_or_default() {
            apply(&mut self.kept, change);
        }
        Ok(())
    }

    /// Each change since the last sync is kept or lost.
    pub(super) fn lose_power(&mut self, chance: &mut Chance) {
        for changes in std::mem::take(&mut self.unsynced).into_values() {
            let of_four = chance.below(5);
            for change in changes {
                if chance.below(4) < of_four {
                    apply(&mut self.kept, change);
                }
            }
        }
        let lost = |kept: &Nodes, path: &Path| {
            path.ancestors().skip(1).any(|above| !is_top(above) && kept.get(above) != Some(&Node::Folder))
        };
        let orphans: Vec<PathBuf> = self.kept.keys().filter(|path| lost(&self.kept, path)).cloned().collect();
        for path in orphans {
            self.kept.remove(&path);
        }
        self.seen.clone_from(&self.kept);
    }

    /// As if every change had been synced.
    pub(super) fn keep(&mut self) {
        self.unsynced.clear();
        self.kept.clone_from(&self.seen);
    }

    fn change(&mut self, path: &Path, change: Change) {
        apply(&mut self.seen, change.clone());
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        self.unsynced.entry(folder).or_default().push(change);
    }
}

fn apply(nodes: &mut Nodes, change: Change) {
    match change {
        Change::Add { path, node } => _ = nodes.insert(path, node),
        Change::Rename { from, to, number } => {
            if nodes.get(&from) == Some(&Node::File(number)) {
                nodes.remove(&from);
            }
            nodes.insert(to, Node::File(number));
        }
        // A folder goes with all in it, lest that comes back in a new folder of the same name.
        Change::Remove { path } if nodes.get(&path) == Some(&Node::Folder) => {
            nodes.retain(|within, _| !within.starts_with(&path));
        }
        Change::Remove { path } => _ = nodes.remove(&path),
    }
}

/// The top is always there, and nobody makes it.
fn is_top(path: &Path) -> bool {
    path.parent().is_none()
}
