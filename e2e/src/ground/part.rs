//! A running part, as its user sees it: kill it, pause it, start it again with its data.

use std::{
    fs, io,
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use super::{
    error::GroundError,
    keeper::{
        call::{request, unexpected},
        wire::{Answer, Ask, Order, Standing},
    },
};
use crate::wait;

/// A server process of a ground.
///
/// It is the keeper's child, not the caller's: dropping this ends nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    run: PathBuf,
    order: Order,
}

const END_BY_ITSELF: Duration = Duration::from_secs(20);
const END_BY_FORCE: Duration = Duration::from_secs(5);
const TAIL: u64 = 2_000;
const TAIL_LINES: usize = 12;

impl Part {
    /// Starts a part in the ground of `run`.
    pub(super) fn start(run: &Path, order: Order) -> Result<Self, GroundError> {
        let part = Self { run: run.to_owned(), order };
        part.start_again()?;
        Ok(part)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.order.part
    }

    /// The folder of its configuration, data and log.
    pub fn folder(&self) -> &Path {
        &self.order.folder
    }

    /// Starts a part that has ended: same command, same ports, same data. Does not wait until it is ready.
    pub fn start_again(&self) -> Result<(), GroundError> {
        match request(&self.run, &Ask::Start(self.order.clone()))? {
            Answer::Started(_) => Ok(()),
            answer => Err(unexpected(&answer)),
        }
    }

    /// How it stands.
    pub fn standing(&self) -> Result<Standing, GroundError> {
        standing(&self.run, &self.order.part)
    }

    /// Its process.
    pub fn pid(&self) -> Result<u32, GroundError> {
        Ok(self.standing()?.pid)
    }

    /// What ended it, with the end of its log; nothing while it runs.
    pub fn check(&self) -> Result<(), GroundError> {
        match self.standing()?.ended {
            None => Ok(()),
            Some(how) => {
                Err(GroundError::Ended { part: self.order.part.clone(), how, tail: self.log_tail() })
            }
        }
    }

    /// SIGKILL: it writes nothing more, and is gone when this returns.
    pub fn kill(&self) -> Result<(), GroundError> {
        kill(&self.run, &self.order.part)
    }

    /// SIGTERM, and SIGKILL for what does not heed it within 20 s.
    pub fn stop(&self) -> Result<(), GroundError> {
        let heeded = end_by(&self.run, &self.order.part, Signal::TERM, END_BY_ITSELF);
        if heeded.is_ok() { Ok(()) } else { self.kill() }
    }

    /// SIGSTOP: connections stay open and nothing answers.
    pub fn pause(&self) -> Result<(), GroundError> {
        self.signal(Signal::STOP)
    }

    /// SIGCONT: what was asked meanwhile is answered now.
    pub fn resume(&self) -> Result<(), GroundError> {
        self.signal(Signal::CONT)
    }

    /// Any signal.
    pub fn signal(&self, signal: Signal) -> Result<(), GroundError> {
        send(&self.run, &self.order.part, signal)
    }

    /// Waits until `look` finds something. That the part ends meanwhile is noticed at once.
    pub fn await_ready<T>(
        &self,
        what: &str,
        limit: Duration,
        mut look: impl FnMut() -> Option<T>,
    ) -> Result<T, GroundError> {
        let found = wait::until(what, limit, || match look() {
            Some(found) => Some(Ok(found)),
            None => self.check().err().map(Err),
        });
        found.unwrap_or_else(|source| {
            Err(GroundError::NotReady { part: self.order.part.clone(), source, tail: self.log_tail() })
        })
    }

    /// The last lines of its log.
    pub fn log_tail(&self) -> String {
        tail(&self.order.folder.join("log")).unwrap_or_else(|error| format!("(no log: {error})"))
    }

    /// Whether its log says `text`.
    pub fn log_says(&self, text: &str) -> bool {
        fs::read(self.order.folder.join("log")).is_ok_and(|log| String::from_utf8_lossy(&log).contains(text))
    }
}

/// SIGKILL, and its end. That it has ended already is as good.
pub(super) fn kill(run: &Path, part: &str) -> Result<(), GroundError> {
    end_by(run, part, Signal::KILL, END_BY_FORCE)
}

fn end_by(run: &Path, part: &str, signal: Signal, limit: Duration) -> Result<(), GroundError> {
    match send(run, part, signal) {
        Err(error) if standing(run, part)?.ended.is_none() => Err(error),
        _ => await_end(run, part, limit),
    }
}

fn send(run: &Path, part: &str, signal: Signal) -> Result<(), GroundError> {
    match request(run, &Ask::Signal { part: part.to_owned(), signal: signal.as_raw() })? {
        Answer::Done => Ok(()),
        answer => Err(unexpected(&answer)),
    }
}

fn await_end(run: &Path, part: &str, limit: Duration) -> Result<(), GroundError> {
    let ended = wait::until("its end", limit, || match standing(run, part) {
        Ok(standing) => standing.ended.map(|_| Ok(())),
        Err(error) => Some(Err(error)),
    });
    ended.unwrap_or_else(|source| {
        Err(GroundError::NotReady { part: part.to_owned(), source, tail: String::new() })
    })
}

fn standing(run: &Path, part: &str) -> Result<Standing, GroundError> {
    let found = standings(run)?.into_iter().find(|standing| standing.part == part);
    found.ok_or_else(|| GroundError::Refused { why: format!("there is no part {part}") })
}

/// How every part of a run stands.
pub(super) fn standings(run: &Path) -> Result<Vec<Standing>, GroundError> {
    match request(run, &Ask::Stand)? {
        Answer::Stand(all) => Ok(all),
        answer => Err(unexpected(&answer)),
    }
}

/// The last lines of a file, indented.
pub(super) fn tail(log: &Path) -> io::Result<String> {
    let mut file = fs::File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(TAIL_LINES)..];
    Ok(last.iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n"))
}
