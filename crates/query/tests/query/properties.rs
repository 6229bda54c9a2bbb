//! What holds for every text: no panic, errors that point into it, a canonical form that means the same.

use proptest::prelude::*;

use super::trees::query;
use super::{check_round_trip, shape};

/// Pieces of the language; a random row of them comes near to a query.
const PIECES: [&str; 96] = [
    "error",
    "level",
    "host.name",
    "한글",
    "-",
    "!",
    "NOT ",
    "not",
    " AND ",
    " OR ",
    "or",
    "(",
    ")",
    "(",
    ")",
    ":",
    ":",
    "=",
    "==",
    "!=",
    ">=",
    "<",
    "=~",
    "~\"",
    "~",
    "\"a b\"",
    "\"",
    "'",
    "`x y`",
    "`",
    "/re/",
    "/a b/",
    "/path",
    "/",
    "\\",
    "*",
    "conn*",
    "*fail*",
    "?",
    "10.0.0.0/8",
    "fe80::1",
    "http://x/y",
    "10:30:00",
    "[",
    "]",
    "[1 TO 5]",
    "{1..5]",
    "..",
    " TO ",
    ",",
    ", ",
    "|",
    "| ",
    " | where ",
    " | stats ",
    " | timechart ",
    " | sort ",
    " | head ",
    " | fields ",
    " | top ",
    " | dedup ",
    "count()",
    "count",
    "p95(x)",
    "p150(",
    "countif(",
    "percentile(x, 95)",
    " by ",
    " as ",
    " if ",
    "span=5m ",
    "bin(_time, 5m)",
    "bin(",
    " in ",
    " in (1, 2)",
    " like ",
    " has ",
    " contains ",
    " is null",
    "+",
    "%",
    "5",
    "1.5",
    "5m",
    "1h30m",
    "5x",
    "true",
    "null",
    "null ",
    " ",
    " ",
    "\n",
    "//",
    " // ",
    "/* ",
    " */",
];

/// A small seeded generator (xorshift), so that a failure names its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

#[test]
fn ten_thousand_rows_of_pieces() {
    let mut parsed = 0;
    for seed in 1..=10_000u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let text: String = (0..1 + random.below(14)).map(|_| PIECES[random.below(PIECES.len())]).collect();
        check_round_trip(&text);
        parsed += usize::from(girok_query::parse(&text).is_ok());
    }
    assert!(parsed > 500, "only {parsed} of 10,000 rows are queries: the pieces no longer fit the language");
}

proptest! {
    // The same texts at every run: what a text breaks is mended, not met by chance.
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(20_261_123),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_is_a_query_or_an_error(text in any::<String>()) {
        check_round_trip(&text);
    }

    #[test]
    fn any_printable_pipe_is_a_query_or_an_error(text in "\\* \\| (where|stats|sort|top) [ -~가-힣]{0,40}") {
        check_round_trip(&text);
    }

    #[test]
    fn a_printed_tree_parses_to_itself(query in query()) {
        let printed = query.to_string();
        match girok_query::parse(&printed) {
            Ok(again) => prop_assert_eq!(shape(&again), shape(&query), "{}", printed),
            Err(error) => prop_assert!(false, "{}", error.render(&printed)),
        }
    }
}

#[test]
fn a_pattern_with_a_colon_keeps_having_no_field() {
    for text in ["*:Σ:?", "*:a:b*", "*:a=?", "*:a<b*"] {
        check_round_trip(text);
    }
}
