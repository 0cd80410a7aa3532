//! The test ground: real servers for tests, started on demand, gone with whoever asked for them.
//!
//! ```text
//! test ─▶ Ground ─▶ kafka(), store(), … ─▶ cache: what the part is made of, prepared once a machine
//!             │            └─▶ Part ─▶ kill, pause, start again; its log
//!             └─▶ keeper: one process a ground; its children are the parts
//! ```
//!
//! A ground belongs to a process and lives as long: [`Ground::of_this_run`] to the test runner, so that all
//! its tests share one Kafka; [`Ground::of_my_own`] to the caller, who may break what it likes;
//! [`Ground::named`] to nobody, until `ground down`. Shared parts are told apart by names: a topic and a
//! bucket of one's own.
//!
//! Deliberately absent: knowledge of what is tested, and any way for two grounds to meet.

mod alertmanager;
pub mod cache;
pub mod collector;
pub mod error;
pub mod fault;
mod folder;
pub mod http;
mod kafka;
pub mod keeper;
mod mounts;
mod part;
pub mod port;
pub mod prepare;
pub mod prometheus;
pub mod store;
mod web;
mod webhook;

pub use alertmanager::AlertmanagerShape;
pub use collector::CollectorShape;
pub use error::GroundError;
pub use kafka::{Kafka, KafkaShape, User};
pub use part::Part;
pub use prometheus::PrometheusShape;
pub use store::Store;
pub use web::Web;
pub use webhook::Webhook;

