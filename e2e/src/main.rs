//! `ground`: the test ground on the command line, and the processes behind it.
//!
//! Exit code 0: done, and everything stands. 1: something does not, and has been said. 2: wrong arguments.

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Parser, Subcommand, ValueEnum};
use sawlog_e2e::ground::{
    CollectorShape, Ground, GroundError,
    cluster::{self, inside::Inside},
    keeper::{self, Owner},
    prepare,
};

/// Real servers for tests: Kafka, an object store, Alertmanager, Prometheus, an OpenTelemetry Collector, and, by
/// name only, Kubernetes.
///
/// They listen on loopback, on free ports, and keep their data in a folder of their own; `ground down` ends
/// them and removes it. Tests start what they need by themselves: this is for trying things by hand.
#[derive(Debug, Parser)]
#[command(name = "ground", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start parts, prepare what they need first, and print where they listen
    Up {
        /// Which parts
        #[arg(default_value = "all")]
        parts: Vec<Which>,
        /// Which ground: two names are two grounds that do not meet
        #[arg(long, default_value = "default")]
        name: String,
        /// End it when the process of this number ends
        #[arg(long, value_name = "PID")]
        owner: Option<u32>,
    },
    /// End parts and remove their data
    Down {
        /// Which parts
        #[arg(default_value = "all")]
        parts: Vec<Which>,
        /// Which ground
        #[arg(long, default_value = "default")]
        name: String,
    },
    /// Print how every part stands and where it listens; exit code 1 when one has ended
    Status {
        /// Which parts
        #[arg(default_value = "all")]
        parts: Vec<Which>,
        /// Which ground
        #[arg(long, default_value = "default")]
        name: String,
    },
    /// Fetch and build what parts are made of, and start nothing
    Prepare {
        /// Which parts
        #[arg(default_value = "all")]
        parts: Vec<Which>,
    },
    /// Keep a ground: started by the ground itself
    #[command(hide = true)]
    Keep {
        /// The ground's folder
        folder: PathBuf,
        /// Whose it is
        owner: Owner,
    },
    /// Run in a node of a cluster: started by the cluster itself
    #[command(hide = true)]
    Inside {
        /// What
        #[command(subcommand)]
        program: Inside,
    },
    /// Become a program that does not outlive its keeper: started by the keeper
    #[command(hide = true)]
    Child {
        /// The keeper's process
        keeper: u32,
        /// The program
        program: String,
        /// Its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    Kafka,
    Store,
    Alertmanager,
    Prometheus,
    Collector,
    Kubernetes,
    All,
}

impl Which {
    /// All but Kubernetes, which takes root and minutes to prepare: it is asked for by name.
    const EACH: [Self; 5] = [Self::Kafka, Self::Store, Self::Alertmanager, Self::Prometheus, Self::Collector];

    fn name(self) -> &'static str {
        match self {
            Self::Kafka => "kafka",
            Self::Store => "store",
            Self::Alertmanager => "alertmanager",
            Self::Prometheus => "prometheus",
            Self::Collector => "collector",
            Self::Kubernetes => "kubernetes",
            Self::All => "all",
        }
    }
}

/// Topics of the collector of a ground that is used by hand.
const COLLECTOR_TOPICS: [&str; 2] = ["otlp-out", "otlp-in"];

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Up { parts, name, owner } => up(&parts, &name, owner).map(|()| true),
        Command::Down { parts, name } => down(&parts, &name).map(|()| true),
        Command::Status { parts, name } => status(&parts, &name),
        Command::Prepare { parts } => prepare_each(&parts).map(|()| true),
        Command::Keep { folder, owner } => keeper::keep(&folder, owner)
            .map(|()| true)
            .map_err(|error| GroundError::Keeper { why: error.to_string() }),
        Command::Inside { program } => {
            return match program.run() {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("ground inside: {}", error.whole());
                    ExitCode::FAILURE
                }
            };
        }
        Command::Child { keeper, program, arguments } => {
            eprintln!("{program} does not start: {}", keeper::run_child(keeper, &program, &arguments));
            return ExitCode::from(127);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("ground: {error}");
            ExitCode::FAILURE
        }
    }
}

