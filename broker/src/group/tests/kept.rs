//! What is kept of groups: expiry as a table, and commits that meet a disk that fails.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use kafka_protocol::ResponseError;
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle, time::timeout};

use super::{caller, joining, syncing};
use crate::{
    disk::{Disk, LocalDisk},
    group::{
        Caller, Committed, Entry, GroupOptions, Groups, Joining, Limits, OffsetCommit, Offsets, Place,
        Reading,
    },
    journal::{
        Journal,
        tests::{Faults, Faulty},
    },
};

const DAY: i64 = 24 * 3600 * 1000;
const SOON: Duration = Duration::from_secs(10);

fn place(group: &str, topic: &str, partition: i32) -> Place {
    Place { group: group.to_owned(), topic: topic.to_owned(), partition }
}

fn at(at: i64) -> Committed {
    Committed { offset: 1, epoch: -1, note: String::new(), at, expires: None }
}

fn unused(group: &str) -> Entry {
    Entry::Unused { group: group.to_owned() }
}

fn stands(group: &str, protocol_type: Option<&str>, empty_since: Option<i64>) -> Entry {
    let protocol_type = protocol_type.map(str::to_owned);
    Entry::Stands { group: group.to_owned(), generation: 3, protocol_type, empty_since }
}

#[test]
fn entries_say_all_again() {
    let entries = vec![
        stands("a", Some("consumer"), None),
        Entry::Committed(place("a", "t", 0), at(1)),
        Entry::Committed(place("a", "t", 0), at(2)),
        Entry::Committed(
            place("a", "t", 1),
            Committed { note: "mine".to_owned(), expires: Some(9), ..at(2) },
        ),
        Entry::Committed(place("a", "u", 0), at(3)),
        Entry::Forgotten(place("a", "u", 0)),
        Entry::Forgotten(place("nobody", "u", 0)),
        Entry::Committed(place("b", "t", 0), at(3)),
        Entry::Deleted { group: "b".to_owned() },
        Entry::Committed(place("c", "t", 0), at(4)),
    ];
    let offsets = Offsets::read(entries, 100);
    let again: Vec<Entry> = offsets.entries().collect();
    assert_eq!(again.len(), 5);
    let read = Offsets::read(again.clone(), 200);
    assert_eq!(read.entries().collect::<Vec<_>>(), again);
    assert_eq!(read.committed("a", "t", 0), Some(&at(2)));
    assert_eq!(read.committed("a", "t", 1).unwrap().note, "mine");
    assert!(!read.knows("b") && read.committed("a", "u", 0).is_none());
    assert_eq!(read.standing("a").generation, 3);
    assert_eq!(read.all_committed("a").count(), 2);
}