use std::{
    env,
    fs::{self, File},
    os::unix::process::{CommandExt as _, parent_id},
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use self::keeper::{
    Owner,
    wire::{Answer, Ask, Standing, VERSION},
};
use crate::wait;

/// Names the process that owns the ground of this run, when it is not the parent of the tests.
pub const OWNER: &str = "SAWLOG_GROUND_OWNER";
/// Names a ground that is already up (`ground up --name`), to be used instead of one of this run's own.
pub const NAME: &str = "SAWLOG_GROUND";
/// Where the program `ground` is, when it is not beside the caller.
pub const PROGRAM: &str = "SAWLOG_GROUND_PROGRAM";

const KEEPER_COMES_UP: Duration = Duration::from_secs(10);
/// How often a part that found its port taken is started on others.
const PORT_TRIES: usize = 4;

/// A set of parts that live and end together.
#[derive(Debug)]
pub struct Ground {
    run: PathBuf,
    ends_with_this: bool,
}

/// A server of the ground, made of one or more parts.
pub trait Server: Serialize + DeserializeOwned {
    /// Its processes.
    fn parts(&self) -> Vec<&Part>;
    /// Waits until all of it answers.
    fn await_ready(&self) -> Result<(), GroundError>;
    /// Where it listens and what else one has to know, a line each.
    fn addresses(&self) -> Vec<(String, String)>;
}

impl Ground {
    /// The ground that all tests of this run share: of the test runner, or of the process that
    /// [`OWNER`] names; or the named one that is up, if [`NAME`] says so.
    pub fn of_this_run() -> Result<Self, GroundError> {
        if let Some(name) = env::var(NAME).ok().filter(|name| !name.is_empty()) {
            return Self::named(&name, None);
        }
        let named = env::var(OWNER).ok().and_then(|pid| pid.parse().ok());
        let owner = named.and_then(Owner::process).or_else(|| Owner::process(parent_id()));
        let owner = owner.unwrap_or(Owner::Nobody);
        Self::at(&owner.to_string(), owner, false)
    }

    /// A ground of the caller's own; it ends when this is dropped, and with the process at the latest.
    pub fn of_my_own() -> Result<Self, GroundError> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let owner = Owner::process(process::id()).expect("because this process runs");
        let name = format!("{owner}.{}", NEXT.fetch_add(1, Ordering::Relaxed));
        Self::at(&name, owner, true)
    }

    /// A ground that stays until it is taken down, or the process of that number ends.
    pub fn named(name: &str, owner: Option<u32>) -> Result<Self, GroundError> {
        let owner = match owner {
            None => Owner::Nobody,
            Some(pid) => Owner::process(pid).ok_or(GroundError::NoOwner { pid })?,
        };
        Self::at(&format!("named-{name}"), owner, false)
    }

    /// The named ground, if it is up.
    pub fn named_if_up(name: &str) -> Result<Option<Self>, GroundError> {
        let run = folder::base()?.join(format!("named-{name}"));
        Ok(greet(&run)?.map(|()| Self { run, ends_with_this: false }))
    }

    fn at(name: &str, owner: Owner, ends_with_this: bool) -> Result<Self, GroundError> {
        let base = folder::base()?;
        let run = base.join(name);
        folder::check_length(&run)?;
        let _lock = folder::lock(&base)?;
        if greet(&run)?.is_none() {
            folder::sweep(&base).map_err(|source| GroundError::Folder { folder: base.clone(), source })?;
            start_keeper(&run, owner)?;
        }
        Ok(Self { run, ends_with_this })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.run
    }

    /// How every part stands.
    pub fn standings(&self) -> Result<Vec<Standing>, GroundError> {
        part::standings(&self.run)
    }

    /// Every server that has been asked for, by name.
    pub fn servers(&self) -> Result<Vec<(String, Known)>, GroundError> {
        let failed = |source| GroundError::Folder { folder: self.run.clone(), source };
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.run).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let text = fs::read(&path).map_err(failed)?;
                let (known, _): (Known, serde_json::Value) =
                    serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                found.push((name, known));
            }
        }
        found.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(found)
    }

    /// Takes one server down and forgets it, with its data. False when nobody had asked for it.
    pub fn take_down(&self, name: &str) -> Result<bool, GroundError> {
        let Some((_, known)) = self.servers()?.into_iter().find(|(found, _)| found == name) else {
            return Ok(false);
        };
        for standing in self.standings()?.into_iter().filter(|standing| standing.ended.is_none()) {
            if known.parts.contains(&standing.part) {
                part::kill(&self.run, &standing.part)?;
            }
        }
        let path = self.run.join(format!("{name}.json"));
        fs::remove_file(&path).map_err(|source| GroundError::File { part: name.to_owned(), path, source })?;
        Ok(true)
    }

    /// Takes everything down and waits for it.
    pub fn down(self) -> Result<(), GroundError> {
        part::request(&self.run, &Ask::End).map(drop)
    }

    /// The keeper's process.
    pub fn keeper(&self) -> Result<u32, GroundError> {
        match part::request(&self.run, &Ask::Hello)? {
            Answer::Hello { pid, .. } => Ok(pid),
            answer => Err(part::unexpected(&answer)),
        }
    }

    /// The server of that name: the one that is there, or a new one. One whose process has ended is started
    /// again with its data, and that is said.
    fn server<S: Server>(
        &self,
        name: &str,
        start: impl FnOnce() -> Result<S, GroundError>,
    ) -> Result<S, GroundError> {
        let record = self.run.join(format!("{name}.json"));
        let failed = |source| GroundError::File { part: name.to_owned(), path: record.clone(), source };
        let lock = File::options().create(true).append(true).open(self.run.join(format!("{name}.lock")));
        let lock = lock.map_err(failed)?;
        lock.lock().map_err(failed)?;
        let Ok(text) = fs::read(&record) else {
            let server = start()?;
            let known = Known { parts: names(&server), addresses: server.addresses() };
            let text = serde_json::to_vec(&(known, &server)).map_err(|error| failed(error.into()))?;
            fs::write(&record, text).map_err(failed)?;
            return Ok(server);
        };
        let (_, server): (Known, S) = serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
        for part in server.parts() {
            if let Err(ended) = part.check() {
                eprintln!("ground: {ended}\nground: {} is started again with its data", part.name());
                part.start_again()?;
            }
        }
        server.await_ready()?;
        Ok(server)
    }

    /// Starts a server on ports that are free now; draws others if one was taken meanwhile.
    fn start_on_ports<S: Server>(
        count: usize,
        mut start: impl FnMut(&[u16]) -> Result<S, GroundError>,
    ) -> Result<S, GroundError> {
        let mut tries = 1;
        loop {
            let server = start(&port::free(count)?)?;
            match server.await_ready() {
                Ok(()) => return Ok(server),
                Err(GroundError::Ended { part, .. }) if tries < PORT_TRIES && port_was_taken(&server) => {
                    eprintln!("ground: a port of {part} was taken meanwhile; it starts on others");
                    end(&server)?;
                    tries += 1;
                }
                Err(error) => {
                    end(&server)?;
                    return Err(error);
                }
            }
        }
    }

    /// A new folder for a part.
    fn part_folder(&self, name: &str) -> Result<PathBuf, GroundError> {
        let folder = self.run.join(name);
        let failed = |source| GroundError::File { part: name.to_owned(), path: folder.clone(), source };
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(failed)?; // of a try on other ports
        }
        fs::create_dir(&folder).map_err(failed)?;
        Ok(folder)
    }
}

