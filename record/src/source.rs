//! Where bytes come from: the stream, and the half-open range of its bytes.
//!
//! A stream's identity has to survive restarts of whoever reads it, and must never be given to other bytes. So
//! it names the container's run and begins with a hash of what the stream begins with; devices and inodes, which
//! file systems give out again at once, are no part of it.
//!
//! ```text
//! pod/<pod uid>/<container>/<restarts>/<stdout or stderr>/<hash of the first line>
//! file/<host>/<generation>/<hash of the first line>/<path>
//! post/<namespace>/<idempotency key>
//! ```
//!
//! A [`Stream`] is made of an [`Origin`] that every reader takes back from its text, so what cannot be read is
//! never written.

use std::{fmt, str::FromStr};

/// The longest identity.
pub const STREAM_BYTES: usize = 1_024;
/// So much of the first line counts. A line of the container runtime begins with its time in nanoseconds, so
/// this is plenty.
const FIRST_LINE: usize = 64;

/// A row of bytes that only grows: an origin whose text is an identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream(Origin);

/// What a stream is the bytes of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// One output of one run of a container.
    Pod {
        /// The pod's uid.
        pod_uid: String,
        /// The container's name.
        container: String,
        /// How often it was restarted before.
        restarts: u32,
        /// Which output.
        output: Output,
        /// What it begins with.
        first_line: FirstLine,
    },
    /// Another file of a host.
    File {
        /// The host's id.
        host: String,
        /// Counts truncations in place.
        generation: u64,
        /// What it begins with.
        first_line: FirstLine,
        /// Its path.
        path: String,
    },
    /// What one request brought.
    Post {
        /// The namespace that it is for.
        namespace: String,
        /// The key that its sender repeats when it sends again.
        key: String,
    },
}

/// An output of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Output {
    /// `stdout`
    Stdout,
    /// `stderr`
    Stderr,
}

/// A hash of how a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FirstLine(u64);

impl FirstLine {
    /// Of the first complete line, without its newline. FNV-1a: the same on every machine and for ever; it tells
    /// runs apart and defends against nobody.
    pub fn of(line: &[u8]) -> Self {
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Self(line.iter().take(FIRST_LINE).fold(0xcbf2_9ce4_8422_2325, step))
    }
}

/// Bytes of a stream: from `begin` up to and not including `end`. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceRange {
    begin: u64,
    end: u64,
}

/// Text is no stream, or no range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Too long to be one of ours.
    #[error("a stream's identity is longer than {STREAM_BYTES} bytes")]
    TooLong,
    /// None of the three forms.
    #[error("a stream's identity begins with pod/, file/ or post/ and has all its parts")]
    NoStream,
    /// Two numbers with a dash, the second one larger.
    #[error("a range is <begin>-<end> with begin below end")]
    NoRange,
}

impl Stream {
    /// Refuses what no reader would take: an identity that is too long, and parts that are empty, hold control
    /// characters, or hold a slash that would end them.
    pub fn new(origin: Origin) -> Result<Self, SourceError> {
        let read: Self = origin.to_string().parse()?;
        (read.0 == origin).then_some(Self(origin)).ok_or(SourceError::NoStream)
    }

    /// What it is the bytes of.
    pub fn origin(&self) -> &Origin {
        &self.0
    }
}

impl SourceRange {
    /// Nothing for an empty range.
    pub fn new(begin: u64, end: u64) -> Option<Self> {
        (begin < end).then_some(Self { begin, end })
    }

    /// The first byte.
    pub fn begin(self) -> u64 {
        self.begin
    }

    /// The first byte behind it.
    pub fn end(self) -> u64 {
        self.end
    }
}

impl fmt::Display for SourceRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.begin, self.end)
    }
}

impl FromStr for SourceRange {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let range = text.split_once('-').and_then(|(begin, end)| Self::new(number(begin)?, number(end)?));
        range.ok_or(SourceError::NoRange)
    }
}

/// A number in the one way in which we write it: no sign, no zeros in front.
fn number<T: FromStr>(digits: &str) -> Option<T> {
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
    let shortest = digits == "0" || !digits.starts_with('0');
    digits.parse().ok().filter(|_| plain && shortest)
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        })
    }
}

impl fmt::Display for FirstLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pod { pod_uid, container, restarts, output, first_line } => {
                write!(f, "pod/{pod_uid}/{container}/{restarts}/{output}/{first_line}")
            }
            Self::File { host, generation, first_line, path } => {
                write!(f, "file/{host}/{generation}/{first_line}/{path}")
            }
            Self::Post { namespace, key } => write!(f, "post/{namespace}/{key}"),
        }
    }
}

impl FromStr for Stream {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        if text.len() > STREAM_BYTES {
            return Err(SourceError::TooLong);
        }
        let (form, parts) = text.split_once('/').ok_or(SourceError::NoStream)?;
        let origin = match form {
            "pod" => pod(parts),
            "file" => file(parts),
            "post" => post(parts),
            _ => None,
        };
        origin.map(Self).ok_or(SourceError::NoStream)
    }
}

