use expect_test::expect;

use crate::tests::check;

#[test]
fn combined_and_common() {
    check(
        r#"192.0.2.7 - alice [22/Nov/2026:07:46:17 +0900] "GET /a?b=c&d=e HTTP/1.1" 200 5123 "https://example.com/" "Mozilla/5.0 (X11)""#,
        expect![[r#"
            access 2026-11-21T22:46:17Z
            message: "192.0.2.7 - alice [22/Nov/2026:07:46:17 +0900] \"GET /a?b=c&d=e HTTP/1.1\" 200 5123 \"https://example.com/\" \"Mozilla/5.0 (X11)\""
                source.ip = "192.0.2.7"
                user.name = "alice"
                http.request.method = "GET"
                url.original = "/a?b=c&d=e"
                http.version = "1.1"
                http.response.status_code = 200
                http.response.body.bytes = 5123
                http.request.referrer = "https://example.com/"
                user_agent.original = "Mozilla/5.0 (X11)"
        "#]],
    );
    check(
        r#"host.example.com - - [22/Nov/2026:07:46:17 +0000] "POST /x HTTP/2.0" 304 -"#,
        expect![[r#"
        access 2026-11-22T07:46:17Z
        message: "host.example.com - - [22/Nov/2026:07:46:17 +0000] \"POST /x HTTP/2.0\" 304 -"
            source.domain = "host.example.com"
            http.request.method = "POST"
            url.original = "/x"
            http.version = "2.0"
            http.response.status_code = 304
    "#]],
    );
    check(
        r#"2001:db8::1 - - [22/Nov/2026:07:46:17 +0000] "GET /" 200 1 "-" "-" 0.003"#,
        expect![[r#"
        access 2026-11-22T07:46:17Z
        message: "2001:db8::1 - - [22/Nov/2026:07:46:17 +0000] \"GET /\" 200 1 \"-\" \"-\" 0.003"
            source.ip = "2001:db8::1"
            http.request.method = "GET"
            url.original = "/"
            http.response.status_code = 200
            http.response.body.bytes = 1
    "#]],
    );
    check(
        r#"shop.example.com:443 192.0.2.7 - - [22/Nov/2026:07:46:17 +0000] "GET / HTTP/1.1" 200 1"#,
        expect![[r#"
            access 2026-11-22T07:46:17Z
            message: "shop.example.com:443 192.0.2.7 - - [22/Nov/2026:07:46:17 +0000] \"GET / HTTP/1.1\" 200 1"
                url.domain = "shop.example.com"
                source.ip = "192.0.2.7"
                http.request.method = "GET"
                url.original = "/"
                http.version = "1.1"
                http.response.status_code = 200
                http.response.body.bytes = 1
        "#]],
    );
}

#[test]
fn requests_that_are_none() {
    check(
        r#"192.0.2.7 - - [22/Nov/2026:07:46:17 +0000] "\x16\x03\x01" 400 226 "-" "-""#,
        expect![[r#"
        access 2026-11-22T07:46:17Z
        message: "192.0.2.7 - - [22/Nov/2026:07:46:17 +0000] \"\\x16\\x03\\x01\" 400 226 \"-\" \"-\""
            source.ip = "192.0.2.7"
            http.response.status_code = 400
            http.response.body.bytes = 226
    "#]],
    );
    check(
        r#"192.0.2.7 - - [22/Nov/2026:07:46:17 +0000] "-" 408 - "-" "a \"b\" \\ c""#,
        expect![[r#"
        access 2026-11-22T07:46:17Z
        message: "192.0.2.7 - - [22/Nov/2026:07:46:17 +0000] \"-\" 408 - \"-\" \"a \\\"b\\\" \\\\ c\""
            source.ip = "192.0.2.7"
            http.response.status_code = 408
            user_agent.original = "a \"b\" \\ c"
    "#]],
    );
}

#[test]
fn what_breaks_off_is_plain() {
    check(
        r#"192.0.2.7 - - [22/Nov/2026:07:46:17 +0000] "GET / HTTP"#,
        expect![[r#"
        plain 2026-11-22T07:46:17Z
        message: "192.0.2.7 - - [22/Nov/2026:07:46:17 +0000] \"GET / HTTP"
    "#]],
    );
    check(
        r#"192.0.2.7 - - [32/Nov/2026:07:46:17 +0000] "GET / HTTP/1.1" 200 1"#,
        expect![[r#"
        plain no time
        message: "192.0.2.7 - - [32/Nov/2026:07:46:17 +0000] \"GET / HTTP/1.1\" 200 1"
    "#]],
    );
    check(
        r#"192.0.2.7 - - [22/Nov/2026:07:46:17 +0000] "GET / HTTP/1.1" "example.com" 200"#,
        expect![[r#"
            plain 2026-11-22T07:46:17Z
            message: "192.0.2.7 - - [22/Nov/2026:07:46:17 +0000] \"GET / HTTP/1.1\" \"example.com\" 200"
        "#]],
    );
}
