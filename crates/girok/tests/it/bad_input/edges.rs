//! Lines at the edges of what a line can be, at every door: each is kept with a note or refused by name.

use girok_event::limits::{FUTURE_TIME_MAX_NANOS, RECORD_BYTES_MAX};
use girok_ingest::syslog::FRAME_BYTES_MAX;
use serde_json::Value;

use super::doors::{self, DOORS, Door};
use super::kept;
use crate::support::{Server, Table, until};

/// A line, and what is wrong with the row it became; nothing if nothing is.
struct Edge {
    name: &'static str,
    line: Vec<u8>,
    fault: fn(&Value, &[u8]) -> Option<&'static str>,
}

#[test]
fn lines_at_the_edges_are_kept_with_a_note() {
    let mut table = Table::new(&["door", "line", "bytes", "kept as", "note"]);
    let mut faults = Vec::new();
    for door in DOORS {
        let mut server = Server::new();
        let mut edges = edges();
        // On a new connection a NUL is the end of a message, as some senders have it.
        edges.retain(|edge| (door, edge.name) != (Door::SyslogTcp, "NUL"));
        for (place, edge) in edges.iter().enumerate() {
            let dataset = format!("edge{place}");
            let fate = door.send(&server, &dataset, &edge.line);
            assert_eq!((fate.accepted, fate.rejected), (1, 0), "{door:?}, {}: {}", edge.name, fate.said);
            let row = newest(&server, if door.is_syslog() { ("syslog", place + 1) } else { (&dataset, 1) });
            let note = row["_parse_error"].as_str().unwrap_or("-").chars().take(70).collect::<String>();
            table.row(&[&format!("{door:?}"), &edge.name, &edge.line.len(), &row["_format"], &note]);
            faults.extend(
                (edge.fault)(&row, &edge.line).map(|fault| format!("{door:?}, {}: {fault}", edge.name)),
            );
            server.check_alive(edge.name);
        }
    }
    table.print("lines at the edges");
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn a_line_over_the_limit_is_refused_by_name() {
    let mut server = Server::new();
    for door in [Door::Http, Door::Bulk, Door::Import] {
        let dataset = format!("{door:?}");
        let over = vec![b'x'; RECORD_BYTES_MAX + 1];
        let fate = door.send(&server, &dataset, &over);
        assert_eq!((fate.accepted, fate.rejected), (0, 1), "{door:?}: {}", fate.said);
        assert!(fate.said.contains("RECORD_BYTES_MAX"), "{door:?}: {}", fate.said);
        assert!(fate.said.contains(&RECORD_BYTES_MAX.to_string()), "{door:?}: {}", fate.said);
        let fate = door.send(&server, &dataset, &over[1..]);
        assert_eq!((fate.accepted, fate.rejected), (1, 0), "{door:?}: {}", fate.said);
        let row = newest(&server, (&dataset, 1));
        assert_eq!(row["message"].as_str().map(str::len), Some(RECORD_BYTES_MAX), "{door:?}");
        server.check_alive("a line of 10 MiB");
        println!("{door:?}: {RECORD_BYTES_MAX} bytes taken, one byte more refused by name");
    }
}

#[test]
fn an_over_long_line_does_not_take_its_neighbours_with_it() {
    let server = Server::new();
    let body = [b"before\n".as_slice(), &vec![b'x'; RECORD_BYTES_MAX + 1], b"\nafter\n"].concat();
    for fate in [doors::post(&server, "mixed", &body), doors::import(&server, "mixed", &body)] {
        assert_eq!((fate.accepted, fate.rejected), (2, 1), "{}", fate.said);
    }
    server.wait_for_rows("mixed", "*", 4);
    assert_eq!(server.count("mixed", "before or after"), 4);
}

#[test]
fn syslog_cuts_what_is_over_its_limit_and_says_so() {
    let mut server = Server::new();
    let head = b"<13>Nov 23 07:46:17 host app: ".as_slice();
    let long = [head, &vec![b'x'; RECORD_BYTES_MAX]].concat();
    doors::over_tcp(&server, &[&long, b"<13>Nov 23 07:46:17 host app: next"]);
    server.wait_for_rows("syslog", "*", 2);
    let rows = server.query("syslog", "*");
    let mut lengths: Vec<_> = rows.iter().map(|row| kept::found(row).unwrap().len()).collect();
    lengths.sort_unstable();
    assert_eq!(lengths, [head.len() + 4, FRAME_BYTES_MAX]);
    until("the log names the limit", || server.stderr(), |log| log.contains(&FRAME_BYTES_MAX.to_string()));
    let datagram = [head, &vec![b'y'; 65_507 - head.len()]].concat();
    doors::over_udp(&server, &datagram);
    server.wait_for_rows("syslog", "*", 3);
    server.check_alive("long syslog messages");
    println!("syslog: a message of {} bytes is cut to {FRAME_BYTES_MAX}, the next one is whole", long.len());
}

fn edges() -> Vec<Edge> {
    let nested = [r#"{"a":"#.repeat(10_000), "1".into(), "}".repeat(10_000)].concat();
    let fields: Vec<_> = (0..5000).map(|n| format!("\"f{n}\":{n}")).collect();
    let noted: fn(&Value, &[u8]) -> Option<&'static str> =
        |row, line| same_line(row, line).or(row["_parse_error"].is_null().then_some("no note"));
    vec![
        Edge { name: "broken JSON", line: br#"{"broken":1,"#.to_vec(), fault: noted },
        Edge { name: "cut string", line: br#"{"a":"b"#.to_vec(), fault: noted },
        Edge { name: "bad UTF-8", line: b"bad \xff\xfe and cut \xed\x95".to_vec(), fault: noted },
        Edge { name: "bad UTF-8 in JSON", line: b"{\"a\":\"x\xff\",\"m\":\"\xc3\"}".to_vec(), fault: noted },
        Edge { name: "NUL", line: b"nul \0 inside".to_vec(), fault: same_line },
        Edge { name: "only control characters", line: b"\x01\x02\x1b[31m\x7f".to_vec(), fault: same_line },
        Edge {
            name: "future time",
            line: br#"{"@timestamp":"2199-01-01T00:00:00Z","message":"m"}"#.to_vec(),
            fault: future,
        },
        Edge {
            name: "5,000 fields",
            line: format!("{{{}}}", fields.join(",")).into_bytes(),
            fault: all_fields,
        },
        Edge { name: "10,000 levels", line: nested.into_bytes(), fault: all_levels },
        Edge {
            name: "huge numbers",
            line: br#"{"a":1e999,"b":123456789012345678901234567890}"#.to_vec(),
            fault: noted,
        },
        Edge {
            name: "large numbers",
            line: br#"{"b":123456789012345678901234567890,"c":-1e-400}"#.to_vec(),
            fault: large_number,
        },
        Edge { name: "duplicate keys", line: br#"{"a":1,"a":2,"a":"x"}"#.to_vec(), fault: noted },
        Edge { name: "lone surrogate", line: br#"{"s":"\ud800 x"}"#.to_vec(), fault: text_survives },
        Edge {
            name: "long field name",
            line: format!("{{\"{}\":1}}", "n".repeat(1000)).into_bytes(),
            fault: noted,
        },
        Edge {
            name: "system names",
            line: br#"{"_offset":-7,"_time":"x","_partition":"y","_raw":1}"#.to_vec(),
            fault: own_id,
        },
        Edge {
            name: "empty object",
            line: b"{}".to_vec(),
            fault: |row, _| (row["_format"] != "json").then_some("no JSON"),
        },
    ]
}

fn same_line(row: &Value, line: &[u8]) -> Option<&'static str> {
    (kept::found(row) != Some(kept::expected(line))).then_some("the line is not there as it was sent")
}

fn future(row: &Value, _: &[u8]) -> Option<&'static str> {
    let time = chrono::DateTime::parse_from_rfc3339(row["_time"].as_str()?).ok()?;
    let ahead = time.timestamp_nanos_opt()? - chrono::Utc::now().timestamp_nanos_opt()?;
    let noted = row["_parse_error"].as_str().is_some_and(|note| note.contains("24 hours"));
    (ahead > FUTURE_TIME_MAX_NANOS || !noted).then_some("a time in the future was believed or not noted")
}

fn all_fields(row: &Value, _: &[u8]) -> Option<&'static str> {
    let whole = (0..5000).all(|n| {
        row[format!("f{n}")].as_str().map_or_else(|| row[format!("f{n}")].to_string(), String::from)
            == n.to_string()
    });
    (!whole).then_some("not every field is there")
}

fn all_levels(row: &Value, _: &[u8]) -> Option<&'static str> {
    // The outer levels became a dotted name, the rest is text.
    let row = row.to_string();
    let levels = row.matches("a.").count() + row.matches("{\\\"a\\\":").count();
    (levels + 1 < 10_000).then_some("not every level is there")
}

fn large_number(row: &Value, _: &[u8]) -> Option<&'static str> {
    let whole = row["b"].as_str() == Some("123456789012345678901234567890") || !row["_raw"].is_null();
    (!whole).then_some("a large number lost its digits and no raw line is kept")
}

fn text_survives(row: &Value, _: &[u8]) -> Option<&'static str> {
    (!row.to_string().contains(" x")).then_some("the text is gone")
}

fn own_id(row: &Value, _: &[u8]) -> Option<&'static str> {
    let own = row["_offset"].as_i64() >= Some(0) && row["_partition"].as_i64() >= Some(0);
    (!own || !row.to_string().contains("-7"))
        .then_some("system columns were overwritten, or the event's values are gone")
}

/// The row that arrived last, once there are `rows` of them.
fn newest(server: &Server, (dataset, rows): (&str, usize)) -> Value {
    server.wait_for_rows(dataset, "*", rows as u64);
    server.query(dataset, "* | sort -_received | head 1").remove(0)
}
