//! Groups as the server uses them: requests in, answers when they are there, commits when they are on disk.
//!
//! One lock guards who is in which group and is never held across an await; time is looked at by [`Keeper::run`],
//! which also brings commits to the disk and lets offsets expire. A commit is checked and put in line under that lock,
//! so commits of an old generation never come after those of a new one.
//!
//! Whether topics exist is not known here; the server asks its catalog.

use std::{
    future,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kafka_protocol::ResponseError;
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    time::{Instant, sleep, sleep_until},
};
use uuid::Uuid;

use super::{
    live::Live,
    machine::{Group, Limits},
    message::{Caller, Described, Effect, JoinRefused, Joined, Joining, Synced, Syncing},
    offsets::{Committed, Entry, Offsets, Place, Reading},
    store::{OnDisk, Store, Write, Writes},
};
use crate::{
    disk::Disk,
    journal::{JournalError, Repair},
};

/// How groups are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupOptions {
    /// What a group allows.
    pub limits: Limits,
    /// How long offsets are kept that nobody uses.
    pub offsets_retention: Duration,
    /// How often is looked for those.
    pub retention_check: Duration,
    /// How long a client's note on a commit may be, in bytes.
    pub note_max: usize,
}

impl Default for GroupOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            offsets_retention: Duration::from_secs(7 * 24 * 3600),
            retention_check: Duration::from_secs(600),
            note_max: 4096,
        }
    }
}

/// An offset to commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetCommit {
    /// In which topic.
    pub topic: String,
    /// In which partition.
    pub partition: i32,
    /// Where to read on.
    pub offset: i64,
    /// The leader's epoch of the last record that was read, or -1.
    pub epoch: i32,
    /// The client's own note.
    pub note: String,
    /// How long to keep it, in milliseconds, if the client says so.
    pub retention: Option<i64>,
}

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub group: String,
    /// The kind of group, empty if no member ever told.
    pub protocol_type: String,
    /// What it is doing.
    pub state: &'static str,
}

/// All groups. Clones are the same ones.
#[derive(Debug, Clone)]
pub struct Groups(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    options: GroupOptions,
    live: Mutex<Live>,
    offsets: OnDisk,
    writes: Writes,
    /// The next deadline is another.
    changed: Notify,
    started: Instant,
    wall: fn() -> i64,
}

/// What has to run for groups to be served.
#[derive(Debug)]
pub struct Keeper {
    groups: Groups,
    store: Store,
}

impl Groups {
    /// Opens the journal of all groups or makes it. Blocks. `wall` tells the milliseconds since 1970.
    pub fn open(
        disk: Arc<dyn Disk>,
        journal: PathBuf,
        options: GroupOptions,
        wall: fn() -> i64,
    ) -> Result<(Self, Keeper, Repair), JournalError> {
        let (store, writes, offsets, repair) = Store::open(disk, journal, wall)?;
        let shared = Shared {
            options,
            live: Mutex::default(),
            offsets,
            writes,
            changed: Notify::new(),
            started: Instant::now(),
            wall,
        };
        let groups = Self(Arc::new(shared));
        Ok((groups.clone(), Keeper { groups, store }, repair))
    }

    /// Joins a group, and waits until its members are known. A new member's id is made here.
    ///
    /// Cancel safety: whoever goes away stays a member until its session is over.
    pub async fn join(&self, group: &str, mut joining: Joining) -> Result<Joined, JoinRefused> {
        let refused = |error| JoinRefused { error, member_id: String::new() };
        named(group).map_err(refused)?;
        let called = joining.instance_id.as_ref().unwrap_or(&joining.client_id);
        joining.fresh_id = format!("{called}-{}", Uuid::new_v4());
        let waits = {
            let mut live = self.live();
            let ticket = live.ticket();
            let waits = live.wait_for_join(ticket);
            let limits = &self.0.options.limits;
            self.act(&mut live, group, |group, now, effects| {
                group.join(now, ticket, joining, limits, effects);
            });
            waits
        };
        waits.await.unwrap_or(Err(refused(ResponseError::CoordinatorNotAvailable)))
    }

    /// Hands over the shares of all, or waits for one's own.
    ///
    /// Cancel safety: what a leader brought counts.
    pub async fn sync(&self, group: &str, syncing: &Syncing) -> Result<Synced, ResponseError> {
        named(group)?;
        let waits = {
            let mut live = self.live();
            let ticket = live.ticket();
            let waits = live.wait_for_sync(ticket);
            self.act(&mut live, group, |group, now, effects| group.sync(now, ticket, syncing, effects));
            waits
        };
        waits.await.unwrap_or(Err(ResponseError::CoordinatorNotAvailable))
    }

    /// A member is alive.
    pub fn heartbeat(&self, group: &str, caller: &Caller) -> Result<(), ResponseError> {
        named(group)?;
        self.act(&mut self.live(), group, |group, now, _| group.heartbeat(now, caller))
    }

