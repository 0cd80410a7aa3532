use std::io::IoSlice;

use super::*;
use crate::disk::{read_all, replace, write_all};

/// As many worlds as show every choice.
const WORLDS: u64 = 200;

fn at(path: &str) -> &Path {
    Path::new(path)
}

fn created(disk: &SimDisk, path: &str) -> Box<dyn DiskFile> {
    disk.open(at(path), Opening::Create).unwrap()
}

fn write(file: &dyn DiskFile, bytes: &[u8], position: u64) -> io::Result<()> {
    write_all(file, &mut [IoSlice::new(bytes)], position)
}

fn os_error(result: io::Result<impl Sized>) -> Option<i32> {
    result.err().and_then(|error| error.raw_os_error())
}

const EIO: Option<i32> = Some(5);
const ENOSPC: Option<i32> = Some(28);

#[test]
fn what_was_written_is_seen_at_once_and_by_every_reader() {
    let disk = SimDisk::new(0);
    disk.create_folder(at("/log")).unwrap();
    let file = created(&disk, "/log/a");
    write(&*file, b"hello", 3).unwrap();
    assert_eq!(read_all(&disk, at("/log/a")).unwrap(), b"\0\0\0hello");
    assert_eq!(file.bytes().unwrap(), 8);
    let entries = disk.entries(at("/log")).unwrap();
    assert_eq!(entries, [Entry { path: "/log/a".into(), is_folder: false, bytes: 8 }]);
    assert_eq!(disk.entries(at("/")).unwrap(), [Entry { path: "/log".into(), is_folder: true, bytes: 0 }]);
}

#[test]
fn names_are_refused_as_a_file_system_refuses_them() {
    let disk = SimDisk::new(0);
    let kind = |result: io::Result<()>| result.unwrap_err().kind();
    let open = |path, opening| disk.open(at(path), opening).map(drop);
    assert_eq!(kind(open("/a", Opening::Read)), io::ErrorKind::NotFound);
    assert_eq!(kind(open("/none/a", Opening::Create)), io::ErrorKind::NotFound);
    open("/a", Opening::Create).unwrap();
    assert_eq!(kind(open("/a", Opening::Create)), io::ErrorKind::AlreadyExists);
    assert_eq!(kind(disk.remove_file(at("/b"))), io::ErrorKind::NotFound);
    assert_eq!(kind(disk.sync_folder(at("/none"))), io::ErrorKind::NotFound);
    assert_eq!(kind(disk.entries(at("/none")).map(drop)), io::ErrorKind::NotFound);
    let reader = disk.open(at("/a"), Opening::Read).unwrap();
    assert_eq!(os_error(reader.write_at(&[IoSlice::new(b"x")], 0)), Some(9));
}

#[test]
fn a_removed_file_is_read_through_its_handle_and_then_forgotten() {
    let disk = SimDisk::new(0);
    let file = created(&disk, "/a");
    write(&*file, b"still", 0).unwrap();
    disk.sync_folder(at("/")).unwrap();
    disk.remove_file(at("/a")).unwrap();
    disk.sync_folder(at("/")).unwrap();
    let mut read = [0; 5];
    assert_eq!(file.read_at(&mut read, 0).unwrap(), 5);
    assert_eq!(&read, b"still");
    drop(file);
    assert_eq!(disk.machine().contents.len(), 0);
}

