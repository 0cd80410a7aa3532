use std::{
    io::{self, IoSlice},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::{FRAME_HEADER, HEADER, Journal, JournalError, Repair};
use crate::disk::{Disk, DiskFile, DiskLock, Entry, LocalDisk, Opening};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Word {
    word: String,
}

fn words(all: &[&str]) -> Vec<Word> {
    all.iter().map(|word| Word { word: (*word).to_owned() }).collect()
}

type Opened = (Journal<Word>, Vec<Word>, Repair);

fn open(path: &Path) -> Result<Opened, JournalError> {
    Journal::open(Arc::new(LocalDisk), path)
}

/// A folder and the path of a journal in it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.journal");
    (folder, path)
}

/// How long the frames of `filled` are that were appended.
const FRAME_C: usize = FRAME_HEADER + r#"{"word":"c"}."#.len();
const FRAME_D_E: usize = FRAME_HEADER + r#"{"word":"d"}.{"word":"e"}."#.len();

/// A journal with a snapshot of `a` and `b`, and two appends: `c`, and `d` with `e`.
fn filled(path: &Path) -> Vec<Word> {
    let (mut journal, _, _) = open(path).unwrap();
    journal.append(&words(&["old"])).unwrap();
    journal.replace_with(words(&["a", "b"])).unwrap();
    journal.append(&words(&["c"])).unwrap();
    journal.append(&words(&["d", "e"])).unwrap();
    words(&["a", "b", "c", "d", "e"])
}

#[test]
fn entries_come_back_in_order() {
    let (_folder, path) = place();
    let entries = filled(&path);
    let (mut journal, read, repair) = open(&path).unwrap();
    assert_eq!((read, repair), (entries.clone(), Repair::default()));
    assert_eq!(journal.bytes(), std::fs::metadata(&path).unwrap().len());
    journal.append(&[]).unwrap();
    journal.append(&words(&["f"])).unwrap();
    drop(journal);
    assert_eq!(open(&path).unwrap().1, [entries, words(&["f"])].concat());
}

#[test]
fn a_snapshot_takes_the_place_of_everything() {
    let (_folder, path) = place();
    let (mut journal, _, _) = open(&path).unwrap();
    for _ in 0..100 {
        journal.append(&words(&["again"])).unwrap();
    }
    let before = journal.bytes();
    journal.replace_with(words(&["once"])).unwrap();
    assert!(journal.bytes() < before / 10);
    assert_eq!(journal.appended_bytes(), 0);
    drop(journal);
    assert_eq!(open(&path).unwrap().1, words(&["once"]));
}

#[test]
fn a_large_snapshot_is_many_frames() {
    let (_folder, path) = place();
    let (mut journal, _, _) = open(&path).unwrap();
    let many: Vec<Word> = (0..3000).map(|n| Word { word: format!("{n:01000}") }).collect();
    journal.replace_with(&many).unwrap();
    drop(journal);
    assert_eq!(open(&path).unwrap().1, many);
}

#[test]
fn wherever_the_file_is_cut_only_the_last_append_is_lost_and_the_loss_is_counted() {
    let (_folder, path) = place();
    let entries = filled(&path);
    let whole = std::fs::read(&path).unwrap();
    let appended = whole.len() - FRAME_C - FRAME_D_E;
    for cut in 0..whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        match open(&path) {
            Err(JournalError::Header { .. }) => assert!(cut < HEADER, "{cut}"),
            Err(JournalError::Damaged { position, .. }) => {
                assert!((HEADER..appended).contains(&cut), "{cut}");
                assert_eq!(position, cut as u64);
            }
            Err(other) => panic!("{cut}: {other}"),
            Ok((journal, read, repair)) => {
                assert!(cut >= appended, "{cut}");
                assert!(read.len() >= 2 && entries.starts_with(&read) && read.len() != 4, "{cut}");
                assert_eq!(journal.bytes() + repair.cut_bytes, cut as u64);
                assert_eq!(std::fs::metadata(&path).unwrap().len(), journal.bytes());
            }
        }
    }
}

