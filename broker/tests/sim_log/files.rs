//! Whatever may become of a log's files: each ends in a clear error or in a cut that is counted.

use std::{path::Path, sync::Arc};

use sawlog_broker::{
    batch::{Batch, BatchError, Header, Record, build},
    disk::{
        Disk as _,
        sim::{Fault, Operation, SimDisk},
    },
    log::{Committer, Cut, LogError, Recovery, SequenceError},
};

use crate::small::{
    END, FOLDER, append, assert_goes_on, batch, ended, filled, flip, open, path, read_from, stored,
};

#[test]
fn a_last_segment_that_is_cut_anywhere_keeps_its_whole_batches() {
    for is_clean in [false, true] {
        let disk = ended(is_clean);
        let (log, _) = open(&disk).unwrap();
        append(&log, &batch(END)).unwrap();
        log.sync().unwrap();
        let disk = disk.kill_process();
        let last = path(12, "log");
        let whole = disk.look(&last).unwrap();
        for length in 0..whole.len() {
            let disk = disk.fork();
            disk.put(&last, whole[..length].to_vec()).unwrap();
            let (log, recovery) = open(&disk).unwrap();
            let one = whole.len() / 2;
            let left = length / one;
            assert_eq!(log.end(), 12 + 2 * i64::try_from(left).unwrap(), "cut at {length}");
            // Only the first batch is known to have been there, and only after a clean end.
            let gone = if is_clean && left == 0 { 2 } else { 0 };
            let cut = recovery.cut.as_ref();
            assert_eq!(cut.map_or(0, |cut| cut.bytes), (length % one) as u64, "{recovery:?}");
            assert_eq!(cut.map_or(0, |cut| cut.lost), gone, "cut at {length}: {recovery:?}");
            assert_goes_on(&disk, &log);
        }
    }
}

#[test]
fn a_flipped_bit_in_the_last_segment_cuts_off_its_batch() {
    let disk = ended(false);
    let last = path(12, "log");
    let whole = disk.look(&last).unwrap();
    for bit in 0..whole.len() * 8 {
        let disk = disk.fork();
        flip(&disk, &last, bit);
        let (log, recovery) = open(&disk).unwrap();
        // Which leader stored a batch is outside its sum, and means nothing here.
        if (12..16).contains(&(bit / 8)) {
            assert_eq!((log.end(), recovery.cut), (END, None));
            continue;
        }
        assert_eq!(log.end(), 12, "bit {bit}");
        let Cut { position, bytes, lost, .. } = recovery.cut.unwrap();
        assert_eq!((position, bytes, lost), (0, whole.len() as u64, 0), "bit {bit}");
        assert_goes_on(&disk, &log);
    }
}

#[test]
fn a_flipped_bit_in_a_segment_that_is_believed_ends_nothing() {
    for segment in [4, 12] {
        let disk = ended(true);
        let file = path(segment, "log");
        for bit in 0..disk.look(&file).unwrap().len() * 8 {
            let disk = disk.fork();
            flip(&disk, &file, bit);
            let (log, recovery) = open(&disk).unwrap();
            assert_eq!((log.end(), recovery), (END, Recovery::default()), "it is not read");
            for offset in 0..END {
                match log.read(offset, 1) {
                    Ok(part) => assert!(!part.bytes.is_empty(), "bit {bit}"),
                    Err(error) => assert!(matches!(error, LogError::Damaged { .. }), "bit {bit}: {error}"),
                }
            }
            for time in [0, 45, 125, i64::MAX] {
                let found = log.find_time(time);
                let is_clear = matches!(found, Ok(_) | Err(LogError::Damaged { .. } | LogError::Records(_)));
                assert!(is_clear, "bit {bit}: {found:?}");
            }
            assert_eq!(append(&log, &batch(END)).unwrap(), END);
            log.sync().unwrap();
        }
    }
}

#[test]
fn a_flipped_bit_in_a_closed_segment_without_index_is_damage() {
    let disk = ended(true);
    let (file, index) = (path(4, "log"), path(4, "index"));
    disk.take(&index).unwrap();
    for bit in 0..disk.look(&file).unwrap().len() * 8 {
        let disk = disk.fork();
        flip(&disk, &file, bit);
        let opened = open(&disk).map(|_| ());
        let one = batch(0).len();
        if (12..16).contains(&(bit / 8 % one)) {
            opened.unwrap();
            continue;
        }
        let position = u64::try_from(bit / 8 / one * one).unwrap();
        assert!(
            matches!(&opened, Err(LogError::Damaged { path, position: at, .. }) if *path == file && *at == position),
            "bit {bit}: {opened:?}"
        );
    }
}