    /// A member goes, or a static one is removed by its instance id alone.
    pub fn leave(&self, group: &str, member: &str, instance: Option<&str>) -> Result<(), ResponseError> {
        named(group)?;
        self.act(&mut self.live(), group, |group, now, effects| group.leave(now, member, instance, effects))
    }

    /// Commits offsets. They survive a loss of power once this returns without an error; each may be refused for
    /// itself.
    ///
    /// Cancel safety: they may be committed or not.
    pub async fn commit(
        &self,
        group: &str,
        caller: &Caller,
        commits: Vec<OffsetCommit>,
    ) -> Result<Vec<Result<(), ResponseError>>, ResponseError> {
        let place_in_line = self.place_in_line().await?;
        let (mut entries, mut answers) = (Vec::new(), Vec::new());
        for commit in commits {
            if commit.note.len() > self.0.options.note_max {
                answers.push(Err(ResponseError::OffsetMetadataTooLarge));
            } else {
                answers.push(Ok(()));
                entries.push(self.entry(group, commit));
            }
        }
        let kept = {
            let mut live = self.live();
            if caller.generation >= 0 && live.look(group).is_none() && !self.offsets().knows(group) {
                return Err(ResponseError::IllegalGeneration);
            }
            self.act(&mut live, group, |group, now, _| group.may_commit(now, caller))?;
            hand_in(place_in_line, entries)
        };
        kept.await?;
        Ok(answers)
    }

    fn entry(&self, group: &str, commit: OffsetCommit) -> Entry {
        let at = (self.0.wall)();
        let OffsetCommit { topic, partition, offset, epoch, note, retention } = commit;
        let place = Place { group: group.to_owned(), topic, partition };
        let expires = retention.map(|retention| at.saturating_add(retention));
        Entry::Committed(place, Committed { offset, epoch, note, at, expires })
    }

    /// What a group committed for a partition.
    pub fn committed(&self, group: &str, topic: &str, partition: i32) -> Option<Committed> {
        self.offsets().committed(group, topic, partition).cloned()
    }

    /// All that a group committed, in the order of topics and partitions.
    pub fn all_committed(&self, group: &str) -> Vec<(String, i32, Committed)> {
        let offsets = self.offsets();
        let all = offsets.all_committed(group);
        all.map(|(topic, partition, committed)| (topic.to_owned(), partition, committed.clone())).collect()
    }

    /// A group as an operator sees it, if there is such a group.
    pub fn describe(&self, group: &str) -> Option<Described> {
        let live = self.live();
        let offsets = self.offsets();
        let kept = || offsets.knows(group).then(|| Group::new(offsets.standing(group)).describe());
        live.look(group).map(Group::describe).or_else(kept)
    }

    /// All groups, by name.
    pub fn list(&self) -> Vec<Listed> {
        let live = self.live();
        let offsets = self.offsets();
        let kept = offsets.groups().filter(|id| live.look(id).is_none()).map(|id| {
            let protocol_type = offsets.standing(id).protocol_type.unwrap_or_default();
            Listed { group: id.to_owned(), protocol_type, state: "Empty" }
        });
        let with_members = live.all().map(|(id, group)| {
            let protocol_type = group.standing().protocol_type.unwrap_or_default();
            Listed { group: id.to_owned(), protocol_type, state: group.state() }
        });
        let mut all: Vec<Listed> = kept.chain(with_members).collect();
        all.sort_by(|a, b| a.group.cmp(&b.group));
        all
    }

    /// Deletes a group without members, and all its offsets.
    pub async fn delete(&self, group: &str) -> Result<(), ResponseError> {
        let place_in_line = self.place_in_line().await?;
        let kept = {
            let mut live = self.live();
            match live.look(group).map(Group::state) {
                None if !self.offsets().knows(group) => return Err(ResponseError::GroupIdNotFound),
                None | Some("Empty") => live.drop_empty(group),
                Some(_) => return Err(ResponseError::NonEmptyGroup),
            }
            hand_in(place_in_line, vec![Entry::Deleted { group: group.to_owned() }])
        };
        kept.await
    }

    /// Deletes offsets of topics that the group's members do not read.
    pub async fn delete_offsets(
        &self,
        group: &str,
        places: Vec<(String, i32)>,
    ) -> Result<Vec<Result<(), ResponseError>>, ResponseError> {
        named(group)?;
        let place_in_line = self.place_in_line().await?;
        let (mut entries, mut answers) = (Vec::new(), Vec::new());
        let kept = {
            let live = self.live();
            let machine = live.look(group);
            if machine.is_none() && !self.offsets().knows(group) {
                return Err(ResponseError::GroupIdNotFound);
            }
            for (topic, partition) in places {
                if machine
                    .map_or(Some(false), |group| group.reads(&topic))
                    .ok_or(ResponseError::NonEmptyGroup)?
                {
                    answers.push(Err(ResponseError::GroupSubscribedToTopic));
                } else {
                    answers.push(Ok(()));
                    entries.push(Entry::Forgotten(Place { group: group.to_owned(), topic, partition }));
                }
            }
            hand_in(place_in_line, entries)
        };
        kept.await?;
        Ok(answers)
    }

