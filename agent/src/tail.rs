//! Follows one container's `0.log` over rotations, and splits it into the runtime's lines.
//!
//! Guarantees: a line is handed on once and whole; when the file is renamed, what is left in the renamed
//! one is read before the new one is begun.
//! Caveats: a file that is rotated twice between two looks loses the one in the middle, and there are no
//! cursors: the complete agent will have both.

use std::{
    fs::File,
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// A line as the runtime wrote it: `time stream P|F text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawLine {
    /// RFC 3339.
    pub time: String,
    /// `stdout` or `stderr`.
    pub stream: String,
    /// Whether the printed line goes on in the next one.
    pub partial: bool,
    /// What the container printed.
    pub text: Vec<u8>,
}

/// The file could not be read.
#[derive(Debug, thiserror::Error)]
#[error("read {}", path.display())]
pub struct TailError {
    path: PathBuf,
    source: io::Error,
}

/// A file that is followed.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    open: Option<File>,
    rest: Vec<u8>,
    /// Lines that were not in the runtime's format.
    pub malformed: u64,
}

impl Tail {
    /// Of a container's folder, from the beginning.
    pub fn of(folder: &Path) -> Self {
        Self { path: folder.join("0.log"), open: None, rest: Vec::new(), malformed: 0 }
    }

    /// What was written since the last time; empty too when the file is gone.
    pub fn read(&mut self) -> Result<Vec<RawLine>, TailError> {
        let fail = |path: &Path| {
            let path = path.to_owned();
            move |source| TailError { path, source }
        };
        let mut lines = Vec::new();
        loop {
            if self.open.is_none() {
                match File::open(&self.path) {
                    Ok(file) => self.open = Some(file),
                    Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(lines),
                    Err(source) => return Err(fail(&self.path)(source)),
                }
            }
            let Some(file) = &mut self.open else { return Ok(lines) };
            // Asked before reading: whatever the old file still gets after a rename was there already.
            let renamed = is_another(file, &self.path).map_err(fail(&self.path))?;
            file.read_to_end(&mut self.rest).map_err(fail(&self.path))?;
            self.cut(&mut lines);
            if !renamed {
                return Ok(lines);
            }
            self.open = None;
        }
    }

    fn cut(&mut self, lines: &mut Vec<RawLine>) {
        let Some(end) = self.rest.iter().rposition(|&byte| byte == b'\n') else { return };
        for line in self.rest[..end].split(|&byte| byte == b'\n') {
            match parse(line) {
                Some(line) => lines.push(line),
                None => self.malformed += 1,
            }
        }
        self.rest.drain(..=end);
    }
}

/// Whether the path names another file than the one that is open; none at all is no other one yet.
fn is_another(open: &File, path: &Path) -> io::Result<bool> {
    let open = open.metadata()?;
    match path.metadata() {
        Ok(named) => Ok((open.dev(), open.ino()) != (named.dev(), named.ino())),
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn parse(line: &[u8]) -> Option<RawLine> {
    let mut fields = line.splitn(4, |&byte| byte == b' ');
    let mut field = || fields.next();
    let (time, stream, tag, text) = (field()?, field()?, field()?, field()?);
    let text_of = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    let partial = match tag {
        b"P" => true,
        b"F" => false,
        _ => return None,
    };
    Some(RawLine { time: text_of(time)?, stream: text_of(stream)?, partial, text: text.to_vec() })
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _};

    use super::*;

    fn texts(lines: &[RawLine]) -> Vec<String> {
        lines.iter().map(|line| String::from_utf8_lossy(&line.text).into_owned()).collect()
    }

    #[test]
    fn follows_a_file_over_its_rotation_without_loss_or_double() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0.log");
        let mut tail = Tail::of(folder.path());
        assert!(tail.read().unwrap().is_empty(), "no file yet");

        let mut file = File::create(&path).unwrap();
        file.write_all(b"t stdout F one\nt stdout F tw").unwrap();
        assert_eq!(texts(&tail.read().unwrap()), ["one"], "half a line waits");
        file.write_all(b"o\n").unwrap();
        fs::rename(&path, folder.path().join("0.log.1")).unwrap();
        file.write_all(b"t stdout F three\n").unwrap();
        fs::write(&path, b"t stderr F four\n").unwrap();
        assert_eq!(texts(&tail.read().unwrap()), ["two", "three", "four"]);
        assert!(tail.read().unwrap().is_empty());
    }

    #[test]
    fn what_is_not_a_runtimes_line_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("0.log"), b"hello\nt stdout X no\nt stdout F  yes \n").unwrap();
        let mut tail = Tail::of(folder.path());
        assert_eq!(texts(&tail.read().unwrap()), [" yes "]);
        assert_eq!(tail.malformed, 2);
    }
}
