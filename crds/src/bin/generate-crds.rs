//! Writes what is generated from the kinds: one file on standard output, by its name.

use std::{io::Write as _, process::ExitCode};

use sawlog_crds::generate;

fn main() -> ExitCode {
    let asked = std::env::args().nth(1);
    let Some(file) = generate::FILES.iter().find(|file| Some(file.path) == asked.as_deref()) else {
        for file in generate::FILES {
            println!("{}", file.path);
        }
        return ExitCode::SUCCESS;
    };
    match std::io::stdout().write_all((file.content)().as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", file.path);
            ExitCode::FAILURE
        }
    }
}