    /// Forgets the offsets of all topics for which `gone` says so: those that were deleted.
    pub async fn forget_topics(&self, gone: impl Fn(&str) -> bool + Send) -> Result<(), ResponseError> {
        let place_in_line = self.place_in_line().await?;
        let entries = self.offsets().of_topics(gone);
        hand_in(place_in_line, entries).await
    }

    /// Forgets what nobody has used for too long.
    async fn expire(&self) -> Result<(), ResponseError> {
        let place_in_line = self.place_in_line().await?;
        let kept = {
            let mut live = self.live();
            let retention = i64::try_from(self.0.options.offsets_retention.as_millis()).unwrap_or(i64::MAX);
            let reading = |group: &str, topic: &str| match live.look(group) {
                Some(group) if group.state() == "Stable" && group.reads(topic) == Some(false) => {
                    Reading::OtherTopics
                }
                Some(group) if !group.is_idle() => Reading::Now,
                _ => Reading::Nobody,
            };
            let entries = self.offsets().expired((self.0.wall)(), retention, reading);
            for entry in &entries {
                if let Entry::Deleted { group } = entry {
                    live.drop_empty(group);
                }
            }
            if !entries.is_empty() {
                tracing::info!(count = entries.len(), "offsets of groups expired");
            }
            hand_in(place_in_line, entries)
        };
        kept.await
    }

    /// Does what is due, and says when there is more to do.
    fn tick(&self) -> Option<Instant> {
        let mut live = self.live();
        for group in live.due(self.now()) {
            self.act(&mut live, &group, Group::tick);
        }
        live.next_deadline().map(|deadline| self.0.started + Duration::from_millis(deadline))
    }

    fn act<T>(
        &self,
        live: &mut Live,
        id: &str,
        act: impl FnOnce(&mut Group, u64, &mut Vec<Effect>) -> T,
    ) -> T {
        let now = self.now();
        let before = live.next_deadline();
        let offsets = self.offsets();
        let (done, news) = live.act(id, &offsets, |group, effects| act(group, now, effects));
        drop(offsets);
        if let Some(standing) = news {
            let entry = Entry::Stands {
                group: id.to_owned(),
                generation: standing.generation,
                protocol_type: standing.protocol_type.clone(),
                empty_since: standing.is_empty.then(self.0.wall),
            };
            // Nobody waits for it; if there is no room, the next request tries again.
            if self.0.writes.try_send(Write { entries: vec![entry], done: None }).is_ok() {
                live.note(id, standing);
            }
        }
        if live.next_deadline() != before {
            self.0.changed.notify_one();
        }
        done
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Taken after the lock on who is in which group, if both are.
    fn offsets(&self) -> MutexGuard<'_, Offsets> {
        self.0.offsets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn place_in_line(&self) -> Result<mpsc::Permit<'_, Write>, ResponseError> {
        self.0.writes.reserve().await.map_err(|_ended| ResponseError::CoordinatorNotAvailable)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Hands in changes at once; what is returned waits until they are on disk.
fn hand_in(
    place_in_line: mpsc::Permit<'_, Write>,
    entries: Vec<Entry>,
) -> impl Future<Output = Result<(), ResponseError>> + use<> {
    let waits = (!entries.is_empty()).then(|| {
        let (done, waits) = oneshot::channel();
        place_in_line.send(Write { entries, done: Some(done) });
        waits
    });
    async {
        let Some(waits) = waits else { return Ok(()) };
        if waits.await.unwrap_or(false) { Ok(()) } else { Err(ResponseError::CoordinatorNotAvailable) }
    }
}

/// A group that members join has a name; one that only offsets are committed for need not.
fn named(group: &str) -> Result<(), ResponseError> {
    if group.is_empty() { Err(ResponseError::InvalidGroupId) } else { Ok(()) }
}

impl Keeper {
    /// Serves the groups until it ends. What was handed in before is kept.
    pub async fn run(self, ended: watch::Receiver<bool>) {
        let Self { groups, store } = self;
        let time = watch_time(groups.clone(), ended.clone());
        tokio::join!(store.run(ended.clone()), time, watch_retention(groups, ended));
    }
}

async fn watch_time(groups: Groups, mut ended: watch::Receiver<bool>) {
    loop {
        let next = groups.tick();
        let sleeps = async {
            match next {
                Some(deadline) => sleep_until(deadline).await,
                None => future::pending().await,
            }
        };
        tokio::select! {
            () = sleeps => {}
            () = groups.0.changed.notified() => {}
            _ = ended.wait_for(|ended| *ended) => return,
        }
    }
}

/// Apart from the time of groups, because it waits for the disk.
async fn watch_retention(groups: Groups, mut ended: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = sleep(groups.0.options.retention_check) => {}
            _ = ended.wait_for(|ended| *ended) => return,
        }
        // A failure is logged where it happens, and it is tried again.
        let _failed = groups.expire().await;
    }
}
