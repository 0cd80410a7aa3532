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
        let Prepared { program, share } = prepared()?;
        let recipe = Recipe {
            program: Path::new("unshare"),
            arguments: &|address| {
                let words = [
                    &share.display().to_string(),
                    &program.display().to_string(),
                    "--config.file=alertmanager.yml",
                    "--storage.path=data",
                    &format!("--web.listen-address={address}"),
                    "--cluster.listen-address=", // it is alone
                    "--log.level=warn",
                ];
                unshared(SEE_ITS_TEMPLATES, &words).1
            },
            environment: [].into(),
            files: &|_| vec![("alertmanager.yml", configuration(shape))],
            folders: &[],
            ready: ("/-/ready", 200),
            also: &[],
        };
        self.web(name, &recipe)
    }
}

/// Debian's Alertmanager looks for its templates in /usr/share, where nothing was installed.
const SEE_ITS_TEMPLATES: &str =
    r#"mount -t overlay -o lowerdir="$1":/usr/share overlay /usr/share && shift && exec "$@""#;

pub(super) struct Prepared {
    program: PathBuf,
    share: PathBuf,
}

pub(super) fn prepared() -> Result<Prepared, GroundError> {
    let program = debian::file("prometheus-alertmanager", "usr/bin/prometheus-alertmanager")?;
    let share = program
        .parent()
        .and_then(Path::parent)
        .map_or_else(|| PathBuf::from("/usr/share"), |usr| usr.join("share"));
    Ok(Prepared { program, share })
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
