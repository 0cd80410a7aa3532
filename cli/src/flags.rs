//! The command tree, from which parser, help, man page, reference and completions are made.

use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use sawlog_broker::options::Address;
use sawlog_record::Severity;

use crate::broker;

/// The version and the commit it was built from.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("SAWLOG_COMMIT"), ")");

/// Logs of containers: searchable, alertable, cheap to keep.
#[derive(Debug, Parser)]
#[command(name = "sawlog", version = VERSION, propagate_version = true)]
pub struct Flags {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands that are built.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run Sawlog on this machine.
    ///
    /// A demo fleet of eleven containers writes container log files, as a kubelet keeps them; they are
    /// followed, and what they say is printed. After a minute an incident begins. Nothing is stored yet.
    #[command(
        after_help = "Examples:\n  sawlog up\n  sawlog up --level warn\n  sawlog up --seed 42 --for 2m --dir /tmp/fleet"
    )]
    Up(UpFlags),
    /// Judge resources without a cluster.
    ///
    /// Every document is judged as the API server would judge it: fields, defaults, bounds and rules, with the
    /// same messages, and with file, line and column. Queries are read, too. Nothing is sent anywhere.
    #[command(
        after_help = "Examples:\n  sawlog check payments.yaml\n  sawlog check config/ --was deployed/\n  kustomize build . | sawlog check -\n\nExit status: 0 when everything is good, 1 when something is refused, 2 when a file cannot be read."
    )]
    Check(CheckFlags),
    /// Explain a field of a resource, or a reason.
    ///
    /// Without a name, the kinds are listed.
    #[command(
        after_help = "Examples:\n  sawlog explain lp.spec.parse.multiline\n  sawlog explain LogIndex --recursive\n  sawlog explain alertrules.spec.trigger"
    )]
    Explain(ExplainFlags),
    /// Run a log that speaks the Kafka protocol, on this machine's disk.
    ///
    /// For one machine and for tests: one node, no copies, neither encryption nor authentication. Clusters use
    /// Apache Kafka. What is acknowledged is on disk.
    #[command(
        after_help = "Examples:\n  sawlog broker --data /tmp/log\n  sawlog broker --data /var/lib/log --listen 127.0.0.1:0 --create-topics 4\n  sawlog broker --data /tmp/log --metrics 9093"
    )]
    Broker(BrokerFlags),
    /// Print the completions of a shell.
    #[command(
        after_help = "Example:\n  sawlog completions bash > ~/.local/share/bash-completion/completions/sawlog"
    )]
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Print what is generated from this command tree; the project's tooling calls it.
    #[command(hide = true)]
    Generate {
        /// What to print.
        what: Generated,
    },
}

/// What can be generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Generated {
    /// The man page.
    Man,
    /// The reference in Markdown.
    Reference,
    /// The reference of the broker in Markdown.
    Broker,
}

/// How to run on this machine.
#[derive(Debug, Args)]
pub struct UpFlags {
    /// The seed of the demo fleet: the same seed, the same lines, apart from their times.
    #[arg(long, default_value_t = 7, value_name = "N")]
    pub seed: u64,
    /// Stop after this time; without, at Ctrl-C.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub lasts: Option<Duration>,
    /// Write the container logs below this folder, which must be new or empty, and leave them there.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Print nothing less severe: debug, info, warn, error. Records without a severity are printed.
    #[arg(long, default_value = "debug", value_name = "LEVEL", value_parser = level)]
    pub level: Severity,
}

/// What to judge, and against what.
#[derive(Debug, Args)]
pub struct CheckFlags {
    /// Files, folders (their *.yaml, *.yml and *.json, however deep), or - for standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What the cluster has now: a resource that is also in here is judged as a change of it.
    #[arg(long, value_name = "FILE")]
    pub was: Vec<PathBuf>,
    /// How to print.
    #[arg(long, short, default_value = "text", value_name = "FORMAT")]
    pub output: Output,
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Lines for people.
    Text,
    /// One JSON object for programs.
    Json,
}

/// What to explain.
#[derive(Debug, Args)]
pub struct ExplainFlags {
    /// A kind and its fields, such as lp.spec.parse, or a reason, such as `PartitionShrinkRefused`.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// All fields below it, without descriptions.
    #[arg(long)]
    pub recursive: bool,
}

/// How to run a broker.
#[derive(Debug, Args)]
pub struct BrokerFlags {
    /// Where topics are kept; made if it is not there. One process at a time can have it.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where clients connect; port 0 takes a free one, which is printed.
    #[arg(long, default_value = "127.0.0.1:9092", value_name = "ADDR", value_parser = broker::address)]
    pub listen: SocketAddr,
    /// Where clients are sent to, when it is not the address at which they came.
    #[arg(long, value_name = "HOST:PORT")]
    pub advertise: Option<Address>,
    /// Make a topic that is asked for and is not there, with so many partitions.
    #[arg(long, value_name = "N")]
    pub create_topics: Option<NonZeroUsize>,
    /// Serve metrics of Prometheus over HTTP, at /metrics.
    #[arg(long, value_name = "ADDR", value_parser = broker::address)]
    pub metrics: Option<SocketAddr>,
}

/// `90s`, `2m`, `500ms`, `1h`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a duration: write a whole number and ms, s, m or h, such as 90s");
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(wrong)?;
    let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let millis = match &text[digits..] {
        "ms" => Some(number),
        "s" => number.checked_mul(1000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        _ => None,
    };
    millis.map(Duration::from_millis).ok_or_else(wrong)
}

fn level(text: &str) -> Result<Severity, String> {
    Severity::from_word(text)
        .ok_or_else(|| format!("`{text}` is not a level: write debug, info, warn or error"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_tree_is_sound() {
        Flags::command().debug_assert();
    }

    #[test]
    fn durations_are_whole_numbers_with_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in
            ["", "90", "s", "1.5s", "-1s", "1 s", "2d", "99999999999999999999s", "18446744073709551615h"]
        {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
