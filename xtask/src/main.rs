//! `cargo xtask`: reads the command line, and turns the outcome into an exit code.
//!
//! Exit code 0: all is well. 1: something is refused or failed, and has been said. 2: wrong arguments.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use xtask::{checks, command, generated, images, soak, suite, tree::Tree};

/// The project's own tooling.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Judge everything that can be judged without running the tests
    Check {
        /// The tree to judge [default: this workspace]
        #[arg(long)]
        root: Option<PathBuf>,
        /// Only this check; may be repeated
        #[arg(long, value_name = "NAME", value_parser = checks::names())]
        only: Vec<String>,
    },
    /// Run every crate's tests, each within its time budget
    Test {
        /// The workspace to test [default: this one]
        #[arg(long)]
        root: Option<PathBuf>,
        /// Names of tests, and other arguments for nextest
        #[arg(last = true)]
        nextest: Vec<String>,
    },
    /// Run every round of every claim, and write docs/soak.md
    Soak {
        /// Only claims that contain these words; the others stay on the page as they are
        #[arg(default_value = "", hide_default_value = true)]
        only: String,
    },
    /// Build and run the program `ground`
    Ground {
        /// Its arguments
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Measure: build and run `sawlog-bench`, and the program `ground` for those it is compared with
    Bench {
        /// Its arguments
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Build the programs, and write an image of each that any container runtime can load
    Images {
        /// The folder of the archives [default: images, in Cargo's target folder]
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// The tag in the images' names
        #[arg(long, value_parser = images::tag, default_value = images::VERSION)]
        tag: String,
        /// Cargo's profile
        #[arg(long, value_parser = ["release", "ci"], default_value = "release")]
        profile: String,
    },
    /// Write the generated files again
    Generate {
        /// Write nothing; fail when a file is not what its program says
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().step) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(step: Step) -> anyhow::Result<bool> {
    // What runs is in a process group of its own, which the terminal's Ctrl-C does not reach.
    ctrlc::set_handler(|| {
        command::end_running();
        std::process::exit(130);
    })?;
    match step {
        Step::Check { root, only } => Ok(checks::run(&Tree::at(root)?, &only)),
        Step::Test { root, nextest } => suite::run(&Tree::at(root)?, &nextest),
        Step::Soak { only } => soak::run(&Tree::at(None)?, &only),
        Step::Ground { arguments } => suite::ground(&Tree::at(None)?, &arguments),
        Step::Bench { arguments } => suite::bench(&Tree::at(None)?, &arguments),
        Step::Images { out, tag, profile } => {
            images::run(&Tree::at(None)?, &images::Options { out, tag, profile })
        }
        Step::Generate { check: true } => {
            let stale = generated::check(&Tree::at(None)?)?;
            for line in &stale {
                println!("{line}");
            }
            Ok(stale.is_empty())
        }
        Step::Generate { check: false } => generated::write(&Tree::at(None)?).map(|()| true),
    }
}
