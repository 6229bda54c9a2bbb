use expect_test::{Expect, expect};

use super::*;

fn from(text: &str, environment: &[(&str, &str)], args: &ServeArgs) -> Result<Loaded> {
    let mut settings = file::read("girok.toml".as_ref(), text)?;
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let (variables, warnings) = read_environment(environment);
    settings.extend(variables);
    settings.extend(read_flags(args));
    resolve(settings, warnings)
}

#[track_caller]
fn refused(text: &str, expected: &Expect) {
    expected.assert_eq(&from(text, &[], &ServeArgs::default()).unwrap_err().to_string());
}

#[test]
fn the_later_place_wins() {
    let file = "[http]\nlisten = \"0.0.0.0:1\"\n[log]\nnum.partitions = 3\nretention.bytes = \"2GiB\"\n";
    let flags = ServeArgs { http: Some("127.0.0.1:3".into()), ..ServeArgs::default() };
    let environment =
        [("GIROK_HTTP_LISTEN", "0.0.0.0:2"), ("GIROK_DATA_DIR", "/var/lib/girok"), ("PATH", "/bin")];
    let loaded = from(file, &environment, &flags).unwrap();
    assert_eq!(loaded.config.http.port(), 3);
    assert_eq!(loaded.config.log.partitions, 3);
    assert_eq!(loaded.config.log.retention_bytes, Some(2 << 30));
    assert_eq!(loaded.config.log.dir, PathBuf::from("/var/lib/girok/log"));
    let shown: Vec<_> =
        loaded.settings().take(3).map(|(name, value, origin)| format!("{name}={value} {origin}")).collect();
    assert_eq!(
        shown,
        [
            "data.dir=/var/lib/girok GIROK_DATA_DIR",
            "http.listen=127.0.0.1:3 --http",
            "syslog.listen=127.0.0.1:5514 default"
        ]
    );
}

