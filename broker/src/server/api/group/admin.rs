//! Groups as an operator sees them.

use kafka_protocol::messages::{
    DeleteGroupsRequest, DeleteGroupsResponse, DescribeGroupsRequest, DescribeGroupsResponse,
    ListGroupsRequest, ListGroupsResponse,
    delete_groups_response::DeletableGroupResult,
    describe_groups_response::{DescribedGroup, DescribedGroupMember},
    list_groups_response::ListedGroup,
};

use super::{super::text, Asked};

/// What Apache Kafka says of a group that is not there.
const NOT_THERE: &str = "Dead";

pub(super) async fn describe(asked: Asked, request: DescribeGroupsRequest) -> DescribeGroupsResponse {
    let groups = request.groups.into_iter().map(|id| {
        let described = asked.broker().groups.describe(&id);
        let answer = DescribedGroup::default().with_group_id(id);
        let Some(described) = described else { return answer.with_group_state(text(NOT_THERE)) };
        let members = described.members.into_iter().map(|member| {
            DescribedGroupMember::default()
                .with_member_id(text(member.member_id))
                .with_group_instance_id(member.instance_id.map(text))
                .with_client_id(text(member.client_id))
                .with_client_host(text(member.client_host))
                .with_member_metadata(member.metadata)
                .with_member_assignment(member.assignment)
        });
        answer
            .with_group_state(text(described.state))
            .with_protocol_type(text(described.protocol_type))
            .with_protocol_data(text(described.protocol))
            .with_members(members.collect())
    });
    DescribeGroupsResponse::default().with_groups(groups.collect())
}

pub(super) async fn list(asked: Asked, request: ListGroupsRequest) -> ListGroupsResponse {
    let wanted = &request.states_filter;
    let is_wanted =
        |state: &str| wanted.is_empty() || wanted.iter().any(|name| name.eq_ignore_ascii_case(state));
    let groups = asked.broker().groups.list().into_iter().filter(|group| is_wanted(group.state));
    let groups = groups.map(|group| {
        ListedGroup::default()
            .with_group_id(text(group.group).into())
            .with_protocol_type(text(group.protocol_type))
            .with_group_state(text(group.state))
    });
    ListGroupsResponse::default().with_groups(groups.collect())
}

pub(super) async fn delete(asked: Asked, request: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let mut results = Vec::new();
    for id in request.groups_names {
        let deleted = asked.broker().groups.delete(&id).await;
        if deleted.is_ok() {
            tracing::info!(group = &**id, "group deleted");
        }
        let code = deleted.map_or_else(|error| asked.code(error), |()| 0);
        results.push(DeletableGroupResult::default().with_group_id(id).with_error_code(code));
    }
    DeleteGroupsResponse::default().with_results(results)
}
