//! What is known here.

use kafka_protocol::{
    error::ResponseError,
    messages::{ApiVersionsRequest, ApiVersionsResponse, api_versions_response::ApiVersion},
};

use super::{Asked, RequestError};
use crate::server::{
    answer::{Answer, Envelope},
    shape::APIS,
};

pub(super) async fn answer(asked: Asked, request: ApiVersionsRequest) -> ApiVersionsResponse {
    // The version of the first that had a name.
    let names_itself = asked.version() >= 3;
    if names_itself && !is_name(&request.client_software_name) {
        return ApiVersionsResponse::default().with_error_code(asked.code(ResponseError::InvalidRequest));
    }
    known()
}

/// To a version that is not known: in the first one, which everybody can read.
pub(super) fn refuse(asked: &Asked) -> Result<Answer, RequestError> {
    let code = asked.code(ResponseError::UnsupportedVersion);
    let envelope = Envelope { version: 0, ..asked.envelope };
    envelope.seal::<ApiVersionsRequest>(&known().with_error_code(code))
}

fn known() -> ApiVersionsResponse {
    let keys = APIS.iter().map(|api| {
        ApiVersion::default().with_api_key(api.key as i16).with_min_version(api.min).with_max_version(api.max)
    });
    ApiVersionsResponse::default().with_api_keys(keys.collect())
}

fn is_name(name: &str) -> bool {
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    name.bytes().all(is_inside)
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.ends_with(|last: char| last.is_ascii_alphanumeric())
}
