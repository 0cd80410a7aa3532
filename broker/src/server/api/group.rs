//! Consumer groups.
use super::{Asked, RequestError};
use crate::server::answer::Later;
use bytes::Bytes;

pub(super) fn take(_asked: Asked, _body: Bytes) -> Result<Option<Later>, RequestError> {
    Ok(None)
}
