use expect_test::expect;

use crate::tests::{check, check_bytes, hints};
use crate::{Content, Hints};

#[test]
fn rfc_3164_with_priority() {
    check(
        "<38>Nov 22 07:46:17 bastion-2 sshd[24200]: Failed password for admin",
        expect![[r#"
        syslog 2026-11-22T07:46:17Z
        head: "<38>Nov 22 07:46:17 bastion-2 sshd[24200]: "
        message: "Failed password for admin"
            host.name = "bastion-2"
            process.name = "sshd"
            process.pid = 24200
            log.syslog.facility.name = "auth"
            log.syslog.severity.name = "informational"
            log.level = "info"
    "#]],
    );
    check(
        "<13>Feb  5 17:32:18 10.0.0.99 Use the right tool",
        expect![[r#"
        syslog 2026-02-05T17:32:18Z
        head: "<13>Feb  5 17:32:18 10.0.0.99 "
        message: "Use the right tool"
            host.name = "10.0.0.99"
            log.syslog.facility.name = "user"
            log.syslog.severity.name = "notice"
            log.level = "notice"
    "#]],
    );
    check(
        "<30>Oct 11 22:14:15 cron[9]: no host",
        expect![[r#"
        syslog 2026-10-11T22:14:15Z
        head: "<30>Oct 11 22:14:15 cron[9]: "
        message: "no host"
            process.name = "cron"
            process.pid = 9
            log.syslog.facility.name = "daemon"
            log.syslog.severity.name = "informational"
            log.level = "info"
    "#]],
    );
    check(
        "<11>kernel: out of memory",
        expect![[r#"
        syslog no time
        head: "<11>kernel: "
        message: "out of memory"
            process.name = "kernel"
            log.syslog.facility.name = "user"
            log.syslog.severity.name = "error"
            log.level = "error"
    "#]],
    );
    check(
        "<30>2026-11-22T07:46:17.123456+09:00 web-1 nginx: ready",
        expect![[r#"
        syslog 2026-11-21T22:46:17.123456Z
        head: "<30>2026-11-22T07:46:17.123456+09:00 web-1 nginx: "
        message: "ready"
            host.name = "web-1"
            process.name = "nginx"
            log.syslog.facility.name = "daemon"
            log.syslog.severity.name = "informational"
            log.level = "info"
    "#]],
    );
    check(
        "<30>Nov 22 2026 07:46:17 fw01 : %ASA-6-302013: Built outbound",
        expect![[r#"
            syslog 2026-11-22T07:46:17Z
            head: "<30>Nov 22 2026 07:46:17 fw01 : "
            message: "%ASA-6-302013: Built outbound"
                host.name = "fw01"
                event.code = "ASA-6-302013"
                log.syslog.facility.name = "daemon"
                log.syslog.severity.name = "informational"
                log.level = "info"
        "#]],
    );
    check(
        "<189>29: *Mar  1 18:46:11.123: %SYS-5-CONFIG_I: Configured from console",
        expect![[r#"
        syslog 2026-03-01T18:46:11.123Z
        head: "<189>29: *Mar  1 18:46:11.123: "
        message: "%SYS-5-CONFIG_I: Configured from console"
            event.code = "SYS-5-CONFIG_I"
            log.syslog.facility.name = "local7"
            log.syslog.severity.name = "notice"
            log.level = "notice"
    "#]],
    );
}

#[test]
fn log_files_without_priority() {
    check(
        "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: check pass; user unknown",
        expect![[r#"
        syslog 2026-06-14T15:16:01Z
        head: "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: "
        message: "check pass; user unknown"
            host.name = "combo"
            process.name = "sshd"
            process.pid = 19939
    "#]],
    );
    check(
        "Jun 14 15:16:01 combo syslogd 1.4.1: restart.",
        expect![[r#"
        syslog 2026-06-14T15:16:01Z
        head: "Jun 14 15:16:01 combo syslogd 1.4.1: "
        message: "restart."
            host.name = "combo"
            process.name = "syslogd"
    "#]],
    );
    check(
        "Jun 14 15:16:01 combo last message repeated 2 times",
        expect![[r#"
        syslog 2026-06-14T15:16:01Z
        head: "Jun 14 15:16:01 combo "
        message: "last message repeated 2 times"
            host.name = "combo"
    "#]],
    );
    check(
        "Jul  1 09:00:55 mac Some App[14463]: hello",
        expect![[r#"
        syslog 2026-07-01T09:00:55Z
        head: "Jul  1 09:00:55 mac Some App[14463]: "
        message: "hello"
            host.name = "mac"
            process.name = "Some App"
            process.pid = 14463
    "#]],
    );
    check(
        "Jul  1 09:00:55 mac launchd[1] (com.example.x[12]): exited",
        expect![[r#"
        syslog 2026-07-01T09:00:55Z
        head: "Jul  1 09:00:55 mac launchd[1] (com.example.x[12]): "
        message: "exited"
            host.name = "mac"
            process.name = "launchd"
            process.pid = 1
    "#]],
    );
    check(
        "2026-11-22T07:46:17.123456+09:00 web-1 nginx[7]: ready",
        expect![[r#"
        syslog 2026-11-21T22:46:17.123456Z
        head: "2026-11-22T07:46:17.123456+09:00 web-1 nginx[7]: "
        message: "ready"
            host.name = "web-1"
            process.name = "nginx"
            process.pid = 7
    "#]],
    );
    check(
        "Nov 22 07:46:17 web-1 app: error: disk is full",
        expect![[r#"
        syslog 2026-11-22T07:46:17Z
        head: "Nov 22 07:46:17 web-1 app: "
        message: "error: disk is full"
            host.name = "web-1"
            process.name = "app"
            log.level = "error"
    "#]],
    );
}

#[test]
fn what_only_looks_like_it_is_plain() {
    check(
        "Jun 14 15:16:01 something happened here",
        expect![[r#"
        plain 2026-06-14T15:16:01Z
        message: "Jun 14 15:16:01 something happened here"
    "#]],
    );
    check(
        "2026-11-22T07:46:17Z INFO app: started",
        expect![[r#"
        plain 2026-11-22T07:46:17Z
        message: "2026-11-22T07:46:17Z INFO app: started"
            log.level = "info"
    "#]],
    );
    check(
        "<192>Nov 22 07:46:17 host app: x",
        expect![[r#"
        plain no time
        message: "<192>Nov 22 07:46:17 host app: x"
    "#]],
    );
    check(
        "<b>bold</b>",
        expect![[r#"
        plain no time
        message: "<b>bold</b>"
    "#]],
    );
    check(
        "Jun 31 15:16:01 combo app: no such day",
        expect![[r#"
        plain no time
        message: "Jun 31 15:16:01 combo app: no such day"
    "#]],
    );
}

#[test]
fn rfc_5424() {
    check(
        "<34>1 2003-10-11T22:14:15.003Z mymachine su - ID47 - \u{feff}'su root' failed",
        expect![[r#"
        syslog 2003-10-11T22:14:15.003Z
        head: "<34>1 2003-10-11T22:14:15.003Z mymachine su - ID47 - \u{feff}"
        message: "'su root' failed"
            host.name = "mymachine"
            process.name = "su"
            log.syslog.msgid = "ID47"
            log.syslog.facility.name = "auth"
            log.syslog.severity.name = "critical"
            log.level = "critical"
    "#]],
    );
    check(
        r#"<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 app 8710 - [a@1 x="1" y="q\"\]\\"][b@2] text"#,
        expect![[r#"
            syslog 2003-08-24T12:14:15.000003Z
            head: "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 app 8710 - [a@1 x=\"1\" y=\"q\\\"\\]\\\\\"][b@2] "
            message: "text"
                host.name = "192.0.2.1"
                process.name = "app"
                process.pid = 8710
                log.syslog.facility.name = "local4"
                log.syslog.severity.name = "notice"
                log.level = "notice"
                sd.a@1.x = "1"
                sd.a@1.y = "q\"]\\"
        "#]],
    );
    check(
        "<165>1 - - - - - -",
        expect![[r#"
        syslog no time
        head: "<165>1 - - - - - -"
        message: ""
            log.syslog.facility.name = "local4"
            log.syslog.severity.name = "notice"
            log.level = "notice"
    "#]],
    );
    check(
        "<165>1 - host app web.1 - [a@1 x=\"1] text",
        expect![[r#"
        syslog no time
        head: "<165>1 - host app web.1 - "
        message: "[a@1 x=\"1] text"
        error: "broken structured data at byte 41"
            host.name = "host"
            process.name = "app"
            log.syslog.procid = "web.1"
            log.syslog.facility.name = "local4"
            log.syslog.severity.name = "notice"
            log.level = "notice"
    "#]],
    );
    check(
        "<165>1 yesterday host app - - - text",
        expect![[r#"
        plain no time
        message: "<165>1 yesterday host app - - - text"
    "#]],
    );
}

#[test]
fn json_in_the_message() {
    check(
        r#"<30>Nov 22 07:46:17 h app[1]: @cee:{"msg":"x","level":"debug","host.name":"own"}"#,
        expect![[r#"
            json 2026-11-22T07:46:17Z
            head: "<30>Nov 22 07:46:17 h app[1]: "
            message: "x"
            raw: "<30>Nov 22 07:46:17 h app[1]: @cee:{\"msg\":\"x\",\"level\":\"debug\",\"host.name\":\"own\"}"
                level = "debug"
                host.name = "own"
                process.name = "app"
                process.pid = 1
                log.syslog.facility.name = "daemon"
                log.syslog.severity.name = "informational"
        "#]],
    );
    check(
        r#"<30>Nov 22 07:46:17 h app[1]: {"msg":"x""#,
        expect![[r#"
        syslog 2026-11-22T07:46:17Z
        head: "<30>Nov 22 07:46:17 h app[1]: "
        message: "{\"msg\":\"x\""
            host.name = "h"
            process.name = "app"
            process.pid = 1
            log.syslog.facility.name = "daemon"
            log.syslog.severity.name = "informational"
            log.level = "info"
    "#]],
    );
}

#[test]
fn pairs_in_the_message() {
    check(
        "Nov 22 07:46:17 h sshd[1]: failure; logname= uid=0 rhost=192.0.2.1",
        expect![[r#"
        syslog 2026-11-22T07:46:17Z
        head: "Nov 22 07:46:17 h sshd[1]: "
        message: "failure; logname= uid=0 rhost=192.0.2.1"
            host.name = "h"
            process.name = "sshd"
            process.pid = 1
            uid = 0
            rhost = "192.0.2.1"
    "#]],
    );
    check(
        "Nov 22 07:46:17 h app[1]: only one=pair",
        expect![[r#"
        syslog 2026-11-22T07:46:17Z
        head: "Nov 22 07:46:17 h app[1]: "
        message: "only one=pair"
            host.name = "h"
            process.name = "app"
            process.pid = 1
    "#]],
    );
    check(
        "Nov 22 07:46:17 h app[1]: host.name=other x=1",
        expect![[r#"
        syslog 2026-11-22T07:46:17Z
        head: "Nov 22 07:46:17 h app[1]: "
        message: "host.name=other x=1"
            host.name = "h"
            process.name = "app"
            process.pid = 1
            x = 1
    "#]],
    );
}

#[test]
fn a_priority_is_enough_where_syslog_is_said() {
    let said = Hints { content: Content::Syslog, ..hints() };
    check_bytes(
        b"<13>no header",
        &said,
        expect![[r#"
        syslog no time
        head: "<13>"
        message: "no header"
            log.syslog.facility.name = "user"
            log.syslog.severity.name = "notice"
            log.level = "notice"
    "#]],
    );
    check_bytes(
        b"no header at all",
        &said,
        expect![[r#"
        plain no time
        message: "no header at all"
    "#]],
    );
}

#[test]
fn a_missing_year_is_the_latest_that_is_not_ahead() {
    check(
        "Nov 24 07:59:59 h app: a day ahead",
        expect![[r#"
        syslog 2026-11-24T07:59:59Z
        head: "Nov 24 07:59:59 h app: "
        message: "a day ahead"
            host.name = "h"
            process.name = "app"
    "#]],
    );
    check(
        "Nov 25 00:00:00 h app: last year's",
        expect![[r#"
        syslog 2025-11-25T00:00:00Z
        head: "Nov 25 00:00:00 h app: "
        message: "last year's"
            host.name = "h"
            process.name = "app"
    "#]],
    );
    check(
        "Feb 29 00:00:00 h app: a leap year's",
        expect![[r#"
        syslog 2024-02-29T00:00:00Z
        head: "Feb 29 00:00:00 h app: "
        message: "a leap year's"
            host.name = "h"
            process.name = "app"
    "#]],
    );
}
