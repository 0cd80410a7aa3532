//! Apache Kafka: one broker or three, plain or also `SASL_SSL` with SCRAM and ACLs.
//!
//! The plain listener is for everybody and every right; the secure one is for [`User`]s, who may do what
//! [`Kafka::allow`] said. Topics are not made by writing to them.

mod config;
mod prepared;

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use rcgen::{CertificateParams, KeyPair};
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer as _},
};
use serde::{Deserialize, Serialize};

use self::{
    config::{Config, NODES, PORTS},
    prepared::Prepared,
};
use super::{
    Ground, Server, error::GroundError, fault::clock::Clock, http::block_on, keeper::wire::Order, part::Part,
    port, server::start_on_ports,
};

/// How a Kafka is to be.
#[derive(Debug, Clone)]
pub struct KafkaShape {
    /// One, or three: then topics have three copies and two must be in sync.
    pub brokers: usize,
    /// Also listen with `SASL_SSL`, SCRAM-SHA-512 and ACLs.
    pub secure: bool,
    /// Of each broker. The default serves hundreds of partitions; thousands need 1024.
    pub heap_megabytes: u32,
    /// Send clients there, to a fault proxy that leads to [`Kafka::listener`]. One broker only.
    pub advertise: Option<SocketAddr>,
    /// Let the brokers' clock be wrong.
    pub clock: Option<Clock>,
}

impl Default for KafkaShape {
    fn default() -> Self {
        Self { brokers: 1, secure: false, heap_megabytes: 384, advertise: None, clock: None }
    }
}

/// Somebody the secure listener knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// For whoever writes.
    Agent,
    /// For whoever reads.
    Indexer,
    /// For whoever is to be kept out.
    Stranger,
}

impl User {
    fn name_and_password(self) -> (&'static str, &'static str) {
        prepared::USERS[self as usize]
    }

    /// As ACLs know it.
    pub fn name(self) -> &'static str {
        self.name_and_password().0
    }
}

/// A running Kafka.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kafka {
    brokers: Vec<Part>,
    listeners: Vec<SocketAddr>,
    /// What clients are told; a proxy's address if there is one.
    bootstrap: Vec<SocketAddr>,
    secure: Option<Secure>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Secure {
    bootstrap: Vec<SocketAddr>,
    authority: String,
}

/// Below what a test may take, so that a start that hangs is shown with its log.
const READY: Duration = Duration::from_secs(60);
const ONE_REQUEST: Duration = Duration::from_secs(30);

impl Ground {
    /// The Kafka that everybody here shares: one plain broker.
    pub fn kafka(&self) -> Result<Kafka, GroundError> {
        self.kafka_of("kafka", &KafkaShape::default())
    }

    /// A Kafka of another name and shape.
    pub fn kafka_of(&self, name: &str, shape: &KafkaShape) -> Result<Kafka, GroundError> {
        self.server(name, &format!("{shape:?}"), || {
            let prepared = Prepared::get()?;
            start_on_ports(PORTS * shape.brokers, |ports| self.start_kafka(name, shape, &prepared, ports))
        })
    }

    fn start_kafka(
        &self,
        name: &str,
        shape: &KafkaShape,
        prepared: &Prepared,
        ports: &[u16],
    ) -> Result<Kafka, GroundError> {
        assert!(shape.brokers == 1 || shape.brokers == NODES, "a ground's Kafka has one broker or three");
        assert!(shape.advertise.is_none() || shape.brokers == 1, "a proxy leads to one broker");
        let address = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let mut kafka = Kafka { brokers: vec![], listeners: vec![], bootstrap: vec![], secure: None };
        let certificate =
            shape.secure.then(certificate).transpose().map_err(|error| GroundError::Request {
                part: name.to_owned(),
                what: "make a certificate".to_owned(),
                why: error.to_string(),
            })?;
        for (node, ports_of_node) in (1..).zip(ports.chunks(PORTS)) {
            let part = if shape.brokers == 1 { name.to_owned() } else { format!("{name}-{node}") };
            let folder = self.part_folder(&part)?;
            let data = folder.join("data");
            prepared.copy_formatted(node, &data)?;
            let keystore = folder.join("keystore.pem");
            if let Some(certificate) = &certificate {
                write(&part, &keystore, &certificate.keystore)?;
            }
            let config = Config {
                node,
                nodes: shape.brokers,
                ports,
                data: &data,
                advertise: shape.advertise,
                keystore: certificate.is_some().then_some(&keystore),
            };
            let properties = folder.join("server.properties");
            write(&part, &properties, &config.properties())?;
            kafka.brokers.push(self.start_broker(part, folder, shape, prepared, &properties)?);
            kafka.listeners.push(address(ports_of_node[0]));
            kafka.bootstrap.push(shape.advertise.unwrap_or(address(ports_of_node[0])));
        }
        kafka.secure = certificate.map(|certificate| Secure {
            bootstrap: ports.chunks(PORTS).map(|ports| address(ports[2])).collect(),
            authority: certificate.authority,
        });
        Ok(kafka)
    }

