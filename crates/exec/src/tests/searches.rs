//! Fields, types, time, order, limits.

use super::fixture::{Fixture, NOW};
use crate::QueryRequest;
use girok_event::Timestamp;

const LINES: [&str; 6] = [
    r#"{"@timestamp":"2024-05-01T10:00:00Z","level":"error","status":500,"host":"a","duration_ms":12.5,"msg":"connection timeout"}"#,
    r#"{"@timestamp":"2024-05-01T10:01:00Z","level":"info","status":200,"host":"b","ok":true,"msg":"done"}"#,
    r#"{"@timestamp":"2024-05-01T10:02:00Z","level":"ERROR","status":"503","host":"a","client_ip":"10.1.2.3","msg":"bad gateway"}"#,
    r#"{"@timestamp":"2024-05-01T10:03:00Z","status":404,"host":"c","tags":["x","y"],"msg":"not found"}"#,
    r#"{"@timestamp":"2024-05-01T10:04:00Z","level":"warn","http":{"method":"GET"},"msg":"로그인에 실패했습니다"}"#,
    "<11>May  1 10:05:00 web1 sshd[42]: Failed password for root from 192.0.2.7 port 22",
];

async fn check(query: &str, expected: usize) {
    let mut mixed = Fixture::new();
    mixed.add_part("web", &LINES[..3]).await;
    mixed.add_live("web", &LINES[3..]);
    for (place, fixture) in [("live", Fixture::live(&LINES)), ("mixed", mixed)] {
        assert_eq!(fixture.count(query).await, expected, "`{query}` {place}");
    }
}

#[tokio::test]
async fn fields_of_every_type() {
    check("", 6).await;
    check("*", 6).await;
    check("level:error", 3).await;
    check("level=error", 2).await;
    check("NOT level:error", 3).await;
    check("-level:*", 1).await;
    check("status:500", 1).await;
    check("status:>=500", 2).await;
    check("status:[400 TO 503]", 3).await;
    check("status:(200 OR 404)", 2).await;
    check("host:a status:503", 1).await;
    check("ok:true", 1).await;
    check("ok:false", 0).await;
    check("duration_ms:>12ms", 1).await;
    check("client_ip:10.1.0.0/16", 1).await;
    check("src_ip:10.1.0.0/16", 1).await;
    check("http.method:get", 1).await;
    check("tags:y", 1).await;
    check("severity:warn", 1).await;
    check("nothing:x", 0).await;
    check("NOT nothing:x", 6).await;
    check("_time:>=2024-05-01T10:04:00Z", 2).await;
    check("_time:2024-05-01", 6).await;
    check("message:/time.ut/", 1).await;
    check("message:~\"ONNECT\"", 1).await;
}

#[tokio::test]
async fn times_are_half_open() {
    let fixture = Fixture::live(&LINES);
    let minute = |n: i64| Timestamp(NOW.0 - (120 - n) * 60_000_000_000);
    assert_eq!(fixture.count_in("*", minute(0), minute(2)).await, 2);
    assert_eq!(fixture.count_in("*", minute(5), minute(6)).await, 1);
    assert_eq!(fixture.count_in("*", minute(6), minute(60)).await, 0);
}

#[tokio::test]
async fn newest_first_and_limited() {
    let fixture = Fixture::live(&LINES);
    let request =
        QueryRequest { text: "* | fields host".into(), limit: Some(2), now: NOW, ..Default::default() };
    assert_eq!(fixture.run_with(request).await.unwrap(), ["host=web1", ""]);
    let all = fixture.run("* | fields _time | head 2").await.unwrap();
    assert_eq!(all, ["_time=2024-05-01T10:05:00Z", "_time=2024-05-01T10:04:00Z"]);
}

#[tokio::test]
async fn datasets_by_name_and_glob() {
    let mut fixture = Fixture::live(&LINES);
    fixture.add_live("auth", &LINES[5..]);
    let ask = |datasets: &[&str]| QueryRequest {
        datasets: datasets.iter().map(ToString::to_string).collect(),
        now: NOW,
        ..Default::default()
    };
    assert_eq!(fixture.run_with(ask(&["auth"])).await.unwrap().len(), 1);
    assert_eq!(fixture.run_with(ask(&["w*"])).await.unwrap().len(), 6);
    assert_eq!(fixture.run_with(ask(&[])).await.unwrap().len(), 7);
    assert_eq!(fixture.count("index=auth").await, 1);
    let error = fixture.run_with(ask(&["wbe"])).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot find a dataset called `wbe`");
    assert_eq!(error.hint().unwrap(), "there are: auth, web");
}

#[tokio::test]
async fn an_unknown_field_is_a_warning() {
    let fixture = Fixture::live(&LINES);
    let request = QueryRequest { text: "staus:500".into(), now: NOW, ..Default::default() };
    let answer = fixture.engine.query(request).await.unwrap();
    assert_eq!(answer.warnings[0].message, "no event has a field `staus`; did you mean `status`?");
}

#[tokio::test]
async fn an_empty_store_answers() {
    let fixture = Fixture::new();
    assert_eq!(fixture.count("error level:x | stats count() by host").await, 0);
    assert_eq!(fixture.run("* | stats count() as n").await.unwrap(), ["n=0"]);
}

#[tokio::test]
async fn a_field_without_a_column_answers_to_all_its_names() {
    let wide: Vec<String> = (0..1100).map(|at| format!("\"w{at}\":1")).collect();
    let wide = format!("{{{}}}", wide.join(","));
    let lines = [
        wide.as_str(),
        r#"{"user.name":"bob"}"#,
        r#"{"username":"ann"}"#,
        r#"{"user":"ann","username":"eve"}"#,
    ];
    let mut stored = Fixture::new();
    stored.add_part("web", &lines).await;
    for (place, fixture) in [("live", Fixture::live(&lines)), ("stored", stored)] {
        for (query, expected) in [
            ("user:bob", 1),
            ("user.name:ann", 2),
            ("user:eve", 1),
            ("* | where user = 'ann'", 2),
            ("* | where username = 'eve'", 1),
            ("* | stats count() as n by user | where n = 2", 1),
        ] {
            assert_eq!(fixture.count(query).await, expected, "`{query}` {place}");
        }
    }
}

#[tokio::test]
async fn a_sign_is_a_part_of_a_number() {
    let lines = [r#"{"id":-7}"#, r#"{"id":7}"#, r#"{"took":-0.5}"#, r#"{"id":-77}"#];
    let mut stored = Fixture::new();
    stored.add_part("web", &lines).await;
    for (place, fixture) in [("live", Fixture::live(&lines)), ("stored", stored)] {
        for (query, expected) in [(r#""-""#, 3), (r#""-7""#, 1), ("7", 2), (r#"NOT "-""#, 1)] {
            assert_eq!(fixture.count(query).await, expected, "`{query}` {place}");
        }
    }
}
