//! `printer`: prints numbered lines, in all the ways in which a container may print.
//!
//! What a line says is in `sawlog_e2e::lines`, which also tells whether all of them came through. Every start
//! is a run of its own. SIGTERM ends it with one line more, which says that it is the last: so every run that was
//! not killed has an end that can be waited for.
//!
//! Deliberately absent: other shapes of text than those lines, and log levels. Nothing is random.

use std::{
    env, fs,
    fs::File,
    io::{self, Write as _},
    os::fd::AsFd,
    process::ExitCode,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant, SystemTime},
};

use clap::Parser;
use sawlog_e2e::lines::Line;

/// Prints numbered lines.
#[derive(Debug, Parser)]
#[command(name = "printer", version)]
struct Options {
    /// How many; 0 is without end
    #[arg(long, default_value_t = 0)]
    lines: u64,
    /// How many in a second; 0 is as fast as they are taken
    #[arg(long, value_name = "COUNT", default_value_t = 0, conflicts_with = "burst")]
    per_second: u64,
    /// Print so many at once, then pause
    #[arg(long, value_name = "COUNT", requires = "pause")]
    burst: Option<u64>,
    /// For how many milliseconds
    #[arg(long, value_name = "MS", requires = "burst")]
    pause: Option<u64>,
    /// Pad every line to so many bytes, its newline not counted
    #[arg(long)]
    bytes: Option<usize>,
    /// Let so many indented lines follow every line
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    stack: u32,
    /// Write every line piece by piece
    #[arg(long)]
    pieces: bool,
    /// Print every so many-th line to standard error; 0 is none
    #[arg(long, value_name = "N", default_value_t = 0)]
    stderr_every: u64,
    /// End without the last line's newline
    #[arg(long)]
    no_newline_at_end: bool,
    /// When all is printed, do nothing until SIGTERM
    #[arg(long)]
    hold: bool,
    /// End with this exit code
    #[arg(long, value_name = "CODE", default_value_t = 0)]
    exit_code: u8,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::from(options.exit_code),
        Err(error) => {
            let _nobody_may_listen = writeln!(io::stderr(), "printer: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> io::Result<()> {
    let stop = Stop::listen()?;
    let pace = Pace::of(options);
    let run = name_of_run()?;
    let mut output = Output::open()?;
    let mut text = Vec::new();
    let began = Instant::now();
    for number in 1.. {
        let is_last = number == options.lines || stop.is_told();
        text.clear();
        Line { run: &run, number, is_last, stack: options.stack, bytes: options.bytes }.write(&mut text);
        if !(is_last && options.no_newline_at_end) {
            text.push(b'\n');
        }
        let is_for_stderr = options.stderr_every > 0 && number % options.stderr_every == 0;
        output.turn_to(if is_for_stderr { Stream::Error } else { Stream::Output })?;
        if options.pieces {
            output.put_in_pieces(&text)?;
        } else {
            output.put(&text)?;
        }
        if is_last {
            break;
        }
        let pause = pace.pause_after(number, began.elapsed());
        if !pause.is_zero() {
            output.flush()?;
            stop.wait(Some(pause));
        }
    }
    output.flush()?;
    if options.hold {
        stop.wait(None);
    }
    Ok(())
}

/// A name that no other start has: the pod's, and when.
fn name_of_run() -> io::Result<String> {
    let host = match env::var("HOSTNAME").ok().filter(|name| !name.is_empty()) {
        Some(name) => name,
        None => fs::read_to_string("/proc/sys/kernel/hostname")?.trim().to_owned(),
    };
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_err(io::Error::other)?;
    Ok(format!("{}/{}", host.replace(char::is_whitespace, "-"), since.as_nanos()))
}

/// Whether this is to end. As the first process of a container it has to ask for the signal, or it gets none.
struct Stop {
    told: Receiver<()>,
    was_told: std::cell::Cell<bool>,
}

impl Stop {
    fn listen() -> io::Result<Self> {
        let (tell, told) = channel();
        let handler = move || {
            let _ends_anyway = tell.send(());
        };
        ctrlc::set_handler(handler).map_err(io::Error::other)?;
        Ok(Self { told, was_told: false.into() })
    }

    fn is_told(&self) -> bool {
        if self.told.try_recv().is_ok() {
            self.was_told.set(true);
        }
        self.was_told.get()
    }

    /// Waits for so long, or until it is told.
    fn wait(&self, limit: Option<Duration>) {
        if self.was_told.get() {
            return;
        }
        let told = match limit {
            Some(limit) => self.told.recv_timeout(limit),
            None => self.told.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        self.was_told.set(told.is_ok());
    }
}

/// When lines are printed.
#[derive(Debug, Clone, Copy)]
enum Pace {
    /// As fast as they are taken.
    Free,
    /// So many in a second.
    Steady(u64),
    /// So many at once, then a pause.
    Bursts(u64, Duration),
}

/// Lines that are due within so short a time are printed together: a process cannot sleep much shorter.
const TOGETHER: Duration = Duration::from_millis(1);

impl Pace {
    fn of(options: &Options) -> Self {
        let pause = Duration::from_millis(options.pause.unwrap_or_default());
        match (options.burst, options.per_second) {
            (Some(size), _) => Self::Bursts(size.max(1), pause),
            (None, 0) => Self::Free,
            (None, count) => Self::Steady(count),
        }
    }

    /// How long to wait after so many lines, so long after the start.
    fn pause_after(self, printed: u64, elapsed: Duration) -> Duration {
        match self {
            Self::Bursts(size, pause) if printed.is_multiple_of(size) => pause,
            Self::Free | Self::Bursts(..) => Duration::ZERO,
            Self::Steady(count) => {
                // Counted from the start, so that a late line does not make all that follow late.
                let whole = Duration::from_secs(printed / count);
                let due = whole + Duration::from_nanos((printed % count) * 1_000_000_000 / count);
                let pause = due.saturating_sub(elapsed);
                if pause < TOGETHER { Duration::ZERO } else { pause }
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Output,
    Error,
}

/// Both streams and what is not written yet, which is for one of them. Whoever turns from one to the other writes
/// the rest first, so that what is printed first is there first.
struct Output {
    files: [File; 2],
    stream: Stream,
    waiting: Vec<u8>,
}

/// As much as a pipe holds.
const AT_ONCE: usize = 1 << 16;
const PIECES: usize = 3;

impl Output {
    /// Files of one's own: those of the standard library look for newlines in all that is written.
    fn open() -> io::Result<Self> {
        let files = [io::stdout().as_fd().try_clone_to_owned()?, io::stderr().as_fd().try_clone_to_owned()?];
        Ok(Self { files: files.map(File::from), stream: Stream::Output, waiting: Vec::new() })
    }

    fn turn_to(&mut self, stream: Stream) -> io::Result<()> {
        if stream != self.stream {
            self.flush()?;
            self.stream = stream;
        }
        Ok(())
    }

    fn put(&mut self, text: &[u8]) -> io::Result<()> {
        self.waiting.extend_from_slice(text);
        if self.waiting.len() >= AT_ONCE { self.flush() } else { Ok(()) }
    }

    fn put_in_pieces(&mut self, text: &[u8]) -> io::Result<()> {
        self.flush()?;
        text.chunks(text.len().div_ceil(PIECES)).try_for_each(|piece| self.file().write_all(piece))
    }

    fn flush(&mut self) -> io::Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        self.file().write_all(&waiting)?;
        self.waiting = waiting;
        self.waiting.clear();
        Ok(())
    }

    fn file(&self) -> &File {
        &self.files[self.stream as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_pace_is_kept_from_the_start_on() {
        let pace = Pace::Steady(4);
        assert_eq!(pace.pause_after(1, Duration::ZERO), Duration::from_millis(250));
        assert_eq!(pace.pause_after(9, Duration::from_secs(2)), Duration::from_millis(250));
        assert_eq!(pace.pause_after(9, Duration::from_secs(3)), Duration::ZERO, "late: catches up");
        let fast = Pace::Steady(1_000_000);
        assert_eq!(fast.pause_after(999, Duration::ZERO), Duration::ZERO, "many in a millisecond");
        assert_eq!(fast.pause_after(5_000, Duration::ZERO), Duration::from_millis(5));
    }

    #[test]
    fn bursts_pause_when_they_are_full() {
        let pace = Pace::Bursts(3, Duration::from_secs(1));
        let pauses = [1, 2, 3, 4, 5, 6].map(|printed| pace.pause_after(printed, Duration::ZERO).as_secs());
        assert_eq!(pauses, [0, 0, 1, 0, 0, 1]);
    }
}
