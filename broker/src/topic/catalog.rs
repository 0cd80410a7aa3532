//! The topics there are, and what else is decided once and remembered: the cluster's id and the producers' ids.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    thread,
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Partition, SettingError, Settings, check_name};
use crate::{
    disk::Disk,
    journal::{Journal, JournalError},
    log::{Log, LogError, Recovery},
};

/// So many producer ids are reserved at once: a crash skips those that were not given.
const PRODUCERS_AT_ONCE: i64 = 1_000;
/// Rewritten when so much has been appended.
const JOURNAL_BYTES: u64 = 1 << 20;
const OPENED_AT_ONCE: usize = 4;

/// What can fail with topics.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A log cannot be made.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A folder cannot be listed, made or removed.
    #[error("{doing} {}", path.display())]
    Folder {
        /// In words that are followed by the path.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// As the file system says.
        source: io::Error,
    },
    /// A topic cannot be called so.
    #[error("{name:?} is not a name: {why}")]
    Name {
        /// As it was given.
        name: String,
        /// In words.
        why: String,
    },
    /// There is one of that name.
    #[error("topic {name} is there already")]
    Exists {
        /// Its name.
        name: String,
    },
    /// There is none.
    #[error("there is no topic {name}")]
    Unknown {
        /// Name or id.
        name: String,
    },
    /// So many partitions cannot be.
    #[error("{why}")]
    Partitions {
        /// In words.
        why: String,
    },
    /// It cannot be set so.
    #[error(transparent)]
    Setting(#[from] SettingError),
}

/// What opening the log of a partition found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// Of which topic.
    pub topic: String,
    /// The partition's number.
    pub partition: usize,
    /// What was found and done.
    pub recovery: Recovery,
}

/// A topic that is to be.
#[derive(Debug, Clone)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// How many partitions.
    pub partitions: usize,
    /// What is set.
    pub settings: Settings,
}

/// A topic.
#[derive(Debug)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Another one for each topic, also of the same name.
    pub id: Uuid,
    settings: RwLock<Settings>,
    partitions: RwLock<Vec<Arc<Partition>>>,
}

impl Topic {
    /// What is set.
    pub fn settings(&self) -> Settings {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The largest batch it takes.
    pub fn message_bytes(&self) -> usize {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).message_bytes()
    }

    /// All of them, in order.
    pub fn partitions(&self) -> Vec<Arc<Partition>> {
        self.partitions.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many there are.
    pub fn partition_count(&self) -> usize {
        self.partitions.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The one of that number.
    pub fn partition(&self, number: i32) -> Option<Arc<Partition>> {
        let number = usize::try_from(number).ok()?;
        self.partitions.read().unwrap_or_else(PoisonError::into_inner).get(number).cloned()
    }
}

/// What the journal holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Fact {
    Cluster { id: Uuid },
    Topic { id: Uuid, name: String, partitions: usize, settings: BTreeMap<String, String> },
    Deleted { id: Uuid },
    Producers { reserved_to: i64 },
}

/// All topics. It can be used by several threads at once; whatever changes is on disk for good when the call returns.
#[derive(Debug)]
pub struct Catalog {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    reserve_bytes: u64,
    most_partitions: usize,
    cluster: Uuid,
    topics: RwLock<BTreeMap<String, Arc<Topic>>>,
    written: Mutex<Written>,
}

/// Held while something is changed, so that the journal tells it in the order in which it was.
#[derive(Debug)]
struct Written {
    journal: Journal<Fact>,
    next_producer: i64,
    reserved_to: i64,
}

impl Catalog {
    /// Opens all topics of a data folder. What had to be mended is told with the topic's name and partition.
    pub fn open(
        disk: Arc<dyn Disk>,
        data: &Path,
        reserve_bytes: u64,
        most_partitions: usize,
        now: i64,
    ) -> Result<(Self, Vec<Mended>), CatalogError> {
        let (journal, facts, _) = Journal::open(Arc::clone(&disk), &data.join("catalog.journal"))?;
        let (mut cluster, mut reserved_to) = (None, 0);
        let mut known = BTreeMap::new();
        for fact in facts {
            match fact {
                Fact::Cluster { id } => cluster = Some(id),
                Fact::Producers { reserved_to: to } => reserved_to = reserved_to.max(to),
                Fact::Topic { id, name, partitions, settings } => {
                    known.insert(id, (name, partitions, settings));
                }
                Fact::Deleted { id } => {
                    known.remove(&id);
                }
            }
        }
        let mut written = Written { journal, next_producer: reserved_to, reserved_to };
        let is_new = cluster.is_none();
        let cluster = cluster.unwrap_or_else(Uuid::new_v4);
        if is_new {
            written.journal.append(&[Fact::Cluster { id: cluster }])?;
        }
        let catalog = Self {
            disk,
            folder: data.join("topics"),
            reserve_bytes,
            most_partitions,
            cluster,
            topics: RwLock::default(),
            written: Mutex::new(written),
        };
        catalog.remove_leftovers(|id| known.contains_key(id))?;
        let mut recoveries = Vec::new();
        for (id, (name, partitions, settings)) in known {
            let given = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let settings = Settings::new(given)?;
            let opened = catalog.open_all(id, 0..partitions, &settings, now, true);
            for (number, (_, recovery)) in opened.iter().enumerate() {
                recoveries.extend(recovery.clone().map(|recovery| Mended {
                    topic: name.clone(),
                    partition: number,
                    recovery,
                }));
            }
            let partitions = opened.into_iter().map(|(partition, _)| partition).collect();
            catalog.put(Topic {
                name,
                id,
                settings: RwLock::new(settings),
                partitions: RwLock::new(partitions),
            });
        }
        Ok((catalog, recoveries))
    }