#[test]
fn a_missing_segment_is_said_to_be_missing() {
    let gone = |offsets: &[i64]| {
        let disk = ended(true);
        for offset in offsets {
            disk.take(&path(*offset, "log")).unwrap();
        }
        match open(&disk).map(|_| ()) {
            Err(LogError::Missing { from, to, .. }) => (from, to),
            other => panic!("{offsets:?}: {other:?}"),
        }
    };
    assert_eq!(gone(&[0]), (0, 4));
    assert_eq!(gone(&[4]), (4, 8));
    assert_eq!(gone(&[4, 8]), (4, 12));
    assert_eq!(gone(&[12]), (12, 13));
    assert_eq!(gone(&[0, 4, 8, 12]), (0, 1));
}

#[test]
fn an_empty_segment_is_missing_or_cut() {
    let disk = ended(true);
    for offset in [0, 4, 8] {
        let disk = disk.fork();
        disk.put(&path(offset, "log"), Vec::new()).unwrap();
        let opened = open(&disk).map(|_| ());
        let is_missing = |from: i64, to: i64| (from, to) == (offset, offset + 4);
        assert!(
            matches!(opened, Err(LogError::Missing { from, to, .. }) if is_missing(from, to)),
            "{offset}: {opened:?}"
        );
    }
    disk.put(&path(12, "log"), Vec::new()).unwrap();
    let (log, recovery) = open(&disk).unwrap();
    let Cut { position, bytes, lost, why, .. } = recovery.cut.unwrap();
    assert_eq!((position, bytes, lost), (0, 0, 2), "{why}");
    assert_goes_on(&disk, &log);
}

#[test]
fn an_index_that_is_gone_or_torn_or_another_is_made_again() {
    let disk = ended(true);
    for offset in [0, 8, 12] {
        let file = path(offset, "index");
        let whole = disk.look(&file).unwrap();
        let mut others: Vec<Option<Vec<u8>>> =
            (0..whole.len()).map(|to| Some(whole[..to].to_vec())).collect();
        others.extend((0..whole.len() * 8).map(|bit| {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            Some(bytes)
        }));
        others.extend([None, Some(vec![0; 4096])]);
        if offset != 12 {
            others.push(Some(disk.look(&path(4, "index")).unwrap()));
        }
        for other in others {
            let disk = disk.fork();
            match other {
                Some(bytes) => disk.put(&file, bytes).unwrap(),
                None => disk.take(&file).unwrap(),
            }
            let (log, recovery) = open(&disk).unwrap();
            assert_eq!(recovery.indexes, usize::from(offset != 12), "{recovery:?}");
            assert!(recovery.read_bytes > 0 && recovery.cut.is_none(), "{recovery:?}");
            assert_eq!(log.find_time(45).unwrap(), Some((5, 45)));
            assert_goes_on(&disk, &log);
        }
    }
}

#[test]
fn a_snapshot_of_producers_that_is_gone_or_torn_is_made_up_for() {
    let disk = ended(true);
    let file = path(END, "producers");
    let whole = disk.look(&file).unwrap();
    for length in 0..=whole.len() {
        let disk = disk.fork();
        if length == whole.len() {
            disk.take(&file).unwrap();
        } else {
            disk.put(&file, whole[..length].to_vec()).unwrap();
        }
        let (log, _) = open(&disk).unwrap();
        for sequence in [END - 10, END - 2] {
            assert_eq!(append(&log, &batch(sequence)).unwrap(), sequence, "a repeat");
        }
        let gap = append(&log, &batch(END + 2));
        assert!(matches!(gap, Err(LogError::Sequence(SequenceError::Gap { .. }))), "{gap:?}");
        assert_goes_on(&disk, &log);
    }
}

#[test]
fn without_any_snapshot_producers_are_learnt_from_what_is_left_and_it_is_said() {
    let (disk, log) = filled();
    log.delete_before(8).unwrap();
    let disk = disk.kill_process();
    for file in disk.files() {
        if file.extension().is_some_and(|kind| kind == "producers") {
            disk.take(&file).unwrap();
        }
    }
    let (log, recovery) = open(&disk).unwrap();
    assert!(recovery.producers);
    assert_eq!(append(&log, &batch(END - 4)).unwrap(), END - 4, "a repeat");
    assert_goes_on(&disk, &log);
}

