//! Talking to keepers: is one there, what does it say, and how one is started.

use std::{
    env,
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::{net::UnixStream, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{
    Owner,
    wire::{Answer, Ask, Greeting, VERSION},
};
use crate::{
    ground::{error::GroundError, folder, part},
    wait,
};

/// Where the program `ground` is, when it is not beside the caller.
const PROGRAM: &str = "SAWLOG_GROUND_PROGRAM";

const COMES_UP: Duration = Duration::from_secs(10);
/// How long a keeper that is ending may take.
const GOES: Duration = Duration::from_secs(10);
/// For somebody who is there and not busy.
const GREETING: Duration = Duration::from_secs(6);
/// For a question or an answer that is on its way. Taking down a big ground may take a while.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Asks the keeper of a run.
pub(super) fn ask(run: &Path, ask: &Ask) -> io::Result<Answer> {
    let mut stream = UnixStream::connect(folder::socket(run))?;
    let patience = if matches!(ask, Ask::Hello) { GREETING } else { PATIENCE };
    stream.set_read_timeout(Some(patience))?;
    let mut text = serde_json::to_string(ask)?;
    text.push('\n');
    stream.write_all(text.as_bytes())?;
    let mut line = String::new();
    if BufReader::new(stream).read_line(&mut line)? == 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the keeper ended before it answered"));
    }
    Ok(serde_json::from_str(&line)?)
}

/// Asks the keeper; a refusal is an error.
pub(in crate::ground) fn request(run: &Path, question: &Ask) -> Result<Answer, GroundError> {
    match ask(run, question) {
        Ok(Answer::Refused(why)) => Err(GroundError::Refused { why }),
        Ok(answer) => Ok(answer),
        Err(error) if is_stuck(&error) => Err(stuck(run)),
        Err(source) => Err(GroundError::Gone { run: run.to_owned(), source }),
    }
}

pub(in crate::ground) fn unexpected(answer: &Answer) -> GroundError {
    GroundError::Refused { why: format!("it answered {answer:?}") }
}

/// The keeper of a run, if there is one. One that is just ending is waited for; one that is there and does
/// not answer is an error, for it still has its parts.
pub(in crate::ground) fn greet(run: &Path) -> Result<Option<Greeting>, GroundError> {
    let found = wait::until("the keeper to end", GOES, || match ask(run, &Ask::Hello) {
        Ok(Answer::Hello(greeting)) if greeting.version == VERSION => Some(Ok(Some(greeting))),
        Ok(Answer::Hello(Greeting { version, .. })) => {
            Some(Err(GroundError::Version { run: run.to_owned(), found: version, wanted: VERSION }))
        }
        Ok(answer) => Some(Err(unexpected(&answer))),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Some(Ok(None)),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => None,
            _ => Some(Err(stuck(run))),
        },
    });
    found.unwrap_or_else(|_| Err(stuck(run)))
}

fn is_stuck(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn stuck(run: &Path) -> GroundError {
    let pid = fs::read_to_string(folder::pid_file(run)).unwrap_or_else(|_| "?".to_owned());
    GroundError::Stuck { run: run.to_owned(), pid: pid.trim().to_owned() }
}

/// Starts a keeper for a run that has none.
pub(in crate::ground) fn start(run: &Path, owner: Owner) -> Result<Child, GroundError> {
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
    let came = wait::until("it", COMES_UP, || match greet(run) {
        Ok(Some(_)) => Some(Ok(())),
        Err(error) => Some(Err(error)),
        Ok(None) if matches!(keeper.try_wait(), Ok(None)) => None,
        Ok(None) => {
            let why = part::tail(&run.join("keeper.log")).unwrap_or_default();
            Some(Err(GroundError::Keeper { why: format!("it ended at once\n{why}") }))
        }
    });
    let came = came.unwrap_or_else(|error| Err(GroundError::Keeper { why: error.to_string() }));
    if came.is_err() {
        let _ended_already = keeper.kill();
        let _is_reaped = keeper.wait();
    }
    came.map(|()| keeper)
}

/// The program `ground`: itself, or beside the caller, or beside the caller's folder (tests are in `deps`).
pub(in crate::ground) fn program() -> Result<PathBuf, GroundError> {
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
