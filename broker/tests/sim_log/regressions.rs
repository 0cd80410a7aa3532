//! What the simulation and these tests found, and what has to stay so.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use sawlog_broker::{
    batch::{Header, Record, build},
    disk::sim::{Fault, Operation, SimDisk},
    log::{LogOptions, Retention},
};

use crate::small::{END, FOLDER, OPTIONS, append, batch, ended, filled, open, path};

#[test]
fn a_time_is_found_in_a_batch_that_begins_before_the_start() {
    let (_, log) = filled();
    log.delete_before(5).unwrap();
    assert_eq!(log.find_time(0).unwrap(), Some((5, 45)));
    let late = build(&Header::default(), &[Record::at(9_000), Record::at(300), Record::at(400)]);
    let base = append(&log, &late).unwrap();
    log.sync().unwrap();
    log.delete_before(base + 1).unwrap();
    assert_eq!(log.find_time(0).unwrap(), Some((base + 1, 300)));
    assert_eq!(log.find_latest().unwrap(), Some((base + 2, 400)));
}

#[test]
fn removed_segments_may_come_back_in_any_order() {
    for back in [vec![0], vec![4], vec![0, 4], vec![8], vec![0, 8], vec![4, 8]] {
        let (disk, log) = filled();
        let copies: Vec<_> =
            back.iter().map(|offset| (path(*offset, "log"), path(*offset, "index"))).collect();
        let copies: Vec<_> = copies
            .into_iter()
            .flat_map(|(log, index)| [log, index])
            .map(|file| (disk.look(&file).unwrap(), file))
            .collect();
        log.delete_before(13).unwrap();
        let disk = disk.kill_process();
        for (bytes, file) in copies {
            disk.put(&file, bytes).unwrap();
        }
        let (log, recovery) = open(&disk).unwrap();
        assert_eq!((log.start(), log.end(), recovery.cut), (13, END, None), "{back:?}");
        assert_eq!(log.segments(), 1);
    }
}

#[test]
fn a_name_that_a_killed_process_left_lasts() {
    for seed in 0..20 {
        for operations in 0..12 {
            let (disk, log) = filled();
            disk.stop_after(operations);
            _ = log.delete_before(9);
            let disk = disk.kill_process();
            let (log, _) = open(&disk).unwrap();
            let start = log.start();
            let (log, _) = open(&disk.lose_power()).unwrap();
            assert_eq!(log.start(), start, "{seed}, {operations} operations");

            let (disk, log) = filled();
            append(&log, &batch(END)).unwrap();
            disk.stop_after(operations);
            _ = append(&log, &batch(END + 2)); // begins a segment
            let disk = disk.kill_process();
            let (log, _) = open(&disk).unwrap();
            let end = log.end();
            append(&log, &batch(end)).unwrap();
            log.sync().unwrap();
            let (log, _) = open(&disk.lose_power()).unwrap();
            assert_eq!(log.end(), end + 2, "{seed}, {operations} operations");
        }
    }
}

#[test]
fn a_segment_whose_next_could_not_be_made_takes_nothing_more() {
    let (disk, log) = filled();
    append(&log, &batch(END)).unwrap();
    // The first is that of the snapshot of producers.
    disk.fail(Operation::SyncFolder, "", 2, Fault::Io);
    assert!(append(&log, &batch(END + 2)).is_err());
    let small = build(&Header::default(), &[Record::at(1)]);
    log.set_options(LogOptions { segment_bytes: 1 << 20, ..OPTIONS });
    append(&log, &small).unwrap();
    log.sync().unwrap();
    let (log, recovery) = open(&disk.lose_power()).unwrap();
    assert_eq!((log.end(), recovery.cut), (END + 3, None));
}

#[test]
fn an_index_of_bytes_that_were_lost_is_not_believed_later() {
    let disk = ended(true);
    let last = path(12, "log");
    let bytes = disk.look(&last).unwrap();
    disk.put(&last, bytes[..bytes.len() - 1].to_vec()).unwrap();
    let (log, _) = open(&disk).unwrap();
    assert_eq!(log.end(), 12);
    let length = batch(12).len();
    let short = |filler: usize| {
        let value = vec![b'w'; filler];
        build(&Header::default(), &[Record { value: Some(&value), ..Record::at(0) }])
    };
    let same = (0..length).map(short).find(|bytes| bytes.len() == length).unwrap();
    assert_eq!(append(&log, &same).unwrap(), 12);
    log.sync().unwrap();
    let (log, _) = open(&disk.kill_process()).unwrap();
    assert_eq!(log.end(), 13);
}

#[test]
fn a_segment_of_times_to_come_grows_old_also_when_its_index_was_lost() {
    let disk = SimDisk::new(0);
    let (log, _) = open(&disk).unwrap();
    let year = 365 * 24 * 3_600_000;
    let future = build(&Header::default(), &[Record { value: Some(&[0; 200]), ..Record::at(100 * year) }]);
    append(&log, &future).unwrap();
    append(&log, &future).unwrap();
    log.sync().unwrap();
    disk.take(&path(0, "index")).unwrap();
    let (log, _) = open(&disk.kill_process()).unwrap();
    assert_eq!(log.segments(), 2);
    let week = Retention { age: Some(Duration::from_hours(7 * 24)), bytes: None };
    assert_eq!(log.retain(&week, year).unwrap(), 1);
}

#[test]
fn an_empty_log_without_start_keeps_its_offset() {
    let (disk, log) = filled();
    log.delete_before(END).unwrap();
    let disk = disk.kill_process();
    disk.put(&path(12, "log"), Vec::new()).unwrap();
    disk.take(&Path::new(FOLDER).join("start")).unwrap();
    let (log, _) = open(&disk).unwrap();
    assert_eq!((log.start(), log.end()), (12, 12));
}

#[test]
fn what_is_half_replaced_is_removed_by_the_next_open() {
    let disk = ended(true);
    for name in ["start.new", "00000000000000000012.new"] {
        disk.put(&Path::new(FOLDER).join(name), b"half".to_vec()).unwrap();
    }
    open(&disk).unwrap();
    let left = disk.files().into_iter().filter(|file| file.extension().is_some_and(|kind| kind == "new"));
    assert_eq!(left.collect::<Vec<_>>(), Vec::<PathBuf>::new());
}
