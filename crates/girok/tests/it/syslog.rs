//! Do real syslog senders get every message in, with its fields?

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{Server, Table, server, tools, until};

/// Messages that a real daemon forwards.
const FORWARDED: usize = 500;

#[test]
fn logger_is_understood_in_every_form() {
    let test = "syslog::logger_is_understood_in_every_form";
    if !tools::has("logger", test) {
        return;
    }
    let server = Server::new();
    let (host, port) = (server.syslog.ip().to_string(), server.syslog.port().to_string());
    let forms: [&[&str]; 6] = [
        &["-d", "--rfc3164"],
        &["-d", "--rfc5424"],
        &["-T", "--rfc3164"],
        &["-T", "--rfc5424"],
        &["-T", "--rfc3164", "--octet-count"],
        &["-T", "--rfc5424", "--octet-count", "--sd-id", "x@1", "--sd-param", "k=\"v\""],
    ];
    let mut table = Table::new(&["logger", "facility", "severity", "process", "pid", "message"]);
    for (place, form) in forms.iter().enumerate() {
        let message = format!("number{place} failed password for root 한글 [x]");
        let sent = Command::new("logger")
            .args(["-n", &host, "-P", &port, "-t", "sshd", "--id=4711", "-p", "auth.warning"])
            .args(*form)
            .arg(&message)
            .status();
        assert!(sent.unwrap().success());
        server.wait_for_rows("syslog", &format!("number{place}"), 1);
        let row = server.query("syslog", &format!("number{place}")).remove(0);
        let field = |name: &str| row[name].as_str().map_or_else(|| row[name].to_string(), String::from);
        let fields = [
            "log.syslog.facility.name",
            "log.syslog.severity.name",
            "process.name",
            "process.pid",
            "message",
        ]
        .map(field);
        table.row(&[&form.join(" "), &fields[0], &fields[1], &fields[2], &fields[3], &fields[4]]);
        assert_eq!(fields, ["auth", "warning", "sshd", "4711", &message], "{row}");
        assert!(
            !row["host.name"].is_null() && row["_format"] == "syslog" && row["_parse_error"].is_null(),
            "{row}"
        );
        assert_eq!(row["_input"], if form[0] == "-d" { "syslog-udp" } else { "syslog-tcp" });
        if form.contains(&"--sd-id") {
            assert_eq!(row["sd.x@1.k"], "v", "{row}");
        }
    }
    table.print("logger to girok");
}

#[test]
fn rsyslog_forwards_every_message_in_both_framings() {
    let test = "syslog::rsyslog_forwards_every_message_in_both_framings";
    if !tools::has("rsyslogd", test) || !tools::has("logger", test) {
        return;
    }
    for (framing, template) in
        [("traditional", "RSYSLOG_ForwardFormat"), ("octet-counted", "RSYSLOG_SyslogProtocol23Format")]
    {
        let server = Server::new();
        let folder = server::folder();
        let _daemon = Daemon::start(folder.path(), &server, framing, template);
        let socket = folder.path().join("log");
        until("the daemon listens", || socket.exists(), |exists| *exists);
        let lines: String =
            (0..FORWARDED).map(|n| format!("message {n} token{n} \"quoted\" <13> 7 end\n")).collect();
        let mut logger = Command::new("logger")
            .args(["-t", "batch", "-p", "local3.err", "--socket-errors=on", "-u"])
            .arg(&socket)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        logger.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        assert!(logger.wait().unwrap().success());
        server.wait_for_rows("syslog", "batch", FORWARDED as u64);
        let rows = server.query("syslog", "batch");
        let mut found: Vec<_> =
            rows.iter().map(|row| row["message"].as_str().unwrap().trim().to_owned()).collect();
        let mut sent: Vec<_> = lines.lines().map(String::from).collect();
        found.sort();
        sent.sort();
        assert_eq!(found, sent);
        let fields = |row: &Value| {
            ["log.syslog.facility.name", "log.syslog.severity.name", "process.name"]
                .map(|f| row[f].to_string())
        };
        assert!(
            rows.iter().all(|row| fields(row) == ["\"local3\"", "\"error\"", "\"batch\""]),
            "{}",
            rows[0]
        );
        println!(
            "rsyslogd, omfwd, {framing}, {template}: {FORWARDED} sent, {} found with their fields",
            rows.len()
        );
    }
}

#[test]
fn a_stream_may_be_cut_anywhere() {
    let server = Server::new();
    let message =
        |n: usize| format!("<{}>1 2026-11-23T07:46:{:02}Z host app {n} - - cut here {n}", 8 + n, n % 60);
    let lines: String = (0..20).map(|n| message(n) + "\n").collect();
    let counted: String = (20..40).map(|n| format!("{} {}", message(n).len(), message(n))).collect();
    for bytes in [lines, counted] {
        let mut stream = TcpStream::connect(server.syslog).unwrap();
        stream.set_nodelay(true).unwrap();
        bytes.bytes().for_each(|byte| stream.write_all(&[byte]).unwrap());
    }
    server.wait_for_rows("syslog", "\"cut here\"", 40);
    let mut pids: Vec<_> =
        server.query("syslog", "*").iter().map(|row| row["process.pid"].as_u64().unwrap()).collect();
    pids.sort_unstable();
    assert_eq!(pids, (0..40).collect::<Vec<_>>());
    println!("syslog over TCP byte by byte: 40 messages in both framings, each with its fields");
}

/// A real rsyslogd that forwards what comes over its socket.
struct Daemon(Child);

impl Daemon {
    fn start(folder: &Path, server: &Server, framing: &str, template: &str) -> Self {
        let config = folder.join("rsyslog.conf");
        let (place, target, port) = (folder.display(), server.syslog.ip(), server.syslog.port());
        let text = format!(
            "global(workDirectory=\"{place}\")\nmodule(load=\"imuxsock\" SysSock.Use=\"off\")\n\
             input(type=\"imuxsock\" Socket=\"{place}/log\" RateLimit.Interval=\"0\")\n\
             action(type=\"omfwd\" Target=\"{target}\" Port=\"{port}\" Protocol=\"tcp\" TCP_Framing=\"{framing}\" Template=\"{template}\")\n"
        );
        std::fs::write(&config, text).unwrap();
        let program =
            if Path::new("/usr/sbin/rsyslogd").exists() { "/usr/sbin/rsyslogd" } else { "rsyslogd" };
        let daemon = Command::new(program)
            .arg("-n")
            .arg("-f")
            .arg(&config)
            .arg("-i")
            .arg(folder.join("pid"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Daemon(daemon)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill().and_then(|()| self.0.wait().map(drop));
    }
}
