//! Coming into a group, staying in it, going.

use bytes::Bytes;
use kafka_protocol::{
    error::ResponseError,
    messages::{
        HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest,
        LeaveGroupResponse, SyncGroupRequest, SyncGroupResponse,
        join_group_response::JoinGroupResponseMember, leave_group_request::MemberIdentity,
        leave_group_response::MemberResponse,
    },
};

use super::{super::text, Asked, RequestError, owned};
use crate::{
    group::{Caller, JoinRefused, Joined, Joining, Protocol, Syncing},
    server::answer::Later,
};

/// The version whose new members are sent back with an id, so that a lost answer leaves no member behind.
const NEEDS_ID: i16 = 4;
/// The version whose leaders may be told not to share out.
const SKIPS: i16 = 9;
/// The version in which a kind and a protocol may be absent.
const NULLS: i16 = 7;

pub(super) fn join(asked: Asked, client_id: String, body: Bytes) -> Result<Later, RequestError> {
    let request: JoinGroupRequest = asked.decode(body)?;
    Ok(Box::pin(async move {
        let group = request.group_id.to_string();
        let joining = joining(&asked, client_id, request);
        let joined = asked.broker().groups.join(&group, joining).await;
        asked.envelope.seal::<JoinGroupRequest>(&join_response(&asked, joined))
    }))
}

fn joining(asked: &Asked, client_id: String, request: JoinGroupRequest) -> Joining {
    let milliseconds = |said: i32| u64::try_from(said).unwrap_or_default();
    let session_timeout = milliseconds(request.session_timeout_ms);
    // Copied, because a group keeps it for long and shall not keep the frame.
    let protocols = request.protocols.into_iter().map(|protocol| Protocol {
        name: protocol.name.to_string(),
        metadata: Bytes::copy_from_slice(&protocol.metadata),
    });
    Joining {
        member_id: request.member_id.to_string(),
        fresh_id: String::new(),
        instance_id: owned(request.group_instance_id.as_ref()),
        client_id,
        client_host: format!("/{}", asked.context.peer.ip()),
        session_timeout,
        rebalance_timeout: match asked.version() {
            0 => session_timeout,
            _ => milliseconds(request.rebalance_timeout_ms),
        },
        protocol_type: request.protocol_type.to_string(),
        protocols: protocols.collect(),
        needs_member_id: asked.version() >= NEEDS_ID,
        can_skip_assignment: asked.version() >= SKIPS,
    }
}

fn join_response(asked: &Asked, joined: Result<Joined, JoinRefused>) -> JoinGroupResponse {
    let response = JoinGroupResponse::default();
    let joined = match joined {
        Ok(joined) => joined,
        Err(JoinRefused { error, member_id }) => {
            let nothing = (asked.version() < NULLS).then(|| text(""));
            let response = response.with_error_code(asked.code(error)).with_member_id(text(member_id));
            return response.with_protocol_name(nothing);
        }
    };
    let members = joined.members.into_iter().map(|member| {
        JoinGroupResponseMember::default()
            .with_member_id(text(member.member_id))
            .with_group_instance_id(member.instance_id.map(text))
            .with_metadata(member.metadata)
    });
    response
        .with_generation_id(joined.generation)
        .with_protocol_type(joined.protocol_type.map(text))
        .with_protocol_name(Some(text(joined.protocol.unwrap_or_default())))
        .with_leader(text(joined.leader))
        .with_skip_assignment(joined.skip_assignment)
        .with_member_id(text(joined.member_id))
        .with_members(members.collect())
}

pub(super) async fn sync(asked: Asked, request: SyncGroupRequest) -> SyncGroupResponse {
    let shares = request.assignments.into_iter();
    let syncing = Syncing {
        caller: Caller {
            member_id: request.member_id.to_string(),
            instance_id: owned(request.group_instance_id.as_ref()),
            generation: request.generation_id,
        },
        protocol_type: owned(request.protocol_type.as_ref()),
        protocol: owned(request.protocol_name.as_ref()),
        assignments: shares.map(|share| (share.member_id.to_string(), share.assignment)).collect(),
    };
    let response = SyncGroupResponse::default();
    match asked.broker().groups.sync(&request.group_id, &syncing).await {
        Ok(synced) => response
            .with_protocol_type(synced.protocol_type.map(text))
            .with_protocol_name(synced.protocol.map(text))
            .with_assignment(synced.assignment),
        Err(error) => response.with_error_code(asked.code(error)),
    }
}

pub(super) async fn heartbeat(asked: Asked, request: HeartbeatRequest) -> HeartbeatResponse {
    let caller = Caller {
        member_id: request.member_id.to_string(),
        instance_id: owned(request.group_instance_id.as_ref()),
        generation: request.generation_id,
    };
    match asked.broker().groups.heartbeat(&request.group_id, &caller) {
        Ok(()) => HeartbeatResponse::default(),
        Err(error) => HeartbeatResponse::default().with_error_code(asked.code(error)),
    }
}

pub(super) async fn leave(asked: Asked, request: LeaveGroupRequest) -> LeaveGroupResponse {
    /// The version since which several leave at once.
    const SEVERAL: i16 = 3;
    let groups = &asked.broker().groups;
    let response = LeaveGroupResponse::default();
    if asked.version() < SEVERAL {
        return match groups.leave(&request.group_id, &request.member_id, None) {
            Ok(()) => response,
            Err(error) => response.with_error_code(asked.code(error)),
        };
    }
    if request.group_id.is_empty() {
        return response.with_error_code(asked.code(ResponseError::InvalidGroupId));
    }
    let members =
        request.members.into_iter().map(|MemberIdentity { member_id, group_instance_id, .. }| {
            let left = groups.leave(&request.group_id, &member_id, group_instance_id.as_deref());
            let response =
                MemberResponse::default().with_member_id(member_id).with_group_instance_id(group_instance_id);
            response.with_error_code(left.map_or_else(|error| asked.code(error), |()| 0))
        });
    response.with_members(members.collect())
}
