//! Alertmanager, of Debian's package, alone and with one receiver.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    Ground,
    cache::debian,
    error::GroundError,
    mounts::unshared,
    web::{Recipe, Web},
};

/// How an Alertmanager is to be.
#[derive(Debug, Clone)]
pub struct AlertmanagerShape {
    /// Where notifications are posted to; nowhere if it is absent.
    pub webhook: Option<String>,
    /// How long it collects alerts of a group before it notifies, and before it notifies again.
    pub group_wait: Duration,
}

impl Default for AlertmanagerShape {
    fn default() -> Self {
        Self { webhook: None, group_wait: Duration::from_millis(100) }
    }
}

impl Ground {
    /// An Alertmanager that notifies nobody.
    pub fn alertmanager(&self) -> Result<Web, GroundError> {
        self.alertmanager_of("alertmanager", &AlertmanagerShape::default())
    }

    /// An Alertmanager of another name and shape.
    pub fn alertmanager_of(&self, name: &str, shape: &AlertmanagerShape) -> Result<Web, GroundError> {
        let (program, before) = seeing_its_templates(program()?)?;
        let recipe = Recipe {
            program: &program,
            arguments: &|address| {
                let its_own = [
                    "--config.file=alertmanager.yml".to_owned(),
                    "--storage.path=data".to_owned(),
                    format!("--web.listen-address={address}"),
                    "--cluster.listen-address=".to_owned(), // it is alone
                    "--log.level=warn".to_owned(),
                ];
                before.iter().cloned().chain(its_own).collect()
            },
            environment: [].into(),
            files: &|_| vec![("alertmanager.yml", configuration(shape))],
            folders: &[],
            ready: ("/-/ready", 200),
            shape: &format!("{shape:?}"),
            also: &[],
        };
        self.web(name, &recipe)
    }
}

/// Debian's Alertmanager looks for its templates here, where nothing was installed.
const TEMPLATES: &str = "/usr/share/prometheus/alertmanager/default.tmpl";
const OVERLAY: &str =
    r#"mount -t overlay -o lowerdir="$1":/usr/share overlay /usr/share && shift && exec "$@""#;

pub(super) fn program() -> Result<PathBuf, GroundError> {
    debian::file("prometheus-alertmanager", "usr/bin/prometheus-alertmanager")
}

/// What to run, and the first of its arguments.
fn seeing_its_templates(program: PathBuf) -> Result<(PathBuf, Vec<String>), GroundError> {
    if Path::new(TEMPLATES).exists() {
        return Ok((program, Vec::new()));
    }
    let share = program.ancestors().nth(2).map(|usr| usr.join("share")).unwrap_or_default();
    let (share, program) = (share.display().to_string(), program.display().to_string());
    let (unshare, arguments) = unshared(OVERLAY, &[&share, &program])?;
    Ok((PathBuf::from(unshare), arguments))
}

fn configuration(shape: &AlertmanagerShape) -> String {
    let receiver = match &shape.webhook {
        None => String::new(),
        Some(url) => format!("\n    webhook_configs:\n      - url: {url}\n        send_resolved: true"),
    };
    let wait = shape.group_wait.as_millis();
    format!(
        "route:\n  receiver: tests\n  group_by: ['...']\n  group_wait: {wait}ms\n  group_interval: {wait}ms\n  \
         repeat_interval: 1h\nreceivers:\n  - name: tests{receiver}\n"
    )
}
