//! A client says who it is.

use bytes::Bytes;
use girok_wire::protocol::{
    ProtocolError, SaslAuthenticateRequest, SaslAuthenticateResponse, SaslHandshakeRequest,
    SaslHandshakeResponse, code,
};

use crate::security::{Mechanism, REFUSAL_DELAY, Step};
use crate::session::{Answer, Request};

/// `SaslHandshake`: chooses the mechanism. Version 0, behind which tokens come without frames, is announced
/// because clients take SASL for missing without it, and refused.
pub(crate) fn sasl_handshake(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: SaslHandshakeRequest = request.take()?;
    let session = &request.session;
    let known = &session.security.mechanisms;
    let chosen = Mechanism::find(&asked.mechanism).filter(|mechanism| known.contains(mechanism));
    let error_code = match chosen {
        _ if request.version() == 0 => code::UNSUPPORTED_VERSION,
        _ if known.is_empty() => code::ILLEGAL_SASL_STATE,
        None => code::UNSUPPORTED_SASL_MECHANISM,
        Some(mechanism) if session.gate.choose(mechanism) => code::NONE,
        Some(_) => code::ILLEGAL_SASL_STATE,
    };
    let mechanisms = known.iter().map(|mechanism| mechanism.name().to_owned()).collect();
    Ok(request.now(&SaslHandshakeResponse { error_code, mechanisms }))
}

/// `SaslAuthenticate`: one message of the mechanism. Who is refused learns it late, and the connection closes.
pub(crate) fn sasl_authenticate(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: SaslAuthenticateRequest = request.take()?;
    let session = &request.session;
    // A password is hashed some thousand times.
    let step =
        tokio::task::block_in_place(|| session.gate.step(&session.security, &session.log, &asked.auth_bytes));
    let failed = |error_code, reason: &str| SaslAuthenticateResponse {
        error_code,
        error_message: Some(reason.to_owned()),
        ..SaslAuthenticateResponse::default()
    };
    Ok(match step {
        Step::Say(say) => {
            let auth_bytes = Bytes::from(say);
            request.now(&SaslAuthenticateResponse { auth_bytes, ..SaslAuthenticateResponse::default() })
        }
        Step::Illegal => {
            request.now(&failed(code::ILLEGAL_SASL_STATE, "no mechanism was chosen, or the login is over"))
        }
        Step::Refuse => {
            let response =
                failed(code::SASL_AUTHENTICATION_FAILED, "authentication failed: wrong user or password");
            request.last(REFUSAL_DELAY, response)
        }
    })
}
