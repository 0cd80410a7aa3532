//! The server a case runs against: this project's own, or Apache Kafka.
//!
//! A case is written once and knows neither. Apache Kafka is the test ground's, shared by all tests of a run, so
//! every topic and group has a name of its own.

use std::{
    net::SocketAddr,
    process,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
    time::{SystemTime, UNIX_EPOCH},
};

use rdkafka::ClientConfig;
use sawlog_broker::{Handle, Options, Service, ServiceError};
use sawlog_e2e::{
    ground::{Ground, Kafka},
    wait,
};
use tempfile::TempDir;
use tokio::runtime::Builder;

use crate::{
    calls::{self, NewTopic},
    wire::{Client, PATIENCE},
};

/// A running server.
pub(crate) struct Served {
    which: Which,
    pub(crate) address: SocketAddr,
}

enum Which {
    /// `None` while it is down.
    Ours(Option<Embedded>, TempDir),
    Apache(Kafka),
}

impl Served {
    /// Apache Kafka, which every test of the run shares.
    pub(crate) fn apache() -> Self {
        Self::of(Ground::of_this_run().unwrap().kafka().unwrap())
    }

    /// Apache Kafka of a ground of the case's own.
    pub(crate) fn of(kafka: Kafka) -> Self {
        Self { address: kafka.listener(), which: Which::Apache(kafka) }
    }

    /// A new one of ours, gone with this value.
    pub(crate) fn ours() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let embedded = Embedded::start(&folder, SocketAddr::from(([127, 0, 0, 1], 0)));
        Self { address: embedded.handle.address(), which: Which::Ours(Some(embedded), folder) }
    }

    /// Ends it, and starts it again on what it has written, at the same address.
    pub(crate) fn restart(&mut self) {
        match &mut self.which {
            Which::Ours(embedded, folder) => {
                drop(embedded.take());
                *embedded = Some(Embedded::start(folder, self.address));
            }
            Which::Apache(kafka) => {
                kafka.broker(1).stop().unwrap();
                kafka.start_again(1).unwrap();
            }
        }
    }

    /// What is right here, where the two are meant to differ: `ours` or `apache`. Both are asserted, each on its
    /// own server; `_why` is for whoever reads the case.
    pub(crate) fn differs<T>(&self, _why: &str, ours: T, apache: T) -> T {
        if matches!(self.which, Which::Ours(..)) { ours } else { apache }
    }

    /// A new connection.
    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// What librdkafka's clients begin with.
    pub(crate) fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.address.to_string()).set("log_level", "2");
        config.set("reconnect.backoff.ms", "50").set("fetch.queue.backoff.ms", "10");
        config
    }

    /// Makes a topic and waits until it can be written.
    pub(crate) fn topic(&self, partitions: i32) -> String {
        self.topic_with(partitions, &[])
    }

    /// The same, with settings.
    pub(crate) fn topic_with(&self, partitions: i32, settings: &[(&str, &str)]) -> String {
        let name = fresh("topic");
        let mut client = self.client();
        let made = client.create(&NewTopic { settings, ..NewTopic::named(&name, partitions) });
        assert_eq!(made, None, "a topic is made");
        self.await_topic(&name, partitions);
        name
    }

    /// Waits until every partition answers: Apache Kafka says that a topic is made before it can be used.
    pub(crate) fn await_topic(&self, name: &str, partitions: i32) {
        let mut client = self.client();
        wait::until_true("the topic to be there", PATIENCE, || {
            (0..partitions).all(|partition| client.offset(name, partition, calls::LATEST).error.is_none())
        })
        .unwrap();
    }
}

/// A name nobody else has.
pub(crate) fn fresh(what: &str) -> String {
    static RUN: LazyLock<u128> =
        LazyLock::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis());
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{what}-{}-{:x}-{}", process::id(), *RUN, NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Our broker in this process, as a program would embed it.
struct Embedded {
    handle: Handle,
    running: Option<JoinHandle<Result<(), ServiceError>>>,
}

impl Embedded {
    fn start(folder: &TempDir, listen: SocketAddr) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let options = Options { listen, ..Options::new(folder.path().join("data")) };
        let service = runtime.block_on(Service::start(options)).unwrap();
        let handle = service.handle();
        let running = thread::spawn(move || runtime.block_on(service.run()));
        Self { handle, running: Some(running) }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.handle.stop();
        let ended = self.running.take().map(JoinHandle::join);
        if !thread::panicking() {
            ended.unwrap().unwrap().unwrap();
        }
    }
}
