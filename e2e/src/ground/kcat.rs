//! Debian's kcat: a client of Kafka on an old librdkafka, for what has to work with clients of years ago.

use std::{env, process::Command};

use super::{cache::debian, error::GroundError};

/// A command that runs it, with its libraries.
pub fn command() -> Result<Command, GroundError> {
    let libraries = format!("usr/lib/{}-linux-gnu", env::consts::ARCH);
    let program = debian::file("kcat", "usr/bin/kcat")?;
    let kafka = debian::file("librdkafka1", &format!("{libraries}/librdkafka.so.1"))?;
    let json = debian::file("libyajl2", &format!("{libraries}/libyajl.so.2"))?;
    // Where it is installed, so are they, and these folders are empty.
    let folders = [&kafka, &json].map(|library| library.parent().map(ToOwned::to_owned).unwrap_or_default());
    let path = env::join_paths(folders.iter().filter(|folder| !folder.as_os_str().is_empty()));
    let mut command = Command::new(program);
    command.env("LD_LIBRARY_PATH", path.unwrap_or_default());
    Ok(command)
}
