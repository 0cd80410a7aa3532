//! Running a broker: options in, a handle out, everything closed in order at the end.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::{JoinHandle, spawn_blocking},
};

use crate::{
    disk::{Disk, DiskLock, LocalDisk},
    group::{Groups, Keeper},
    journal::{JournalError, Repair},
    log::{Committer, Cut, Log, LogError, Recovery},
    metrics::Metrics,
    options::Options,
    server::{self, Broker},
    topic::{Catalog, CatalogError, Mended},
};

/// A producer that was silent for so long begins anew.
const PRODUCER_MS: i64 = 24 * 3600 * 1000;
const CLOSED_AT_ONCE: usize = 4;

/// Why a broker does not start, or ends badly.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The data folder cannot be used.
    #[error("use the data folder {}", data.display())]
    Folder {
        /// Which.
        data: PathBuf,
        /// As the file system says.
        source: io::Error,
    },
    /// Another process has it.
    #[error("{} is in use by another broker: end it, or name another folder", data.display())]
    InUse {
        /// Which.
        data: PathBuf,
    },
    /// Topics cannot be opened.
    #[error("open the topics of {}", data.display())]
    Topics {
        /// Where they are.
        data: PathBuf,
        /// Why.
        source: CatalogError,
    },
    /// What groups have committed cannot be opened.
    #[error("open the committed offsets of {}", data.display())]
    Groups {
        /// Where they are.
        data: PathBuf,
        /// Why.
        source: JournalError,
    },
    /// Nobody can listen there.
    #[error("listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// As the system says.
        source: io::Error,
    },
    /// A thread cannot be started.
    #[error("start the thread that syncs")]
    Thread(#[source] io::Error),
    /// A log could not be closed.
    #[error("close a log")]
    Close(#[source] LogError),
}

/// A broker that has been started.
#[derive(Debug)]
pub struct Service {
    broker: Arc<Broker>,
    address: SocketAddr,
    ended: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    lock: Box<dyn DiskLock>,
}

/// What can be asked of a running broker. Clones ask the same one.
#[derive(Debug, Clone)]
pub struct Handle {
    broker: Arc<Broker>,
    address: SocketAddr,
    ended: watch::Sender<bool>,
}

impl Handle {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it counts, as text of Prometheus.
    pub fn metrics(&self) -> String {
        self.broker.metrics.text(&self.broker.catalog)
    }

    /// The topics there are.
    pub fn catalog(&self) -> &Catalog {
        &self.broker.catalog
    }

    /// Lets it end; [`Service::run`] returns when it has.
    pub fn stop(&self) {
        self.ended.send_replace(true);
    }
}

impl Service {
    /// Opens the data folder and listens. Clients can connect when this returns.
    pub async fn start(options: Options) -> Result<Self, ServiceError> {
        Self::start_on(options, Arc::new(LocalDisk)).await
    }

    /// As [`Service::start`], on another file system.
    pub async fn start_on(options: Options, disk: Arc<dyn Disk>) -> Result<Self, ServiceError> {
        let opening = {
            let options = options.clone();
            spawn_blocking(move || open(&options, disk))
        };
        let Opened { catalog, groups, keeper, lock } =
            opening.await.expect("because opening does not panic")?;
        let address = options.listen;
        let refused = |source| ServiceError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        if !address.ip().is_loopback() {
            tracing::warn!(
                %address,
                "everybody who reaches this address can read and write everything: there is no TLS and no SASL here"
            );
        }
        let metrics = Metrics::new();
        let syncs = metrics.sync_seconds.clone();
        let committer =
            Committer::start(move |_, seconds| syncs.observe(seconds)).map_err(ServiceError::Thread)?;
        let kilobytes = |bytes: usize| Arc::new(Semaphore::new((bytes / 1024).max(1)));
        let broker = Arc::new(Broker {
            frames: kilobytes(options.frames_bytes),
            answers: kilobytes(options.answers_bytes.max(options.answer_bytes)),
            options,
            catalog,
            groups,
            committer,
            metrics,
        });
        let (ended, ends) = watch::channel(false);
        let keeper = tokio::spawn(keeper.run(ends.clone()));
        forget_deleted(&broker).await;
        let tasks = vec![
            keeper,
            tokio::spawn(server::listen(Arc::clone(&broker), listener, ends.clone())),
            tokio::spawn(retain(Arc::clone(&broker), ends)),
        ];
        tracing::info!(%address, cluster = %broker.catalog.cluster(), "broker listens");
        Ok(Self { broker, address, ended, tasks, lock })
    }

    /// What can be asked of it.
    pub fn handle(&self) -> Handle {
        Handle { broker: Arc::clone(&self.broker), address: self.address, ended: self.ended.clone() }
    }

    /// Runs until [`Handle::stop`], then closes everything so that the next start is quick.
    pub async fn run(self) -> Result<(), ServiceError> {
        let mut ends = self.ended.subscribe();
        // It is never closed, for this holds the other end.
        _ = ends.wait_for(|ended| *ended).await;
        for task in self.tasks {
            task.await.expect("because no task panics");
        }
        let broker = Arc::clone(&self.broker);
        let closed = spawn_blocking(move || close_all(&broker.catalog)).await;
        drop(self.lock);
        closed.expect("because closing does not panic")?;
        tracing::info!("broker ended");
        Ok(())
    }
}

struct Opened {
    catalog: Catalog,
    groups: Groups,
    keeper: Keeper,
    lock: Box<dyn DiskLock>,
}

/// Topics may have been deleted just before an end that was not clean.
async fn forget_deleted(broker: &Broker) {
    for topic in broker.groups.topics() {
        if broker.catalog.topic(&topic).is_none() {
            // Logged where it fails, and done at the next start.
            let _failed = broker.groups.forget_topic(&topic).await;
        }
    }
}

fn open(options: &Options, disk: Arc<dyn Disk>) -> Result<Opened, ServiceError> {
    let data = &options.data;
    let refused = |source| ServiceError::Folder { data: data.clone(), source };
    disk.create_folder(data).map_err(refused)?;
    let lock = match disk.lock(&data.join("lock")) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            return Err(ServiceError::InUse { data: data.clone() });
        }
        lock => lock.map_err(refused)?,
    };
    let opened =
        Catalog::open(Arc::clone(&disk), data, options.reserve_bytes, options.most_partitions, server::now());
    let (catalog, recoveries) =
        opened.map_err(|source| ServiceError::Topics { data: data.clone(), source })?;
    for Mended { topic, partition, recovery } in &recoveries {
        tell(topic, *partition, recovery);
    }
    for topic in catalog.topics() {
        for (partition, offline) in topic.partitions().iter().enumerate() {
            if let Err(why) = &offline.log {
                tracing::error!(topic = topic.name, partition, why, "partition is offline");
            }
        }
    }
    let journal = data.join("groups.journal");
    let opened = Groups::open(disk, journal, options.groups.clone(), server::now);
    let (groups, keeper, repair) =
        opened.map_err(|source| ServiceError::Groups { data: data.clone(), source })?;
    if repair != Repair::default() {
        tracing::warn!(
            cut_bytes = repair.cut_bytes,
            "cut off a commit of a group that was not written whole"
        );
    }
    Ok(Opened { catalog, groups, keeper, lock })
}

