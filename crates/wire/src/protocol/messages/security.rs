//! Who is at the other end, and how does it prove that?

use bytes::Bytes;

use super::super::message::messages;

messages! {
    /// Names the way in which a client wants to say who it is.
    SaslHandshakeRequest { mechanism: String }

    /// Says whether that way is known, and which ones are.
    SaslHandshakeResponse { error_code: i16, mechanisms: Vec<String> }

    /// One step of the client's proof.
    SaslAuthenticateRequest { auth_bytes: Bytes }

    /// The broker's next step.
    SaslAuthenticateResponse {
        error_code: i16,
        error_message: Option<String>,
        auth_bytes: Bytes,
        session_lifetime_ms: i64 [1..],
    }

    /// Asks which SCRAM credentials users have; all of them if none are named.
    DescribeUserScramCredentialsRequest { users: Option<Vec<ScramUserName>> }

    /// A user.
    ScramUserName { name: String }

    /// The users that have SCRAM credentials.
    DescribeUserScramCredentialsResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String>,
        results: Vec<DescribedScramUser>,
    }

    /// One user's credentials.
    DescribedScramUser {
        user: String,
        error_code: i16,
        error_message: Option<String>,
        credential_infos: Vec<ScramCredentialInfo>,
    }

    /// What may be told of a credential.
    ScramCredentialInfo { mechanism: i8, iterations: i32 }

    /// Changes SCRAM credentials.
    AlterUserScramCredentialsRequest {
        deletions: Vec<ScramDeletion>,
        upsertions: Vec<ScramUpsertion>,
    }

    /// A credential that shall go.
    ScramDeletion { name: String, mechanism: i8 }

    /// A credential that shall be there.
    ScramUpsertion { name: String, mechanism: i8, iterations: i32, salt: Bytes, salted_password: Bytes }

    /// What became of each user's changes.
    AlterUserScramCredentialsResponse { throttle_time_ms: i32, results: Vec<AlteredScramUser> }

    /// One user.
    AlteredScramUser { user: String, error_code: i16, error_message: Option<String> }
}
