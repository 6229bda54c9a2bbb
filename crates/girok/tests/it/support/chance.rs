//! Seeded chance: the seed is printed, and given again it repeats the run.

use fastrand::Rng;

/// A generator for the test `name`; `GIROK_SEED` repeats a run.
pub(crate) fn rng(name: &str) -> Rng {
    let seed = number("GIROK_SEED", 20_261_123);
    println!("{name}: GIROK_SEED={seed}");
    Rng::with_seed(seed)
}

/// A number from the environment, or the bounded one that plain `cargo test` takes.
pub(crate) fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect(variable))
}

/// Random bytes of the kinds that break parsers; never empty.
pub(crate) fn bytes(rng: &mut Rng) -> Vec<u8> {
    const SOUP: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "\\",
        "\\u",
        "\\ud800",
        "null",
        "true",
        "-",
        "1e999",
        "<13>",
        "<999>",
        "1 ",
        "=",
        " ",
        "\t",
        "한글",
        "\u{feff}",
        "\u{0}",
        "%",
        "2026-11-23T07:46:17Z",
        "Nov 23 07:46:17",
        "[x@1 a=\"",
        "GET / HTTP/1.1",
        "127.0.0.1 - - [",
        "\r",
        "e\u{301}",
        "\u{202e}",
        "99999999999999999999",
    ];
    let length = rng.usize(1..300);
    match rng.u8(0..3) {
        0 => std::iter::repeat_with(|| rng.u8(..)).take(length).collect(),
        1 => std::iter::repeat_with(|| rng.u8(32..127)).take(length).collect(),
        _ => (0..rng.usize(1..40)).flat_map(|_| SOUP[rng.usize(..SOUP.len())].bytes()).collect(),
    }
}

/// Random text of the kinds that break query parsers.
pub(crate) fn query_text(rng: &mut Rng) -> String {
    const SOUP: &[&str] = &[
        "error",
        "level:",
        "\"",
        "(",
        ")",
        "AND",
        "OR",
        "NOT",
        "|",
        "stats",
        "count()",
        "by",
        "timechart",
        "sort",
        "-",
        "head",
        "5",
        "fields",
        "top",
        "where",
        "*",
        "?",
        "/",
        "[a-z]+",
        "(?:",
        "~\"x\"",
        ">=",
        "<",
        "=",
        "..",
        "_time",
        "now-1h",
        "`",
        "'",
        "\\",
        "한글",
        "\u{0}",
        "\n",
        ",",
        "1e400",
        "9223372036854775808",
        "{",
        "}",
        "#",
        ";",
        "%",
        "avg(",
        "p99(x)",
        "as",
        "null",
        "[1 TO 5]",
        "SELECT",
        "FROM",
    ];
    let mut text = String::new();
    for _ in 0..rng.usize(1..14) {
        text.push_str(SOUP[rng.usize(..SOUP.len())]);
        if rng.bool() {
            text.push(' ');
        }
    }
    if rng.u8(..) < 40 {
        text.extend(std::iter::repeat_with(|| rng.char(..)).take(8));
    }
    text
}