#[test]
fn mistakes_name_the_line_and_the_way_out() {
    refused(
        "[http]\n\nlistn = \"x\"\n",
        &expect![[r"
            cannot set `http.listn` (girok.toml:3): there is no such key
            hint: did you mean `http.listen`?"]],
    );
    refused(
        "log.partitions = 2\n",
        &expect![[r"
            cannot set `log.partitions` (girok.toml:1): there is no such key
            hint: did you mean `log.num.partitions`?"]],
    );
    refused(
        "colour = 1\n",
        &expect![[r"
            cannot set `colour` (girok.toml:1): there is no such key
            hint: `girok check-config` prints all keys"]],
    );
    refused(
        "[http]\nlisten = \"here\"\n",
        &expect![
            "cannot use `here` for `http.listen` (girok.toml:2): expected an address such as `127.0.0.1:7400`"
        ],
    );
    refused(
        "[log]\ndurability = [1]\n",
        &expect![
            "cannot use this value for `log.durability` (girok.toml:2): expected `fsync`, `interval` or `none`"
        ],
    );
    refused("[log\n", &expect!["cannot read configuration (girok.toml:1): unclosed table, expected `]`"]);
}

/// Keys that take any text.
const ANYTHING: [&str; 3] = ["data.dir", "kafka.sasl.username", "kafka.sasl.password"];

#[test]
fn a_cluster_gets_the_keys_of_the_log_under_kafka_s_names() {
    let file = "[kafka]\nbootstrap.servers = \"one:9092,two:9092\"\n[log]\nretention.ms = 1000\nlinger.ms = 7\n\
                compression.type = \"zstd\"\nbatch.size = \"64KiB\"\nfetch.min.bytes = \"1KiB\"\nnum.partitions = 5\n";
    let config = from(file, &[], &ServeArgs::default()).unwrap().config;
    assert!(config.is_clustered());
    let cluster = config.cluster;
    assert_eq!((cluster.bootstrap_servers.as_str(), cluster.partitions), ("one:9092,two:9092", Some(5)));
    let pairs = |settings: &std::collections::BTreeMap<&str, String>| {
        settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(pairs(&cluster.topic_settings), "retention.ms=1000");
    assert_eq!(pairs(&cluster.producer_settings), "batch.size=65536 compression.type=zstd linger.ms=7");
    assert_eq!(pairs(&cluster.consumer_settings), "fetch.min.bytes=1024");
    assert_eq!(
        (config.batching.bytes, config.batching.linger.as_millis()),
        (64 << 10, 7),
        "and so does the embedded log"
    );
    refused(
        "[kafka]\nbootstrap.servers = \"one\"\n",
        &expect![
            "cannot use `one` for `kafka.bootstrap.servers` (girok.toml:2): expected brokers of a Kafka cluster such as `kafka1:9092,kafka2:9092`"
        ],
    );
}

#[test]
fn a_cluster_s_login_is_complete_or_refused() {
    let file = "[kafka]\nbootstrap.servers = \"one:9092\"\nsecurity.protocol = \"SASL_SSL\"\n\
                sasl.mechanism = \"SCRAM-SHA-512\"\nsasl.username = \"ann\"\n";
    let given = |text: &str| from(&format!("{file}{text}"), &[], &ServeArgs::default());
    let loaded = given("sasl.password = \"secret\"\nssl.ca.location = \"Cargo.toml\"\n").unwrap();
    assert_eq!(loaded.config.cluster.security.access().unwrap().login.unwrap().username, "ann");
    let shown = loaded.settings().map(|(name, value, _)| format!("{name}={value}\n")).collect::<String>();
    assert!(shown.contains("kafka.security.protocol=SASL_SSL") && !shown.contains("secret"), "{shown}");
    expect![[r"
        cannot log in to the Kafka cluster: `kafka.security.protocol` is set, and `kafka.sasl.password` is not
        hint: set both `kafka.sasl.username` and `kafka.sasl.password`"]]
    .assert_eq(&given("").unwrap_err().to_string());
    refused(
        "[kafka]\nsasl.mechanism = \"GSSAPI\"\n",
        &expect![
            "cannot use `GSSAPI` for `kafka.sasl.mechanism` (girok.toml:2): expected how girok logs in to the cluster: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`; or `auto`"
        ],
    );
}

#[test]
fn every_value_in_force_can_be_set_again() {
    let mut config = Config::default();
    for key in &KEYS {
        let value = (key.show)(&config);
        assert_eq!((key.set)(&mut config, &value), Some(()), "{}", key.name);
        assert_eq!(
            (key.set)(&mut config, "no such value/"),
            ANYTHING.contains(&key.name).then_some(()),
            "{}",
            key.name
        );
    }
}

#[test]
fn syslog_can_be_off() {
    let flags = ServeArgs { syslog: Some("off".into()), ..ServeArgs::default() };
    assert!(!from("", &[], &flags).unwrap().config.syslog_on);
}

#[test]
fn a_variable_that_is_nearly_a_key_is_warned_of() {
    let loaded = from(
        "",
        &[("GIROK_HTTP_LISTN", "x"), ("GIROK_SERVER", "y"), ("GIROK_LOG", "debug")],
        &ServeArgs::default(),
    )
    .unwrap();
    assert_eq!(loaded.warnings, ["`GIROK_HTTP_LISTN` sets nothing; did you mean `GIROK_HTTP_LISTEN`?"]);
}

#[test]
fn passwords_are_never_shown() {
    let loaded =
        from("[kafka.sasl]\nusers = \"ann:secret,bob:secret\"\n", &[], &ServeArgs::default()).unwrap();
    let shown = loaded.settings().map(|(_, value, _)| value).collect::<String>();
    assert!(shown.contains("2 users") && !shown.contains("secret"), "{shown}");
    assert!(!format!("{:?}", loaded.config).contains("secret"));
    refused(
        "[kafka.sasl]\nusers = \"secret\"\n",
        &expect![
            "cannot use `…` for `kafka.sasl.users` (girok.toml:2): expected `name:password`, several separated by commas, or `off`"
        ],
    );
}
