//! Three nodes of Apache Kafka and two servers on one folder; one of either kind is killed again and again. Is
//! every acknowledged event in the store exactly once?
//!
//! `make crash-cluster` runs it: `GIROK_CRASH_SECONDS` says for how long. Events come through girok's HTTP door and
//! straight into Kafka, by its own `VerifiableProducer`.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::Value;

use crate::support::kafka::Kafka;
use crate::support::{Server, Table, chance, http, server};

const DATASET: &str = "crash";
/// What the messages of Kafka's own producer begin with.
const STRAIGHT: &str = "7";
/// Records a second of that producer.
const STRAIGHT_RATE: &str = "300";
/// How long after the load everything may take to be stored.
const SETTLE_MAX: Duration = Duration::from_secs(180);
/// Events of the largest body.
const BODY_MAX: usize = 60;
/// Between two requests of a client, so that the load is bounded.
const REQUEST_INTERVAL: Duration = Duration::from_millis(150);

/// Names of events, acknowledged or not known to be.
#[derive(Default)]
struct Sent {
    acknowledged: HashSet<String>,
    unanswered: HashSet<String>,
}

/// The servers that are alive now.
struct House<'k> {
    kafka: &'k Kafka,
    folder: tempfile::TempDir,
    servers: Mutex<[Option<Server>; 2]>,
    urls: Mutex<[String; 2]>,
}

#[test]
fn kills_of_brokers_and_servers_neither_lose_nor_double() {
    let seconds = chance::number("GIROK_CRASH_SECONDS", 0);
    if seconds == 0 {
        println!("skipped: `make crash-cluster` starts three nodes of Apache Kafka and kills them");
        return;
    }
    let Some(kafka) = Kafka::start(3) else { return };
    let house = House::new(&kafka);
    let mut rng = chance::rng("crash cluster");
    let (mut sent, kills) = house.load_while_killing(Duration::from_secs(seconds), &mut rng);
    let straight = sent.acknowledged.iter().filter(|name| name.starts_with(STRAIGHT)).count();
    let begun = Instant::now();
    let rows = house.settle(&sent.acknowledged);
    let mut times: HashMap<&str, u32> = HashMap::new();
    rows.iter().for_each(|name| *times.entry(name).or_default() += 1);
    let missing = sent.acknowledged.iter().filter(|name| !times.contains_key(name.as_str())).count();
    let doubled = times.values().filter(|count| **count > 1).count();
    sent.unanswered.retain(|name| times.contains_key(name.as_str()));
    let mut table = Table::new(&["what", "count"]);
    table.row(&[&"seconds of load", &seconds]);
    table.row(&[&"brokers killed", &kills.0]);
    table.row(&[&"servers killed", &kills.1]);
    table.row(&[&"acknowledged by girok", &(sent.acknowledged.len() - straight)]);
    table.row(&[&"acknowledged by Kafka", &straight]);
    table.row(&[&"not answered but stored", &sent.unanswered.len()]);
    table.row(&[&"rows", &rows.len()]);
    table.row(&[&"acknowledged but missing", &missing]);
    table.row(&[&"stored more than once", &doubled]);
    table.row(&[&"ms until all was stored", &begun.elapsed().as_millis()]);
    table.print("kill -9 of one broker of three and of one server of two, at random");
    assert_eq!((missing, doubled), (0, 0));
    assert!(straight > 0 && sent.acknowledged.len() - straight > 0, "both ways in were used");
}

impl<'k> House<'k> {
    fn new(kafka: &'k Kafka) -> Self {
        let house =
            House { kafka, folder: server::folder(), servers: Mutex::default(), urls: Mutex::default() };
        house.start(0);
        house.start(1);
        house
    }

    fn start(&self, number: usize) {
        let bootstrap = self.kafka.bootstrap();
        let variables = [
            ("GIROK_KAFKA_BOOTSTRAP_SERVERS", bootstrap.as_str()),
            ("GIROK_LOG_NUM_PARTITIONS", "6"),
            ("GIROK_STORE_PART_BYTES", "262144"),
            ("GIROK_STORE_PART_MS", "3000"),
        ];
        let server = Server::on(self.folder.path(), &variables);
        self.urls.lock().unwrap()[number].clone_from(&server.url);
        self.servers.lock().unwrap()[number] = Some(server);
    }

    fn kill(&self, number: usize) {
        self.servers.lock().unwrap()[number].take().unwrap().kill();
    }

