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
            registry: Registry::with_prefix("sawlog_broker"),
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
        let (received, sent) =
            ("Record batches as producers sent them", "Record batches as consumers got them");
        registry.register_with_unit("received", received, Unit::Bytes, metrics.bytes_in.clone());
        registry.register_with_unit("sent", sent, Unit::Bytes, metrics.bytes_out.clone());
        registry.register("received_messages", "Records that producers sent", metrics.messages_in.clone());
        registry.register("sent_messages", "Records that consumers got", metrics.messages_out.clone());
        registry.register("repeats", "Batches that producers sent again", metrics.repeats.clone());
        registry.register_with_unit(
            "log",
            "What a topic takes on disk",
            Unit::Bytes,
            metrics.log_bytes.clone(),
        );
        let syncs = "How long it took to bring appends to the disk";
        registry.register_with_unit("sync", syncs, Unit::Seconds, metrics.sync_seconds.clone());
        registry.register("connections", "Clients that are connected", metrics.connections.clone());
        let refused = "Connections that were one too many";
        registry.register("refused_connections", refused, metrics.refused_connections.clone());
        registry.register("requests", "Requests by kind", metrics.requests.clone());
        registry.register("errors", "Errors that were answered, by kind of request", metrics.errors.clone());
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
    pub(crate) fn described(&self) -> Vec<(String, String)> {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("because a string takes everything");
        let helps = text.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split_once(' '));
        helps.map(|(name, help)| (name.to_owned(), help.trim_end_matches('.').to_owned())).collect()
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