    /// Made once, when the data folder was new.
    pub fn cluster(&self) -> Uuid {
        self.cluster
    }

    /// The topic of that name.
    pub fn topic(&self, name: &str) -> Option<Arc<Topic>> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All of them, by name.
    pub fn topics(&self) -> Vec<Arc<Topic>> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Whether a topic could be made; it is not.
    pub fn check(&self, new: &NewTopic) -> Result<(), CatalogError> {
        let refused = |why: String| CatalogError::Name { name: new.name.clone(), why };
        check_name(&new.name).map_err(|why| refused(why.to_owned()))?;
        let topics = self.topics();
        if topics.iter().any(|topic| topic.name == new.name) {
            return Err(CatalogError::Exists { name: new.name.clone() });
        }
        // Names of metrics cannot tell a dot from an underscore; Apache Kafka refuses it for the same reason.
        let plain = |name: &str| name.replace('.', "_");
        if let Some(other) = topics.iter().find(|topic| plain(&topic.name) == plain(&new.name)) {
            return Err(refused(format!("it differs from {} only by . and _", other.name)));
        }
        self.check_partitions(new.partitions, 0)
    }

    fn check_partitions(&self, wanted: usize, had: usize) -> Result<(), CatalogError> {
        let others: usize = self.topics().iter().map(|topic| topic.partition_count()).sum();
        let all = others - had + wanted;
        if wanted == 0 {
            return Err(CatalogError::Partitions { why: "a topic has at least one partition".to_owned() });
        }
        if all > self.most_partitions {
            let why =
                format!("{all} partitions would be more than the {} there may be", self.most_partitions);
            return Err(CatalogError::Partitions { why });
        }
        Ok(())
    }

    /// Makes a topic.
    pub fn create(&self, new: NewTopic, now: i64) -> Result<Arc<Topic>, CatalogError> {
        let mut written = self.written();
        self.check(&new)?;
        let id = Uuid::new_v4();
        let NewTopic { name, partitions: count, settings } = new;
        let partitions = self.begin(id, 0..count, &settings, now)?;
        written.journal.append(&[fact(id, &name, count, &settings)])?;
        let (settings, partitions) = (RwLock::new(settings), RwLock::new(partitions));
        let topic = self.put(Topic { name, id, settings, partitions });
        self.compact(&mut written)?;
        Ok(topic)
    }

    /// Gives a topic more partitions.
    pub fn grow(&self, name: &str, to: usize, now: i64) -> Result<(), CatalogError> {
        let mut written = self.written();
        let topic = self.topic(name).ok_or_else(|| CatalogError::Unknown { name: name.to_owned() })?;
        let had = topic.partition_count();
        self.check_growth(&topic, to)?;
        let settings = topic.settings();
        let more = self.begin(topic.id, had..to, &settings, now)?;
        written.journal.append(&[fact(topic.id, name, to, &settings)])?;
        topic.partitions.write().unwrap_or_else(PoisonError::into_inner).extend(more);
        self.compact(&mut written)
    }

    /// Whether a topic could have so many partitions; nothing is changed.
    pub fn check_growth(&self, topic: &Topic, to: usize) -> Result<(), CatalogError> {
        let had = topic.partition_count();
        if to <= had {
            let why = format!("topic {} has {had} partitions, and {to} are not more", topic.name);
            return Err(CatalogError::Partitions { why });
        }
        self.check_partitions(to, had)
    }

    /// Sets a topic anew.
    pub fn configure(&self, name: &str, settings: Settings) -> Result<(), CatalogError> {
        let mut written = self.written();
        let topic = self.topic(name).ok_or_else(|| CatalogError::Unknown { name: name.to_owned() })?;
        written.journal.append(&[fact(topic.id, name, topic.partition_count(), &settings)])?;
        for partition in topic.partitions() {
            if let Ok(log) = &partition.log {
                log.set_options(settings.log(self.reserve_bytes));
            }
        }
        *topic.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
        self.compact(&mut written)
    }

    /// Removes a topic with all that is in it.
    pub fn delete(&self, name: &str) -> Result<(), CatalogError> {
        let mut written = self.written();
        let topic = self.topic(name).ok_or_else(|| CatalogError::Unknown { name: name.to_owned() })?;
        written.journal.append(&[Fact::Deleted { id: topic.id }])?;
        self.topics.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        for partition in topic.partitions() {
            partition.has_grown();
        }
        let folder = self.folder_of(topic.id);
        self.disk.remove_folder(&folder).map_err(folder_failed("remove", &folder))?;
        self.compact(&mut written)
    }

