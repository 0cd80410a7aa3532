//! `sawlog`: a table of commands.

use std::{process::ExitCode, sync::mpsc::sync_channel};

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser as _};
use sawlog::{
    broker, check, explain,
    flags::{Command, Flags},
    generate,
    up::{self, UpError},
};

fn main() -> ExitCode {
    match run(Flags::parse().command) {
        Ok(status) => status,
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Up(flags) => {
            let options = up::Options::resolve(flags)?;
            let (stop, stopped) = sync_channel(1);
            let temporary = options.temporary();
            let end = move || {
                // The first one ends it; a second one means that the first could not be obeyed, perhaps
                // because nobody reads what is printed.
                if stop.try_send(()).is_err() {
                    // The fleet still writes into it: a file that appears meanwhile needs another try.
                    let removed = |folder: &std::path::PathBuf| std::fs::remove_dir_all(folder).is_ok();
                    while !temporary.as_ref().is_none_or(|folder| removed(folder) || !folder.exists()) {}
                    std::process::exit(130);
                }
            };
            ctrlc::set_handler(end).context("cannot listen for Ctrl-C")?;
            eprintln!("sawlog: demo fleet writes to {}; Ctrl-C ends it", options.root().display());
            match up::run(&options, &stopped, anstream::stdout().lock()) {
                Err(UpError::NobodyReads) => {}
                ended => ended?,
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Check(flags) => {
            Ok(check::run(&flags, std::io::stdin().lock(), anstream::stdout().lock())?.into())
        }
        Command::Explain(flags) => {
            explain::run(&flags, anstream::stdout().lock())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Broker(flags) => {
            broker::log_to_stderr();
            broker::run(&flags, anstream::stdout().lock())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Flags::command(), "sawlog", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        Command::Generate { what } => {
            print!("{}", generate::generate(what));
            Ok(ExitCode::SUCCESS)
        }
    }
}