/// What `ground status` shows of a server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Known {
    /// The names of its processes.
    pub parts: Vec<String>,
    /// Where it listens and what else one has to know.
    pub addresses: Vec<(String, String)>,
}

impl Drop for Ground {
    fn drop(&mut self) {
        if self.ends_with_this {
            // Gone already, if it was taken down in between.
            let _gone = part::request(&self.run, &Ask::End);
        }
    }
}

fn end<S: Server>(server: &S) -> Result<(), GroundError> {
    server.parts().into_iter().filter(|part| part.check().is_ok()).try_for_each(Part::kill)
}

fn names<S: Server>(server: &S) -> Vec<String> {
    server.parts().into_iter().map(|part| part.name().to_owned()).collect()
}

fn port_was_taken<S: Server>(server: &S) -> bool {
    let taken = |part: &&Part| part.log_says("ddress already in use");
    server.parts().iter().any(taken)
}

/// Whether a keeper of our kind answers there.
fn greet(run: &Path) -> Result<Option<()>, GroundError> {
    match keeper::ask(run, &Ask::Hello) {
        Ok(Answer::Hello { version: VERSION, .. }) => Ok(Some(())),
        Ok(Answer::Hello { version, .. }) => {
            Err(GroundError::Version { run: run.to_owned(), found: version, wanted: VERSION })
        }
        Ok(answer) => Err(part::unexpected(&answer)),
        Err(_) => Ok(None),
    }
}

fn start_keeper(run: &Path, owner: Owner) -> Result<(), GroundError> {
    let failed = |source| GroundError::Folder { folder: run.to_owned(), source };
    if run.exists() {
        fs::remove_dir_all(run).map_err(failed)?;
    }
    fs::create_dir(run).map_err(failed)?;
    let log = File::create(run.join("keeper.log")).map_err(failed)?;
    let mut keeper = Command::new(program()?)
        .arg("keep")
        .arg(run)
        .arg(owner.to_string())
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(failed)?)
        .stderr(log)
        .process_group(0)
        .spawn()
        .map_err(|error| GroundError::Keeper { why: error.to_string() })?;
    let came = wait::until("the keeper", KEEPER_COMES_UP, || match greet(run) {
        Ok(Some(())) => Some(Ok(())),
        Err(error) => Some(Err(error)),
        Ok(None) if matches!(keeper.try_wait(), Ok(None)) => None,
        Ok(None) => {
            let why = part::tail(&run.join("keeper.log")).unwrap_or_default();
            Some(Err(GroundError::Keeper { why: format!("it ended at once\n{why}") }))
        }
    });
    came.unwrap_or_else(|error| Err(GroundError::Keeper { why: error.to_string() }))
}

/// The program `ground`: itself, or beside the caller, or beside the caller's folder (tests are in `deps`).
pub(crate) fn program() -> Result<PathBuf, GroundError> {
    if let Some(named) = env::var_os(PROGRAM).filter(|path| !path.is_empty()) {
        return Ok(named.into());
    }
    let me = env::current_exe().map_err(|_| GroundError::NoProgram)?;
    if me.file_stem().is_some_and(|stem| stem == "ground") {
        return Ok(me);
    }
    let beside = me.ancestors().skip(1).take(2).map(|folder| folder.join("ground"));
    beside.into_iter().find(|path| path.is_file()).ok_or(GroundError::NoProgram)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::{keeper::wire::Order, *};

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
        let server = Ground::start_on_ports(1, |ports| {
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
        let start = || Ground::start_on_ports(1, |_| pretend(&ground, "server", "echo no such key; exit 3"));
        let error = ground.server("server", start).err().unwrap().to_string();
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
        let first = ground.server("server", start).unwrap();
        let second: Pretend = ground.server("server", || panic!("it is there")).unwrap();
        assert_eq!(first.0.pid().unwrap(), second.0.pid().unwrap());

        first.0.kill().unwrap();
        let error = first.0.check().unwrap_err().to_string();
        assert!(error.starts_with("server was killed by signal 9; its log ends:"), "{error}");
        let third: Pretend = ground.server("server", || panic!("it can be started again")).unwrap();
        assert!(third.0.check().is_ok());
        assert_ne!(first.0.pid().ok(), None);
        assert!(ground.take_down("server").unwrap());
        assert!(!ground.take_down("server").unwrap());
    }
}