#[test]
fn offsets_expire_when_nobody_has_used_them_for_long() {
    let commit = |at| Entry::Committed(place("g", "t", 0), Committed { at, ..self::at(0) });
    let told = |at, expires| {
        Entry::Committed(place("g", "t", 0), Committed { at, expires: Some(expires), ..self::at(0) })
    };
    let (consumer, simple) = (Some("consumer"), None);
    let cases = [
        // A consumer's offsets count from when its group was left.
        (stands("g", consumer, Some(5)), commit(0), Reading::Nobody, 7 * DAY + 4, false),
        (stands("g", consumer, Some(5)), commit(0), Reading::Nobody, 7 * DAY + 5, true),
        // Somebody set them by hand since.
        (stands("g", consumer, Some(5)), commit(9), Reading::Nobody, 7 * DAY + 5, false),
        // With members, only those of topics that they do not read.
        (stands("g", consumer, None), commit(0), Reading::Now, 100 * DAY, false),
        (stands("g", consumer, None), commit(9), Reading::OtherTopics, 7 * DAY + 8, false),
        (stands("g", consumer, None), commit(9), Reading::OtherTopics, 7 * DAY + 9, true),
        // Of a group that never had members from the commit.
        (stands("g", simple, Some(0)), commit(9), Reading::Nobody, 7 * DAY + 8, false),
        (stands("g", simple, Some(0)), commit(9), Reading::Nobody, 7 * DAY + 9, true),
        // The client said how long.
        (stands("g", simple, Some(0)), told(0, 10), Reading::Nobody, 9, false),
        (stands("g", simple, Some(0)), told(0, 10), Reading::Nobody, 10, true),
        (stands("g", simple, Some(0)), told(0, 10), Reading::Now, 100 * DAY, false),
    ];
    for (stands, commit, reading, now, gone) in cases {
        let said = format!("{stands:?} {commit:?} {reading:?} {now}");
        let mut offsets = Offsets::read(vec![stands, commit], 0);
        let at = offsets.committed("g", "t", 0).unwrap().at;
        // The group itself goes once nothing is left of it and nobody is in it.
        let expected = match (gone, reading) {
            (false, _) => vec![],
            (true, Reading::Nobody) => vec![Entry::Expired(place("g", "t", 0), at), unused("g")],
            (true, _) => vec![Entry::Expired(place("g", "t", 0), at)],
        };
        let reading = |_: &str, topic: &str| {
            if topic.is_empty() && reading == Reading::OtherTopics { Reading::Now } else { reading }
        };
        assert_eq!(offsets.expired(now, 7 * DAY, reading), expected[..], "{said}");
        for entry in expected {
            offsets.apply(entry);
        }
        assert_eq!(offsets.committed("g", "t", 0).is_none(), gone, "{said}");
    }
}

#[test]
fn a_group_of_which_only_some_offsets_expire_stays() {
    let entries = vec![
        Entry::Committed(place("g", "old", 0), at(0)),
        Entry::Committed(place("g", "new", 0), at(DAY)),
        stands("nothing", Some("consumer"), Some(0)),
    ];
    let offsets = Offsets::read(entries, 0);
    let expired = offsets.expired(DAY, DAY, |_, _| Reading::Nobody);
    assert_eq!(expired, [Entry::Expired(place("g", "old", 0), 0), unused("nothing")]);
    assert_eq!(offsets.topics().into_iter().collect::<Vec<_>>(), ["new", "old"]);
}

#[test]
fn what_was_on_its_way_when_its_forerunner_expired_stays() {
    let mut offsets = Offsets::default();
    for entry in [
        Entry::Committed(place("g", "t", 0), at(1)),
        Entry::Committed(place("g", "t", 0), at(2)),
        Entry::Expired(place("g", "t", 0), 1),
        unused("g"),
        stands("h", Some("consumer"), None),
        unused("h"),
    ] {
        offsets.apply(entry);
    }
    assert_eq!(offsets.committed("g", "t", 0), Some(&at(2)));
    assert!(offsets.knows("h"), "it has members again");
    offsets.apply(Entry::TopicDeleted { topic: "t".to_owned() });
    offsets.apply(unused("g"));
    assert!(!offsets.knows("g"));
}

/// Groups that are served, on the disk of this machine.
struct Served {
    folder: TempDir,
    groups: Groups,
    ended: watch::Sender<bool>,
    keeper: JoinHandle<()>,
}

/// Tests that look at it set it themselves, and run in processes of their own or do not mind.
static WALL: AtomicI64 = AtomicI64::new(1_000_000);