#[test]
fn a_flipped_bit_is_an_error_that_names_the_place_or_costs_the_last_append() {
    let (_folder, path) = place();
    let entries = filled(&path);
    let whole = std::fs::read(&path).unwrap();
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, &flipped).unwrap();
        let last = whole.len() - FRAME_D_E;
        match open(&path) {
            Err(JournalError::Header { .. }) => assert!(bit / 8 < HEADER),
            Err(JournalError::Damaged { position, .. }) => {
                let position = usize::try_from(position).unwrap();
                assert!((HEADER..last).contains(&(bit / 8)) && position <= bit / 8, "{bit}");
                assert_eq!(std::fs::read(&path).unwrap(), flipped, "an error changes nothing");
            }
            Err(other) => panic!("{bit}: {other}"),
            Ok((_, read, repair)) => {
                assert!(bit / 8 >= last, "{bit}");
                assert_eq!((read, repair.cut_bytes), (entries[..3].to_vec(), FRAME_D_E as u64));
            }
        }
    }
}

#[test]
fn zeros_behind_the_last_append_are_cut() {
    let (_folder, path) = place();
    let entries = filled(&path);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, [&whole[..], &[0; 5000]].concat()).unwrap();
    let (_, read, repair) = open(&path).unwrap();
    assert_eq!((read, repair.cut_bytes), (entries, 5000));
}

#[test]
fn another_kind_of_entry_or_file_is_refused() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Number {
        number: u32,
    }
    let (_folder, path) = place();
    filled(&path);
    let error = Journal::<Number>::open(Arc::new(LocalDisk), &path).unwrap_err();
    assert!(matches!(error, JournalError::Entry { position: 20, .. }), "{error}");
    for other in [&b""[..], b"{}\n", b"SAWJRNL1 and then something else"] {
        std::fs::write(&path, other).unwrap();
        assert!(matches!(open(&path).unwrap_err(), JournalError::Header { .. }));
    }
}

#[test]
fn after_a_failed_write_only_opening_again_helps() {
    let (_folder, path) = place();
    let entries = filled(&path);
    let disk = Faulty::default();
    let (mut journal, ..) = Journal::<Word>::open(Arc::new(disk.clone()), &path).unwrap();
    disk.0.lock().unwrap().room = Some(15);
    assert!(matches!(journal.append(&words(&["lost"])).unwrap_err(), JournalError::Write { .. }));
    disk.0.lock().unwrap().room = None;
    assert!(matches!(journal.append(&words(&["lost"])).unwrap_err(), JournalError::Broken { .. }));
    assert!(matches!(journal.replace_with(words(&["lost"])).unwrap_err(), JournalError::Broken { .. }));
    assert!(journal.is_broken());
    drop(journal);
    let (_, read, repair) = open(&path).unwrap();
    assert_eq!((read, repair.cut_bytes), (entries, 15));
}

#[test]
fn what_a_failed_sync_left_is_written_and_synced_before_it_is_believed() {
    let (_folder, path) = place();
    filled(&path);
    let disk = Faulty::default();
    let opened = || Journal::<Word>::open(Arc::new(disk.clone()), &path);
    let (mut journal, ..) = opened().unwrap();
    let start = journal.bytes();
    disk.0.lock().unwrap().syncs_fail = true;
    assert!(matches!(journal.append(&words(&["unsure"])).unwrap_err(), JournalError::Write { .. }));
    assert!(matches!(opened().unwrap_err(), JournalError::Write { .. }), "it cannot be synced yet");

    *disk.0.lock().unwrap() = Faults::default();
    let (journal, read, _) = opened().unwrap();
    assert_eq!(read.last(), words(&["unsure"]).last());
    let frame = usize::try_from(journal.bytes() - start).unwrap();
    assert_eq!(disk.0.lock().unwrap().did, [Did::Wrote(start, frame), Did::Synced, Did::SyncedFolder]);
}

