//! A bare word finds what `grep -iw` finds in the line as it was sent.

use super::fixture::Fixture;

const LINES: [&str; 6] = [
    "<34>May  1 10:00:00 combo sshd(pam_unix)[19939]: authentication failure; rhost=218.188.2.4",
    r#"{"time":"2024-05-01T10:00:00Z","peers":[{"id":0,"state":"unhealthy"}],"n":404,"f":1.5,"msg":"ok"}"#,
    r#"192.0.2.9 - bob [01/May/2024:10:00:00 +0000] "GET /a/404.html HTTP/1.1" 200 512 "-" "curl/8""#,
    "level=warn msg=\"disk almost full\" free=5%",
    "plain 로그인에 실패 line",
    r#"{"broken": "json"#,
];

async fn check(query: &str, rows: &[usize]) {
    for part_of in [0, 3, 6] {
        let mut fixture = Fixture::new();
        fixture.add_part("web", &LINES[..part_of]).await;
        fixture.add_live("web", &LINES[part_of..]);
        let found = fixture.run(&format!("({query}) | fields _offset | sort _offset")).await.unwrap().len();
        assert_eq!(found, rows.len(), "`{query}`, {part_of} in a part");
        for row in rows {
            assert_eq!(fixture.count(&format!("({query}) _offset:{row}")).await, 1, "`{query}` row {row}");
        }
    }
}

#[tokio::test]
async fn words_of_lines_and_of_json() {
    check("combo", &[0]).await;
    check("May", &[0, 2]).await;
    check("19939", &[0]).await;
    check("\"sshd(pam_unix)[19939]: authentication\"", &[0]).await;
    check("unhealthy", &[1]).await;
    check("peers", &[1]).await;
    check("404", &[1, 2]).await;
    check("1.5", &[1]).await;
    check("200", &[2]).await;
    check("bob", &[2]).await;
    check("full", &[3]).await;
    check("로그인", &[4]).await;
    check("broken", &[5]).await;
    check("auth*", &[0]).await;
    check("*health*", &[1]).await;
    check("/pam_\\w+/", &[0]).await;
    check("~\"ALMOST\"", &[3]).await;
    check("combo OR full", &[0, 3]).await;
    check("NOT combo NOT 404", &[3, 4, 5]).await;
    check("warn -disk", &[]).await;
}