fn each(parts: &[Which]) -> Vec<Which> {
    if parts.contains(&Which::All) { Which::EACH.to_vec() } else { parts.to_vec() }
}

fn up(parts: &[Which], name: &str, owner: Option<u32>) -> Result<(), GroundError> {
    let parts = each(parts);
    if parts.contains(&Which::Kubernetes) {
        cluster::check_rights()?;
    }
    prepare_each(&parts)?;
    let began = Instant::now();
    let ground = Ground::named(name, owner)?;
    // Kafka takes the longest; the others come up beside it.
    let started: Vec<Result<(), GroundError>> = std::thread::scope(|scope| {
        let starting: Vec<_> = parts.iter().map(|part| scope.spawn(|| start(&ground, *part))).collect();
        starting.into_iter().map(|one| one.join().expect("because starting a part does not panic")).collect()
    });
    started.into_iter().collect::<Result<(), _>>()?;
    show(&ground, &parts)?;
    println!("up in {}; `ground down` ends it", seconds(began.elapsed()));
    Ok(())
}

fn start(ground: &Ground, part: Which) -> Result<(), GroundError> {
    match part {
        Which::Kafka => ground.kafka().map(drop),
        Which::Store => ground.store().map(drop),
        Which::Alertmanager => ground.alertmanager().map(drop),
        Which::Prometheus => ground.prometheus().map(drop),
        Which::Collector => {
            let kafka = ground.kafka()?;
            for topic in COLLECTOR_TOPICS {
                kafka.topic_if_missing(topic, 1)?;
            }
            let [writes, reads] = COLLECTOR_TOPICS.map(str::to_owned);
            let shape = CollectorShape { bootstrap: kafka.bootstrap(), writes, reads };
            ground.collector_of("collector", &shape).map(drop)
        }
        Which::Kubernetes => ground.cluster().map(drop),
        Which::All => Ok(()),
    }
}

fn prepare_each(parts: &[Which]) -> Result<(), GroundError> {
    let mut wanted = each(parts);
    if parts.contains(&Which::All) {
        wanted.push(Which::Kubernetes);
    }
    for part in wanted {
        match part {
            Which::Kafka => prepare::kafka()?,
            Which::Store => prepare::store()?,
            Which::Alertmanager => prepare::alertmanager()?,
            Which::Prometheus => prepare::prometheus()?,
            Which::Collector => prepare::collector()?,
            Which::Kubernetes => prepare::kubernetes()?,
            Which::All => {}
        }
    }
    Ok(())
}

fn down(parts: &[Which], name: &str) -> Result<(), GroundError> {
    let began = Instant::now();
    let Some(ground) = Ground::named_if_up(name)? else {
        println!("the ground `{name}` is not up");
        return Ok(());
    };
    if parts.contains(&Which::All) {
        ground.down()?;
    } else {
        for part in parts {
            if !ground.take_down(part.name())? {
                println!("{} is not up", part.name());
            }
        }
    }
    println!("down in {}", seconds(began.elapsed()));
    Ok(())
}

fn status(parts: &[Which], name: &str) -> Result<bool, GroundError> {
    if let Some(ground) = Ground::named_if_up(name)? {
        return show(&ground, &each(parts));
    }
    println!("the ground `{name}` is not up: `ground up` starts it");
    Ok(true)
}

/// Prints the parts; true when all of them run.
fn show(ground: &Ground, parts: &[Which]) -> Result<bool, GroundError> {
    let standings = ground.standings()?;
    let mut all_run = true;
    for (name, known) in ground.servers()? {
        if !parts.iter().any(|part| part.name() == name) {
            continue;
        }
        for standing in standings.iter().filter(|standing| known.parts.contains(&standing.part)) {
            let how = standing.ended.as_deref().unwrap_or("runs");
            all_run &= standing.ended.is_none();
            println!("{:<20}{how}, process {}", standing.part, standing.pid);
        }
        for (what, value) in &known.addresses {
            println!("{:<20}{what} {value}", "");
        }
    }
    println!("{:<20}{}", "folder", ground.folder().display());
    if !all_run {
        println!("`ground up` starts what has ended again, with its data");
    }
    Ok(all_run)
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
