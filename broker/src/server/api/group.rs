//! Consumer groups: requests as the protocol has them, in and out of [`crate::group`].

mod admin;
mod members;
mod offsets;

use bytes::Bytes;
use kafka_protocol::{
    error::ResponseError,
    messages::{
        ApiKey, BrokerId, DeleteGroupsRequest, DescribeGroupsRequest, FindCoordinatorRequest,
        FindCoordinatorResponse, HeartbeatRequest, LeaveGroupRequest, ListGroupsRequest, OffsetCommitRequest,
        OffsetDeleteRequest, OffsetFetchRequest, SyncGroupRequest, find_coordinator_response::Coordinator,
    },
    protocol::StrBytes,
};

use super::{Asked, RequestError, metadata::address};
use crate::server::{NODE, answer::Later};

/// Takes a request about groups; `None` if it is about something else. The header is in `frame`.
pub(super) fn take(asked: Asked, frame: &[u8], body: Bytes) -> Result<Option<Later>, RequestError> {
    let later = match asked.api {
        ApiKey::FindCoordinator => asked.later::<FindCoordinatorRequest, _>(body, coordinator)?,
        ApiKey::JoinGroup => members::join(asked, client_id(frame), body)?,
        ApiKey::SyncGroup => asked.later::<SyncGroupRequest, _>(body, members::sync)?,
        ApiKey::Heartbeat => asked.later::<HeartbeatRequest, _>(body, members::heartbeat)?,
        ApiKey::LeaveGroup => asked.later::<LeaveGroupRequest, _>(body, members::leave)?,
        ApiKey::OffsetCommit => asked.later::<OffsetCommitRequest, _>(body, offsets::commit)?,
        ApiKey::OffsetFetch => asked.later::<OffsetFetchRequest, _>(body, offsets::fetch)?,
        ApiKey::OffsetDelete => asked.later::<OffsetDeleteRequest, _>(body, offsets::delete)?,
        ApiKey::DescribeGroups => asked.later::<DescribeGroupsRequest, _>(body, admin::describe)?,
        ApiKey::ListGroups => asked.later::<ListGroupsRequest, _>(body, admin::list)?,
        ApiKey::DeleteGroups => asked.later::<DeleteGroupsRequest, _>(body, admin::delete)?,
        _ => return Ok(None),
    };
    Ok(Some(later))
}

/// What a client calls itself, from the header of a frame whose shape was checked.
fn client_id(frame: &[u8]) -> String {
    const BEFORE: usize = 8;
    let text = frame.get(BEFORE..).and_then(|rest| {
        let (length, rest) = rest.split_first_chunk::<2>()?;
        rest.get(..usize::try_from(i16::from_be_bytes(*length)).ok()?)
    });
    String::from_utf8_lossy(text.unwrap_or_default()).into_owned()
}

fn owned(text: Option<&StrBytes>) -> Option<String> {
    text.map(ToString::to_string)
}

async fn coordinator(asked: Asked, request: FindCoordinatorRequest) -> FindCoordinatorResponse {
    const OF_GROUP: i8 = 0;
    const OF_TRANSACTION: i8 = 1;
    let refused = match request.key_type {
        OF_GROUP => None,
        // Nobody may have a transaction: of all errors it is the one that clients do not try again after.
        OF_TRANSACTION => Some(ResponseError::TransactionalIdAuthorizationFailed),
        _ => Some(ResponseError::InvalidRequest),
    };
    let code = refused.map_or(0, |error| asked.code(error));
    let (node, (host, port)) = match refused {
        None => (NODE, address(&asked)),
        Some(_) => (-1, (StrBytes::default(), -1)),
    };
    if asked.version() < 4 {
        return FindCoordinatorResponse::default()
            .with_error_code(code)
            .with_node_id(BrokerId(node))
            .with_host(host)
            .with_port(port);
    }
    let coordinators = request.coordinator_keys.into_iter().map(|key| {
        let coordinator = Coordinator::default().with_key(key).with_error_code(code);
        coordinator.with_node_id(BrokerId(node)).with_host(host.clone()).with_port(port)
    });
    FindCoordinatorResponse::default().with_coordinators(coordinators.collect())
}