impl Served {
    fn start(options: GroupOptions) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), options)
    }

    fn start_in(folder: TempDir, options: GroupOptions) -> Self {
        Self::start_on(Arc::new(LocalDisk), folder, options)
    }

    fn start_on(disk: Arc<dyn Disk>, folder: TempDir, options: GroupOptions) -> Self {
        let path = Self::path(folder.path());
        let (groups, keeper, _) = Groups::open(disk, path, options, || WALL.load(Ordering::Relaxed)).unwrap();
        let (ended, ends) = watch::channel(false);
        let keeper = tokio::spawn(keeper.run(ends));
        Self { folder, groups, ended, keeper }
    }

    fn path(folder: &Path) -> PathBuf {
        folder.join("groups.journal")
    }

    async fn end(self) -> TempDir {
        self.ended.send_replace(true);
        timeout(SOON, self.keeper).await.unwrap().unwrap();
        self.folder
    }

    async fn again(self, options: GroupOptions) -> Self {
        Self::start_in(self.end().await, options)
    }

    async fn commit_simply(&self, group: &str, offset: i64) -> Result<(), ResponseError> {
        let commits = vec![commit("logs", 0, offset)];
        let answers = timeout(SOON, self.groups.commit(group, &caller("", -1), commits)).await.unwrap()?;
        answers.into_iter().collect()
    }

    fn offset(&self, group: &str) -> Option<i64> {
        self.groups.committed(group, "logs", 0).map(|committed| committed.offset)
    }
}

fn commit(topic: &str, partition: i32, offset: i64) -> OffsetCommit {
    let (topic, note) = (topic.to_owned(), "a note".to_owned());
    OffsetCommit { topic, partition, offset, epoch: 3, note, retention: None }
}

fn quick() -> GroupOptions {
    let limits = Limits { session_timeout_min: 10, ..Limits::default() };
    GroupOptions { limits, ..GroupOptions::default() }
}

async fn join(groups: &Groups, member: &str) -> String {
    let joining = Joining { session_timeout: 60_000, ..joining(member, "") };
    timeout(SOON, groups.join("g", joining)).await.unwrap().unwrap().member_id
}

#[tokio::test]
async fn commits_survive_a_restart() {
    let served = Served::start(quick());
    served.commit_simply("g", 7).await.unwrap();
    served.commit_simply("g", 8).await.unwrap();
    assert_eq!(served.offset("g"), Some(8));
    assert_eq!(served.groups.describe("g").unwrap().state, "Empty");
    let served = served.again(quick()).await;
    let committed = served.groups.committed("g", "logs", 0).unwrap();
    assert_eq!((committed.offset, committed.epoch, committed.note.as_str()), (8, 3, "a note"));
    assert_eq!(served.groups.list().len(), 1);
    served.end().await;
}

#[tokio::test]
async fn many_commits_at_once_are_all_kept() {
    let served = Served::start(quick());
    let commits: Vec<_> = (0..300)
        .map(|n| {
            let groups = served.groups.clone();
            tokio::spawn(async move {
                let group = format!("g{}", n % 30);
                groups.commit(&group, &caller("", -1), vec![commit("logs", n / 30, i64::from(n))]).await
            })
        })
        .collect();
    for commit in commits {
        assert_eq!(commit.await.unwrap().unwrap(), [Ok(())]);
    }
    let served = served.again(quick()).await;
    for n in 0..300 {
        let committed = served.groups.committed(&format!("g{}", n % 30), "logs", n / 30).unwrap();
        assert_eq!(committed.offset, i64::from(n));
    }
    served.end().await;
}

#[tokio::test]
async fn a_note_that_is_too_long_is_refused_alone() {
    let served = Served::start(quick());
    let long = OffsetCommit { note: "x".repeat(4097), ..commit("logs", 0, 1) };
    let longest = OffsetCommit { note: "x".repeat(4096), ..commit("logs", 1, 1) };
    let answers = served.groups.commit("g", &caller("", -1), vec![long, longest]).await.unwrap();
    assert_eq!(answers, [Err(ResponseError::OffsetMetadataTooLarge), Ok(())]);
    assert_eq!(served.groups.all_committed("g").len(), 1);
    served.end().await;
}

