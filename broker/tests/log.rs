//! The segment log, as whoever keeps one uses it, on the real file system.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{fs, path::Path, sync::Arc, time::Duration};

use sawlog_broker::{
    batch::{Batch, Header, Record, Sender, build},
    disk::LocalDisk,
    log::{Appended, Committer, Log, LogError, LogOptions, Recovery, Retention, SequenceError},
};

const SMALL: LogOptions =
    LogOptions { segment_bytes: 4 << 10, segment_age: Duration::from_hours(1), reserve_bytes: 0 };

fn open(folder: &Path) -> (Log, Recovery) {
    Log::open(Arc::new(LocalDisk), folder, SMALL, 0).unwrap()
}

fn batch(sender: Option<Sender>, times: &[i64]) -> Vec<u8> {
    let value = [b'v'; 100];
    let records: Vec<Record<'_>> =
        times.iter().map(|time| Record { value: Some(&value), ..Record::at(*time) }).collect();
    build(&Header { base_offset: 0, sender }, &records)
}

fn append(log: &Log, bytes: &[u8]) -> Result<Appended, LogError> {
    log.append(&Batch::parse(bytes).unwrap(), 0, 0)
}

/// Base offsets of what is read from an offset on.
fn read(log: &Log, offset: i64, most: usize) -> Vec<i64> {
    let part = log.read(offset, most).unwrap();
    let (mut left, mut found) = (&part.bytes[..], Vec::new());
    while !left.is_empty() {
        let batch = Batch::parse(left).unwrap();
        found.push(batch.fields().base_offset);
        left = &left[batch.bytes().len()..];
    }
    found
}

fn filled(log: &Log, batches: i64) {
    for number in 0..batches {
        let appended = append(log, &batch(None, &[number * 10, number * 10 + 5])).unwrap();
        assert_eq!(
            appended,
            Appended { base_offset: number * 2, last_offset: number * 2 + 1, is_repeat: false }
        );
    }
    assert_eq!(log.sync().unwrap(), batches * 2);
}

#[test]
fn what_is_synced_is_read_and_nothing_before() {
    let folder = tempfile::tempdir().unwrap();
    let (log, recovery) = open(folder.path());
    assert_eq!(recovery, Recovery::default());
    append(&log, &batch(None, &[1, 2, 3])).unwrap();
    assert_eq!((log.start(), log.end(), log.synced()), (0, 3, 0));
    assert!(log.read(0, 1 << 20).unwrap().bytes.is_empty());
    assert_eq!(log.sync().unwrap(), 3);
    assert_eq!(read(&log, 0, 1 << 20), [0]);
    assert_eq!(read(&log, 2, 1), [0], "a batch comes whole, and one at least");
    assert!(matches!(log.read(4, 1), Err(LogError::OutOfRange { asked: 4, start: 0, end: 3 })));
}

#[test]
fn reading_goes_from_segment_to_segment_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path());
    filled(&log, 100);
    assert!(log.segments() > 5);
    let walk = |log: &Log| {
        let (mut offset, mut found) = (0, Vec::new());
        while offset < 200 {
            let part = read(log, offset, 1_000);
            offset = part.last().unwrap() + 2;
            found.extend(part);
        }
        assert_eq!(found, (0..100).map(|number| number * 2).collect::<Vec<_>>());
    };
    walk(&log);
    log.close().unwrap();
    drop(log);
    let (log, recovery) = open(folder.path());
    assert_eq!(recovery, Recovery::default(), "nothing is read after a clean end");
    assert_eq!((log.start(), log.synced()), (0, 200));
    walk(&log);
    drop(log);
    filled_further(&open(folder.path()).0);
}

fn filled_further(log: &Log) {
    assert_eq!(append(log, &batch(None, &[7])).unwrap().base_offset, 200);
}

#[test]
fn a_torn_tail_is_cut_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path());
    append(&log, &batch(None, &[1])).unwrap();
    append(&log, &batch(None, &[2])).unwrap();
    log.sync().unwrap();
    drop(log);
    let path = folder.path().join("00000000000000000000.log");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 10]).unwrap();
    let (log, recovery) = open(folder.path());
    let cut = recovery.cut.unwrap();
    assert_eq!((cut.position, cut.bytes), (whole.len() as u64 / 2, whole.len() as u64 / 2 - 10));
    assert!(cut.why.contains("has only"), "{}", cut.why);
    assert_eq!(log.synced(), 1);
    assert_eq!(append(&log, &batch(None, &[3])).unwrap().base_offset, 1);
}

