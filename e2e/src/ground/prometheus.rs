//! Prometheus and promtool, of Debian's package.

use std::{net::SocketAddr, path::PathBuf};

use super::{
    Ground,
    cache::debian,
    error::GroundError,
    web::{Recipe, Web},
};

const PACKAGE: &str = "prometheus";

/// What a Prometheus is to do.
#[derive(Debug, Clone, Default)]
pub struct PrometheusShape {
    /// Whom it scrapes every second, beside itself.
    pub targets: Vec<SocketAddr>,
    /// Its rules, in its own YAML.
    pub rules: Option<String>,
}

/// The program promtool, which checks rules and metrics.
pub fn promtool() -> Result<PathBuf, GroundError> {
    debian::file(PACKAGE, "usr/bin/promtool")
}

impl Ground {
    /// A Prometheus that scrapes itself.
    pub fn prometheus(&self) -> Result<Web, GroundError> {
        self.prometheus_of("prometheus", &PrometheusShape::default())
    }

    /// A Prometheus of another name and shape.
    pub fn prometheus_of(&self, name: &str, shape: &PrometheusShape) -> Result<Web, GroundError> {
        let program = program()?;
        let recipe = Recipe {
            program: &program,
            arguments: &|address| {
                vec![
                    "--config.file=prometheus.yml".to_owned(),
                    "--storage.tsdb.path=data".to_owned(),
                    format!("--web.listen-address={address}"),
                    "--log.level=warn".to_owned(),
                ]
            },
            environment: [].into(),
            files: &|address| {
                let mut files = vec![("prometheus.yml", configuration(shape, address))];
                files.extend(shape.rules.clone().map(|rules| ("rules.yml", rules)));
                files
            },
            folders: &[],
            ready: ("/-/ready", 200),
            shape: &format!("{shape:?}"),
            also: &[],
        };
        self.web(name, &recipe)
    }
}

pub(super) fn program() -> Result<PathBuf, GroundError> {
    debian::file(PACKAGE, "usr/bin/prometheus")
}

fn configuration(shape: &PrometheusShape, itself: SocketAddr) -> String {
    let targets: Vec<String> =
        shape.targets.iter().chain([&itself]).map(|target| format!("'{target}'")).collect();
    let rules = if shape.rules.is_some() { "rule_files: [rules.yml]\n" } else { "" };
    format!(
        "global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\n{rules}scrape_configs:\n  \
         - job_name: ground\n    static_configs:\n      - targets: [{}]\n",
        targets.join(", ")
    )
}
