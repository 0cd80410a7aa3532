//! What is counted, in the format of Prometheus.

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

use crate::topic::Catalog;

/// Of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfTopic {
    pub(crate) topic: String,
}

/// Of a kind of request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfApi {
    pub(crate) api: String,
}

/// An error that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfError {
    pub(crate) api: String,
    pub(crate) error: String,
}

const PREFIX: &str = "sawlog_broker";
/// Name, what the format adds to it, meaning; in the order in which they are registered.
#[rustfmt::skip]
const NAMES: [(&str, &str, &str); 11] = [
    ("received", "_bytes_total", "record batches as producers sent them, by topic"),
    ("sent", "_bytes_total", "record batches as consumers got them, by topic"),
    ("received_messages", "_total", "records that producers sent, by topic"),
    ("sent_messages", "_total", "records that consumers got, by topic"),
    ("repeats", "_total", "batches that producers sent again and that were not stored again, by topic"),
    ("log", "_bytes", "what a topic takes on disk"),
    ("sync", "_seconds", "how long it took to bring appends to the disk, as a histogram"),
    ("connections", "", "clients that are connected"),
    ("refused_connections", "_total", "connections that were one too many"),
    ("requests", "_total", "requests, by kind"),
    ("errors", "_total", "errors that were answered, by kind of request and error"),
];

/// All counters. Gauges of topics are looked up when somebody asks.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) bytes_in: Family<OfTopic, Counter>,
    pub(crate) bytes_out: Family<OfTopic, Counter>,
    pub(crate) messages_in: Family<OfTopic, Counter>,
    pub(crate) messages_out: Family<OfTopic, Counter>,
    pub(crate) repeats: Family<OfTopic, Counter>,
    log_bytes: Family<OfTopic, Gauge>,
    pub(crate) sync_seconds: Histogram,
    pub(crate) connections: Gauge,
    pub(crate) refused_connections: Counter,
    pub(crate) requests: Family<OfApi, Counter>,
    pub(crate) errors: Family<OfError, Counter>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix(PREFIX),
            bytes_in: Family::default(),
            bytes_out: Family::default(),
            messages_in: Family::default(),
            messages_out: Family::default(),
            repeats: Family::default(),
            log_bytes: Family::default(),
            // 20 µs to 20 s.
            sync_seconds: Histogram::new(exponential_buckets(20e-6, 2.0, 20)),
            connections: Gauge::default(),
            refused_connections: Counter::default(),
            requests: Family::default(),
            errors: Family::default(),
        };
        let registry = &mut metrics.registry;
        registry.register_with_unit(NAMES[0].0, NAMES[0].2, Unit::Bytes, metrics.bytes_in.clone());
        registry.register_with_unit(NAMES[1].0, NAMES[1].2, Unit::Bytes, metrics.bytes_out.clone());
        registry.register(NAMES[2].0, NAMES[2].2, metrics.messages_in.clone());
        registry.register(NAMES[3].0, NAMES[3].2, metrics.messages_out.clone());
        registry.register(NAMES[4].0, NAMES[4].2, metrics.repeats.clone());
        registry.register_with_unit(NAMES[5].0, NAMES[5].2, Unit::Bytes, metrics.log_bytes.clone());
        registry.register_with_unit(NAMES[6].0, NAMES[6].2, Unit::Seconds, metrics.sync_seconds.clone());
        registry.register(NAMES[7].0, NAMES[7].2, metrics.connections.clone());
        registry.register(NAMES[8].0, NAMES[8].2, metrics.refused_connections.clone());
        registry.register(NAMES[9].0, NAMES[9].2, metrics.requests.clone());
        registry.register(NAMES[10].0, NAMES[10].2, metrics.errors.clone());
        metrics
    }

    /// All of them as text.
    pub(crate) fn text(&self, catalog: &Catalog) -> String {
        self.log_bytes.clear();
        for topic in catalog.topics() {
            let logs = topic.partitions();
            let bytes: u64 =
                logs.iter().filter_map(|partition| partition.log.as_ref().ok()).map(|log| log.bytes()).sum();
            let gauge = self.log_bytes.get_or_create(&OfTopic { topic: topic.name.clone() });
            gauge.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("because a string takes everything");
        text
    }

    /// Names as they are read, and what they mean.
    pub(crate) fn described() -> impl Iterator<Item = (String, &'static str)> {
        NAMES.iter().map(|(name, suffix, meaning)| (format!("{PREFIX}_{name}{suffix}"), *meaning))
    }

    /// Forgets a topic that is gone.
    pub(crate) fn forget(&self, topic: &str) {
        let topic = OfTopic { topic: topic.to_owned() };
        for family in [&self.bytes_in, &self.bytes_out, &self.messages_in, &self.messages_out, &self.repeats]
        {
            family.remove(&topic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::LocalDisk;

    #[test]
    fn the_table_names_what_is_read() {
        let metrics = Metrics::new();
        let topic = OfTopic { topic: "t".to_owned() };
        for family in [
            &metrics.bytes_in,
            &metrics.bytes_out,
            &metrics.messages_in,
            &metrics.messages_out,
            &metrics.repeats,
        ] {
            family.get_or_create(&topic).inc();
        }
        metrics.requests.get_or_create(&OfApi { api: "Fetch".to_owned() }).inc();
        let error = OfError { api: "Fetch".to_owned(), error: "OffsetOutOfRange".to_owned() };
        metrics.errors.get_or_create(&error).inc();
        let folder = tempfile::tempdir().unwrap();
        let disk = std::sync::Arc::new(LocalDisk);
        let (catalog, _) = Catalog::open(disk, folder.path(), 0, 10, 0).unwrap();
        let new = crate::topic::NewTopic { name: "t".to_owned(), partitions: 1, settings: <_>::default() };
        catalog.create(new, 0).unwrap();
        let text = metrics.text(&catalog);
        for (name, meaning) in Metrics::described() {
            let is_read = text.lines().any(|line| line.starts_with(&name));
            assert!(is_read && text.contains(meaning), "{name}:\n{text}");
        }
    }
}
