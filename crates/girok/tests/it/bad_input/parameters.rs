//! Random parameters at the asking doors: answered or refused with a reason, never a fault.

use std::io::Read;
use std::time::Duration;

use fastrand::Rng;

use crate::support::{Server, Table, chance, http};

const PATHS: [&str; 8] = ["query", "sql", "hits", "facets", "values", "fields", "query/parse", "tail"];
const NAMES: [&str; 12] = [
    "query", "sql", "start", "end", "limit", "dataset", "buckets", "step", "by", "fields", "field", "prefix",
];

#[test]
fn random_parameters_are_answered_or_refused() {
    let mut rng = chance::rng("bad_input::parameters");
    let rounds = chance::number("GIROK_FUZZ_ROUNDS", 1000) / 6;
    let mut server = Server::new();
    server.ingest("web", "{\"level\":\"error\",\"n\":1,\"message\":\"a b c\"}\nplain text\n");
    server.wait_for_rows("web", "*", 2);
    let mut table = Table::new(&["path", "asked", "answered", "refused"]);
    let mut faults = Vec::new();
    for (place, path) in PATHS.iter().enumerate() {
        let asked = rounds / PATHS.len() as u64 + 1;
        let mut refused = 0;
        for _ in 0..asked {
            let parameters = parameters(place, &mut rng);
            match ask(&server, path, &parameters) {
                Ok(true) => {}
                Ok(false) => refused += 1,
                Err(fault) => faults.push(format!("{path} {parameters:?}: {fault}")),
            }
        }
        table.row(&[path, &asked, &(asked - refused), &refused]);
    }
    table.print("random parameters");
    server.check_alive("random parameters");
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn sql_can_only_read() {
    let mut server = Server::new();
    server.ingest("web", "one\n");
    server.wait_for_rows("web", "*", 1);
    let target = std::env::temp_dir().join(format!("girok-it-{}.csv", server.pid()));
    let statements = [
        &format!("COPY (SELECT 1) TO '{}'", target.display()),
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "SELECT * FROM '/etc/passwd'",
        "CREATE TABLE x AS SELECT 1",
        "INSERT INTO web VALUES (1)",
        "DROP TABLE web",
        "DELETE FROM web",
        "SET datafusion.execution.batch_size = 1",
        "SELECT 1; SELECT 2",
        "",
    ];
    for statement in statements {
        let answer = server.form("/api/v1/sql", &[("sql", statement)]);
        assert_eq!(answer.status, 400, "{statement}: {}", answer.text());
        assert!(answer.error("text").starts_with("error: "), "{}", answer.text());
    }
    assert!(!target.exists());
    assert_eq!(server.count("web", "*"), 1);
    server.check_alive("statements that write");
}

/// Most are the path's own parameter, some are any other.
fn parameters(place: usize, rng: &mut Rng) -> Vec<(&'static str, String)> {
    let own = if place == 1 { "sql" } else { "query" };
    let mut all = vec![(own, chance::query_text(rng))];
    if rng.bool() {
        all.push((NAMES[rng.usize(..NAMES.len())], chance::query_text(rng)));
    }
    all
}

/// Whether it was answered; a fault is what a user should never see.
fn ask(server: &Server, path: &str, parameters: &[(&str, String)]) -> Result<bool, String> {
    let pairs: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if path == "tail" {
        return follow(server, &pairs);
    }
    let answer = server.form(&format!("/api/v1/{path}"), &pairs);
    let text = answer.text();
    match answer.status {
        200 if text.contains("\"E_ENGINE\"") => Err(text),
        200 => Ok(true),
        400 | 404 | 422
            if answer.error("text").starts_with("error: ") && !answer.error("code").is_empty() =>
        {
            Ok(false)
        }
        status => Err(format!("{status}: {text}")),
    }
}

/// A tail is endless: its first byte is answer enough.
fn follow(server: &Server, parameters: &[(&str, &str)]) -> Result<bool, String> {
    let request = http::agent().get(format!("{}/api/v1/tail", server.url));
    let request = request.config().timeout_global(Some(Duration::from_secs(20))).build();
    let mut answer =
        request.query_pairs(parameters.iter().copied()).call().map_err(|error| error.to_string())?;
    match answer.status().as_u16() {
        200 => answer
            .body_mut()
            .as_reader()
            .read_exact(&mut [0])
            .map(|()| true)
            .map_err(|error| error.to_string()),
        400 | 404 => Ok(false),
        status => Err(status.to_string()),
    }
}
