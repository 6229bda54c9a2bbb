//! Whole queries: what they mean (shown in canonical form), and what is said about wrong ones.

use expect_test::{Expect, expect};

use crate::ast::{AggregateFunction, Filter, Literal, Match, Pipe, Test};
use crate::{ErrorCode, limits, parse};

#[track_caller]
fn check(text: &str, canonical: &str) {
    match parse(text) {
        Ok(query) => assert_eq!(query.to_string(), canonical, "{text}"),
        Err(error) => panic!("{}", error.render(text)),
    }
}

#[track_caller]
fn check_same(text: &str) {
    check(text, text);
}

#[track_caller]
fn check_error(text: &str, expected: &Expect) {
    let error = parse(text).expect_err(text);
    expected.assert_eq(&format!("{}\n{}", error.code, error.render(text)));
}

fn condition(text: &str) -> Match {
    match parse(text).unwrap().filter {
        Filter::Match(condition) => condition,
        other => panic!("{other:?}"),
    }
}

#[test]
fn examples_of_the_head() {
    check_same(r#""connection timeout" level:error"#);
    check(
        "service:(api OR web) http.status:>=500 -http.path:/b*",
        r"(service:api OR service:web) http.status:>=500 NOT http.path:\/b*",
    );
    check(
        r"conn* _msg:/after \d{3}ms/ src_ip:10.0.1.0/24",
        r#"conn* _msg=~"after \\d{3}ms" src_ip:10.0.1.0/24"#,
    );
    check("a || b && !c", "a OR (b NOT c)");
    check("A and (b or NOT c) Or d", "(A (b OR NOT c)) OR d");
    check("field:(a, b, \"c d\") x:(>=5 <10)", "(field:a OR field:b OR field:\"c d\") (x:>=5 x:<10)");
    check("n:{500 TO 599} m:[..5] k:[1..2}", "(n:>500 n:<599) m:[* TO 5] (k:>=1 k:<2)");
    check("한글 호스트:서버-1 -상태:정상", "한글 호스트:서버-1 NOT 상태:정상");
    check(
        "index:a `index`:b @level:c @timestamp:* \"x y\":d",
        "_dataset:a `index`:b level:c @timestamp:* `x y`:d",
    );
    check("* *:* a *:b", "a b");
    check("_exists_:a -_exists_:b c:* d:\"\"", "a:* NOT b:* c:* d=\"\"");
    check("error ~\"x\" error~\"y\" a:~'z'", "error ~\"x\" error:~\"y\" a:~\"z\"");
    check("took>500ms _time:15m _time:>now-1h", "took:>500ms _time:>=\"now-15m\" _time:>\"now-1h\"");
    check("http://x/y //comment", "\"http://x/y\"");
    check("", "*");
    check(" /* nothing */ ", "*");
}

#[test]
fn examples_of_pipes() {
    check_same("* | timechart span=5m count() by level");
    check_same("level:error | top 10 service");
    check_same(
        "http.status:* | stats count() as n, p95(duration_ms) as p95 by http.path | sort -p95 | head 20",
    );
    check(
        r#"event.outcome:failure | stats count() as fails, dc(user.name) as users by src_ip | where fails>20 and users>=1"#,
        r#"event.outcome:failure | stats count() as fails, dc(user.name) as users by src_ip | where fails > 20 and users >= 1"#,
    );
    check(
        r#"* | stats any(level=="error") as bad, countif(x>1) by bin(_time,1h) | where bad | sort _time"#,
        r#"* | stats any(level == "error") as bad, count() if (x > 1) as countif by bin(_time, 1h) | where bad | sort _time"#,
    );
    check(
        "a | where not a == b and (c or d) and -x < -5 or y !in (1, 2) and z not like '%x%'",
        "a | where not a == b and (c or d) and -x < -5 or y not in (1, 2) and not z like \"%x%\"",
    );
    check(
        "a | where x is not null and y matches regex '^a' and z !~ /b\\/c/",
        "a | where not isnull(x) and y =~ \"^a\" and not z =~ \"b/c\"",
    );
    check(
        "a | sort by (count desc, host) | limit 5 | table a `b-c`",
        "a | sort -count, host | head 5 | fields a, `b-c`",
    );
    check(
        "a | stats mean(x), percentile(x, 95), median(x)",
        "a | stats avg(x) as `mean(x)`, p95(x) as `percentile(x, 95)`, p50(x) as `median(x)`",
    );
    check(
        "a | stats by (h, (x + 1) * 2) count() if (y), sum(z) s",
        "a | stats count() if (y), sum(z) as s by h, (x + 1) * 2",
    );
    check("a | stats count() by ((x + 1) * 2)", "a | stats count() by ((x + 1) * 2)");
    check("a | sort -(a+b)*2, +(c+d)*e | head", "a | sort -(a + b) * 2, +(c + d) * e | head 10");
}

#[test]
fn muscle_memory() {
    check(
        "index=web error | stats count by host | sort -count | head 10",
        r#"_dataset="web" error | stats count() by host | sort -count | head 10"#,
    );
    check(
        r#"where level == "error" | summarize n=count() by host | take 10"#,
        r#"* | where level == "error" | stats count() as n by host | head 10"#,
    );
    check("level:error and not host:h1", "level:error NOT host:h1");
    check(
        "service:api -status:ok @http.status_code:[500 TO 599]",
        "service:api NOT status:ok http.status_code:[500 TO 599]",
    );
    check("error | stats by (host) count() n", "error | stats count() as n by host");
    check("error | stats by (_time:5m) count_uniq(ip) u", "error | stats dc(ip) as u by bin(_time, 5m)");
    check("top 10 by count", "* | sort -count | head 10");
    check("a | top limit=5 url by host", "a | top 5 url by host");
    check("level : error AND status >= 500", "level:error status:>=500");
}

#[test]
fn words_that_name_pipes_are_still_words() {
    for word in ["where", "head", "top", "sort", "stats", "fields", "filter"] {
        check(word, &format!("\"{word}\""));
    }
    check("top secret", "\"top\" secret");
    check("keep alive", "\"keep\" alive");
    check("limit exceeded", "\"limit\" exceeded");
    check("where it has gone", "\"where\" it has gone");
    check("search failed", "\"search\" failed");
    check("top 5 url", "* | top 5 url");
    check("head 5", "* | head 5");
    check("fields a, b", "* | fields a, b");
    check("sort by x", "* | sort x");
    assert_eq!(parse("where x == 5x").unwrap_err().code, ErrorCode::BadNumber);
    check("timechart count", "* | timechart count()");
    check("where* level=a", "where* level=\"a\"");
}

#[test]
fn conditions_carry_their_place_and_meaning() {
    let found = condition("  level:>=5");
    assert_eq!((found.span.start, found.span.end), (2, 11));
    assert_eq!(found.field.unwrap().span.end, 7);
    assert_eq!(condition("a=500").test, Test::Equal(Literal::Int(500)));
    assert_eq!(condition("a=\"500\"").test, Test::Equal(Literal::Str("500".into())));
    assert_eq!(condition("a:500").test, Test::Phrase("500".into()));
    assert_eq!(condition("a:te*t").test, Test::Wildcard("te*t".into()));
    assert_eq!(condition("a:[1..2.5]").test, Test::Range(Some(Literal::Int(1)), Some(Literal::Float(2.5))));
    assert_eq!(condition("10.0.0.1").test, Test::Phrase("10.0.0.1".into()));
    assert_eq!(condition(r#""C:\logs \"x\"""#).test, Test::Phrase(r#"C:\logs "x""#.into()));
    assert_eq!(condition(r"/a\/b\d/").test, Test::Regex(r"a/b\d".into()));
    let Pipe::Stats(stats) = &parse("* | stats p99.9(x)").unwrap().pipes[0] else { panic!() };
    assert_eq!(stats.aggregates[0].function, AggregateFunction::Percentile(99.9));
    assert_eq!(stats.aggregates[0].name, "p99.9(x)");
}

#[test]
fn mistakes_in_the_head() {
    check_error(
        "level: AND host:a",
        &expect![[r#"
        E_EXPECTED_VALUE
        error: expected a value after `level:`
          level: AND host:a
                 ^~~
        hint: `level:*` finds the events that have the field; to search for the text, quote it: "level:"
    "#]],
    );
    check_error(
        "level:\"error",
        &expect![[r#"
        E_UNCLOSED
        error: the quote " is not closed
          level:"error
                ^
        hint: add a closing "; a " inside is written \"
    "#]],
    );
    check_error(
        "서버:(오류 | head 5",
        &expect![[r#"
        E_UNBALANCED
        error: this `(` is not closed
          서버:(오류 | head 5
               ^
        hint: add `)` before the first `|`, or quote the text; alternatives are joined with OR
    "#]],
    );
    check_error(
        "a) b",
        &expect![[r#"
        E_UNBALANCED
        error: this `)` closes nothing
          a) b
           ^
        hint: remove it, or quote the text
    "#]],
    );
    check_error(
        "a AND",
        &expect![[r#"
        E_EXPECTED_CONDITION
        error: expected a condition after `AND`
          a AND
               ^
        hint: write what to search for; the words `and`, `or` and `not` themselves are found in quotes
    "#]],
    );
    check_error(
        "OR a",
        &expect![[r#"
        E_EXPECTED_CONDITION
        error: expected a condition
          OR a
          ^~
        hint: write what to search for; the words `and`, `or` and `not` themselves are found in quotes
    "#]],
    );
    check_error(
        "()",
        &expect![[r#"
        E_EXPECTED_CONDITION
        error: expected a condition after `(`
          ()
           ^
        hint: write what to search for; the words `and`, `or` and `not` themselves are found in quotes
    "#]],
    );
    check_error(
        "level == error",
        &expect![[r#"
        E_UNEXPECTED
        error: `==` belongs to `where`
          level == error
                ^~
        hint: before the first `|` write `field:value`, or `field=value` for the exact whole value
    "#]],
    );
    check_error(
        "메시지:/ab(c/ x",
        &expect![[r#"
        E_BAD_REGEX
        error: bad regular expression: unclosed group at character 3
          메시지:/ab(c/ x
                    ^
        hint: put `\` before a character that is meant as itself, or search text as it is with `~"text"`
    "#]],
    );
    check_error(
        "status:[500 599]",
        &expect![[r#"
        E_BAD_RANGE
        error: a range has the form `[a TO b]`
          status:[500 599]
                      ^~~
        hint: write `field:[100 TO 200]`, `field:[100..200]` or, with an open end, `field:[100 TO *]`
    "#]],
    );
    check_error(
        "\"conn\"*",
        &expect![[r#"
        E_UNEXPECTED
        error: unexpected `*` right after a quoted text
          "conn"*
                ^
        hint: a wildcard needs a word without quotes: `conn*`; a part of a text is found with `~"text"`
    "#]],
    );
    check_error(
        "error count()",
        &expect![[r#"
        E_UNEXPECTED
        error: unexpected `(` right after `count`
          error count()
                     ^
        hint: functions belong to a pipe, such as `| stats count(…)`; to search for the text, quote it
    "#]],
    );
    check_error(
        "host in (a, b)",
        &expect![[r#"
        E_UNEXPECTED
        error: `in` belongs to `where`
          host in (a, b)
               ^~
        hint: before the first `|` write `field:(a OR b)`; after it, `where field in ("a", "b")`
    "#]],
    );
    check_error(
        "[error]",
        &expect![[r#"
        E_EXPECTED_FIELD
        error: unexpected `[`
          [error]
          ^
        hint: a range needs a field: `status:[500 TO 599]`; to search for a bracket, quote it
    "#]],
    );
    check_error(
        "a -> b",
        &expect![[r#"
        E_EXPECTED_FIELD
        error: expected a field name before `>`
          a -> b
             ^
        hint: write `field>value`; to search for the text, quote it
    "#]],
    );
    check_error(
        "user*:x",
        &expect![[r#"
        E_EXPECTED_FIELD
        error: a field name cannot hold a wildcard
          user*:x
          ^~~~~
        hint: name one field, or search every field by leaving the name out; to search for the text, quote it
    "#]],
    );
    check_error(
        "search index=web error",
        &expect![[r#"
        E_UNEXPECTED
        error: a query begins with its conditions, without `search`
          search index=web error
          ^~~~~~
        hint: remove `search`; to find the word itself, quote it
    "#]],
    );
    check_error(
        "a /* b",
        &expect![[r#"
        E_UNCLOSED
        error: the comment is not closed
          a /* b
            ^~
        hint: close it with `*/`, or quote the text: `"/*"`
    "#]],
    );
    check_error(
        "\"\"",
        &expect![[r#"
        E_EXPECTED_VALUE
        error: there is nothing between the quotes
          ""
          ^~
        hint: write the text to search for, or `*` for every event
    "#]],
    );
    check_error(
        "`a",
        &expect![[r#"
        E_UNCLOSED
        error: the back-tick is not closed
          `a
          ^
        hint: a field name with special characters stands between two back-ticks: `` `user-agent` ``
    "#]],
    );
}

#[test]
fn mistakes_in_pipes() {
    check_error(
        "a | stat count()",
        &expect![[r#"
        E_UNKNOWN_PIPE
        error: unknown pipe `stat`
          a | stat count()
              ^~~~
        hint: did you mean `stats`? the pipes are: where, stats, timechart, sort, head, fields, top
    "#]],
    );
    check_error(
        "a | dedup host",
        &expect![[r#"
        E_PIPE_NOT_AVAILABLE
        error: the pipe `dedup` is not available yet
          a | dedup host
              ^~~~~
        hint: available are: where, stats, timechart, sort, head, fields, top
    "#]],
    );
    check_error(
        "a |",
        &expect![[r#"
        E_EXPECTED_PIPE
        error: expected a pipe after `|`, found the end of the query
          a |
             ^
        hint: the pipes are: where, stats, timechart, sort, head, fields, top; alternatives are joined with OR
    "#]],
    );
    check_error(
        "a | stats",
        &expect![[r#"
        E_EXPECTED_AGGREGATE
        error: expected an aggregate after `stats`, found the end of the query
          a | stats
                   ^
        hint: write what to compute, for example `count()` or `avg(duration_ms) by host`
    "#]],
    );
    check_error(
        "a | stats cuont()",
        &expect![[r#"
        E_UNKNOWN_AGGREGATE
        error: unknown aggregate `cuont`
          a | stats cuont()
                    ^~~~~
        hint: did you mean `count`?
    "#]],
    );
    check_error(
        "a | stats host",
        &expect![[r#"
        E_UNKNOWN_AGGREGATE
        error: unknown aggregate `host`
          a | stats host
                    ^~~~
        hint: to group by the field, write `count() by host`
    "#]],
    );
    check_error(
        "a | stats sum()",
        &expect![[r#"
        E_BAD_ARGUMENTS
        error: wrong number of arguments for `sum`
          a | stats sum()
                    ^~~~~
        hint: write `sum(duration_ms)`
    "#]],
    );
    check_error(
        "a | stats p150(x)",
        &expect![[r#"
        E_BAD_ARGUMENTS
        error: a percentile lies between 0 and 100, not at 150
          a | stats p150(x)
                    ^~~~~~~
        hint: write `p95(duration_ms)` or `percentile(duration_ms, 99.9)`
    "#]],
    );
    check_error(
        "a | stats count(), count()",
        &expect![[r#"
        E_DUPLICATE_NAME
        error: two columns of the result are called `count`
          a | stats count(), count()
                             ^~~~~~~
        hint: give one of them another name with `as`: `count() as total`
    "#]],
    );
    check_error(
        "a | stats max(x)-min(x) as d",
        &expect![[r#"
        E_UNEXPECTED
        error: calculating with aggregates is not available yet
          a | stats max(x)-min(x) as d
                          ^
        hint: name each aggregate: `stats max(x) as high, min(x) as low | where high - low > 5`
    "#]],
    );
    check_error(
        "a | timechart span=5 count()",
        &expect![[r#"
        E_EXPECTED_ARGUMENT
        error: expected a length of time after `span=`, found `5`
          a | timechart span=5 count()
                             ^
        hint: write `timechart span=5m count()`; the units are ns us ms s m h d w
    "#]],
    );
    check_error(
        "a | where level:error",
        &expect![[r#"
        E_UNEXPECTED
        error: unexpected `:` after `level`
          a | where level:error
                         ^
        hint: after the first `|` fields are compared with operators: `level == "error"`
    "#]],
    );
    check_error(
        "a | where error timeout",
        &expect![[r#"
        E_UNEXPECTED
        error: unexpected `timeout` after `error`
          a | where error timeout
                          ^~~~~~~
        hint: words are searched before the first `|`; in `where`, write `message has "text"`, and join conditions with `and`
    "#]],
    );
    check_error(
        "a | search error",
        &expect![[r#"
        E_EXPECTED_CONDITION
        error: `search` needs a condition, not only the field `error`
          a | search error
                     ^~~~~
        hint: to search for the word, write it before the first `|`, or `search message has "error"`
    "#]],
    );
    check_error(
        "a | where count() > 5",
        &expect![[r#"
        E_UNKNOWN_FUNCTION
        error: unknown function `count`
          a | where count() > 5
                    ^~~~~
        hint: `count` counts over many rows: `| stats count(…) as n | where n > 5`
    "#]],
    );
    check_error(
        "a | where lenght(x) > 5",
        &expect![[r#"
        E_UNKNOWN_FUNCTION
        error: unknown function `lenght`
          a | where lenght(x) > 5
                    ^~~~~~
        hint: did you mean `length`?
    "#]],
    );
    check_error(
        "a | where case(x) > 5",
        &expect![[r#"
        E_UNKNOWN_FUNCTION
        error: the function `case` is not available yet
          a | where case(x) > 5
                    ^~~~
    "#]],
    );
    check_error(
        "a | where x == 1 == 2",
        &expect![[r#"
        E_UNEXPECTED
        error: comparisons cannot be chained
          a | where x == 1 == 2
                           ^~
        hint: write `a < b and b < c`
    "#]],
    );
    check_error(
        "a | where x =~ \"a(\"",
        &expect![[r#"
        E_BAD_REGEX
        error: bad regular expression: unclosed group at character 2
          a | where x =~ "a("
                         ^~~~
        hint: put `\` before a character that is meant as itself, or search text as it is with `~"text"`
    "#]],
    );
    check_error(
        "a | where x + 1",
        &expect![[r#"
        E_EXPECTED_CONDITION
        error: `where` needs a condition
          a | where x + 1
                    ^~~~~
        hint: compare the value with something: `where status >= 500`
    "#]],
    );
    check_error(
        "a | where (x == 1",
        &expect![[r#"
        E_UNBALANCED
        error: this `(` is not closed
          a | where (x == 1
                    ^
        hint: add `)`
    "#]],
    );
    check_error(
        "a | where bin(x, 0) == 1",
        &expect![[r#"
        E_BAD_ARGUMENTS
        error: the step of `bin` must be greater than zero
          a | where bin(x, 0) == 1
                           ^
        hint: write `bin(_time, 5m)` or `bin(bytes, 1000)`
    "#]],
    );
    check_error(
        "a | where cidr(ip, \"10.0.0.0/33\")",
        &expect![[r#"
        E_BAD_NETWORK
        error: `cidr` needs a network as quoted text
          a | where cidr(ip, "10.0.0.0/33")
                             ^~~~~~~~~~~~~
        hint: write `cidr(source.ip, "10.0.0.0/8")`
    "#]],
    );
    check_error(
        "a | where x == 5x",
        &expect![[r#"
        E_BAD_NUMBER
        error: `5x` is neither a number nor a length of time
          a | where x == 5x
                         ^~
        hint: numbers are written `5`, `0.5` or `1e3`, lengths of time `5m` or `1h30m` (ns us ms s m h d w); a field name that begins with a digit stands in back-ticks
    "#]],
    );
    check_error(
        "a | where x == [1]",
        &expect![[r#"
        E_UNEXPECTED
        error: unexpected `[`
          a | where x == [1]
                         ^
        hint: text stands in quotes; a field name with special characters in back-ticks: `` `user-agent` ``
    "#]],
    );
    check_error(
        "a | sort 10",
        &expect![[r#"
        E_BAD_ARGUMENTS
        error: a sort key must name a field, `10` is a constant
          a | sort 10
                   ^~
        hint: write `sort -count | head 10` for the ten greatest
    "#]],
    );
    check_error(
        "a | sort -count desc",
        &expect![[r#"
        E_UNEXPECTED
        error: the order of this key is given twice
          a | sort -count desc
                          ^~~~
        hint: write either `-count` or `count desc`
    "#]],
    );
    check_error(
        "a | head x",
        &expect![[r#"
        E_EXPECTED_ARGUMENT
        error: expected a whole number after `head`, found `x`
          a | head x
                   ^
        hint: write how many rows to keep: `head 10`
    "#]],
    );
    check_error(
        "a | fields user-agent",
        &expect![[r#"
        E_UNEXPECTED
        error: unexpected `-` after `user`
          a | fields user-agent
                         ^
        hint: a field name with special characters stands in back-ticks: `` `user-agent` ``
    "#]],
    );
    check_error(
        "a | top 5 url, url",
        &expect![[r#"
        E_DUPLICATE_NAME
        error: the field `url` stands twice in `top`
          a | top 5 url, url
                         ^~~
        hint: name each field once
    "#]],
    );
}

#[test]
fn offsets_are_given_in_bytes_and_utf16() {
    let error = parse("가😀 level:").unwrap_err();
    assert_eq!((error.span.start, error.span.start16), (14, 10));
    assert_eq!(error.code.as_str(), "E_EXPECTED_VALUE");
}

#[test]
fn sizes_are_bounded() {
    let code = |text: &str| parse(text).unwrap_err().code;
    assert_eq!(code(&"a ".repeat(limits::QUERY_BYTES_MAX)), ErrorCode::TooLarge);
    assert_eq!(code(&"a ".repeat(limits::TERMS_MAX + 1)), ErrorCode::TooLarge);
    let nested = [
        ("", "("),
        ("", "-"),
        ("", "NOT "),
        ("", "a:("),
        ("a:", "!"),
        ("* | where ", "("),
        ("* | where ", "-"),
    ];
    for (head, unit) in nested.into_iter().chain([("* | where ", "not "), ("* | where ", "abs(")]) {
        assert_eq!(code(&format!("{head}{}x", unit.repeat(9000))), ErrorCode::TooLarge, "{head}{unit}");
    }
    assert_eq!(code(&format!("* | where x{}", " or x".repeat(9000))), ErrorCode::TooLarge);
    assert_eq!(code(&format!("*{}", " | head 1".repeat(100))), ErrorCode::TooLarge);
    assert_eq!(code(&format!("* | fields a{}", ", a".repeat(1000))), ErrorCode::TooLarge);
    assert!(parse(&"a ".repeat(limits::TERMS_MAX)).is_ok());
    assert!(parse(&format!("* | where x in (1{})", ", 1".repeat(10_000))).is_ok());
    assert!(parse(&format!("{}a{}", "(".repeat(100), ")".repeat(100))).is_ok());
}