#[test]
fn a_failed_snapshot_leaves_the_old_entries_or_the_new_ones() {
    let (_folder, path) = place();
    let entries = filled(&path);
    for room in [0, 10, 30] {
        let disk = Faulty::default();
        let (mut journal, ..) = Journal::<Word>::open(Arc::new(disk.clone()), &path).unwrap();
        disk.0.lock().unwrap().room = Some(room);
        assert!(matches!(journal.replace_with(words(&["new"])).unwrap_err(), JournalError::Write { .. }));
        assert!(journal.is_broken());
        assert_eq!(open(&path).unwrap().1, entries);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever fails, a journal holds all that it said it holds, and of one append more all or nothing.
    #[test]
    fn nothing_said_to_be_there_is_lost(
        steps in prop::collection::vec((0..3_u8, 1..4_usize, prop::option::weighted(0.3, 0..80_usize)), 1..30),
        short in 1..40_usize,
    ) {
        let (_folder, path) = place();
        let disk = Faulty::default();
        let opened = || Journal::<Word>::open(Arc::new(disk.clone()), &path).unwrap();
        let (mut journal, ..) = opened();
        let mut said = Vec::new();
        for (n, (kind, count, room)) in steps.into_iter().enumerate() {
            *disk.0.lock().unwrap() = Faults { room, short: Some(short), syncs_fail: kind == 2, ..Faults::default() };
            let new: Vec<Word> = (0..count).map(|i| Word { word: format!("{n}.{i}") }).collect();
            let (done, next) = if kind == 0 {
                (journal.replace_with(&new), new)
            } else {
                (journal.append(&new), [said.clone(), new].concat())
            };
            *disk.0.lock().unwrap() = Faults::default();
            let sure = done.is_ok();
            if n % 4 == 0 || !sure {
                drop(journal);
                let (again, read, _) = opened();
                journal = again;
                prop_assert!(read == next || !sure && read == said, "{:?}", read);
                said = read;
            } else {
                said = next;
            }
        }
    }
}

/// The disk of this machine, with faults on command.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faulty(pub(crate) Arc<Mutex<Faults>>);

#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// How many bytes may still be written.
    pub(crate) room: Option<usize>,
    /// How many bytes one write takes.
    pub(crate) short: Option<usize>,
    /// As a disk does that has died.
    pub(crate) syncs_fail: bool,
    pub(crate) did: Vec<Did>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Did {
    Wrote(u64, usize),
    Synced,
    SyncedFolder,
}

impl Faults {
    fn sync(&mut self, did: Did) -> io::Result<()> {
        if self.syncs_fail {
            return Err(io::Error::from_raw_os_error(5));
        }
        self.did.push(did);
        Ok(())
    }
}

impl Disk for Faulty {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        LocalDisk.create_folder(folder)
    }

    fn entries(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        LocalDisk.entries(folder)
    }

    fn open(&self, path: &Path, opening: Opening) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(FaultyFile { file: LocalDisk.open(path, opening)?, disk: self.clone() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        LocalDisk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        LocalDisk.remove_file(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        LocalDisk.remove_folder(folder)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.0.lock().unwrap().sync(Did::SyncedFolder)?;
        LocalDisk.sync_folder(folder)
    }

    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        LocalDisk.free_bytes(folder)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>> {
        LocalDisk.lock(path)
    }
}

#[derive(Debug)]
struct FaultyFile {
    file: Box<dyn DiskFile>,
    disk: Faulty,
}

impl DiskFile for FaultyFile {
    fn bytes(&self) -> io::Result<u64> {
        self.file.bytes()
    }

    fn read_at(&self, into: &mut [u8], position: u64) -> io::Result<usize> {
        self.file.read_at(into, position)
    }

    fn write_at(&self, parts: &[IoSlice<'_>], position: u64) -> io::Result<usize> {
        let mut faults = self.disk.0.lock().unwrap();
        let most = faults.room.unwrap_or(usize::MAX).min(faults.short.unwrap_or(usize::MAX));
        if most == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let part = parts.iter().find(|part| !part.is_empty()).map_or(&[][..], |part| part);
        let part = &part[..part.len().min(most)];
        let written = self.file.write_at(&[IoSlice::new(part)], position)?;
        faults.room = faults.room.map(|room| room - written);
        faults.did.push(Did::Wrote(position, written));
        Ok(written)
    }

    fn set_bytes(&self, bytes: u64) -> io::Result<()> {
        self.file.set_bytes(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.0.lock().unwrap().sync(Did::Synced)?;
        self.file.sync()
    }
}
