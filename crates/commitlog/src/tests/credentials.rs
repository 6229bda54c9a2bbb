//! Credentials are durable, or set aside.

use super::*;
use crate::names::SCRAM_CREDENTIALS;

fn credential(user: &str, iterations: u32) -> ScramCredential {
    let (salt, stored_key, server_key) = (vec![1, 2], vec![3; 32], vec![4; 32]);
    let mechanism = ScramMechanism::Sha256;
    ScramCredential { user: user.into(), mechanism, iterations, salt, stored_key, server_key }
}

#[test]
fn credentials_survive_a_crash_and_are_replaced_and_removed() {
    let mut fixture = Fixture::new(1, |_| {});
    let put = |user, iterations| ScramChange::Put(credential(user, iterations));
    fixture.log.alter_scram_credentials([put("ann", 4096), put("bob", 4096)]).unwrap();
    fixture.crash();
    fixture.log.alter_scram_credentials([put("ann", 8192)]).unwrap();
    let remove = ScramChange::Remove("bob".into(), ScramMechanism::Sha256);
    fixture.log.alter_scram_credentials([remove]).unwrap();
    fixture.crash();
    assert_eq!(fixture.log.scram_credentials(), [credential("ann", 8192)]);
    assert_eq!(fixture.log.scram_credential("bob", ScramMechanism::Sha256), None);
    assert_eq!(fixture.log.scram_credential("ann", ScramMechanism::Sha512), None);
}

#[test]
fn a_damaged_file_is_set_aside() {
    let mut fixture = Fixture::new(1, |_| {});
    fixture.log.alter_scram_credentials([ScramChange::Put(credential("ann", 4096))]).unwrap();
    let path = fixture.config.dir.join(SCRAM_CREDENTIALS);
    fixture.disk.damage(&path, 30);
    fixture.reopen();
    assert_eq!(fixture.log.scram_credentials(), []);
    let aside = path.with_added_extension("damaged");
    assert!(fixture.disk.open(&aside, false).is_ok(), "it can be looked at");
    fixture.log.alter_scram_credentials([ScramChange::Put(credential("ann", 4096))]).unwrap();
}
