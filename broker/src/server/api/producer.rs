//! Ids for producers that number what they send.

use kafka_protocol::{
    error::ResponseError,
    messages::{InitProducerIdRequest, InitProducerIdResponse, ProducerId},
};

use super::{Asked, in_full};

#[expect(clippy::needless_pass_by_value, reason = "as every answer takes its request")]
pub(super) fn answer(asked: &Asked, request: InitProducerIdRequest) -> InitProducerIdResponse {
    let refused = |error| {
        let code = asked.code(error);
        let nobody =
            InitProducerIdResponse::default().with_producer_id(ProducerId(-1)).with_producer_epoch(-1);
        nobody.with_error_code(code)
    };
    if request.transactional_id.is_some() {
        // Nobody may have one: of all errors it is the one that clients do not try again after.
        return refused(ResponseError::TransactionalIdAuthorizationFailed);
    }
    // A producer that comes back gets another id: nothing of its old one is under way any more.
    match asked.broker().catalog.next_producer() {
        Ok(id) => InitProducerIdResponse::default().with_producer_id(ProducerId(id)).with_producer_epoch(0),
        Err(error) => {
            tracing::error!(error = in_full(&error), "no id can be reserved for a producer");
            refused(ResponseError::KafkaStorageError)
        }
    }
}