    /// An id that no producer ever had.
    pub fn next_producer(&self) -> Result<i64, CatalogError> {
        let mut written = self.written();
        if written.next_producer == written.reserved_to {
            let reserved_to = written.reserved_to + PRODUCERS_AT_ONCE;
            written.journal.append(&[Fact::Producers { reserved_to }])?;
            written.reserved_to = reserved_to;
        }
        written.next_producer += 1;
        Ok(written.next_producer - 1)
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, topic: Topic) -> Arc<Topic> {
        let topic = Arc::new(topic);
        let mut topics = self.topics.write().unwrap_or_else(PoisonError::into_inner);
        topics.insert(topic.name.clone(), Arc::clone(&topic));
        topic
    }

    fn folder_of(&self, id: Uuid) -> PathBuf {
        self.folder.join(id.simple().to_string())
    }

    /// Makes the logs of partitions; what an attempt before left of them is removed.
    fn begin(
        &self,
        id: Uuid,
        numbers: std::ops::Range<usize>,
        settings: &Settings,
        now: i64,
    ) -> Result<Vec<Arc<Partition>>, CatalogError> {
        let folder = self.folder_of(id);
        for number in numbers.clone() {
            let leftover = folder.join(number.to_string());
            match self.disk.remove_folder(&leftover) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(folder_failed("remove", &leftover)(error));
                }
                _ => {}
            }
        }
        let opened = self.open_all(id, numbers, settings, now, false);
        let made: Result<Vec<_>, _> =
            opened.into_iter().map(|(partition, _)| partition.log.clone().map(|_| partition)).collect();
        let made = made.map_err(|why| CatalogError::Partitions { why })?;
        self.disk.sync_folder(&self.folder).map_err(folder_failed("sync", &self.folder))?;
        Ok(made)
    }

    /// Opens logs, some at a time: each may have to be read through.
    fn open_all(
        &self,
        id: Uuid,
        numbers: std::ops::Range<usize>,
        settings: &Settings,
        now: i64,
        have_to_be_there: bool,
    ) -> Vec<(Arc<Partition>, Option<Recovery>)> {
        let folder = self.folder_of(id);
        let open = |number: usize| {
            let folder = folder.join(number.to_string());
            if have_to_be_there && !Log::is_there(&*self.disk, &folder) {
                let why = format!("the log in {} is gone", folder.display());
                return (Partition::new(Err(why)), None);
            }
            match Log::open(Arc::clone(&self.disk), &folder, settings.log(self.reserve_bytes), now) {
                Ok((log, recovery)) => (Partition::new(Ok(Arc::new(log))), Some(recovery)),
                Err(error) => (Partition::new(Err(in_full(&error))), None),
            }
        };
        let numbers: Vec<usize> = numbers.collect();
        let share = numbers.len().div_ceil(OPENED_AT_ONCE).max(1);
        thread::scope(|scope| {
            let workers: Vec<_> = numbers
                .chunks(share)
                .map(|share| scope.spawn(|| share.iter().map(|number| open(*number)).collect::<Vec<_>>()))
                .collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().expect("because opening does not panic"))
                .collect()
        })
    }

    fn remove_leftovers(&self, is_known: impl Fn(&Uuid) -> bool) -> Result<(), CatalogError> {
        self.disk.create_folder(&self.folder).map_err(folder_failed("create", &self.folder))?;
        // Else a loss of power takes it with every topic in it.
        let data = self.folder.parent().expect("because it is in the data folder");
        self.disk.sync_folder(data).map_err(folder_failed("sync", data))?;
        let entries = self.disk.entries(&self.folder).map_err(folder_failed("list", &self.folder))?;
        for entry in entries.iter().filter(|entry| entry.is_folder) {
            // What is not named after an id is not ours.
            if entry.name().and_then(|name| Uuid::try_parse(name).ok()).is_some_and(|id| !is_known(&id)) {
                self.disk.remove_folder(&entry.path).map_err(folder_failed("remove", &entry.path))?;
            }
        }
        Ok(())
    }

    /// Rewrites the journal when it mostly tells what has been.
    fn compact(&self, written: &mut Written) -> Result<(), CatalogError> {
        if written.journal.appended_bytes() < JOURNAL_BYTES {
            return Ok(());
        }
        let topics = self.topics();
        let facts = topics
            .iter()
            .map(|topic| fact(topic.id, &topic.name, topic.partition_count(), &topic.settings()));
        let first =
            [Fact::Cluster { id: self.cluster }, Fact::Producers { reserved_to: written.reserved_to }];
        Ok(written.journal.replace_with(first.into_iter().chain(facts))?)
    }
}

fn fact(id: Uuid, name: &str, partitions: usize, settings: &Settings) -> Fact {
    Fact::Topic { id, name: name.to_owned(), partitions, settings: settings.all_set() }
}

fn folder_failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CatalogError {
    let path = path.to_owned();
    move |source| CatalogError::Folder { doing, path, source }
}

/// An error with what caused it.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