#[test]
fn a_kill_keeps_what_was_written_and_ends_handles_and_locks() {
    let disk = SimDisk::new(0);
    let lock = disk.lock(at("/lock")).unwrap();
    let file = created(&disk, "/a");
    write(&*file, b"kept", 0).unwrap();
    let next = disk.kill_process();
    assert!(next.is_running() && !disk.is_running());
    assert!(write(&*file, b"late", 0).is_err());
    assert!(disk.entries(at("/")).is_err());
    assert_eq!(read_all(&next, at("/a")).unwrap(), b"kept");
    let _held = next.lock(at("/lock")).unwrap();
    drop(lock);
    assert_eq!(next.lock(at("/lock")).unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn a_lock_is_held_by_one_until_it_is_dropped() {
    let disk = SimDisk::new(0);
    let lock = disk.lock(at("/lock")).unwrap();
    assert_eq!(disk.clone().lock(at("/lock")).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    drop(lock);
    disk.lock(at("/lock")).unwrap();
}

#[test]
fn what_was_synced_survives_every_loss_of_power() {
    for seed in 0..WORLDS {
        let disk = SimDisk::new(seed);
        let file = created(&disk, "/a");
        let bytes: Vec<u8> = Chance::new(seed).bytes(3 * PAGE + 17);
        write(&*file, &bytes, 0).unwrap();
        file.sync().unwrap();
        disk.sync_folder(at("/")).unwrap();
        let disk = disk.lose_power().lose_power();
        assert_eq!(read_all(&disk, at("/a")).unwrap(), bytes, "seed {seed}");
    }
}

/// What the file of `/a` became in each world.
fn lost(prepare: impl Fn(&SimDisk)) -> Vec<Option<Vec<u8>>> {
    (0..WORLDS)
        .map(|seed| {
            let disk = SimDisk::new(seed);
            prepare(&disk);
            read_all(&disk.lose_power(), at("/a")).ok()
        })
        .collect()
}

fn synced(disk: &SimDisk, bytes: &[u8]) -> Box<dyn DiskFile> {
    let file = created(disk, "/a");
    write(&*file, bytes, 0).unwrap();
    file.sync().unwrap();
    disk.sync_folder(at("/")).unwrap();
    file
}

#[test]
fn a_page_that_was_not_synced_is_old_or_new_or_torn_or_spoilt() {
    let worlds = lost(|disk| write(&*synced(disk, &[1; 2 * PAGE]), &[2; PAGE], PAGE as u64).unwrap());
    let pages: Vec<&[u8]> = worlds
        .iter()
        .map(|bytes| {
            let bytes = bytes.as_deref().unwrap();
            assert_eq!(bytes[..PAGE], [1; PAGE], "a synced page changed");
            &bytes[PAGE..]
        })
        .collect();
    assert!(pages.contains(&&[1; PAGE][..]));
    assert!(pages.contains(&&[2; PAGE][..]));
    let is_torn = |page: &&[u8]| page.contains(&1) && page.contains(&2);
    assert!(pages.iter().any(is_torn));
    let in_sectors =
        |page: &[u8]| page.chunks(SECTOR).all(|sector| sector.iter().all(|byte| *byte == sector[0]));
    assert!(pages.iter().any(|page| is_torn(page) && in_sectors(page)));
    assert!(pages.iter().any(|page| page.iter().any(|byte| *byte != 1 && *byte != 2)), "no bit was flipped");
}

#[test]
fn an_unsynced_length_is_longer_or_shorter_than_the_bytes() {
    let worlds = lost(|disk| write(&*synced(disk, &[1; 100]), &[2; 5000], 100).unwrap());
    let bytes: Vec<&[u8]> = worlds.iter().flatten().map(Vec::as_slice).collect();
    assert_eq!(bytes.len(), worlds.len(), "the name was synced");
    assert!(bytes.iter().all(|bytes| bytes.len() >= 100), "a synced length shrank");
    assert!(bytes.iter().any(|bytes| bytes.len() == 100));
    assert!(bytes.iter().any(|bytes| bytes.len() == 5100));
    assert!(bytes.iter().any(|bytes| bytes.len() > 5100 && bytes.ends_with(&[0; 8])), "none is longer");
    assert!(bytes.iter().any(|bytes| bytes.len() > PAGE && bytes[100..PAGE].iter().all(|byte| *byte == 0)));
    assert!(bytes.iter().any(|bytes| (101..5100).contains(&bytes.len())));
}

#[test]
fn an_unsynced_cut_may_be_undone() {
    let worlds = lost(|disk| synced(disk, &[1; 5000]).set_bytes(10).unwrap());
    let lens: BTreeSet<usize> = worlds.iter().flatten().map(Vec::len).collect();
    assert!(lens.contains(&10) && lens.contains(&5000), "{lens:?}");
    let worlds = lost(|disk| {
        let file = synced(disk, &[1; 5000]);
        file.set_bytes(10).unwrap();
        file.set_bytes(5000).unwrap();
        file.sync().unwrap();
    });
    let mut expected = vec![0; 5000];
    expected[..10].fill(1);
    assert!(worlds.iter().all(|bytes| bytes.as_ref() == Some(&expected)), "bytes behind a cut came back");
}

#[test]
fn a_name_that_was_not_synced_is_there_or_not() {
    let is_there = |prepare: &dyn Fn(&SimDisk)| {
        let worlds = lost(prepare);
        (worlds.iter().any(Option::is_some), worlds.iter().any(Option::is_none))
    };
    assert_eq!(is_there(&|disk| created(disk, "/a").sync().unwrap()), (true, true));
    assert_eq!(is_there(&|disk| drop(synced(disk, b"x"))), (true, false));
    let removed = |disk: &SimDisk| {
        drop(synced(disk, b"x"));
        disk.remove_file(at("/a")).unwrap();
    };
    assert_eq!(is_there(&removed), (true, true));
    let surely_removed = |disk: &SimDisk| {
        removed(disk);
        disk.sync_folder(at("/")).unwrap();
    };
    assert_eq!(is_there(&surely_removed), (false, true));
}

#[test]
fn a_rename_is_whole_or_not_at_all() {
    let mut seen = BTreeSet::new();
    for seed in 0..WORLDS {
        let disk = SimDisk::new(seed);
        drop(synced(&disk, b"new"));
        disk.put(at("/b"), b"old".to_vec()).unwrap();
        disk.rename(at("/a"), at("/b")).unwrap();
        let disk = disk.lose_power();
        let (a, b) = (read_all(&disk, at("/a")).ok(), read_all(&disk, at("/b")).unwrap());
        seen.insert((a.is_some(), b));
    }
    assert_eq!(seen, BTreeSet::from([(true, b"old".to_vec()), (false, b"new".to_vec())]));
}

#[test]
fn a_folder_that_was_not_synced_goes_with_all_that_is_in_it() {
    let mut seen = BTreeSet::new();
    for seed in 0..WORLDS {
        let disk = SimDisk::new(seed);
        disk.create_folder(at("/log/topic")).unwrap();
        created(&disk, "/log/topic/a").sync().unwrap();
        disk.sync_folder(at("/log/topic")).unwrap();
        let disk = disk.lose_power();
        let is_there = disk.look(at("/log/topic/a")).is_ok();
        assert_eq!(is_there, disk.entries(at("/log/topic")).is_ok());
        seen.insert(is_there);
    }
    assert_eq!(seen.len(), 2);
}

#[test]
fn a_folder_made_anew_is_empty() {
    for seed in 0..WORLDS {
        let disk = SimDisk::new(seed);
        disk.put(at("/log/topic/a"), b"x".to_vec()).unwrap();
        disk.remove_folder(at("/log/topic")).unwrap();
        disk.sync_folder(at("/log")).unwrap();
        disk.create_folder(at("/log/topic")).unwrap();
        disk.sync_folder(at("/log")).unwrap();
        assert_eq!(disk.lose_power().files(), Vec::<PathBuf>::new());
    }
}

#[test]
fn replacing_a_file_leaves_the_old_or_the_new() {
    for last in 0..12 {
        for seed in 0..WORLDS {
            let disk = SimDisk::new(seed);
            disk.put(at("/log/a.json"), b"old".to_vec()).unwrap();
            disk.stop_after(last);
            let replaced = replace(&disk, at("/log/a.json"), b"newer");
            let after = disk.lose_power().look(at("/log/a.json")).unwrap();
            assert!(after == b"newer" || (replaced.is_err() && after == b"old"), "{last} {seed} {after:?}");
        }
    }
}

#[test]
fn a_failed_sync_marks_pages_clean() {
    let mut seen = BTreeSet::new();
    for seed in 0..WORLDS {
        let disk = SimDisk::new(seed);
        let file = synced(&disk, &[1; PAGE]);
        write(&*file, &[2; PAGE], 0).unwrap();
        disk.fail(Operation::Sync, "a", 1, Fault::Io);
        assert_eq!(os_error(file.sync()), EIO);
        file.sync().unwrap();
        assert_eq!(read_all(&disk, at("/a")).unwrap(), [2; PAGE], "it is seen until power is lost");
        seen.insert(disk.fork().lose_power().look(at("/a")).unwrap()[0]);
        write(&*file, &[3; PAGE], 0).unwrap();
        file.sync().unwrap();
        assert_eq!(disk.lose_power().look(at("/a")).unwrap(), [3; PAGE], "it was written again and synced");
    }
    assert!(seen.contains(&1) && seen.contains(&2), "the second sync decided it");
}

#[test]
fn a_failed_sync_is_undone_when_caches_are_dropped() {
    let mut seen = BTreeSet::new();
    for seed in 0..WORLDS {
        let disk = SimDisk::new(seed);
        let file = synced(&disk, &[1; PAGE]);
        write(&*file, &[2; PAGE], 0).unwrap();
        disk.fail(Operation::Sync, "", 1, Fault::Full);
        assert_eq!(os_error(file.sync()), ENOSPC);
        disk.drop_caches();
        seen.insert(disk.look(at("/a")).unwrap()[0]);
    }
    assert_eq!(seen, BTreeSet::from([1, 2]));
}

#[test]
fn dropping_caches_changes_nothing_that_waits_for_a_sync() {
    let disk = SimDisk::new(0);
    let file = synced(&disk, b"old");
    write(&*file, b"new", 0).unwrap();
    disk.drop_caches();
    assert_eq!(disk.look(at("/a")).unwrap(), b"new");
}

#[test]
fn each_operation_fails_on_command_at_the_time_asked_for() {
    let disk = SimDisk::new(0);
    let file = synced(&disk, b"some bytes");
    let mut read = [0; 4];
    let mut ask = |operation: Operation| match operation {
        Operation::CreateFolder => disk.create_folder(at("/log")),
        Operation::Entries => disk.entries(at("/")).map(drop),
        Operation::Open => disk.open(at("/a"), Opening::Write).map(drop),
        Operation::Rename => disk.rename(at("/a"), at("/b")).and_then(|()| disk.rename(at("/b"), at("/a"))),
        Operation::Remove => disk.create_folder(at("/x")).and_then(|()| disk.remove_folder(at("/x"))),
        Operation::SyncFolder => disk.sync_folder(at("/")),
        Operation::FreeBytes => disk.free_bytes(at("/")).map(drop),
        Operation::Lock => disk.lock(at("/lock")).map(drop),
        Operation::Bytes => file.bytes().map(drop),
        Operation::Read => file.read_at(&mut read, 0).map(drop),
        Operation::Write => file.write_at(&[IoSlice::new(b"some")], 0).map(drop),
        Operation::SetBytes => file.set_bytes(10),
        Operation::Sync => file.sync(),
    };
    for operation in Operation::ALL {
        let before = disk.asked(operation);
        ask(operation).unwrap();
        let asked = disk.asked(operation) - before;
        disk.fail(operation, "", 2 * asked + 1, Fault::Io);
        ask(operation).unwrap();
        ask(operation).unwrap();
        assert_eq!(os_error(ask(operation)), EIO, "{operation:?}");
        ask(operation).unwrap();
    }
    assert_eq!(disk.struck(), Operation::ALL.len() as u64);
}

#[test]
fn a_fault_strikes_only_the_paths_it_was_asked_for() {
    let disk = SimDisk::new(0);
    disk.fail(Operation::Open, ".index", 1, Fault::Io);
    created(&disk, "/a.log");
    assert_eq!(os_error(disk.open(at("/a.index"), Opening::Create)), EIO);
}

#[test]
fn a_short_write_or_read_is_no_error_and_makes_progress() {
    let disk = SimDisk::new(0);
    disk.fail_by_chance(Operation::Write, Fault::Short, 1);
    disk.fail_by_chance(Operation::Read, Fault::Short, 1);
    let file = created(&disk, "/a");
    let bytes = Chance::new(1).bytes(1000);
    write(&*file, &bytes, 0).unwrap();
    assert_eq!(read_all(&disk, at("/a")).unwrap(), bytes);
    assert!(disk.asked(Operation::Write) > 2 && disk.asked(Operation::Read) > 2);
}

#[test]
fn a_flipped_read_differs_in_one_bit_once() {
    let disk = SimDisk::new(0);
    let file = synced(&disk, &[0; 64]);
    disk.fail(Operation::Read, "", 1, Fault::Flip);
    let mut read = [0; 64];
    file.read_at(&mut read, 0).unwrap();
    assert_eq!(read.iter().map(|byte| byte.count_ones()).sum::<u32>(), 1);
    file.read_at(&mut read, 0).unwrap();
    assert_eq!(read, [0; 64]);
}

#[test]
fn a_failed_write_may_be_done_in_part() {
    let lens: BTreeSet<usize> = (0..WORLDS)
        .map(|seed| {
            let disk = SimDisk::new(seed);
            let file = created(&disk, "/a");
            disk.fail(Operation::Write, "", 1, Fault::Io);
            assert_eq!(os_error(write(&*file, &[1; 4], 0)), EIO);
            disk.look(at("/a")).unwrap().len()
        })
        .collect();
    assert_eq!(lens, BTreeSet::from([0, 1, 2, 3, 4]));
}

#[test]
fn a_full_disk_takes_what_fits_and_then_refuses_until_something_goes() {
    let disk = SimDisk::new(0);
    disk.limit(Some(10));
    let file = created(&disk, "/a");
    assert_eq!(file.write_at(&[IoSlice::new(&[1; 8])], 0).unwrap(), 8);
    assert_eq!(disk.free_bytes(at("/")).unwrap(), 2);
    assert_eq!(file.write_at(&[IoSlice::new(&[1; 8])], 8).unwrap(), 2);
    assert_eq!(write(&*file, &[1], 10).unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(file.set_bytes(11).unwrap_err().kind(), io::ErrorKind::StorageFull);
    write(&*file, &[2; 10], 0).unwrap();
    disk.remove_file(at("/a")).unwrap();
    assert_eq!(disk.free_bytes(at("/")).unwrap(), 0, "a handle holds it");
    drop(file);
    assert_eq!(disk.free_bytes(at("/")).unwrap(), 10);
    disk.heal();
    assert_eq!(disk.free_bytes(at("/")).unwrap(), ENDLESS);
}

#[test]
fn a_stopped_process_does_nothing_more_and_its_last_write_in_part() {
    let lens: BTreeSet<usize> = (0..WORLDS)
        .map(|seed| {
            let disk = SimDisk::new(seed);
            let file = created(&disk, "/a");
            disk.stop_after(1);
            write(&*file, &[1; 4], 0).unwrap();
            assert!(write(&*file, &[2; 4], 4).is_err());
            assert!(!disk.is_running());
            assert!(file.sync().is_err() && disk.remove_file(at("/a")).is_err());
            disk.kill_process().look(at("/a")).unwrap().len()
        })
        .collect();
    assert_eq!(lens, BTreeSet::from([4, 5, 6, 7, 8]));
}

#[test]
fn a_process_that_ends_in_a_sync_leaves_the_pages_to_the_next() {
    for seed in 0..WORLDS {
        let disk = SimDisk::new(seed);
        let file = synced(&disk, b"old");
        write(&*file, b"new", 0).unwrap();
        disk.stop_after(0);
        assert!(file.sync().is_err());
        let disk = disk.kill_process();
        disk.open(at("/a"), Opening::Write).unwrap().sync().unwrap();
        assert_eq!(disk.lose_power().look(at("/a")).unwrap(), b"new");
    }
}

#[test]
fn a_fork_goes_its_own_way() {
    let disk = SimDisk::new(0);
    drop(synced(&disk, b"one"));
    let fork = disk.fork();
    fork.put(at("/a"), b"two".to_vec()).unwrap();
    assert_eq!(disk.look(at("/a")).unwrap(), b"one");
    assert!(disk.is_running() && fork.is_running());
    disk.take(at("/a")).unwrap();
    assert_eq!(fork.files(), [PathBuf::from("/a")]);
}

#[test]
fn the_same_seed_loses_the_same() {
    let after = |seed| {
        let disk = SimDisk::new(seed);
        let file = created(&disk, "/a");
        write(&*file, &vec![7; 20 * PAGE], 0).unwrap();
        disk.sync_folder(at("/")).unwrap();
        disk.lose_power().look(at("/a")).unwrap()
    };
    assert_eq!(after(5), after(5));
    assert_ne!(after(5), after(6));
}
