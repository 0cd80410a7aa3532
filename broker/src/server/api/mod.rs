//! What can be asked: a file for each thing that requests are about.

mod configs;
mod fetch;
mod group;
mod metadata;
mod offsets;
mod produce;
mod producer;
mod topics;
mod versions;

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use kafka_protocol::{
    error::ResponseError,
    messages::{
        AlterConfigsRequest, ApiKey, ApiVersionsRequest, CreatePartitionsRequest, CreateTopicsRequest,
        DeleteRecordsRequest, DeleteTopicsRequest, DescribeClusterRequest, DescribeConfigsRequest,
        IncrementalAlterConfigsRequest, InitProducerIdRequest, ListOffsetsRequest, MetadataRequest,
        OffsetForLeaderEpochRequest,
    },
    protocol::{Decodable, Request, StrBytes},
};
use tokio::task::spawn_blocking;

use super::{
    Broker,
    answer::{self, Envelope, Later},
    shape::{self, ShapeError, Start},
};
use crate::metrics::{OfApi, OfError};

/// Of every request but those of producers. Decoded, a request is many times as long, and batches are not decoded.
const LARGEST: usize = 1 << 20;

/// Why a request closes its connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    #[error("{key} is not the key of a request that is answered here")]
    Unknown { key: i16 },
    #[error("a request of {bytes} bytes, and only producers send more than {LARGEST}")]
    Large { bytes: usize },
    #[error("a request that is not what it says")]
    Shape(#[from] ShapeError),
    #[error("decode {api:?} of version {version}: {why}")]
    Decode { api: ApiKey, version: i16, why: String },
    #[error("encode an answer: {0}")]
    Encode(String),
    #[error("hold an answer")]
    Room(#[source] super::frame::FrameError),
}

/// What a connection knows of itself.
#[derive(Debug, Clone)]
pub(super) struct Context {
    pub(super) broker: Arc<Broker>,
    /// The address at which the client came: it is sent there again.
    pub(super) here: SocketAddr,
    /// The address from which it came.
    pub(super) peer: SocketAddr,
}

/// A request that is being answered.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    context: Context,
    api: ApiKey,
    envelope: Envelope,
}

impl Asked {
    fn broker(&self) -> &Arc<Broker> {
        &self.context.broker
    }

    fn version(&self) -> i16 {
        self.envelope.version
    }

    /// The code of an error that is answered; it is counted.
    fn code(&self, error: ResponseError) -> i16 {
        let (api, error_name) = (format!("{:?}", self.api), format!("{error:?}"));
        self.broker().metrics.errors.get_or_create(&OfError { api, error: error_name }).inc();
        error.code()
    }

    fn decode<Q: Request + Decodable>(&self, mut body: Bytes) -> Result<Q, RequestError> {
        let (api, version) = (self.api, self.version());
        Q::decode(&mut body, version).map_err(|error| RequestError::Decode {
            api,
            version,
            why: error.to_string(),
        })
    }

    /// Answers when it is its turn, off the threads that serve connections: files are opened, written, synced.
    fn blocking<Q>(self, body: Bytes, answer: fn(&Self, Q) -> Q::Response) -> Result<Later, RequestError>
    where
        Q: Request + Send + 'static,
        Q::Response: Send,
    {
        let request: Q = self.decode(body)?;
        Ok(Box::pin(async move {
            let envelope = self.envelope;
            let answering = spawn_blocking(move || answer(&self, request));
            envelope.seal::<Q>(&answering.await.expect("because no answer panics"))
        }))
    }

    /// Answers when it is its turn.
    fn later<Q, F>(self, body: Bytes, answer: fn(Self, Q) -> F) -> Result<Later, RequestError>
    where
        Q: Request + Send + 'static,
        Q::Response: Send,
        F: Future<Output = Q::Response> + Send + 'static,
    {
        let request: Q = self.decode(body)?;
        let envelope = self.envelope;
        Ok(Box::pin(async move { envelope.seal::<Q>(&answer(self, request).await) }))
    }
}

/// Takes a request. Nothing is answered to a producer that wants no answer.
pub(super) async fn take(context: &Context, frame: Bytes) -> Result<Option<Later>, RequestError> {
    let Start { key, version, correlation } = Start::read(&frame)?;
    let api = ApiKey::try_from(key).map_err(|()| RequestError::Unknown { key })?;
    let requests = &context.broker.metrics.requests;
    requests.get_or_create(&OfApi { api: format!("{api:?}") }).inc();
    if api != ApiKey::Produce && frame.len() > LARGEST {
        return Err(RequestError::Large { bytes: frame.len() });
    }
    let envelope = Envelope { correlation, version };
    let asked = Asked { context: context.clone(), api, envelope };
    let body = match shape::check(api, version, &frame) {
        // Clients try the newest they know, and the answer tells them what is known here.
        Err(ShapeError::Version { api: ApiKey::ApiVersions, .. }) => {
            return Ok(Some(answer::now(versions::refuse(&asked))));
        }
        checked => frame.slice(checked?),
    };
    let later = match api {
        ApiKey::Produce => return produce::take(asked, body).await,
        ApiKey::Fetch => fetch::take(asked, body)?,
        ApiKey::ApiVersions => asked.later::<ApiVersionsRequest, _>(body, versions::answer)?,
        ApiKey::Metadata => asked.blocking::<MetadataRequest>(body, metadata::answer)?,
        ApiKey::DescribeCluster => asked.blocking::<DescribeClusterRequest>(body, metadata::cluster)?,
        ApiKey::ListOffsets => asked.blocking::<ListOffsetsRequest>(body, offsets::list)?,
        ApiKey::OffsetForLeaderEpoch => {
            asked.blocking::<OffsetForLeaderEpochRequest>(body, offsets::of_epoch)?
        }
        ApiKey::DeleteRecords => asked.blocking::<DeleteRecordsRequest>(body, offsets::delete)?,
        ApiKey::InitProducerId => asked.blocking::<InitProducerIdRequest>(body, producer::answer)?,
        ApiKey::CreateTopics => asked.blocking::<CreateTopicsRequest>(body, topics::create)?,
        ApiKey::DeleteTopics => asked.blocking::<DeleteTopicsRequest>(body, topics::delete)?,
        ApiKey::CreatePartitions => asked.blocking::<CreatePartitionsRequest>(body, topics::grow)?,
        ApiKey::DescribeConfigs => asked.blocking::<DescribeConfigsRequest>(body, configs::describe)?,
        ApiKey::AlterConfigs => asked.blocking::<AlterConfigsRequest>(body, configs::alter)?,
        ApiKey::IncrementalAlterConfigs => {
            asked.blocking::<IncrementalAlterConfigsRequest>(body, configs::alter_some)?
        }
        _ => match group::take(asked, &frame, body)? {
            Some(later) => later,
            None => return Err(RequestError::Unknown { key }),
        },
    };
    Ok(Some(later))
}

/// Text of an answer.
fn text(text: impl Into<String>) -> StrBytes {
    StrBytes::from_string(text.into())
}

/// An error with what caused it, for whoever asked.
fn in_full(error: &dyn std::error::Error) -> String {
    match error.source() {
        None => error.to_string(),
        Some(source) => format!("{error}: {}", in_full(source)),
    }
}
