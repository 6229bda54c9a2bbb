//! Random byte strings at the doors: nothing falls over, and every accepted line is there as it was sent.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::doors::{self, DOORS, Door, Fate};
use super::kept;
use crate::support::{Server, Table, chance};

/// Datagrams that are on their way at a time; more could be dropped, as UDP allows.
const DATAGRAMS: usize = 64;

/// Lines in one bulk request, one connection and one file.
const TOGETHER: usize = 100;

#[test]
fn random_lines_are_kept_as_they_were_sent() {
    let mut rng = chance::rng("bad_input::random");
    let rounds = chance::number("GIROK_FUZZ_ROUNDS", 1000) as usize / (DOORS.len() + 1);
    let mut table = Table::new(&["door", "lines", "accepted", "refused", "rows", "with a note", "changed"]);
    let mut faults = Vec::new();
    for door in DOORS {
        let mut server = Server::new();
        let lines: Vec<_> = std::iter::repeat_with(|| line(door, &mut rng)).take(rounds).collect();
        let fate = send(&server, door, &lines);
        let dataset = if door.is_syslog() { "syslog" } else { "random" };
        server.wait_for_rows(dataset, "*", fate.accepted);
        let changed = changed(&server, dataset, &lines);
        let noted = server.count(dataset, "_parse_error:*");
        table.row(&[
            &format!("{door:?}"),
            &lines.len(),
            &fate.accepted,
            &fate.rejected,
            &fate.accepted,
            &noted,
            &changed.len(),
        ]);
        if fate.accepted + fate.rejected != (lines.len() + marks(door, lines.len())) as u64 {
            faults.push(format!("{door:?}: {} lines, {fate:?}", lines.len()));
        }
        faults.extend(changed.into_iter().map(|line| format!("{door:?}: {line}")));
        server.check_alive("random lines");
    }
    table.print("random lines at every door");
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn random_bodies_are_taken_or_refused() {
    let mut rng = chance::rng("bad_input::random_bodies");
    let rounds = chance::number("GIROK_FUZZ_ROUNDS", 1000) / (DOORS.len() as u64 + 1);
    let mut server = Server::new();
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..rounds {
        let body = body(&mut rng);
        if round % 4 == 0 {
            let status = server.post("/_bulk", &body).status;
            assert!(matches!(status, 200 | 400), "{status}: {body:?}");
        }
        let fate = doors::post(&server, "bodies", &body);
        accepted += fate.accepted;
        refused += u64::from(fate.accepted == 0);
    }
    server.wait_for_rows("bodies", "*", accepted);
    server.check_alive("random bodies");
    println!(
        "random bodies over HTTP: {rounds} sent, {refused} without an event, {accepted} events, all found"
    );
}

/// A line that the framing of `door` takes as one event.
fn line(door: Door, rng: &mut Rng) -> Vec<u8> {
    loop {
        let mut line = chance::bytes(rng);
        line.retain(|byte| *byte != b'\n');
        let ends: &[u8] = if door.is_syslog() { b"\r\0" } else { b"\r" };
        while line.last().is_some_and(|byte| ends.contains(byte)) {
            line.pop();
        }
        if door == Door::SyslogTcp {
            let filler = line.iter().take_while(|byte| ends.contains(byte)).count();
            line.drain(..filler);
        }
        // A body may be compressed or a document; that is the other test's.
        if matches!(door, Door::Http) {
            line.insert(0, b'~');
        }
        if !line.trim_ascii().is_empty() {
            return line;
        }
    }
}

fn send(server: &Server, door: Door, lines: &[Vec<u8>]) -> Fate {
    let mut all = Fate::default();
    let mut add = |fate: Fate| {
        all.accepted += fate.accepted;
        all.rejected += fate.rejected;
    };
    match door {
        Door::Http => lines.iter().for_each(|line| add(doors::post(server, "random", line))),
        Door::Import => {
            let file: Vec<u8> = lines.iter().flat_map(|line| line.iter().chain(b"\n")).copied().collect();
            // The first line says that the file is neither compressed nor a document.
            let fate = doors::import(server, "random", &[b"~\n".as_slice(), &file].concat());
            add(fate);
        }
        Door::Bulk | Door::SyslogTcp => {
            for lines in lines.chunks(TOGETHER) {
                let lines: Vec<_> = lines.iter().map(Vec::as_slice).collect();
                add(if door == Door::Bulk {
                    doors::bulk(server, "random", &lines)
                } else {
                    over_tcp(server, &lines)
                });
            }
        }
        Door::SyslogUdp => {
            for (sent, line) in lines.iter().enumerate() {
                add(doors::over_udp(server, line));
                if sent % DATAGRAMS == DATAGRAMS - 1 {
                    server.wait_for_rows("syslog", "*", sent as u64 + 1);
                }
            }
        }
    }
    all
}

/// Lines that are sent besides: one that tells how the rest is framed.
fn marks(door: Door, lines: usize) -> usize {
    match door {
        Door::Import => 1,
        Door::SyslogTcp => lines.div_ceil(TOGETHER),
        _ => 0,
    }
}

/// The first message tells that this stream ends its messages with LF.
fn over_tcp(server: &Server, lines: &[&[u8]]) -> Fate {
    doors::over_tcp(server, &[&[b"<13>first".as_slice()], lines].concat())
}

/// Lines that were sent and are not there, and lines that are there and were not sent.
fn changed(server: &Server, dataset: &str, lines: &[Vec<u8>]) -> Vec<String> {
    let mut balance: BTreeMap<Vec<u8>, i64> = BTreeMap::new();
    for line in lines.iter().filter(|line| !kept::is_object(line)) {
        *balance.entry(kept::expected(line)).or_default() += 1;
    }
    for line in server.query(dataset, "*").iter().filter_map(kept::found) {
        *balance.entry(line).or_default() -= 1;
    }
    let is_mark = |line: &[u8]| matches!(line, b"~" | b"<13>first");
    balance.retain(|line, count| *count != 0 && !is_mark(line));
    balance.into_iter().map(|(line, count)| format!("{count:+} {}", line.escape_ascii())).collect()
}

/// A body that may look like anything: magic numbers and brackets before random bytes.
fn body(rng: &mut Rng) -> Vec<u8> {
    const STARTS: [&[u8]; 10] = [
        b"",
        &[0x1f, 0x8b, 8],
        &[0x28, 0xb5, 0x2f, 0xfd],
        &[0x78, 0x9c],
        b"[",
        b"[{\"a\":1},",
        b"{\n",
        b"{\"a\":",
        "\u{feff}".as_bytes(),
        b"{\"create\":{}}\n",
    ];
    [STARTS[rng.usize(..STARTS.len())].to_vec(), chance::bytes(rng)].concat()
}
