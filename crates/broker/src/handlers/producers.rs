//! Which id does an idempotent producer get?

use girok_wire::protocol::{InitProducerIdRequest, InitProducerIdResponse, ProtocolError, code};

use crate::fault::code_of;
use crate::session::{Answer, Request};

/// `InitProducerId`: a new id, or for a producer that has one the next epoch. There are no transactions.
pub(crate) fn init_producer_id(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: InitProducerIdRequest = request.take()?;
    let failed = |error_code| InitProducerIdResponse { error_code, ..InitProducerIdResponse::default() };
    if asked.transactional_id.is_some() {
        // The one code that clients take as final.
        return Ok(request.now(&failed(code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED)));
    }
    let given = |producer_id, producer_epoch| InitProducerIdResponse {
        producer_id,
        producer_epoch,
        ..InitProducerIdResponse::default()
    };
    if asked.producer_id >= 0 && (0..i16::MAX - 1).contains(&asked.producer_epoch) {
        return Ok(request.now(&given(asked.producer_id, asked.producer_epoch + 1)));
    }
    let taken = tokio::task::block_in_place(|| request.log().next_producer_id());
    Ok(request.now(&taken.map_or_else(|error| failed(code_of(&error)), |id| given(id, 0))))
}
