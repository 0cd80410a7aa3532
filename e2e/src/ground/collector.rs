//! An OpenTelemetry Collector: the peer that tells whether our wire form is the one others speak.
//!
//! ```text
//! OTLP over HTTP ─▶ collector ─▶ one topic          another topic ─▶ collector ─▶ a file of JSON lines
//! ```

use std::path::PathBuf;

use super::{
    Ground,
    cache::go::{self, Module},
    error::GroundError,
    web::{Recipe, Web},
};

/// What a Collector is to connect.
#[derive(Debug, Clone)]
pub struct CollectorShape {
    /// `bootstrap.servers` of the Kafka.
    pub bootstrap: String,
    /// The topic that gets what is posted to `/v1/logs`.
    pub writes: String,
    /// The topic that is read into [`output`].
    pub reads: String,
}

const COLLECTOR: Module<'_> = Module {
    name: "collector",
    version: "0.155.0",
    go_mod: include_str!("../../ground/collector/go.mod"),
    go_sum: include_str!("../../ground/collector/go.sum"),
    main: Some(include_str!("../../ground/collector/main.go")),
    package: ".",
    megabytes: 1_500,
    values: &[],
};

const OUTPUT: &str = "read.jsonl";

impl Ground {
    /// A Collector between OTLP, two topics and a file.
    pub fn collector_of(&self, name: &str, shape: &CollectorShape) -> Result<Web, GroundError> {
        let program = program()?;
        let recipe = Recipe {
            program: &program,
            arguments: &|_| vec!["--config=file:collector.yml".to_owned()],
            environment: [].into(),
            files: &|address| vec![("collector.yml", configuration(shape, &address.to_string()))],
            folders: &[],
            ready: ("/v1/logs", 405), // it is there, and wants a POST
            shape: &format!("{shape:?}"),
            also: &[("OTLP over HTTP", "/v1/logs"), ("writes", &shape.writes), ("reads", &shape.reads)],
        };
        self.web(name, &recipe)
    }
}

/// The file into which a Collector writes what it reads from its topic.
pub fn output(collector: &Web) -> PathBuf {
    collector.part().folder().join(OUTPUT)
}

pub(super) fn program() -> Result<PathBuf, GroundError> {
    go::program(&COLLECTOR)
}

fn configuration(shape: &CollectorShape, address: &str) -> String {
    let CollectorShape { bootstrap, writes, reads } = shape;
    format!(
        "receivers:\n  otlp: {{protocols: {{http: {{endpoint: '{address}'}}}}}}\n  \
           kafka:\n    brokers: ['{bootstrap}']\n    initial_offset: earliest\n    group_id: collector\n    \
             logs: {{topics: ['{reads}'], encoding: otlp_proto}}\n\
         exporters:\n  kafka:\n    brokers: ['{bootstrap}']\n    \
             logs: {{topic: '{writes}', encoding: otlp_proto}}\n  \
           file: {{path: {OUTPUT}, flush_interval: 100ms}}\n\
         service:\n  telemetry: {{metrics: {{level: none}}, logs: {{level: warn}}}}\n  \
           pipelines:\n    logs/out: {{receivers: [otlp], exporters: [kafka]}}\n    \
             logs/in: {{receivers: [kafka], exporters: [file]}}\n"
    )
}
