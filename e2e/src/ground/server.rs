//! Servers by name: started by whoever comes first, found by whoever comes later.
//!
//! Beside the parts' folders lies a record of each server, written once it is ready and moved into place whole.
//! A server without a record is one whose start was cut short: what runs of it is ended first. Whoever asks
//! holds the name's lock, so that two who ask at once get the same server.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Ground,
    error::GroundError,
    folder,
    keeper::wire::{Order, Standing},
    part::{self, Part},
    port,
};

/// How often a part that found its port taken is started on others.
const PORT_TRIES: usize = 4;

/// Parts of a server are called after it: `kafka`, `kafka-2`, and a cluster's node that no number is for.
pub(super) const CONTROL: &str = "control";

/// A server of the ground, made of one or more parts.
pub trait Server: Serialize + DeserializeOwned {
    /// Its processes.
    fn parts(&self) -> Vec<&Part>;
    /// Waits until all of it answers.
    fn await_ready(&self) -> Result<(), GroundError>;
    /// Where it listens and what else one has to know, a line each.
    fn addresses(&self) -> Vec<(String, String)>;
    /// Starts again what has ended, with its data, and says so.
    fn revive(&self) -> Result<(), GroundError> {
        for part in self.parts() {
            if let Err(ended) = part.check() {
                eprintln!("ground: {ended}\nground: {} is started again with its data", part.name());
                part.start_again()?;
            }
        }
        Ok(())
    }
}

/// What is known of a server without knowing its kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Known {
    /// The names of its processes.
    pub parts: Vec<String>,
    /// Where it listens and what else one has to know.
    pub addresses: Vec<(String, String)>,
    shape: String,
}

impl Ground {
    /// The server of that name: the one that is there, or a new one. One whose process has ended is started
    /// again with its data, and that is said. One of another shape is refused.
    pub(super) fn server<S: Server>(
        &self,
        name: &str,
        shape: &str,
        start: impl FnOnce() -> Result<S, GroundError>,
    ) -> Result<S, GroundError> {
        let _lock = self.lock_name(name)?;
        let Some((known, server)) = read::<S>(&self.record(name)) else {
            self.end_parts_of(name)?;
            let server = start()?;
            let parts = server.parts().into_iter().map(|part| part.name().to_owned()).collect();
            self.write(
                name,
                &Known { parts, addresses: server.addresses(), shape: shape.to_owned() },
                &server,
            )?;
            return Ok(server);
        };
        if known.shape != shape {
            return Err(GroundError::OtherShape { part: name.to_owned() });
        }
        server.revive()?;
        server.await_ready()?;
        Ok(server)
    }

    /// Every server that is up, by name.
    pub fn servers(&self) -> Result<BTreeMap<String, Known>, GroundError> {
        let failed = |source| GroundError::Folder { folder: self.folder().to_owned(), source };
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(self.folder()).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let record = path.extension().is_some_and(|extension| extension == "json");
            if let Some((known, _)) = record.then(|| read::<serde_json::Value>(&path)).flatten() {
                found.insert(path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), known);
            }
        }
        Ok(found)
    }

    /// Takes one server down and removes its data. False when it is not up.
    pub fn take_down(&self, name: &str) -> Result<bool, GroundError> {
        let _lock = self.lock_name(name)?;
        let record = self.record(name);
        let Some((known, _)) = read::<serde_json::Value>(&record) else { return Ok(false) };
        let failed = |path: PathBuf| {
            move |source| GroundError::File { part: name.to_owned(), path: path.clone(), source }
        };
        self.end_parts(|part| known.parts.iter().any(|known| known == part))?;
        fs::remove_file(&record).map_err(failed(record))?;
        for part in &known.parts {
            let folder = self.folder().join(part);
            folder::retire_part(&folder).map_err(failed(folder))?;
        }
        Ok(true)
    }

    /// A new folder for a part that does not run.
    pub(super) fn part_folder(&self, name: &str) -> Result<PathBuf, GroundError> {
        let runs = |standing: &Standing| standing.part == name && standing.ended.is_none();
        if self.standings()?.iter().any(runs) {
            return Err(GroundError::Refused {
                why: format!("there is a part {name} already: use another name"),
            });
        }
        let folder = self.folder().join(name);
        let failed = |source| GroundError::File { part: name.to_owned(), path: folder.clone(), source };
        if folder.exists() {
            folder::retire_part(&folder).map_err(failed)?; // of a start that was cut short
        }
        fs::create_dir(&folder).map_err(failed)?;
        Ok(folder)
    }

    /// Starts a part that is no server by itself.
    pub(super) fn start_part(
        &self,
        name: &str,
        program: &str,
        arguments: Vec<String>,
    ) -> Result<Part, GroundError> {
        let folder = self.part_folder(name)?;
        self.start_in(folder, name, program, arguments)
    }

    /// Starts a part in a folder that is there already.
    pub(super) fn start_in(
        &self,
        folder: PathBuf,
        name: &str,
        program: &str,
        arguments: Vec<String>,
    ) -> Result<Part, GroundError> {
        let (part, program) = (name.to_owned(), PathBuf::from(program));
        Part::start(self.folder(), Order { part, program, arguments, environment: BTreeMap::new(), folder })
    }

    /// Ends what runs of a server whose start was cut short.
    fn end_parts_of(&self, name: &str) -> Result<(), GroundError> {
        self.end_parts(|part| {
            let rest = part.strip_prefix(name).map(|rest| rest.trim_start_matches('-'));
            rest.is_some_and(|rest| rest == CONTROL || rest.bytes().all(|byte| byte.is_ascii_digit()))
        })
    }

    fn end_parts(&self, which: impl Fn(&str) -> bool) -> Result<(), GroundError> {
        for standing in self.standings()?.into_iter().filter(|standing| standing.ended.is_none()) {
            if which(&standing.part) {
                part::kill(self.folder(), &standing.part)?;
            }
        }
        Ok(())
    }

    fn record(&self, name: &str) -> PathBuf {
        self.folder().join(format!("{name}.json"))
    }

    fn lock_name(&self, name: &str) -> Result<fs::File, GroundError> {
        folder::lock_file(&self.folder().join(format!("{name}.lock")), &format!("{name} to start"))
    }

    fn write<S: Server>(&self, name: &str, known: &Known, server: &S) -> Result<(), GroundError> {
        let record = self.record(name);
        let whole = record.with_extension("new");
        let written = serde_json::to_vec(&(known, server))
            .map_err(io::Error::from)
            .and_then(|text| fs::write(&whole, text))
            .and_then(|()| fs::rename(&whole, &record));
        written.map_err(|source| GroundError::File { part: name.to_owned(), path: record, source })
    }
}

