use expect_test::expect;

use crate::tests::check;

#[test]
fn lines_of_pairs() {
    check(
        r#"ts=2026-11-22T07:46:17Z level=info msg="hello \"you\"\n" n=-3 f=1.50 ok=true id=007 hex=0x1f"#,
        expect![[r#"
            kv 2026-11-22T07:46:17Z
            message: "ts=2026-11-22T07:46:17Z level=info msg=\"hello \\\"you\\\"\\n\" n=-3 f=1.50 ok=true id=007 hex=0x1f"
                ts = "2026-11-22T07:46:17Z"
                level = "info"
                msg = "hello \"you\"\n"
                n = -3
                f = 1.5
                ok = true
                id = "007"
                hex = "0x1f"
        "#]],
    );
    check(
        "date=2026-11-22 time=07:46:17 tz=\"+0900\" devname=\"fw\" action=deny srcip=192.0.2.1",
        expect![[r#"
            kv 2026-11-21T22:46:17Z
            message: "date=2026-11-22 time=07:46:17 tz=\"+0900\" devname=\"fw\" action=deny srcip=192.0.2.1"
                date = "2026-11-22"
                time = "07:46:17"
                tz = "+0900"
                devname = "fw"
                action = "deny"
                srcip = "192.0.2.1"
        "#]],
    );
    check(
        "eventtime=1 time=1795309323 a=b,c; message=x _raw=y",
        expect![[r#"
        kv 2026-11-22T01:02:03Z
        message: "eventtime=1 time=1795309323 a=b,c; message=x _raw=y"
            eventtime = 1
            time = 1795309323
            a = "b,c"
            field.message = "x"
            field._raw = "y"
    "#]],
    );
    check(
        "a=1 a=2 b=3",
        expect![[r#"
        kv no time
        message: "a=1 a=2 b=3"
            a = 1
            b = 3
    "#]],
    );
}

#[test]
fn lines_with_pairs_are_plain() {
    check(
        "acquire lock=233570404, flags=0x1, tag=\"View Lock\", owner=(uid=10037), ws=null and so on it goes",
        expect![[r#"
            plain no time
            message: "acquire lock=233570404, flags=0x1, tag=\"View Lock\", owner=(uid=10037), ws=null and so on it goes"
                lock = 233570404
                flags = "0x1"
                tag = "View Lock"
                owner = "(uid=10037)"
                ws = "null"
        "#]],
    );
    check(
        "call f(a=1, b=[2], c={d=4}) returned x == y and p => q",
        expect![[r#"
        plain no time
        message: "call f(a=1, b=[2], c={d=4}) returned x == y and p => q"
            a = 1
            b = "[2]"
            c = "{d=4}"
    "#]],
    );
    check(
        "only one=pair here",
        expect![[r#"
        plain no time
        message: "only one=pair here"
    "#]],
    );
    check(
        "GET /search?a=1&b=2 took long",
        expect![[r#"
        plain no time
        message: "GET /search?a=1&b=2 took long"
    "#]],
    );
    check(
        "= == =x y= \"=\"",
        expect![[r#"
        plain no time
        message: "= == =x y= \"=\""
    "#]],
    );
}