fn tell(topic: &str, partition: usize, recovery: &Recovery) {
    let Recovery { read_bytes, cut, indexes, producers } = recovery;
    if let Some(Cut { path, position, bytes, why, lost }) = cut {
        let path = path.display();
        if *lost > 0 {
            tracing::error!(topic, partition, %path, position, bytes, why, lost, "records that were on disk are gone");
        } else {
            tracing::warn!(topic, partition, %path, position, bytes, why, "cut off what was not written whole");
        }
    }
    if *read_bytes > 0 || *indexes > 0 || *producers {
        tracing::info!(
            topic,
            partition,
            read_bytes,
            indexes,
            producers,
            "read again after an end that was not clean"
        );
    }
}

/// Removes what need not be kept, now and then.
async fn retain(broker: Arc<Broker>, mut ended: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(broker.options.retention_check) => {}
            _ = ended.wait_for(|ended| *ended) => return,
        }
        let broker = Arc::clone(&broker);
        let looked = spawn_blocking(move || retain_all(&broker.catalog)).await;
        looked.expect("because looking does not panic");
    }
}

fn retain_all(catalog: &Catalog) {
    let now = server::now();
    for topic in catalog.topics() {
        let retention = topic.settings().retention();
        for (partition, log) in topic.partitions().iter().enumerate() {
            let Ok(log) = &log.log else { continue };
            log.forget_producers_before(now - PRODUCER_MS);
            match log.retain(&retention, now) {
                Ok(0) => {}
                Ok(segments) => {
                    tracing::info!(
                        topic = topic.name,
                        partition,
                        segments,
                        start = log.start(),
                        "old records removed"
                    );
                }
                Err(error) => {
                    tracing::warn!(topic = topic.name, partition, %error, "old records cannot be removed");
                }
            }
        }
    }
}

/// Some at a time: each may have to be synced.
fn close_all(catalog: &Catalog) -> Result<(), ServiceError> {
    let topics = catalog.topics();
    let logs: Vec<Arc<Log>> = topics
        .iter()
        .flat_map(|topic| topic.partitions())
        .filter_map(|partition| partition.log.as_ref().ok().map(Arc::clone))
        .collect();
    let share = logs.len().div_ceil(CLOSED_AT_ONCE).max(1);
    let close = |share: &[Arc<Log>]| share.iter().map(|log| log.close()).collect::<Vec<_>>();
    let closed: Vec<Result<(), LogError>> = thread::scope(|scope| {
        let workers: Vec<_> = logs.chunks(share).map(|share| scope.spawn(move || close(share))).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("because closing does not panic"))
            .collect()
    });
    closed.into_iter().collect::<Result<(), _>>().map_err(ServiceError::Close)
}

/// Whether a folder holds the data of a broker.
pub fn is_data(folder: &Path) -> bool {
    folder.join("catalog.journal").is_file()
}
