//! The headers of a message: whose it is, by which schema, and which bytes of which stream it accounts for.
//!
//! All four or none. A message without any comes from a producer that is not ours; one with some of them is an
//! error, for guessing the rest could lose or double records. Headers of other names are nobody's business here.

use std::{fmt, num::NonZeroU32, str::FromStr};

use crate::source::{SourceError, SourceRange, Stream};

/// `namespace/name` of the pipeline.
pub const PIPELINE: &str = "sawlog-pipeline";
/// The version of the pipeline's schema, from 1.
pub const SCHEMA: &str = "sawlog-schema";
/// The [`Stream`].
pub const STREAM: &str = "sawlog-stream";
/// The [`SourceRange`] that the batch accounts for, bytes that were dropped on purpose included.
pub const RANGE: &str = "sawlog-range";

/// What a message of ours says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers {
    /// Whose it is.
    pub pipeline: PipelineName,
    /// By which version of the pipeline's schema.
    pub schema: NonZeroU32,
    /// Of which stream.
    pub stream: Stream,
    /// Which bytes of it.
    pub range: SourceRange,
}

/// A pipeline's namespace and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PipelineName {
    namespace: String,
    name: String,
}

/// Headers are there, and they are wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Some of ours, but not this one.
    #[error("the header {0} is missing, others of its kind are there")]
    Missing(&'static str),
    /// Two of the same.
    #[error("the header {0} is there twice")]
    Twice(&'static str),
    /// Not even text.
    #[error("the header {0} is not UTF-8")]
    NotText(&'static str),
    /// `sawlog-pipeline`
    #[error("the header {PIPELINE} is not <namespace>/<name> in Kubernetes' letters")]
    Pipeline,
    /// `sawlog-schema`
    #[error("the header {SCHEMA} is not a whole number from 1")]
    Schema,
    /// `sawlog-stream` or `sawlog-range`
    #[error("the header {header}: {source}")]
    Source {
        /// Which.
        header: &'static str,
        /// Why.
        source: SourceError,
    },
}

impl Headers {
    /// From all headers of a message; nothing where none of ours is among them.
    pub fn parse<'h>(
        headers: impl IntoIterator<Item = (&'h str, &'h [u8])>,
    ) -> Result<Option<Self>, HeaderError> {
        const NAMES: [&str; 4] = [PIPELINE, SCHEMA, STREAM, RANGE];
        let mut found: [Option<&str>; 4] = [None; 4];
        for (name, value) in headers {
            let Some(index) = NAMES.iter().position(|known| *known == name) else { continue };
            let text = std::str::from_utf8(value).map_err(|_| HeaderError::NotText(NAMES[index]))?;
            if found[index].replace(text).is_some() {
                return Err(HeaderError::Twice(NAMES[index]));
            }
        }
        let [Some(pipeline), Some(schema), Some(stream), Some(range)] = found else {
            let missing = found.iter().position(Option::is_none).map_or(PIPELINE, |index| NAMES[index]);
            let none = found.iter().all(Option::is_none);
            return if none { Ok(None) } else { Err(HeaderError::Missing(missing)) };
        };
        Ok(Some(Self {
            pipeline: pipeline.parse()?,
            schema: version(schema).ok_or(HeaderError::Schema)?,
            stream: stream.parse().map_err(|source| HeaderError::Source { header: STREAM, source })?,
            range: range.parse().map_err(|source| HeaderError::Source { header: RANGE, source })?,
        }))
    }

    /// Names and values, as a producer sends them.
    pub fn pairs(&self) -> [(&'static str, String); 4] {
        [
            (PIPELINE, self.pipeline.to_string()),
            (SCHEMA, self.schema.to_string()),
            (STREAM, self.stream.to_string()),
            (RANGE, self.range.to_string()),
        ]
    }
}

fn version(digits: &str) -> Option<NonZeroU32> {
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| plain)
}

impl PipelineName {
    /// Nothing where Kubernetes would not take the names either.
    pub fn new(namespace: &str, name: &str) -> Option<Self> {
        let fits = |text: &str, longest| {
            let letter = |letter: u8| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
            let edge = |letter: Option<&u8>| letter.is_some_and(u8::is_ascii_alphanumeric);
            let bytes = text.as_bytes();
            bytes.len() <= longest && text.bytes().all(letter) && edge(bytes.first()) && edge(bytes.last())
        };
        let fine = fits(namespace, 63) && !namespace.contains('.') && fits(name, 253);
        fine.then(|| Self { namespace: namespace.to_owned(), name: name.to_owned() })
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for PipelineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl FromStr for PipelineName {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        let name = text.split_once('/').and_then(|(namespace, name)| Self::new(namespace, name));
        name.ok_or(HeaderError::Pipeline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 4] = [
        (PIPELINE, "shop/payments"),
        (SCHEMA, "2"),
        (STREAM, "pod/1f3c/cart/0/stdout/85944171f73967e8"),
        (RANGE, "0-512"),
    ];

    fn parse(pairs: &[(&str, &str)]) -> Result<Option<Headers>, HeaderError> {
        Headers::parse(pairs.iter().map(|(name, value)| (*name, value.as_bytes())))
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let headers = parse(&GOOD).unwrap().unwrap();
        assert_eq!((headers.pipeline.namespace(), headers.pipeline.name()), ("shop", "payments"));
        assert_eq!(headers.pairs().each_ref().map(|(name, value)| (*name, value.as_str())), GOOD);
        assert_eq!(parse(&[("traceparent", "00-1")]), Ok(None));
    }

    #[test]
    fn a_part_of_them_is_worse_than_none() {
        for (index, (name, _)) in GOOD.iter().enumerate() {
            let mut part = GOOD.to_vec();
            part.remove(index);
            assert_eq!(parse(&part), Err(HeaderError::Missing(name)));
            let twice = [&GOOD[..], &GOOD[index..=index]].concat();
            assert_eq!(parse(&twice), Err(HeaderError::Twice(name)));
        }
    }

    #[test]
    fn each_says_what_is_wrong_with_it() {
        let rows = [
            (0, "shop", "the header sawlog-pipeline is not <namespace>/<name> in Kubernetes' letters"),
            (0, "shop/a/b", "the header sawlog-pipeline is not <namespace>/<name> in Kubernetes' letters"),
            (0, "Shop/a", "the header sawlog-pipeline is not <namespace>/<name> in Kubernetes' letters"),
            (1, "0", "the header sawlog-schema is not a whole number from 1"),
            (1, "+1", "the header sawlog-schema is not a whole number from 1"),
            (3, "5-5", "the header sawlog-range: a range is <begin>-<end> with begin below end"),
        ];
        for (index, value, said) in rows {
            let mut pairs = GOOD;
            pairs[index].1 = value;
            assert_eq!(parse(&pairs).unwrap_err().to_string(), said);
        }
        let bytes = Headers::parse([(STREAM, &b"\xff"[..])]);
        assert_eq!(bytes, Err(HeaderError::NotText(STREAM)));
    }
}
