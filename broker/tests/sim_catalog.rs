//! Topics on a disk whose process ends after every single operation: what was acknowledged is there.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeMap, path::Path, sync::Arc};

use sawlog_broker::{
    batch::{Batch, Header, Record, build},
    disk::{Disk as _, sim::SimDisk},
    topic::{Catalog, CatalogError, NewTopic, Settings},
};
use sawlog_e2e::rounds::rounds;

const DATA: &str = "/data";

/// What was acknowledged: topics with their partitions, of which the first holds so many records.
#[derive(Debug, Default)]
struct Acknowledged {
    topics: BTreeMap<&'static str, (usize, i64)>,
    deleted: Vec<&'static str>,
    /// Producer ids that were given.
    producers: Vec<i64>,
}

fn open(disk: &SimDisk) -> Result<Catalog, CatalogError> {
    Catalog::open(Arc::new(disk.clone()), Path::new(DATA), 0, 100, 0).map(|(catalog, _)| catalog)
}

/// Does a little of everything until it is done or the process ends.
fn run(disk: &SimDisk, done: &mut Acknowledged) -> Result<(), CatalogError> {
    let catalog = open(disk)?;
    for (name, partitions) in [("first", 2), ("second", 1), ("third", 1)] {
        let settings = Settings::new([("segment.bytes", "1048576")]).unwrap();
        let topic = catalog.create(NewTopic { name: name.to_owned(), partitions, settings }, 0)?;
        done.topics.insert(name, (partitions, 0));
        let partition = topic.partition(0).unwrap();
        let log = partition.log.as_ref().unwrap();
        let bytes = build(&Header::default(), &[Record::at(1)]);
        log.append(&Batch::parse(&bytes).unwrap(), 0, 0)?;
        let synced = log.sync()?;
        done.topics.insert(name, (partitions, synced));
        done.producers.push(catalog.next_producer()?);
    }
    catalog.grow("second", 3, 0)?;
    done.topics.get_mut("second").unwrap().0 = 3;
    // Whether a topic whose deletion failed is there is not known.
    done.topics.remove("first");
    catalog.delete("first")?;
    done.deleted.push("first");
    Ok(())
}

#[test]
fn what_was_acknowledged_of_topics_outlives_a_loss_of_power_after_every_operation() {
    for seed in rounds("catalog rounds", 10, 500) {
        for operations in 0.. {
            let disk = SimDisk::new(seed);
            disk.create_folder(Path::new(DATA)).unwrap();
            disk.sync_folder(Path::new("/")).unwrap();
            disk.stop_after(operations);
            let mut done = Acknowledged::default();
            let is_done = run(&disk, &mut done).is_ok();
            let disk = if operations % 3 == 0 { disk.kill_process() } else { disk };
            let disk = disk.lose_power();
            let catalog = open(&disk).unwrap_or_else(|error| panic!("{seed}, {operations}: {error:?}"));
            check(&catalog, &done).unwrap_or_else(|why| panic!("{seed}, {operations} operations: {why}"));
            if is_done {
                assert!(operations > 100, "only {operations} operations");
                break;
            }
        }
    }
}

fn check(catalog: &Catalog, done: &Acknowledged) -> Result<(), String> {
    for (name, (partitions, records)) in &done.topics {
        let topic = catalog.topic(name).ok_or_else(|| format!("{name} is gone"))?;
        if topic.partition_count() < *partitions {
            return Err(format!("{name} has {} partitions, not {partitions}", topic.partition_count()));
        }
        for (number, partition) in topic.partitions().iter().enumerate() {
            let log = partition.log.as_ref().map_err(|why| format!("{name} {number}: {why}"))?;
            if number == 0 && log.synced() < *records {
                return Err(format!("{name} has {} records, not {records}", log.synced()));
            }
        }
    }
    if let Some(name) = done.deleted.iter().find(|name| catalog.topic(name).is_some()) {
        return Err(format!("{name} is there again"));
    }
    let next = catalog.next_producer().map_err(|error| error.to_string())?;
    if done.producers.contains(&next) {
        return Err(format!("producer {next} is given twice"));
    }
    Ok(())
}
