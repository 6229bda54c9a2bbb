use std::collections::HashSet;

use super::*;

/// 2026-11-23T09:00:00Z.
const START: i64 = 1_795_392_000_000_000_000 + 9 * HOUR;
const HOUR: i64 = 3600 * 1_000_000_000;

fn hour() -> Vec<Sample> {
    history(5, START, START + HOUR).collect()
}

fn contains(sample: &Sample, text: &str) -> bool {
    String::from_utf8_lossy(&sample.line).contains(text)
}

/// The episode of `kind` in the tested hour.
fn episode(kind: EpisodeKind) -> Episode {
    let all = episodes(5, START, START + HOUR);
    assert_eq!(all.len(), 2);
    all.into_iter().find(|episode| episode.kind == kind).unwrap()
}

fn during(episode: Episode) -> impl Fn(&&Sample) -> bool {
    move |sample| (episode.start..episode.end).contains(&sample.time)
}

#[test]
fn history_is_in_order_and_the_same_each_time() {
    let samples = hour();
    assert!(samples.is_sorted_by_key(|sample| sample.time));
    assert!((30_000..70_000).contains(&samples.len()), "{}", samples.len());
    assert!(samples.iter().all(|sample| (START..START + HOUR).contains(&sample.time)));
    let datasets: HashSet<&str> = samples.iter().map(|sample| sample.dataset).collect();
    assert_eq!(datasets.len(), 5);
    assert_eq!(samples, hour());
    let other: Vec<Sample> = history(6, START, START + HOUR).take(100).collect();
    assert_ne!(samples[..100], other[..]);
}

#[test]
fn a_stream_gives_only_what_is_due() {
    let mut stream = Stream::new(5, START, 1.0);
    let first = stream.next_time();
    assert!(stream.next_until(first - 1).is_none());
    assert_eq!(stream.next_until(first).unwrap().time, first);
}

#[test]
fn an_attack_ends_in_one_accepted_password() {
    let attack = episode(EpisodeKind::BruteForce);
    let samples = hour();
    let tried = samples.iter().filter(during(attack)).filter(|sample| contains(sample, "Failed password"));
    let tried: Vec<&Sample> = tried.collect();
    assert!(tried.len() > 300, "{}", tried.len());
    let address = tried.iter().map(|sample| String::from_utf8_lossy(&sample.line).into_owned());
    let addresses: HashSet<String> = address
        .map(|line| line.split(" from ").nth(1).unwrap().split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(addresses.len(), 1);
    let accepted = samples.iter().filter(|sample| contains(sample, "Accepted password"));
    let accepted: Vec<&Sample> = accepted.collect();
    assert_eq!(accepted.len(), 1);
    assert!(contains(accepted[0], addresses.iter().next().unwrap()));
}

#[test]
fn an_outage_shows_in_three_datasets() {
    let outage = episode(EpisodeKind::Outage);
    let samples = hour();
    let share = |dataset: &str, text: &str, inside: bool| {
        let of_dataset: Vec<_> =
            samples.iter().filter(|s| s.dataset == dataset && during(outage)(s) == inside).collect();
        of_dataset.iter().filter(|sample| contains(sample, text)).count() as f64 / of_dataset.len() as f64
    };
    for (dataset, text) in
        [("web", "HTTP/1.1\" 50"), ("app", "timeout waiting for database"), ("db", "ERROR")]
    {
        let (inside, outside) = (share(dataset, text, true), share(dataset, text, false));
        assert!(inside > 0.08 && outside < 0.02, "{dataset}: {inside} in the outage, {outside} else");
    }
}

#[test]
fn each_dataset_has_its_form() {
    let expected = expect_test::expect![[r#"
        web web-1.example.com
            198.51.100.217 - - [23/Nov/2026:09:00:00 +0000] "GET /help/returns HTTP/1.1" 304 0 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
        app app-3.example.com
            {"@timestamp":"2026-11-23T09:00:00.425Z","level":"info","service":"cart","host":"app-3.example.com","trace_id":"ae7db0491b7f295850d58897001d3cd6","message":"served /","http":{"path":"/","status":200},"duration_ms":27.66,"user":"cedar"}
        firewall fw-1.example.com
            time=2026-11-23T09:00:00.578Z device=fw-1 action=deny rule=deny-geo proto=tcp src_ip=192.0.2.32 src_port=34352 dst_ip=10.7.25.173 dst_port=2781 sent_bytes=7184 received_bytes=0
        db db-1.example.com
            2026-11-23 09:00:01.115 UTC [2635] shop@shop LOG:  statement took 16.04 ms: SELECT sum(total) FROM orders WHERE day = $1
        auth bastion-1
            <38>Nov 23 09:00:01 bastion-1 sshd[10286]: pam_unix(sshd:session): session closed for user birch
    "#]];
    let mut seen = HashSet::new();
    let firsts = hour().into_iter().filter(|sample| seen.insert(sample.dataset));
    let text: Vec<String> = firsts
        .map(|sample| {
            let line = String::from_utf8(sample.line).unwrap();
            format!("{} {}\n    {line}\n", sample.dataset, sample.source)
        })
        .collect();
    expected.assert_eq(&text.concat());
}