    /// Sends events both ways while brokers and servers are killed and come back; how many of each were killed.
    fn load_while_killing(&self, time: Duration, rng: &mut Rng) -> (Sent, (u32, u32)) {
        let (stop, next) = (AtomicBool::new(false), AtomicU64::new(0));
        // The topic is made by girok, with partitions and replicas as it should have them.
        self.servers.lock().unwrap()[0].as_ref().unwrap().ingest(DATASET, "{\"id\":\"first\"}\n");
        let (producer, acknowledged) = self.produce_straight();
        let mut kills = (0, 0);
        let mut sent = std::thread::scope(|scope| {
            let (stop, next) = (&stop, &next);
            let clients: Vec<_> = (0..4)
                .map(|number| {
                    let rng = rng.fork();
                    scope.spawn(move || self.client(number % 2, next, stop, rng))
                })
                .collect();
            kills = self.kill_until(Instant::now() + time, rng);
            stop.store(true, Ordering::Relaxed);
            let mut all = Sent::default();
            for client in clients {
                let sent = client.join().unwrap();
                all.acknowledged.extend(sent.acknowledged);
                all.unanswered.extend(sent.unanswered);
            }
            all
        });
        sent.acknowledged.extend(stop_producer(producer, &acknowledged));
        (sent, kills)
    }

    fn kill_until(&self, end: Instant, rng: &mut Rng) -> (u32, u32) {
        let (mut brokers, mut servers) = (0, 0);
        while Instant::now() < end {
            nap(rng, 3_000..8_000);
            if rng.bool() {
                let node = rng.u32(1..=3);
                println!("kill -9 of broker {node}");
                self.kafka.kill(node);
                brokers += 1;
                nap(rng, 1_000..15_000);
                self.kafka.start_again();
            } else {
                let number = rng.usize(0..2);
                println!("kill -9 of server {number}");
                self.kill(number);
                servers += 1;
                nap(rng, 500..9_000);
                self.start(number);
            }
        }
        (brokers, servers)
    }

    /// Sends bodies to one of the servers, whoever is behind its address now.
    fn client(&self, server: usize, next: &AtomicU64, stop: &AtomicBool, mut rng: Rng) -> Sent {
        let agent = http::agent();
        let mut sent = Sent::default();
        while !stop.load(Ordering::Relaxed) {
            let events = rng.usize(1..=BODY_MAX) as u64;
            let first = next.fetch_add(events, Ordering::Relaxed);
            let names: Vec<_> = (first..first + events).map(|number| format!("h{number}")).collect();
            let body: String = names
                .iter()
                .map(|name| format!("{{\"id\":\"{name}\",\"message\":\"{:x}\"}}\n", rng.u128(..)))
                .collect();
            let url = format!("{}/api/v1/ingest/{DATASET}", self.urls.lock().unwrap()[server]);
            match agent.post(url).send(body) {
                Ok(answer) if answer.status() == 200 => sent.acknowledged.extend(names),
                _ => sent.unanswered.extend(names),
            }
            std::thread::sleep(REQUEST_INTERVAL);
        }
        sent
    }

    /// Kafka's own producer, and what it says was acknowledged.
    fn produce_straight(&self) -> (Child, mpsc::Receiver<String>) {
        let bootstrap = self.kafka.bootstrap();
        let arguments = ["--bootstrap-server", &bootstrap, "--topic", DATASET, "--acks", "-1"];
        let more = ["--max-messages", "-1", "--throughput", STRAIGHT_RATE, "--value-prefix", STRAIGHT];
        let class = "org.apache.kafka.tools.VerifiableProducer";
        let mut producer = self.kafka.tool(class, &[&arguments[..], &more[..]].concat());
        let out = BufReader::new(producer.stdout.take().unwrap());
        let (sender, acknowledged) = mpsc::channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let said: Value = serde_json::from_str(&line).unwrap_or_default();
                if said["name"] == "producer_send_success" {
                    // The test may have ended.
                    let _ = sender.send(said["value"].as_str().unwrap_or_default().to_owned());
                }
            }
        });
        (producer, acknowledged)
    }

    /// The names of all rows, once every acknowledged one is there or patience ends. One server seals what it has
    /// and ends, so that the other one has all.
    fn settle(&self, acknowledged: &HashSet<String>) -> Vec<String> {
        let second = self.servers.lock().unwrap()[1].take().unwrap();
        assert!(second.stop().success());
        let servers = self.servers.lock().unwrap();
        let first = servers[0].as_ref().unwrap();
        let begun = Instant::now();
        loop {
            let rows = first.query(DATASET, "* | fields id, message");
            let names: Vec<String> = rows.iter().map(name).collect();
            let found: HashSet<_> = names.iter().collect();
            if acknowledged.iter().all(|name| found.contains(name)) || begun.elapsed() > SETTLE_MAX {
                return names;
            }
            std::thread::sleep(Duration::from_secs(2));
        }
    }
}

/// An event's name: its id, or the whole line of Kafka's own producer.
fn name(row: &Value) -> String {
    row["id"].as_str().or(row["message"].as_str()).unwrap_or_default().to_owned()
}

/// Lets the producer end in good order; what it said was acknowledged.
fn stop_producer(mut producer: Child, acknowledged: &mpsc::Receiver<String>) -> Vec<String> {
    let pid = producer.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    producer.wait().unwrap();
    acknowledged.iter().collect()
}

fn nap(rng: &mut Rng, milliseconds: std::ops::Range<u64>) {
    std::thread::sleep(Duration::from_millis(rng.u64(milliseconds)));
}