/// A record; nothing where there is none that can be read.
fn read<S: DeserializeOwned>(record: &Path) -> Option<(Known, S)> {
    serde_json::from_slice(&fs::read(record).ok()?).ok()
}

/// Starts a server on ports that are free now; draws others if one was taken meanwhile.
pub(super) fn start_on_ports<S: Server>(
    count: usize,
    mut start: impl FnMut(&[u16]) -> Result<S, GroundError>,
) -> Result<S, GroundError> {
    let mut tries = 1;
    loop {
        let server = start(&port::free(count)?)?;
        let ready = server.await_ready();
        if ready.is_ok() {
            return Ok(server);
        }
        let was_taken = server.parts().iter().any(|part| part.log_says("ddress already in use"));
        for part in server.parts() {
            part.kill()?;
        }
        match ready {
            Err(GroundError::Ended { part, .. }) if was_taken && tries < PORT_TRIES => {
                eprintln!("ground: a port of {part} was taken meanwhile; it starts on others");
                tries += 1;
            }
            failed => return failed.map(|()| server),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, time::Duration};

    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Pretend(Part);

    impl Server for Pretend {
        fn parts(&self) -> Vec<&Part> {
            vec![&self.0]
        }

        fn await_ready(&self) -> Result<(), GroundError> {
            let says = || self.0.log_says("listening").then_some(());
            self.0.await_ready("it to listen", Duration::from_secs(10), says)
        }

        fn addresses(&self) -> Vec<(String, String)> {
            Vec::new()
        }
    }

    fn pretend(ground: &Ground, name: &str, script: &str) -> Result<Pretend, GroundError> {
        let order = Order {
            part: name.to_owned(),
            program: "sh".into(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            environment: [].into(),
            folder: ground.part_folder(name)?,
        };
        Ok(Pretend(Part::start(ground.folder(), order)?))
    }

    #[test]
    fn a_port_that_is_taken_meanwhile_is_replaced_by_another() {
        let ground = Ground::of_my_own().unwrap();
        let tries = Cell::new(0);
        let drawn = Cell::new(0);
        let server = start_on_ports(1, |ports| {
            assert_ne!(drawn.replace(ports[0]), ports[0], "it is drawn anew");
            tries.set(tries.get() + 1);
            let script = match tries.get() {
                1 | 2 => "echo listen: Address already in use; exit 1",
                _ => "echo listening; exec sleep infinity",
            };
            pretend(&ground, "server", script)
        });
        assert!(server.unwrap().0.check().is_ok());
        assert_eq!(tries.get(), 3);
    }

    #[test]
    fn a_part_that_does_not_come_up_is_an_error_with_the_end_of_its_log_and_runs_no_more() {
        let ground = Ground::of_my_own().unwrap();
        let start = || start_on_ports(1, |_| pretend(&ground, "server", "echo no such key; exit 3"));
        let error = ground.server("server", "a shape", start).err().unwrap().to_string();
        assert_eq!(error, "server ended by itself with code 3; its log ends:\n    no such key");
        assert!(ground.standings().unwrap().iter().all(|standing| standing.ended.is_some()));
        assert!(ground.servers().unwrap().is_empty(), "it is asked for anew next time");
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let ground = Ground::of_my_own().unwrap();
        let order = Order {
            part: "server".to_owned(),
            program: "/no/such/program".into(),
            arguments: Vec::new(),
            environment: [].into(),
            folder: ground.part_folder("server").unwrap(),
        };
        let part = Part::start(ground.folder(), order).unwrap();
        let never = || None::<()>;
        let error = part.await_ready("it", Duration::from_secs(10), never).unwrap_err().to_string();
        assert!(error.contains("/no/such/program does not start: No such file"), "{error}");
    }

    #[test]
    fn whoever_comes_second_gets_the_same_server_and_a_dead_one_is_started_again() {
        let ground = Ground::of_my_own().unwrap();
        let start = || pretend(&ground, "server", "echo listening; exec sleep infinity");
        let first = ground.server("server", "a shape", start).unwrap();
        let second: Pretend = ground.server("server", "a shape", || panic!("it is there")).unwrap();
        assert_eq!(first.0.pid().unwrap(), second.0.pid().unwrap());

        first.0.kill().unwrap();
        let error = first.0.check().unwrap_err().to_string();
        assert!(error.starts_with("server was killed by signal 9; its log ends:"), "{error}");
        let third: Pretend =
            ground.server("server", "a shape", || panic!("it can be started again")).unwrap();
        assert!(third.0.check().is_ok());
        assert_ne!(first.0.pid().ok(), None);
        assert!(ground.take_down("server").unwrap());
        assert!(!ground.take_down("server").unwrap());
    }
}