#[tokio::test]
async fn a_member_commits_and_others_do_not() {
    let served = Served::start(quick());
    let groups = &served.groups;
    let unknown = groups.commit("g", &caller("a", 1), vec![commit("logs", 0, 1)]).await;
    assert_eq!(unknown, Err(ResponseError::IllegalGeneration), "there is no such group");
    assert!(groups.describe("g").is_none());

    let id = join(groups, "").await;
    assert!(id.starts_with("client-") && id.len() == "client-".len() + 36);
    let synced = timeout(SOON, groups.sync("g", &syncing(&id, 1, &[&id]))).await.unwrap().unwrap();
    assert_eq!(synced.assignment, format!("share of {id}"));
    assert_eq!(groups.heartbeat("g", &caller(&id, 1)), Ok(()));
    assert_eq!(served.commit_simply("g", 1).await, Err(ResponseError::UnknownMemberId));
    groups.commit("g", &caller(&id, 1), vec![commit("logs", 0, 5)]).await.unwrap();
    assert_eq!(served.offset("g"), Some(5));

    assert_eq!(groups.delete("g").await, Err(ResponseError::NonEmptyGroup));
    // Its metadata is not a consumer's, so it may read any topic.
    let answers = groups.delete_offsets("g", vec![("logs".to_owned(), 0)]).await.unwrap();
    assert_eq!(answers, [Err(ResponseError::GroupSubscribedToTopic)]);

    groups.leave("g", &id, None).unwrap();
    assert_eq!(groups.describe("g").unwrap().state, "Empty");
    let answers = groups.delete_offsets("g", vec![("logs".to_owned(), 0)]).await.unwrap();
    assert_eq!((answers, served.offset("g")), (vec![Ok(())], None));
    assert_eq!(groups.delete("g").await, Ok(()));
    assert_eq!(groups.delete("g").await, Err(ResponseError::GroupIdNotFound));
    assert_eq!(groups.delete_offsets("g", Vec::new()).await, Err(ResponseError::GroupIdNotFound));
    assert!(groups.describe("g").is_none() && groups.list().is_empty());
    served.end().await;
}

#[tokio::test]
async fn members_are_forgotten_with_the_process_and_generations_are_not() {
    let served = Served::start(quick());
    let id = join(&served.groups, "").await;
    served.groups.sync("g", &syncing(&id, 1, &[&id])).await.unwrap();
    served.groups.commit("g", &caller(&id, 1), vec![commit("logs", 0, 5)]).await.unwrap();
    let served = served.again(quick()).await;
    let described = served.groups.describe("g").unwrap();
    assert_eq!((described.state, described.protocol_type.as_str()), ("Empty", "consumer"));
    assert_eq!(served.groups.heartbeat("g", &caller(&id, 1)), Err(ResponseError::UnknownMemberId));
    let commit = served.groups.commit("g", &caller(&id, 1), vec![commit("logs", 0, 6)]).await;
    assert_eq!(commit, Err(ResponseError::UnknownMemberId));
    let joined = served.groups.join("g", joining("", "")).await.unwrap();
    assert_eq!(joined.generation, 2);
    assert_eq!(served.offset("g"), Some(5));
    served.end().await;
}

#[tokio::test]
async fn time_is_watched() {
    let served = Served::start(quick());
    let silent = Joining { session_timeout: 50, ..joining("", "") };
    let id = served.groups.join("g", silent).await.unwrap().member_id;
    served.groups.sync("g", &syncing(&id, 1, &[&id])).await.unwrap();
    let second = timeout(SOON, served.groups.join("g", joining("", ""))).await.unwrap().unwrap();
    assert_eq!((second.generation, second.members.len()), (2, 1), "the first did not come back");
    served.end().await;
}

#[tokio::test]
async fn a_group_that_nobody_joins_for_good_costs_nothing() {
    let served = Served::start(quick());
    let nothing_in_common = Joining { protocols: Vec::new(), ..joining("", "") };
    served.groups.join("g", nothing_in_common).await.unwrap_err();
    assert_eq!(served.groups.heartbeat("h", &caller("a", 1)), Err(ResponseError::UnknownMemberId));
    assert!(served.groups.list().is_empty());
    for refused in [
        served.groups.heartbeat("", &caller("a", 1)).unwrap_err(),
        served.groups.leave("", "a", None).unwrap_err(),
        served.groups.join("", joining("", "")).await.unwrap_err().error,
        served.groups.sync("", &syncing("a", 1, &[])).await.unwrap_err(),
    ] {
        assert_eq!(refused, ResponseError::InvalidGroupId);
    }
    served.commit_simply("", 3).await.unwrap();
    served.end().await;
}