    fn start_broker(
        &self,
        part: String,
        folder: PathBuf,
        shape: &KafkaShape,
        prepared: &Prepared,
        properties: &Path,
    ) -> Result<Part, GroundError> {
        let mut arguments = prepared.java(shape.heap_megabytes);
        arguments.extend(["kafka.Kafka".to_owned(), properties.display().to_string()]);
        let environment = shape.clock.as_ref().map(Clock::environment).unwrap_or_default();
        Part::start(self.folder(), Order { part, program: "java".into(), arguments, environment, folder })
    }
}

pub(super) fn prepare() -> Result<(), GroundError> {
    Prepared::get().map(drop)
}

impl Server for Kafka {
    fn parts(&self) -> Vec<&Part> {
        self.brokers.iter().collect()
    }

    fn await_ready(&self) -> Result<(), GroundError> {
        let began = Instant::now();
        let left = || READY.saturating_sub(began.elapsed());
        for (part, listener) in self.brokers.iter().zip(&self.listeners) {
            part.await_ready("the broker to listen", left(), || {
                port::is_listened_on_by(part.pid().ok()?, listener.port()).then_some(())
            })?;
        }
        if self.listeners != self.bootstrap {
            return Ok(()); // the way through the proxy is the caller's
        }
        let client: BaseConsumer =
            self.client().create().map_err(|error| self.failed("make a client", &error))?;
        let what = format!("{} brokers to be in the cluster", self.brokers.len());
        self.brokers[0].await_ready(&what, left(), || {
            let found = client.fetch_metadata(None, Duration::from_secs(1)).ok()?;
            (found.brokers().len() == self.brokers.len()).then_some(())
        })
    }

    fn addresses(&self) -> Vec<(String, String)> {
        let mut lines = vec![("bootstrap.servers".to_owned(), self.bootstrap())];
        if let Some(secure) = &self.secure {
            lines.push(("SASL_SSL".to_owned(), join(&secure.bootstrap)));
        }
        lines
    }
}

impl Kafka {
    /// `bootstrap.servers` of the plain listener.
    pub fn bootstrap(&self) -> String {
        join(&self.bootstrap)
    }

    /// Where broker 1 itself listens: what a proxy leads to.
    pub fn listener(&self) -> SocketAddr {
        self.listeners[0]
    }

    /// Broker `number`, counted from one.
    pub fn broker(&self, number: usize) -> &Part {
        &self.brokers[number - 1]
    }

    /// Starts a broker that has ended, and waits until the cluster is whole.
    pub fn start_again(&self, number: usize) -> Result<(), GroundError> {
        self.broker(number).start_again()?;
        self.await_ready()
    }