#[test]
fn a_producer_is_known_across_segments_and_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let sent = |sequence| batch(Some(Sender { id: 9, epoch: 0, sequence }), &[0, 0]);
    for is_clean in [true, false] {
        let (log, _) = open(folder.path());
        let from = i32::try_from(log.end()).unwrap();
        for number in 0..50 {
            assert!(!append(&log, &sent(from + number * 2)).unwrap().is_repeat);
        }
        log.sync().unwrap();
        if is_clean {
            log.close().unwrap();
        }
        drop(log);
        let (log, _) = open(folder.path());
        let repeated = append(&log, &sent(from + 94)).unwrap();
        assert_eq!((repeated.base_offset, repeated.is_repeat), (i64::from(from) + 94, true));
        let gap = append(&log, &sent(from + 102));
        assert!(matches!(gap, Err(LogError::Sequence(SequenceError::Gap { .. }))), "{gap:?}");
    }
}

#[test]
fn times_lead_to_offsets() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path());
    filled(&log, 60);
    assert_eq!(log.find_time(0).unwrap(), Some((0, 0)));
    assert_eq!(log.find_time(301).unwrap(), Some((61, 305)));
    assert_eq!(log.find_time(596).unwrap(), None);
    assert_eq!(log.find_latest().unwrap(), Some((119, 595)));
    log.delete_before(70).unwrap();
    assert_eq!(log.find_time(0).unwrap(), Some((70, 350)));
    append(&log, &batch(None, &[9_999])).unwrap();
    assert_eq!(log.find_latest().unwrap(), Some((119, 595)), "what is not synced cannot be read");
}

#[test]
fn the_oldest_goes_by_age_and_by_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path());
    filled(&log, 100);
    let before = log.bytes();
    let keep = Retention { bytes: Some(10_000), age: None };
    assert!(log.retain(&keep, 0).unwrap() > 0);
    assert!(log.bytes() < before && log.bytes() >= 10_000 && log.start() > 0);
    let all = Retention { age: Some(Duration::from_secs(1)), bytes: None };
    assert_eq!(log.retain(&all, 900).unwrap(), 0, "nothing is older than a second");
    log.retain(&all, 1_000_000).unwrap();
    assert_eq!((log.start(), log.end(), log.bytes(), log.segments()), (200, 200, 0, 1));
    drop(log);
    assert_eq!(open(folder.path()).0.start(), 200);
}

#[test]
fn what_is_gone_or_damaged_without_a_crash_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path());
    filled(&log, 100);
    log.close().unwrap();
    drop(log);
    let mut segments: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    segments.sort();
    let try_open = || Log::open(Arc::new(LocalDisk), folder.path(), SMALL, 0).map(drop);
    for gone in [0, 3, segments.len() - 1] {
        let bytes = fs::read(&segments[gone]).unwrap();
        fs::remove_file(&segments[gone]).unwrap();
        assert!(matches!(try_open(), Err(LogError::Missing { .. })), "{gone}: {:?}", try_open());
        fs::write(&segments[gone], bytes).unwrap();
    }
    let mut bytes = fs::read(&segments[3]).unwrap();
    bytes[100] ^= 1;
    fs::write(&segments[3], &bytes).unwrap();
    fs::remove_file(segments[3].with_extension("index")).unwrap();
    assert!(matches!(try_open(), Err(LogError::Damaged { .. })), "{:?}", try_open());
    bytes[100] ^= 1;
    fs::write(&segments[3], &bytes).unwrap();
    assert_eq!(open(folder.path()).1.indexes, 1);
}

#[test]
fn many_appends_share_a_sync() {
    let folder = tempfile::tempdir().unwrap();
    let log = Arc::new(open(folder.path()).0);
    let (synced, rounds) = std::sync::mpsc::channel();
    let committer = Committer::start(move |_, _| synced.send(()).unwrap()).unwrap();
    let (told, tells) = std::sync::mpsc::channel();
    for number in 0..200 {
        let appended = append(&log, &batch(None, &[number])).unwrap();
        let told = told.clone();
        committer.commit(Arc::clone(&log), move |synced| {
            told.send((appended.last_offset, synced.unwrap())).unwrap();
        });
    }
    drop((told, committer));
    let tells: Vec<(i64, i64)> = tells.iter().collect();
    assert_eq!(tells.len(), 200);
    assert!(tells.iter().all(|(last, synced)| last < synced), "{tells:?}");
    assert!(rounds.iter().count() <= 200);
}
