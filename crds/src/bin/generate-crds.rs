//! Writes what is generated from the kinds: one file on standard output, by its name; or keeps a release's schemas.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use sawlog_crds::generate::{FILES, release};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["release", version] => keep(Path::new("crds/golden"), version),
        [path] => match FILES.iter().find(|file| file.path == path) {
            Some(file) => io::stdout().write_all((file.content)().as_bytes()),
            None => return usage(),
        },
        _ => return usage(),
    };
    if let Err(error) = outcome {
        eprintln!("generate-crds: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Writes the schemas of today as those of `version`, and lists it.
fn keep(golden: &Path, version: &str) -> io::Result<()> {
    let folder = golden.join(version);
    fs::create_dir_all(&folder)?;
    for (file, text) in release::schemas() {
        fs::write(folder.join(file), text)?;
    }
    let list = golden.join("RELEASED");
    fs::write(&list, fs::read_to_string(&list)? + version + "\n")
}

fn usage() -> ExitCode {
    eprintln!("usage: generate-crds FILE | release VERSION, from the top of the repository; files:");
    for file in FILES {
        eprintln!("  {}", file.path);
    }
    ExitCode::from(2)
}
