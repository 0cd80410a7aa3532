//! The promises of an object store that manifests will stand on, through the client Sawlog will use.

use std::{collections::BTreeSet, sync::Arc, thread, time::Duration};

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::{
    Error, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, UpdateVersion, aws::AmazonS3, path::Path,
};
use sawlog_e2e::{
    ground::{Ground, Store, store},
    rounds::rounds,
};
use tokio::{runtime, task::JoinSet};

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Runs on the store that is used, and on the second opinion when that was asked for.
fn on_each(test: impl Fn(&Store)) {
    for kind in store::asked() {
        let ground = Ground::of_my_own().unwrap();
        let store = ground.store_of("store", kind).unwrap();
        test(&store);
    }
}

fn create() -> PutOptions {
    PutOptions::from(PutMode::Create)
}

#[test]
fn of_sixteen_racing_creators_one_wins() {
    on_each(|store| {
        let client = Arc::new(store.open("race").unwrap());
        let races = rounds("object store races of 16 creators", 200, 2_000);
        block_on(async {
            for seed in races {
                let key = Path::from(format!("manifest/{seed}"));
                let mut creators = JoinSet::new();
                for creator in 0..16_u8 {
                    let (client, key) = (Arc::clone(&client), key.clone());
                    creators.spawn(async move {
                        (creator, client.put_opts(&key, vec![creator].into(), create()).await)
                    });
                }
                let mut winners = Vec::new();
                while let Some(finished) = creators.join_next().await {
                    match finished.unwrap() {
                        (creator, Ok(_)) => winners.push(creator),
                        (_, Err(Error::AlreadyExists { .. })) => {}
                        (_, Err(error)) => panic!("{error}"),
                    }
                }
                assert_eq!(winners.len(), 1, "race {seed}");
                let stored = client.get(&key).await.unwrap().bytes().await.unwrap();
                assert_eq!(stored, winners, "what is stored is the winner's, race {seed}");
            }
        });
    });
}

#[test]
fn a_counter_swapped_by_eight_threads_loses_no_step() {
    const STEPS: u64 = 500;
    on_each(|store| {
        let key = Path::from("counter");
        let first = store.open("swap").unwrap();
        block_on(first.put_opts(&key, "0".into(), create())).unwrap();
        let swapped: u64 = thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| block_on(count_up(&store.open("swap").unwrap(), &key, STEPS))))
                .collect();
            threads.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(swapped, STEPS, "each step was one thread's");
        let last = block_on(async { first.get(&key).await.unwrap().bytes().await.unwrap() });
        assert_eq!(last, STEPS.to_string());

        let version = UpdateVersion { e_tag: Some("\"0\"".to_owned()), version: None };
        let nowhere = Path::from("missing");
        let missing = first.put_opts(&nowhere, "1".into(), PutMode::Update(version).into());
        let error = block_on(missing).unwrap_err();
        let known = matches!(error, Error::NotFound { .. } | Error::Precondition { .. });
        assert!(known, "a swap of what is not there is refused: {error}");
    });
}

/// Adds one until the counter is at `last`; how often it was this thread that did.
async fn count_up(client: &AmazonS3, key: &Path, last: u64) -> u64 {
    let mut mine = 0;
    loop {
        let read = client.get(key).await.unwrap();
        let version = UpdateVersion { e_tag: read.meta.e_tag.clone(), version: read.meta.version.clone() };
        let number: u64 = std::str::from_utf8(&read.bytes().await.unwrap()).unwrap().parse().unwrap();
        if number == last {
            return mine;
        }
        let next = (number + 1).to_string();
        match client.put_opts(key, next.into(), PutMode::Update(version).into()).await {
            Ok(_) => mine += 1,
            Err(Error::Precondition { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn every_acknowledged_put_survives_a_kill() {
    on_each(|store| {
        store.bucket("kill").unwrap();
        for seed in rounds("object store kills", 2, 50) {
            let acknowledged = block_on(put_until_killed(store, seed));
            assert!(!acknowledged.is_empty());
            let noticed = store.part().check().unwrap_err().to_string();
            assert!(noticed.starts_with("store was killed by signal 9; its log ends:"), "{noticed}");
            store.start_again().unwrap();
            let client = store.open("kill").unwrap();
            block_on(async {
                for number in &acknowledged {
                    let stored = client.get(&key(seed, *number)).await.unwrap().bytes().await.unwrap();
                    assert_eq!(stored, body(*number), "object {number} of round {seed}");
                }
                let prefix = Path::from(format!("round-{seed}"));
                let listed: BTreeSet<Path> =
                    client.list(Some(&prefix)).map_ok(|found| found.location).try_collect().await.unwrap();
                let wanted: BTreeSet<Path> = acknowledged.iter().map(|number| key(seed, *number)).collect();
                assert!(wanted.is_subset(&listed), "all are listed");
            });
        }
    });
}

fn key(seed: u64, number: u32) -> Path {
    Path::from(format!("round-{seed}/{number}"))
}

fn body(number: u32) -> Vec<u8> {
    number.to_le_bytes().repeat(2_000)
}

/// Eight writers at once, until the store is killed under them. What was acknowledged.
async fn put_until_killed(store: &Store, seed: u64) -> BTreeSet<u32> {
    let patience = object_store::RetryConfig { max_retries: 0, ..object_store::RetryConfig::default() };
    let client = store.client("kill").with_retry(patience).build().unwrap();
    let kill_after = 40 + usize::try_from(seed % 40).unwrap();
    let numbers = futures_util::stream::iter(0..10_000_u32);
    let puts = numbers.map(|number| {
        let client = &client;
        async move { (number, client.put(&key(seed, number), body(number).into()).await) }
    });
    let mut answers = puts.buffer_unordered(8);
    let mut acknowledged = BTreeSet::new();
    let mut failed = 0;
    while let Some((number, answer)) = answers.next().await {
        match answer {
            Ok(_) => drop(acknowledged.insert(number)),
            Err(_) => failed += 1,
        }
        if acknowledged.len() == kill_after && failed == 0 {
            store.part().kill().unwrap();
        }
        if failed == 8 {
            break;
        }
    }
    acknowledged
}

#[test]
fn a_client_waits_for_a_store_that_is_paused() {
    on_each(|store| {
        let client = store.open("pause").unwrap();
        store.part().pause().unwrap();
        thread::scope(|scope| {
            let put = scope.spawn(|| block_on(client.put(&Path::from("late"), "late".into())));
            thread::sleep(Duration::from_millis(300)); // long enough to have been answered otherwise
            assert!(!put.is_finished());
            store.part().resume().unwrap();
            put.join().unwrap().unwrap();
        });
    });
}
