//! Random events and searches: every path finds what a naive reading finds.

use proptest::prelude::*;

use super::fixture::Fixture;

const WORDS: [&str; 8] = ["error", "user_1", "10.0.0.1", "로그인", "실패했습니다", "a", "Timeout", "x-y"];

fn line() -> impl Strategy<Value = (Vec<&'static str>, &'static str, u16)> {
    (
        prop::collection::vec(prop::sample::select(&WORDS[..]), 1..6),
        prop::sample::select(&["info", "error", ""][..]),
        0..5u16,
    )
}

fn printed((words, level, status): &(Vec<&str>, &str, u16)) -> String {
    let level = if level.is_empty() { String::new() } else { format!(r#""level":"{level}","#) };
    format!(r#"{{"_time":"2024-05-01T10:00:00Z",{level}"status":{status},"msg":"{}"}}"#, words.join(" "))
}

/// What the search should find, said as plainly as can be.
fn holds((words, level, status): &(Vec<&str>, &str, u16), word: &str, wanted: u16) -> bool {
    let has_word = words.contains(&word) || (word == "error" && *level == "error");
    has_word && *status >= wanted && *level != "info"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(rounds()))]
    #[test]
    fn every_path_equals_a_naive_scan(lines in prop::collection::vec(line(), 1..40), cuts in (0..40usize, 0..40usize),
        word in prop::sample::select(&["error", "user_1", "10.0.0.1", "로그인", "a", "Timeout", "x-y"][..]), wanted in 0..5u16) {
        let texts: Vec<String> = lines.iter().map(printed).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (first, second) = (cuts.0.min(cuts.1).min(lines.len()), cuts.0.max(cuts.1).min(lines.len()));
        let expected = lines.iter().filter(|line| holds(line, word, wanted)).count();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let found = runtime.block_on(async {
            let mut fixture = Fixture::new();
            fixture.add_part("web", &texts[..first]).await;
            fixture.add_part("web", &texts[first..second]).await;
            fixture.add_live("web", &texts[second..]);
            fixture.count(&format!("{word} status:>={wanted} -level:info")).await
        });
        prop_assert_eq!(found, expected);
    }
}

/// Few by default; `GIROK_TEST_ROUNDS` asks for more.
fn rounds() -> u32 {
    std::env::var("GIROK_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(40)
}
