//! One connection, spoken by hand: what client libraries hide is asked and seen here.
//!
//! A question is a message of `kafka-protocol` at the highest version that both sides speak, or at a version the
//! case names. Nothing is tried again and no error is turned into another. Every wait has an end.
//! Deliberately absent: knowledge of what the answers mean.

use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use kafka_protocol::{
    messages::{ApiKey, ApiVersionsRequest, ApiVersionsResponse, RequestHeader, ResponseHeader},
    protocol::{Decodable as _, Encodable as _, HeaderVersion as _, Request, StrBytes},
};

/// What a server that is there needs at most, on a machine that does other things too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Later versions name topics by id or ask for several groups at once, where a case has one name; those of
/// `InitProducerId` are for transactions in two phases.
const NOT_LATER: [(ApiKey, i16); 8] = [
    (ApiKey::Produce, 12),
    (ApiKey::Fetch, 12),
    (ApiKey::Metadata, 12),
    (ApiKey::OffsetCommit, 9),
    (ApiKey::OffsetFetch, 7),
    (ApiKey::FindCoordinator, 3),
    (ApiKey::DeleteTopics, 5),
    (ApiKey::InitProducerId, 4),
];

/// A connection.
pub(crate) struct Client {
    stream: TcpStream,
    next: i32,
    /// By API: what the server says it speaks.
    versions: BTreeMap<i16, (i16, i16)>,
}

impl Client {
    /// Connects and asks for versions.
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let mut client = Self::connect_silently(address);
        let answer = client.ask_at(0, &ApiVersionsRequest::default());
        client.versions = versions(&answer);
        client
    }

    /// Connects and says nothing.
    pub(crate) fn connect_silently(address: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&address, PATIENCE).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, next: 1, versions: BTreeMap::new() }
    }

    /// The lowest and the highest version the server speaks.
    pub(crate) fn spoken(&self, api: ApiKey) -> Option<(i16, i16)> {
        self.versions.get(&(api as i16)).copied()
    }

    /// The version this client asks at.
    pub(crate) fn version<R: Request>(&self) -> i16 {
        let api = ApiKey::try_from(R::KEY).unwrap();
        let (_, theirs) = self.spoken(api).unwrap_or_else(|| panic!("the server does not speak {api:?}"));
        let cap = NOT_LATER.iter().find(|(capped, _)| *capped == api).map_or(i16::MAX, |(_, cap)| *cap);
        theirs.min(R::VERSIONS.max).min(cap)
    }

    /// Asks and waits for the answer.
    pub(crate) fn ask<R: Request>(&mut self, request: &R) -> R::Response {
        self.ask_at(self.version::<R>(), request)
    }

    /// Asks for what is new in a version; the server has to speak it.
    pub(crate) fn ask_since<R: Request>(&mut self, since: i16, request: &R) -> R::Response {
        let version = self.version::<R>();
        assert!(version >= since, "{:?} is spoken up to {version} only", ApiKey::try_from(R::KEY).unwrap());
        self.ask_at(version, request)
    }

    /// Asks at one version.
    pub(crate) fn ask_at<R: Request>(&mut self, version: i16, request: &R) -> R::Response {
        let number = self.send(version, request);
        self.answer::<R>(version, number)
    }

    /// Asks without waiting; returns the question's number.
    pub(crate) fn send<R: Request>(&mut self, version: i16, request: &R) -> i32 {
        let number = self.next;
        self.next += 1;
        let mut bytes = frame_header(R::KEY, version, number, R::header_version(version));
        request.encode(&mut bytes, version).unwrap();
        self.send_frame(&bytes);
        number
    }

    /// The next answer, which has to be that of the question of this number.
    pub(crate) fn answer<R: Request>(&mut self, version: i16, number: i32) -> R::Response {
        let mut frame = self.frame().unwrap();
        let header = ResponseHeader::decode(&mut frame, R::Response::header_version(version)).unwrap();
        assert_eq!(header.correlation_id, number, "answers come in the order of the questions");
        let response = R::Response::decode(&mut frame, version).unwrap();
        assert_eq!(frame.remaining(), 0, "nothing comes after the answer");
        response
    }

    /// Sends bytes behind their length.
    pub(crate) fn send_frame(&mut self, bytes: &[u8]) {
        let mut frame = BytesMut::with_capacity(bytes.len() + 4);
        frame.put_i32(i32::try_from(bytes.len()).unwrap());
        frame.put_slice(bytes);
        self.stream.write_all(&frame).unwrap();
    }

    /// Sends bytes as they are; the server may have closed meanwhile.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        let _refused_in_the_middle = self.stream.write_all(bytes);
    }

    /// The next frame, without its length.
    pub(crate) fn frame(&mut self) -> io::Result<Bytes> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let mut frame = vec![0; usize::try_from(i32::from_be_bytes(length)).unwrap()];
        self.stream.read_exact(&mut frame)?;
        Ok(frame.into())
    }

    /// Waits until the server has closed the connection, without an answer.
    pub(crate) fn assert_closed(&mut self) {
        match self.stream.read(&mut [0; 64]) {
            Ok(0) => {}
            Ok(length) => panic!("{length} bytes of an answer where the connection was to be closed"),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{error}"),
        }
    }
}

/// The beginning of a question, for those who write the rest by hand too.
pub(crate) fn frame_header(api: i16, version: i16, number: i32, header_version: i16) -> BytesMut {
    let header = RequestHeader::default()
        .with_request_api_key(api)
        .with_request_api_version(version)
        .with_correlation_id(number)
        .with_client_id(Some(StrBytes::from_static_str("conformance")));
    let mut bytes = BytesMut::new();
    header.encode(&mut bytes, header_version).unwrap();
    bytes
}

/// By API: the lowest and the highest version.
pub(crate) fn versions(answer: &ApiVersionsResponse) -> BTreeMap<i16, (i16, i16)> {
    answer.api_keys.iter().map(|api| (api.api_key, (api.min_version, api.max_version))).collect()
}