fn pod(parts: &str) -> Option<Origin> {
    let mut parts = parts.split('/');
    let origin = Origin::Pod {
        pod_uid: part(parts.next()?)?,
        container: part(parts.next()?)?,
        restarts: number(parts.next()?)?,
        output: match parts.next()? {
            "stdout" => Output::Stdout,
            "stderr" => Output::Stderr,
            _ => return None,
        },
        first_line: hash(parts.next()?)?,
    };
    parts.next().is_none().then_some(origin)
}

fn file(parts: &str) -> Option<Origin> {
    let mut parts = parts.splitn(4, '/');
    let (host, generation) = (part(parts.next()?)?, number(parts.next()?)?);
    Some(Origin::File { host, generation, first_line: hash(parts.next()?)?, path: part(parts.next()?)? })
}

fn post(parts: &str) -> Option<Origin> {
    let (namespace, key) = parts.split_once('/')?;
    Some(Origin::Post { namespace: part(namespace)?, key: part(key)? })
}

fn part(text: &str) -> Option<String> {
    let fine = !text.is_empty() && !text.chars().any(char::is_control);
    fine.then(|| text.to_owned())
}

fn hash(digits: &str) -> Option<FirstLine> {
    let fine = digits.len() == 16 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    fine.then(|| u64::from_str_radix(digits, 16).ok().map(FirstLine))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_have_one_form() {
        let rows = [
            "pod/1f3c/cart/0/stdout/85944171f73967e8",
            "pod/1f3c/cart/12/stderr/0000000000000000",
            "file/node-1/3/85944171f73967e8//var/log/a b.log",
            "post/shop/2026/import-1",
        ];
        for text in rows {
            assert_eq!(text.parse::<Stream>().map(|stream| stream.to_string()).as_deref(), Ok(text));
        }
        let none = [
            "",
            "pod",
            "pod/1f3c/cart/0/stdout",
            "pod/1f3c/cart/00/stdout/85944171f73967e8",
            "pod/1f3c/cart/0/stdout/85944171F73967E8",
            "pod/1f3c/cart/0/stdin/85944171f73967e8",
            "pod/1f3c/cart/0/stdout/85944171f73967e8/x",
            "pod//cart/0/stdout/85944171f73967e8",
            "file/node-1/3/85944171f73967e8/",
            "post/shop/",
            "post/shop/a\nb",
            "disk/shop/a",
        ];
        for text in none {
            assert_eq!(text.parse::<Stream>(), Err(SourceError::NoStream), "{text}");
        }
        let long = format!("post/shop/{}", "x".repeat(STREAM_BYTES));
        assert_eq!(long.parse::<Stream>(), Err(SourceError::TooLong));
    }

    #[test]
    fn what_no_reader_takes_cannot_be_made() {
        let post = |namespace: &str, key: &str| Origin::Post { namespace: namespace.into(), key: key.into() };
        let file = |path: &str| Origin::File {
            host: "node-1".to_owned(),
            generation: 0,
            first_line: FirstLine::of(b""),
            path: path.to_owned(),
        };
        let longest = STREAM_BYTES - "post/shop/".len();
        assert!(Stream::new(post("shop", &"x".repeat(longest))).is_ok());
        assert_eq!(Stream::new(file("/var/log/a b.log")).unwrap().origin(), &file("/var/log/a b.log"));
        let rows = [
            (post("shop", &"x".repeat(longest + 1)), SourceError::TooLong),
            (post("shop", "a\nb"), SourceError::NoStream),
            (post("shop", ""), SourceError::NoStream),
            (post("shop/eu", "a"), SourceError::NoStream),
            (file("/var/log/\u{7f}"), SourceError::NoStream),
        ];
        for (origin, error) in rows {
            assert_eq!(Stream::new(origin.clone()), Err(error), "{origin:?}");
        }
    }

    #[test]
    fn ranges_have_one_form() {
        let range: SourceRange = "1024-1311".parse().unwrap();
        assert_eq!((range.begin(), range.end(), range.to_string()), (1024, 1311, "1024-1311".to_owned()));
        for text in ["", "5", "5-5", "6-5", "-1-5", "+1-5", "01-5", "0-", "0-18446744073709551616", "0-5 "] {
            assert_eq!(text.parse::<SourceRange>(), Err(SourceError::NoRange), "{text}");
        }
    }

    #[test]
    fn only_the_beginning_of_the_first_line_counts() {
        let line = "2026-03-02T00:00:00.000000001Z stdout F ".repeat(2);
        assert_eq!(FirstLine::of(line.as_bytes()), FirstLine::of(&line.as_bytes()[..64]));
        assert_ne!(FirstLine::of(b"a"), FirstLine::of(b"b"));
        // The published test vectors of FNV-1a: identities on disk and in topics rest on them.
        assert_eq!(FirstLine::of(b"").to_string(), "cbf29ce484222325");
        assert_eq!(FirstLine::of(b"foobar").to_string(), "85944171f73967e8");
    }
}