    /// What every client of the plain listener begins with.
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.bootstrap());
        // A broker that is killed is meant to be: clients look for it again soon, and do not tell.
        config.set("reconnect.backoff.ms", "50").set("reconnect.backoff.max.ms", "500").set("log_level", "2");
        config
    }

    /// What a client of the secure listener begins with.
    ///
    /// # Panics
    /// When this Kafka has none: its shape says so.
    pub fn client_as(&self, user: User) -> ClientConfig {
        let secure = self.secure.as_ref().expect("because only a secure Kafka has users");
        let (name, password) = user.name_and_password();
        let mut config = self.client();
        config.set("bootstrap.servers", join(&secure.bootstrap));
        config.set("security.protocol", "SASL_SSL").set("sasl.mechanism", "SCRAM-SHA-512");
        config.set("sasl.username", name).set("sasl.password", password);
        config.set("ssl.ca.pem", &secure.authority);
        config
    }

    /// Makes a topic, with as many copies as there are brokers.
    pub fn topic(&self, name: &str, partitions: u16, settings: &[(&str, &str)]) -> Result<(), GroundError> {
        let what = format!("make the topic {name}");
        let admin: AdminClient<DefaultClientContext> =
            self.client().create().map_err(|error| self.failed(&what, &error))?;
        let copies = i32::try_from(self.brokers.len()).expect("because a ground has at most three brokers");
        let mut topic = NewTopic::new(name, i32::from(partitions), TopicReplication::Fixed(copies));
        for (key, value) in settings {
            topic = topic.set(key, value);
        }
        let options =
            AdminOptions::new().operation_timeout(Some(ONE_REQUEST)).request_timeout(Some(ONE_REQUEST));
        let made = block_on(admin.create_topics([&topic], &options));
        match made.map_err(|error| self.failed(&what, &error))?.into_iter().next() {
            Some(Err((_, error))) => Err(self.failed(&what, &error)),
            _ => Ok(()),
        }
    }

    /// Makes a topic unless it is there.
    pub fn topic_if_missing(&self, name: &str, partitions: u16) -> Result<(), GroundError> {
        match self.topic(name, partitions, &[]) {
            Err(GroundError::Request { why, .. }) if why.contains("TopicAlreadyExists") => Ok(()),
            made => made,
        }
    }

    /// Lets a user do something (`Write`, `Read`, `Describe`…) with one topic.
    pub fn allow(&self, user: User, operation: &str, topic: &str) -> Result<(), GroundError> {
        let principal = format!("User:{}", user.name());
        self.tool(
            "org.apache.kafka.tools.AclCommand",
            &["--add", "--allow-principal", &principal, "--operation", operation, "--topic", topic],
        )
    }

    /// Lets a user read in one consumer group.
    pub fn allow_group(&self, user: User, group: &str) -> Result<(), GroundError> {
        let principal = format!("User:{}", user.name());
        self.tool(
            "org.apache.kafka.tools.AclCommand",
            &["--add", "--allow-principal", &principal, "--operation", "Read", "--group", group],
        )
    }

    /// Runs one of Kafka's own tools, for what its clients here cannot ask.
    fn tool(&self, class: &str, arguments: &[&str]) -> Result<(), GroundError> {
        let output = Command::new("timeout")
            .arg(ONE_REQUEST.as_secs().to_string())
            .arg("java")
            .args(Prepared::get()?.java(256))
            .args([class, "--bootstrap-server", &self.bootstrap()])
            .args(arguments)
            .output()
            .map_err(|error| self.failed(class, &error))?;
        if output.status.success() {
            return Ok(());
        }
        Err(self.failed(class, &String::from_utf8_lossy(&output.stderr)))
    }

    fn failed(&self, what: &str, why: &impl ToString) -> GroundError {
        GroundError::Request {
            part: self.brokers[0].name().to_owned(),
            what: what.to_owned(),
            why: why.to_string(),
        }
    }
}

struct Certificate {
    /// Key, certificate: what the broker shows.
    keystore: String,
    /// What clients trust.
    authority: String,
}

/// The broker's certificate signs itself: what is tested is that clients check, not how authorities chain.
fn certificate() -> Result<Certificate, rcgen::Error> {
    let key = KeyPair::generate()?;
    let shown =
        CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()])?.self_signed(&key)?;
    Ok(Certificate { keystore: format!("{}{}", key.serialize_pem(), shown.pem()), authority: shown.pem() })
}

fn join(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn write(part: &str, path: &Path, text: &str) -> Result<(), GroundError> {
    fs::write(path, text).map_err(|source| GroundError::File {
        part: part.to_owned(),
        path: path.to_owned(),
        source,
    })
}
