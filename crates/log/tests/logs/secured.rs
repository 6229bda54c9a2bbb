//! Who gets into a cluster that wants TLS and a login, and what are the others told?

use girok_event::DatasetName;
use girok_log::{ClusterConfig, SaslMechanism, Security, SecurityProtocol, open_cluster};

use crate::contract::{Reader, send};
use crate::door::{Door, strangers_root};

fn config(door: &Door, security: Security) -> ClusterConfig {
    ClusterConfig { bootstrap_servers: door.servers.clone(), security, ..ClusterConfig::default() }
}

/// Records go in and come out, whichever way the password is proved.
fn records_pass(door: &Door) {
    for mechanism in SaslMechanism::ALL {
        let unlike = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
        let dataset = DatasetName::new(&format!("s{unlike:x}-web")).unwrap();
        let config = ClusterConfig {
            topics: dataset.to_string(),
            group_prefix: format!("s{unlike:x}-"),
            ..config(door, door.key(mechanism))
        };
        let (client, id) = open_cluster(config).unwrap();
        assert!(!id.is_empty());
        send(client.as_ref(), &dataset, 0, 0..10);
        let mut reader = Reader::join(client.as_ref());
        reader.poll_until("10 records", |reader| reader.count() == 10);
    }
}

/// What is said when the settings do not fit the cluster.
fn refused(door: &Door, change: impl FnOnce(&mut Security)) -> String {
    let mut security = door.key(SaslMechanism::ScramSha256);
    change(&mut security);
    open_cluster(config(door, security)).expect_err("nobody gets in like that").to_string()
}

fn others_are_told_why(door: &Door) {
    let dir = tempfile::tempdir().unwrap();
    let told = [
        (refused(door, |of| of.password = "not-it".into()), "cannot log in to Kafka at", "kafka.sasl"),
        (refused(door, |of| of.ca = Some(strangers_root(&dir))), "certificate", "kafka.ssl"),
        (
            refused(door, |of| {
                *of = Security { protocol: SecurityProtocol::find("PLAINTEXT"), ..Security::default() }
            }),
            "cannot reach Kafka at",
            "kafka.security.protocol",
        ),
    ];
    for (said, wanted, hint) in told {
        assert!(said.contains(wanted) && said.contains(hint), "{said}");
        assert!(!said.contains("not-it") && !said.contains("secret"), "{said}");
    }
}

#[test]
fn on_own_port_records_pass() {
    records_pass(&Door::own());
}

#[test]
fn on_own_port_others_are_told_why() {
    others_are_told_why(&Door::own());
    let said = refused(&Door::own(), |of| (of.certificate, of.key) = (None, None));
    assert!(said.contains("cannot"), "it wants to be shown a certificate: {said}");
}

#[test]
fn on_kafka_records_pass() {
    Door::apache_kafka().iter().for_each(records_pass);
}

#[test]
fn on_kafka_others_are_told_why() {
    Door::apache_kafka().iter().for_each(others_are_told_why);
}