#[tokio::test]
async fn old_offsets_and_those_of_deleted_topics_go() {
    let options = || GroupOptions { retention_check: Duration::from_millis(20), ..quick() };
    let served = Served::start(options());
    served.commit_simply("g", 1).await.unwrap();
    let commits = vec![commit("other", 0, 1)];
    served.groups.commit("h", &caller("", -1), commits).await.unwrap();
    served.groups.forget_topic("other").await.unwrap();
    assert!(served.groups.all_committed("h").is_empty());
    WALL.fetch_add(8 * DAY, Ordering::Relaxed);
    timeout(SOON, async {
        while !served.groups.list().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    let folder = served.end().await;
    let disk: Arc<dyn Disk> = Arc::new(LocalDisk);
    let (_, entries, _) = Journal::<Entry>::open(disk, &Served::path(folder.path())).unwrap();
    assert!(Offsets::read(entries, 0).groups().next().is_none());
}

#[tokio::test]
async fn the_journal_stays_small_however_often_is_committed() {
    let served = Served::start(quick());
    let note = "x".repeat(4000);
    for n in 0..1000 {
        let commits = vec![OffsetCommit { note: note.clone(), ..commit("logs", 0, n) }];
        served.groups.commit("g", &caller("", -1), commits).await.unwrap();
    }
    let path = Served::path(served.folder.path());
    assert!(std::fs::metadata(path).unwrap().len() < 2 << 20);
    let served = served.again(quick()).await;
    assert_eq!(served.offset("g"), Some(999));
    served.end().await;
}

#[tokio::test]
async fn a_commit_is_refused_while_the_disk_fails_and_nothing_is_believed_that_was_not_synced() {
    let faulty = Faulty::default();
    let fail = |faults| *faulty.0.lock().unwrap() = faults;
    let served = Served::start_on(Arc::new(faulty.clone()), tempfile::tempdir().unwrap(), quick());
    served.commit_simply("g", 1).await.unwrap();
    let refused = Err(ResponseError::CoordinatorNotAvailable);

    // Nothing more fits: once there is room again, the journal is mended and goes on.
    fail(Faults { room: Some(10), ..Faults::default() });
    for _ in 0..3 {
        assert_eq!(served.commit_simply("g", 2).await, refused);
        assert_eq!(served.offset("g"), Some(1));
    }
    fail(Faults::default());
    served.commit_simply("g", 3).await.unwrap();
    assert_eq!(served.offset("g"), Some(3));

    // Written, not synced: it is not visible until it was written and synced again.
    fail(Faults { syncs_fail: true, ..Faults::default() });
    for _ in 0..3 {
        assert_eq!(served.commit_simply("g", 4).await, refused);
        assert_eq!(served.offset("g"), Some(3));
    }
    fail(Faults::default());
    served.commit_simply("h", 5).await.unwrap();
    assert_eq!(served.offset("g"), Some(4), "refused, and there all the same: the client asks again");

    let served = served.again(quick()).await;
    assert_eq!((served.offset("g"), served.offset("h")), (Some(4), Some(5)));
    served.end().await;
}

#[tokio::test]
async fn what_comes_after_the_end_is_refused() {
    let served = Served::start(quick());
    let groups = served.groups.clone();
    let _folder = served.end().await;
    let refused =
        groups.commit("g", &Caller { generation: -1, ..caller("", -1) }, vec![commit("logs", 0, 1)]).await;
    assert_eq!(refused, Err(ResponseError::CoordinatorNotAvailable));
}
