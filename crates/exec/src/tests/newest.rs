//! The newest rows of many: found block by block, they are those that a naive reading finds.

use super::fixture::Fixture;
use crate::QueryRequest;

const PARTS: usize = 3;
const ROWS_EACH: usize = 18_000;
const LIVE: usize = 3_000;
const ALL: usize = PARTS * ROWS_EACH + LIVE;

/// The second of an event.
type Second = fn(usize) -> usize;

fn line(n: usize, second: usize) -> String {
    let word = if n.is_multiple_of(977) { "rare" } else { "common" };
    let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
    format!(
        r#"{{"_time":"2024-05-01T{hours:02}:{minutes:02}:{seconds:02}Z","n":{n},"k":{},"msg":"{word} event {n}"}}"#,
        n % 50
    )
}

/// The numbers of the newest events that `holds`: by time, then by where they lie in the log.
fn expected(second: Second, holds: impl Fn(usize) -> bool, limit: usize) -> Vec<String> {
    let mut found: Vec<usize> = (0..ALL).filter(|n| holds(*n)).collect();
    found.sort_by_key(|n| std::cmp::Reverse((second(*n), *n)));
    found.iter().take(limit).map(|n| format!("n={n}")).collect()
}

#[tokio::test]
async fn the_newest_of_many_are_those_of_a_naive_reading() {
    let orders: [(&str, Second); 3] = [
        ("in order, four at a time", |n| n / 4),
        ("shuffled", |n| n * 7919 % ALL / 3),
        ("all at once", |_| 1000),
    ];
    for (order, second) in orders {
        let lines: Vec<String> = (0..ALL).map(|n| line(n, second(n))).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let mut fixture = Fixture::new();
        for part in lines[..PARTS * ROWS_EACH].chunks(ROWS_EACH) {
            fixture.add_part("web", part).await;
        }
        fixture.add_live("web", &lines[PARTS * ROWS_EACH..]);
        let check = async |filter: &str, limit: usize, expected: Vec<String>| {
            let request = QueryRequest {
                text: format!("{filter} | fields n"),
                limit: Some(limit),
                ..QueryRequest::default()
            };
            // Columns of a row group are kept from the second time on.
            for time in ["first", "second", "third"] {
                let found = fixture.run_with(request.clone()).await.unwrap();
                assert_eq!(found, expected, "{order}, `{filter}`, the newest {limit}, {time} time");
            }
        };
        check("*", 100, expected(second, |_| true, 100)).await;
        check("*", 9000, expected(second, |_| true, 9000)).await;
        check("k:7", 100, expected(second, |n| n % 50 == 7, 100)).await;
        check("rare", 20, expected(second, |n| n.is_multiple_of(977), 20)).await;
        check("rare k:>=25", 100, expected(second, |n| n.is_multiple_of(977) && n % 50 >= 25, 100)).await;
        check("NOT common n:>100", 500, expected(second, |n| n.is_multiple_of(977) && n > 100, 500)).await;
        check("absent", 10, Vec::new()).await;
    }
}
