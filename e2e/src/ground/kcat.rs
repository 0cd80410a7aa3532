//! Debian's kcat: a client of Kafka on an old librdkafka, for what has to work with clients of years ago.

use std::{env, process::Command};

use super::{cache::debian, error::GroundError};

/// A command that runs it, with its libraries.
pub fn command() -> Result<Command, GroundError> {
    let program = debian::file("kcat", "usr/bin/kcat")?;
    if program.is_relative() {
        return Ok(Command::new(program)); // installed, and so are its libraries
    }
    let libraries = format!("usr/lib/{}-linux-gnu", env::consts::ARCH);
    let kafka = debian::file("librdkafka1", &format!("{libraries}/librdkafka.so.1"))?;
    let json = debian::file("libyajl2", &format!("{libraries}/libyajl.so.2"))?;
    let folders = [&kafka, &json].into_iter().filter_map(|library| library.parent());
    let mut command = Command::new(program);
    command.env("LD_LIBRARY_PATH", env::join_paths(folders).unwrap_or_default());
    Ok(command)
}
