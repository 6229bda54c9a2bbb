//! The five doors that eat bytes, each with one way to send a line and to learn what became of it.

use std::io::Write;
use std::net::{TcpStream, UdpSocket};

use crate::support::{Server, server};

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Http,
    Bulk,
    SyslogTcp,
    SyslogUdp,
    Import,
}

pub(super) const DOORS: [Door; 5] = [Door::Http, Door::Bulk, Door::SyslogTcp, Door::SyslogUdp, Door::Import];

/// What became of lines; syslog gives no answer, so there everything counts as accepted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) accepted: u64,
    pub(super) rejected: u64,
    /// What was said of those that were refused.
    pub(super) said: String,
}

impl Door {
    pub(super) fn is_syslog(self) -> bool {
        matches!(self, Door::SyslogTcp | Door::SyslogUdp)
    }

    /// Sends one line; `dataset` is where it goes, except for syslog.
    #[track_caller]
    pub(super) fn send(self, server: &Server, dataset: &str, line: &[u8]) -> Fate {
        match self {
            Door::Http => post(server, dataset, line),
            Door::Bulk => bulk(server, dataset, &[line]),
            Door::SyslogTcp => over_tcp(server, &[line]),
            Door::SyslogUdp => over_udp(server, line),
            Door::Import => import(server, dataset, line),
        }
    }
}

pub(super) fn post(server: &Server, dataset: &str, body: &[u8]) -> Fate {
    let (accepted, rejected, answer) = server.ingest(dataset, body);
    assert!(matches!(answer.status, 200 | 400 | 413), "{}: {}", answer.status, answer.text());
    let rejected = if answer.status == 200 { rejected } else { 1 };
    Fate { accepted, rejected, said: answer.text() }
}

/// `create` actions for `documents`; every action has to be answered.
pub(super) fn bulk(server: &Server, dataset: &str, documents: &[&[u8]]) -> Fate {
    let mut body = Vec::new();
    for document in documents {
        body.extend(format!("{{\"create\":{{\"_index\":\"{dataset}\"}}}}\n").bytes());
        body.extend(*document);
        body.push(b'\n');
    }
    let answer = server.post("/_bulk", body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let json = answer.json();
    let items = json["items"].as_array().unwrap();
    assert_eq!(items.len(), documents.len(), "one item an action");
    let accepted = items.iter().filter(|item| item["create"]["status"] == 201).count() as u64;
    Fate { accepted, rejected: items.len() as u64 - accepted, said: answer.text() }
}

/// One connection, messages ended by LF.
pub(super) fn over_tcp(server: &Server, lines: &[&[u8]]) -> Fate {
    let mut stream = TcpStream::connect(server.syslog).unwrap();
    for line in lines {
        stream.write_all(&[*line, b"\n"].concat()).unwrap();
    }
    Fate { accepted: lines.len() as u64, ..Fate::default() }
}

/// One datagram.
pub(super) fn over_udp(server: &Server, line: &[u8]) -> Fate {
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(line, server.syslog).unwrap();
    Fate { accepted: 1, ..Fate::default() }
}

/// A file with this content.
pub(super) fn import(server: &Server, dataset: &str, content: &[u8]) -> Fate {
    let folder = server::folder();
    let file = folder.path().join("lines");
    std::fs::write(&file, content).unwrap();
    let output = server.cli(&["import", file.to_str().unwrap(), "--dataset", dataset]);
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let mut numbers = stdout.split([' ', ';']).filter_map(|word| word.replace(',', "").parse::<u64>().ok());
    let (accepted, rejected) = (numbers.next().expect(&stderr), numbers.next().expect(&stderr));
    assert_eq!(output.status.success(), rejected == 0, "{stdout}{stderr}");
    Fate { accepted, rejected, said: stderr }
}
