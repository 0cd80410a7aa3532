//! Answers as bytes: a frame in parts, so that records are not copied.

use std::{future, pin::Pin};

use bytes::{BufMut as _, Bytes, BytesMut};
use kafka_protocol::{
    messages::ResponseHeader,
    protocol::{Encodable, HeaderVersion, Request},
};
use tokio::sync::OwnedSemaphorePermit;

use super::api::RequestError;

/// An answer that is ready to be sent.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) parts: Vec<Bytes>,
    /// What it holds until it is sent.
    pub(super) room: Option<OwnedSemaphorePermit>,
}

/// An answer that takes its time.
pub(super) type Later = Pin<Box<dyn Future<Output = Result<Answer, RequestError>> + Send>>;

/// What an answer to a request of one kind begins with, and how it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Envelope {
    pub(super) correlation: i32,
    pub(super) version: i16,
}

impl Envelope {
    /// The answer to a request of the kind `Q`.
    pub(super) fn seal<Q: Request>(self, response: &Q::Response) -> Result<Answer, RequestError> {
        let mut bytes = self.open::<Q>()?;
        response.encode(&mut bytes, self.version).map_err(|error| RequestError::Encode(error.to_string()))?;
        Ok(close(vec![bytes.freeze()], None))
    }

    /// The beginning of an answer: room for the length, and the header.
    pub(super) fn open<Q: Request>(self) -> Result<BytesMut, RequestError> {
        let mut bytes = BytesMut::with_capacity(256);
        bytes.put_u32(0);
        let header = ResponseHeader::default().with_correlation_id(self.correlation);
        let version = <Q::Response as HeaderVersion>::header_version(self.version);
        header.encode(&mut bytes, version).map_err(|error| RequestError::Encode(error.to_string()))?;
        Ok(bytes)
    }
}

/// Fills in the length of an answer whose first part began with [`Envelope::open`].
pub(super) fn close(mut parts: Vec<Bytes>, room: Option<OwnedSemaphorePermit>) -> Answer {
    let length: usize = parts.iter().map(Bytes::len).sum::<usize>() - size_of::<u32>();
    let length = u32::try_from(length).expect("because answers are far smaller");
    let first = std::mem::take(&mut parts[0]);
    let mut first = first.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
    first[..size_of::<u32>()].copy_from_slice(&length.to_be_bytes());
    parts[0] = first.freeze();
    Answer { parts, room }
}

/// An answer that is there already.
pub(super) fn now(answer: Result<Answer, RequestError>) -> Later {
    Box::pin(future::ready(answer))
}
