//! Users and their SCRAM credentials.

use std::collections::{BTreeMap, BTreeSet};

use girok_commitlog::{ScramChange, ScramCredential, ScramMechanism};
use girok_wire::protocol::{
    AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse, AlteredScramUser,
    DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse, DescribedScramUser,
    ProtocolError, ScramCredentialInfo, ScramUpsertion, code,
};

use crate::fault::code_of;
use crate::security::from_salted;
use crate::session::{Answer, Request};

/// Kafka's bounds for how often a password is hashed.
const ITERATIONS: std::ops::RangeInclusive<i32> = 4096..=16384;

fn mechanism(number: i8) -> Option<ScramMechanism> {
    match number {
        1 => Some(ScramMechanism::Sha256),
        2 => Some(ScramMechanism::Sha512),
        _ => None,
    }
}

/// `DescribeUserScramCredentials`: of the users that clients made; those of the configuration are not told.
pub(crate) fn describe(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: DescribeUserScramCredentialsRequest = request.take()?;
    let mut known: BTreeMap<String, Vec<ScramCredentialInfo>> = BTreeMap::new();
    for one in request.log().scram_credentials() {
        let number = if one.mechanism == ScramMechanism::Sha256 { 1 } else { 2 };
        let info = ScramCredentialInfo { mechanism: number, iterations: one.iterations as i32 };
        known.entry(one.user).or_default().push(info);
    }
    let named = asked.users.filter(|users| !users.is_empty());
    let names = match named {
        Some(users) => users.into_iter().map(|user| user.name).collect(),
        None => known.keys().cloned().collect::<Vec<_>>(),
    };
    let results = names.iter().map(|name| described(&names, name, &known)).collect();
    Ok(request.now(&DescribeUserScramCredentialsResponse {
        results,
        ..DescribeUserScramCredentialsResponse::default()
    }))
}

fn described(
    names: &[String],
    name: &str,
    known: &BTreeMap<String, Vec<ScramCredentialInfo>>,
) -> DescribedScramUser {
    let failed = |error_code, reason: &str| DescribedScramUser {
        user: name.to_owned(),
        error_code,
        error_message: Some(reason.to_owned()),
        credential_infos: Vec::new(),
    };
    if names.iter().filter(|other| *other == name).count() > 1 {
        return failed(code::DUPLICATE_RESOURCE, "the user is named more than once");
    }
    known.get(name).map_or_else(
        || failed(code::RESOURCE_NOT_FOUND, "the user has no SCRAM credentials"),
        |infos| DescribedScramUser {
            user: name.to_owned(),
            credential_infos: infos.clone(),
            ..DescribedScramUser::default()
        },
    )
}

/// `AlterUserScramCredentials`: all changes of a user, or none of them.
pub(crate) fn alter(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: AlterUserScramCredentialsRequest = request.take()?;
    let mut users: BTreeMap<String, Result<Vec<ScramChange>, Refused>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let deletions = asked.deletions.into_iter().map(|one| {
        let change = removal(&request, &one.name, one.mechanism);
        (one.name, one.mechanism, change)
    });
    let upsertions = asked.upsertions.into_iter().map(|one| {
        let change = put(&request, &one);
        (one.name, one.mechanism, change)
    });
    for (name, number, change) in deletions.chain(upsertions) {
        let is_new = seen.insert((name.clone(), number));
        let change = if is_new { change } else { Err(Refused::TWICE) };
        let changes = users.entry(name).or_insert_with(|| Ok(Vec::new()));
        match (changes.as_mut(), change) {
            (Ok(changes), Ok(change)) => changes.push(change),
            (Ok(_), Err(refused)) => *changes = Err(refused),
            (Err(_), _) => {}
        }
    }
    let results = users.into_iter().map(|(user, changes)| altered(&request, user, changes)).collect();
    Ok(request.now(&AlterUserScramCredentialsResponse { throttle_time_ms: 0, results }))
}

/// Why a user is left as it is.
struct Refused(i16, &'static str);

impl Refused {
    const TWICE: Refused = Refused(code::DUPLICATE_RESOURCE, "one credential is changed twice");
    const MECHANISM: Refused = Refused(code::UNSUPPORTED_SASL_MECHANISM, "the mechanism is not known");
    const NOT_FOUND: Refused = Refused(code::RESOURCE_NOT_FOUND, "there is no such credential");
    const CONFIGURED: Refused =
        Refused(code::UNACCEPTABLE_CREDENTIAL, "the user is in the broker's configuration");
    const ITERATIONS: Refused = Refused(code::UNACCEPTABLE_CREDENTIAL, "expected 4096 to 16384 iterations");
    const EMPTY: Refused =
        Refused(code::UNACCEPTABLE_CREDENTIAL, "user, salt and password must not be empty");
}

fn removal(request: &Request, name: &str, number: i8) -> Result<ScramChange, Refused> {
    let mechanism = mechanism(number).ok_or(Refused::MECHANISM)?;
    if request.log().scram_credential(name, mechanism).is_none() {
        return Err(Refused::NOT_FOUND);
    }
    Ok(ScramChange::Remove(name.to_owned(), mechanism))
}

fn put(request: &Request, one: &ScramUpsertion) -> Result<ScramChange, Refused> {
    let mechanism = mechanism(one.mechanism).ok_or(Refused::MECHANISM)?;
    if request.session.security.users.is_configured(&one.name) {
        return Err(Refused::CONFIGURED);
    }
    if !ITERATIONS.contains(&one.iterations) {
        return Err(Refused::ITERATIONS);
    }
    if one.name.is_empty() || one.salt.is_empty() || one.salted_password.is_empty() {
        return Err(Refused::EMPTY);
    }
    let made: ScramCredential =
        from_salted(&one.name, mechanism, one.iterations as u32, &one.salt, &one.salted_password);
    Ok(ScramChange::Put(made))
}

fn altered(request: &Request, user: String, changes: Result<Vec<ScramChange>, Refused>) -> AlteredScramUser {
    let failed =
        |user, error_code, reason: String| AlteredScramUser { user, error_code, error_message: Some(reason) };
    let changes = match changes {
        Ok(changes) => changes,
        Err(Refused(error_code, reason)) => return failed(user, error_code, reason.to_owned()),
    };
    match tokio::task::block_in_place(|| request.log().alter_scram_credentials(changes)) {
        Ok(()) => {
            tracing::info!(user, "scram credentials changed");
            AlteredScramUser { user, ..AlteredScramUser::default() }
        }
        Err(error) => failed(user, code_of(&error), error.to_string()),
    }
}
