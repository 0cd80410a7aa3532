//! One keeper a ground: the process that starts its parts, and takes all of them down with it.
//!
//! ```text
//! owner ends, in whatever way ──▶ keeper notices ──▶ kills every part, removes the folder, ends
//! keeper is killed            ──▶ the kernel kills every part (parent-death signal)
//! ```
//!
//! The keeper knows nothing of Kafka or object stores: it runs commands, passes signals on, and notices ends.
//! It is one thread, because a parent-death signal is tied to the *thread* that started the child. What it
//! takes down it kills: the data goes with the folder, so there is nothing to finish.

pub(super) mod call;
mod child;
pub mod wire;

pub use child::run as run_child;

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    io::{BufRead as _, BufReader, Write as _},
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    process,
    str::FromStr,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{
        Pid, PidfdFlags, Signal, WaitOptions, getpid, kill_process, pidfd_open, set_child_subreaper, waitpid,
    },
};
use serde::{Deserialize, Serialize};

use self::{
    call::{PATIENCE, ask},
    child::Child,
    wire::{Answer, Ask, Greeting, Standing, VERSION},
};
use super::folder;
use crate::wait;

/// Long enough for processes that were killed to be gone.
const GOES: Duration = Duration::from_secs(10);

/// Whose ground it is: the ground lives as long as this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Owner {
    /// A process, told from a later one of the same number by its start time.
    Process {
        /// Its number.
        pid: u32,
        /// Field 22 of its stat: clock ticks after boot.
        started: u64,
    },
    /// It stays until it is told to end.
    Nobody,
}

impl Owner {
    /// The process, if there is one.
    pub fn process(pid: u32) -> Option<Self> {
        started(pid).map(|started| Self::Process { pid, started })
    }

    /// The process that calls.
    pub fn this_process() -> Self {
        Self::process(process::id()).expect("because this process runs")
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process { pid, started } => write!(formatter, "{pid}-{started}"),
            Self::Nobody => write!(formatter, "nobody"),
        }
    }
}

impl FromStr for Owner {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "nobody" {
            return Ok(Self::Nobody);
        }
        let numbers = text.split_once('-').and_then(|(pid, started)| {
            Some(Self::Process { pid: pid.parse().ok()?, started: started.parse().ok()? })
        });
        numbers.ok_or_else(|| format!("{text} is neither `nobody` nor `PID-STARTED`"))
    }
}

/// When a process started; nothing when there is none, or it has ended and nobody has asked how.
pub fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; what follows the last one is fields from the third on.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let (state, started) = (fields.first()?, fields.get(19)?);
    (*state != "Z").then(|| started.parse().ok())?
}

/// Processes whose parent is this one, and which have not been waited for.
fn children() -> impl Iterator<Item = Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    processes.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw)?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?;
        (parent.parse() == Ok(process::id())).then_some(pid)
    })
}

/// Runs a keeper until its owner ends or it is told to end.
pub fn keep(run: &Path, owner: Owner) -> io::Result<()> {
    fs::write(folder::pid_file(run), process::id().to_string())?;
    let listener = UnixListener::bind(folder::socket(run))?;
    let watched = match owner {
        Owner::Nobody => None,
        Owner::Process { pid, started: expected } => match watch(pid)? {
            // Opened first, compared second: so it cannot be another process of the same number.
            Some(open) if started(pid) == Some(expected) => Some(open),
            _ => return folder::retire(run),
        },
    };
    end_when_asked_by_signal(run.to_owned());
    // What a part leaves behind when it ends comes to this process, which can then wait for its end too: the
    // processes of a node are still dying, and still writing, when the one that holds them is gone.
    set_child_subreaper(Some(getpid()))?;
    Keeper { run: run.to_owned(), owner, children: BTreeMap::new() }.serve(&listener, watched.as_ref())
}

