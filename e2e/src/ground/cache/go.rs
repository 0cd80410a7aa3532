//! Programs built from Go modules whose sums are checked in.

use std::{fs, path::PathBuf, time::Duration};

use super::{Recipe, Workshop, ready, workshop::Step};
use crate::ground::error::GroundError;

/// A Go program to be built.
pub struct Module<'a> {
    /// What the program is called.
    pub name: &'a str,
    /// Which version of it.
    pub version: &'a str,
    /// The module file that names everything it is built from.
    pub go_mod: &'a str,
    /// The sums of all that.
    pub go_sum: &'a str,
    /// Our own source, if the program is put together here.
    pub main: Option<&'a str>,
    /// The package of the program: `.` for our own.
    pub package: &'a str,
    /// How much room building it takes, its modules and what Go keeps of them included.
    pub megabytes: u64,
    /// Values set when it is linked: `importpath.name=value`.
    pub values: &'a [&'a str],
}

const LIMIT: Duration = Duration::from_mins(30);

/// The program, built if it is not there yet.
pub fn program(module: &Module<'_>) -> Result<PathBuf, GroundError> {
    let values = module.values.concat();
    let inputs = [module.go_mod, module.go_sum, module.main.unwrap_or_default(), module.package, &values];
    let make = |workshop: &Workshop<'_>| build(workshop, module);
    let recipe = Recipe {
        name: module.name,
        version: module.version,
        inputs: &inputs,
        megabytes: module.megabytes,
        make: &make,
    };
    Ok(ready(&recipe)?.join(module.name))
}

fn build(workshop: &Workshop<'_>, module: &Module<'_>) -> Result<(), GroundError> {
    workshop.need("go", "install Go 1.25 or newer (https://go.dev/dl), then run again")?;
    let source = workshop.folder.with_extension("source");
    let failed = |source_error| GroundError::Cache { folder: source.clone(), source: source_error };
    if source.exists() {
        fs::remove_dir_all(&source).map_err(failed)?;
    }
    fs::create_dir(&source).map_err(failed)?;
    fs::write(source.join("go.mod"), module.go_mod).map_err(failed)?;
    fs::write(source.join("go.sum"), module.go_sum).map_err(failed)?;
    if let Some(main) = module.main {
        fs::write(source.join("main.go"), main).map_err(failed)?;
    }
    let step = Step {
        what: "build it with Go",
        program: "go",
        limit: LIMIT,
        remedy: "connect to the network (or set GOPROXY), see that `go version` says 1.25 or newer and that the disk \
                 is not full, then run again",
    };
    let built = workshop.run(&step, |command| {
        command.current_dir(&source);
        let flags: Vec<String> = module.values.iter().map(|value| format!("-X {value}")).collect();
        let flags = format!("-s -w {}", flags.join(" "));
        command.args(["build", "-trimpath", "-buildvcs=false", "-ldflags", &flags, "-o"]);
        command.arg(workshop.folder.join(module.name)).arg(module.package);
        // Only what go.sum names, with the Go that is here.
        command.env("GOFLAGS", "-mod=readonly").env("CGO_ENABLED", "0").env("GOTOOLCHAIN", "local");
    });
    fs::remove_dir_all(&source).map_err(failed)?;
    built
}
