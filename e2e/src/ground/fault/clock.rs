//! A wall clock that is wrong, and can become wrong, for one process.
//!
//! Works for programs that ask the C library: Kafka does. Go programs ask the kernel, and static programs
//! bring their own library; for those a wrong clock is not to be had, and [`can_be_wrong`] says so. The
//! monotonic clocks stay right: that they jump is no machine's fault.
//!
//! Debian's libfaketime does the same and more; it also takes over waiting, after which a broker is not
//! ready within a minute and answers nothing. Hence a few lines of C.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read as _},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::ground::{
    Ground, GroundError,
    cache::{self, Recipe, Step, Workshop},
};

const SOURCE: &str = include_str!("../../../ground/clock/clock.c");
const LIBRARY: &str = "clock.so";
const BEGINNING: u64 = 4096;

/// A clock, to be given to a process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Clock {
    file: PathBuf,
    library: PathBuf,
}

impl Ground {
    /// A clock that is so many seconds ahead, or behind when negative.
    pub fn clock(&self, name: &str, seconds: i64) -> Result<Clock, GroundError> {
        let file = self.folder().join(format!("{name}.clock"));
        let clock = Clock { file, library: library()? };
        clock.set(seconds)?;
        Ok(clock)
    }
}

impl Clock {
    /// Changes it, for whoever has it already.
    pub fn set(&self, seconds: i64) -> Result<(), GroundError> {
        // In place and never shorter: it is mapped by whoever has it.
        let open = File::options().create(true).truncate(false).write(true).open(&self.file);
        open.and_then(|file| file.write_all_at(&seconds.to_ne_bytes(), 0))
            .map_err(|source| GroundError::File { part: "clock".to_owned(), path: self.file.clone(), source })
    }

    /// What a process needs in its environment to have it.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let pairs = [("LD_PRELOAD", &self.library), ("SAWLOG_CLOCK", &self.file)];
        pairs.map(|(name, path)| (name.to_owned(), path.display().to_string())).into()
    }
}

/// Whether a program asks the C library for the time: it is loaded dynamically, and is not written in Go.
pub fn can_be_wrong(program: &Path) -> io::Result<bool> {
    // The loader's name and Go's own note are right behind the file's header.
    let mut bytes = Vec::new();
    File::open(program)?.take(BEGINNING).read_to_end(&mut bytes)?;
    let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    Ok(has(b"ld-linux") && !has(b"Go\0\0"))
}

pub(in crate::ground) fn library() -> Result<PathBuf, GroundError> {
    let recipe = Recipe { name: "clock", version: "1", inputs: &[SOURCE], megabytes: 10, make: &compile };
    Ok(cache::ready(&recipe)?.join(LIBRARY))
}

fn compile(workshop: &Workshop<'_>) -> Result<(), GroundError> {
    let remedy = "install a C compiler (Debian and Ubuntu: apt-get install gcc libc6-dev), then run again";
    workshop.need("cc", remedy)?;
    let source = workshop.folder.join("clock.c");
    fs::write(&source, SOURCE).map_err(|error| GroundError::Cache { folder: source, source: error })?;
    let step = Step { what: "compile it", program: "cc", limit: Duration::from_mins(1), remedy };
    workshop.run(&step, |command| {
        command.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", LIBRARY, "clock.c", "-ldl"]);
    })
}