#[test]
fn a_start_that_is_not_what_was_written_is_damage() {
    let disk = ended(true);
    let file = Path::new(FOLDER).join("start");
    let whole = disk.look(&file).unwrap();
    for bit in 0..whole.len() * 8 {
        let disk = disk.fork();
        flip(&disk, &file, bit);
        match open(&disk).map(|(log, _)| log.start()) {
            Err(LogError::Damaged { path, .. }) => assert_eq!(path, file),
            // A sum in capital letters is the same one.
            opened => assert_eq!(opened.unwrap(), 0),
        }
    }
    for length in 0..whole.len() - 1 {
        let disk = disk.fork();
        disk.put(&file, whole[..length].to_vec()).unwrap();
        assert!(matches!(open(&disk), Err(LogError::Damaged { .. })), "cut at {length}");
    }
}

#[test]
fn what_is_not_the_logs_is_left_alone() {
    let disk = ended(false);
    let folder = Path::new(FOLDER);
    let names = [
        "notes.txt",
        "4.log",
        "00000000000000000004.log.old",
        "99999999999999999999.log",
        "-0000000000000000001.log",
        "lost+found/00000000000000000004.log",
        ".start.swp",
    ];
    for name in names {
        disk.put(&folder.join(name), b"?".to_vec()).unwrap();
    }
    disk.put(&folder.join("00000000000000000002.log/x"), b"?".to_vec()).unwrap();
    let (log, recovery) = open(&disk).unwrap();
    assert_eq!(recovery.cut, None);
    log.delete_before(END).unwrap();
    for name in names {
        assert_eq!(disk.look(&folder.join(name)).unwrap(), b"?", "{name}");
    }
    assert_goes_on(&disk, &log);
}

#[test]
fn what_could_not_be_synced_is_written_once_more_before_it_is_trusted() {
    for seed in 0..100 {
        let disk = SimDisk::new(seed);
        let (log, _) = open(&disk).unwrap();
        append(&log, &batch(0)).unwrap();
        log.sync().unwrap();
        append(&log, &batch(2)).unwrap();
        disk.fail(Operation::Sync, ".log", 1, Fault::Io);
        assert!(matches!(log.sync(), Err(LogError::Disk { doing: "sync", .. })));
        assert!(matches!(log.sync(), Err(LogError::Failed { .. })));
        assert!(matches!(append(&log, &batch(4)), Err(LogError::Failed { .. })));
        assert!(matches!(log.delete_before(1), Err(LogError::Failed { .. })));
        assert!(matches!(log.close(), Err(LogError::Failed { .. })));
        assert_eq!(read_from(&log, 0).unwrap(), stored(0, 2), "readers go on");
        let (log, recovery) = open(&disk).unwrap();
        assert_eq!((log.synced(), recovery.cut), (4, None));
        let (log, _) = open(&disk.lose_power()).unwrap();
        assert_eq!(read_from(&log, 0).unwrap(), stored(0, 4), "seed {seed}");
    }
}

#[test]
fn who_waits_for_a_commit_is_told_the_truth() {
    for seed in 0..20 {
        let disk = SimDisk::new(seed);
        disk.create_folder(Path::new(FOLDER)).unwrap();
        let (log, _) = open(&disk).unwrap();
        disk.fail(Operation::Sync, ".log", 20 + seed, Fault::Io);
        let log = Arc::new(log);
        let committer = Committer::start(|_, _| {}).unwrap();
        let (told, answers) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let (log, committer, told) = (Arc::clone(&log), committer.clone(), told.clone());
                scope.spawn(move || {
                    let unnumbered = build(&Header::default(), &[Record::at(7)]);
                    for _ in 0..25 {
                        let Ok(offset) = append(&log, &unnumbered) else { continue };
                        let told = told.clone();
                        committer.commit(Arc::clone(&log), move |synced| {
                            told.send((offset, synced.ok())).unwrap();
                        });
                    }
                });
            }
        });
        drop((told, committer));
        let answers: Vec<(i64, Option<i64>)> = answers.iter().collect();
        assert!(answers.iter().all(|(offset, synced)| synced.is_none_or(|synced| synced > *offset)));
        let most = answers.iter().filter_map(|(_, synced)| *synced).max().unwrap_or(0);
        assert!(log.synced() >= most, "what was said can be read");
        disk.heal();
        let (log, _) = open(&disk.lose_power()).unwrap();
        assert!(log.end() >= most, "seed {seed}");
    }
}

/// So that nothing here rests on a batch that is none.
#[test]
fn a_batch_of_these_tests_is_one() {
    assert!(matches!(Batch::parse(&batch(0)[..60]), Err(BatchError::Torn { .. })));
    assert_eq!(Batch::parse(&batch(8)).unwrap().fields().records, 2);
}