fn watch(pid: u32) -> io::Result<Option<OwnedFd>> {
    let Some(number) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Ok(None) };
    match pidfd_open(number, PidfdFlags::empty()) {
        Ok(open) => Ok(Some(open)),
        Err(rustix::io::Errno::SRCH) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn end_when_asked_by_signal(run: PathBuf) {
    let told = ctrlc::set_handler(move || {
        // The loop may be in the middle of an exchange: it is asked like by anybody else.
        if ask(&run, &Ask::End).is_err() {
            process::exit(1);
        }
    });
    told.expect("because no other handler is set in this process");
}

struct Keeper {
    run: PathBuf,
    owner: Owner,
    children: BTreeMap<String, Child>,
}

impl Keeper {
    fn serve(mut self, listener: &UnixListener, owner: Option<&OwnedFd>) -> io::Result<()> {
        loop {
            let running: Vec<String> = self
                .children
                .values()
                .filter(|child| child.runs())
                .map(|child| child.name().to_owned())
                .collect();
            let mut fds = vec![PollFd::new(listener, PollFlags::IN)];
            fds.extend(
                running.iter().map(|name| PollFd::from_borrowed_fd(self.children[name].fd(), PollFlags::IN)),
            );
            fds.extend(owner.map(|owner| PollFd::from_borrowed_fd(owner.as_fd(), PollFlags::IN)));
            match poll(&mut fds, Some(&self.next_burial())) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
            drop(fds);

            for (name, _) in running.iter().zip(&ready[1..]).filter(|(_, ready)| **ready) {
                self.children.get_mut(name).expect("because it was listed above").note_end()?;
            }
            if owner.is_some() && ready.last() == Some(&true) {
                return self.end();
            }
            if ready[0] {
                let (stream, _) = listener.accept()?;
                // Whoever asks badly gets no answer; the keeper goes on.
                if let Ok(true) = self.exchange(stream) {
                    return Ok(());
                }
            }
        }
    }

    /// Orphans that have ended by themselves are waited for, once a second.
    fn next_burial(&self) -> Timespec {
        for orphan in self.orphans() {
            let _is_waited_for = waitpid(Some(orphan), WaitOptions::NOHANG);
        }
        Timespec { tv_sec: 1, tv_nsec: 0 }
    }

    /// What parts that have ended left behind.
    fn orphans(&self) -> impl Iterator<Item = Pid> {
        children().filter(|pid| !self.children.values().any(|child| child.number() == *pid))
    }

    /// One question, one answer; true when it was the last.
    fn exchange(&mut self, mut stream: UnixStream) -> io::Result<bool> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line)?;
        let ask: Ask = serde_json::from_str(&line)?;
        let last = matches!(ask, Ask::End);
        let answer = match ask {
            Ask::Hello => Answer::Hello(Greeting { version: VERSION, pid: process::id(), owner: self.owner }),
            Ask::Start(order) => self.start(order),
            Ask::Signal { part, signal } => match self.children.get(&part) {
                None => Answer::Refused(format!("there is no part {part}")),
                Some(child) => child.signal(signal).map_or_else(|error| refused(&error), |()| Answer::Done),
            },
            Ask::Stand => {
                Answer::Stand(self.children.values().map(Child::standing).collect::<Vec<Standing>>())
            }
            Ask::End => {
                self.end_all();
                folder::retire(&self.run).map_or_else(|error| refused(&error), |()| Answer::Done)
            }
        };
        let mut text = serde_json::to_string(&answer)?;
        text.push('\n');
        match stream.write_all(text.as_bytes()) {
            Err(_) if last => Ok(true), // who asked has gone meanwhile
            written => written.map(|()| last),
        }
    }

    fn start(&mut self, order: wire::Order) -> Answer {
        if let Some(child) = self.children.get(&order.part).filter(|child| child.runs()) {
            return Answer::Refused(format!("{} runs already, as process {}", order.part, child.pid()));
        }
        match Child::start(&order) {
            Ok(child) => {
                let pid = child.pid();
                self.children.insert(order.part, child);
                Answer::Started(pid)
            }
            Err(error) => Answer::Refused(format!("{} cannot be started: {error}", order.program.display())),
        }
    }

    fn end(mut self) -> io::Result<()> {
        self.end_all();
        folder::retire(&self.run)
    }

    fn end_all(&mut self) {
        for child in self.children.values().filter(|child| child.runs()) {
            let _ended_meanwhile = child.signal(Signal::KILL.as_raw());
        }
        for child in self.children.values_mut().filter(|child| child.runs()) {
            let _nothing_left_to_wait_for = child.note_end();
        }
        let _goes_with_the_keeper = wait::until_true("what the parts left to end", GOES, || {
            self.orphans().fold(true, |_, orphan| {
                let _ended_meanwhile = kill_process(orphan, Signal::KILL);
                let _is_waited_for = waitpid(Some(orphan), WaitOptions::NOHANG);
                false
            })
        });
    }
}

fn refused(error: &io::Error) -> Answer {
    Answer::Refused(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_told_from_a_later_process_of_the_same_number() {
        let me = Owner::process(process::id()).unwrap();
        assert_eq!(me.to_string().parse(), Ok(me));
        assert_eq!("nobody".parse(), Ok(Owner::Nobody));
        assert!("12".parse::<Owner>().is_err());
        assert_eq!(Owner::process(u32::MAX), None);
    }
}
