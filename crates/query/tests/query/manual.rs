//! Runs the manual: every query in it parses, and every error in it is shown exactly as it says.

const MANUAL: &str = include_str!("../../../../docs/query.md");

/// A fenced block: its tag and its text.
struct Block<'a> {
    tag: &'a str,
    text: &'a str,
}

fn blocks(document: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = document;
    while let Some((_, opened)) = rest.split_once("\n```") {
        let (tag, body) = opened.split_once('\n').expect("a tag ends with its line");
        let (text, after) = body.split_once("```").expect("a block is closed");
        blocks.push(Block { tag, text });
        rest = after;
    }
    blocks
}

#[test]
fn every_example_does_what_the_manual_says() {
    let blocks = blocks(MANUAL);
    let mut examples = 0;
    for (i, block) in blocks.iter().enumerate().filter(|(_, block)| block.tag == "query") {
        let lines = block.text.lines().filter(|line| !line.is_empty());
        examples += lines.clone().count();
        match blocks.get(i + 1).filter(|next| next.tag == "error") {
            Some(error) => check_refused(block.text.trim_end(), error.text),
            None => lines.for_each(super::check_round_trip_of_query),
        }
    }
    assert!(examples > 100, "the manual shows only {examples} queries");
}

fn check_refused(query: &str, shown: &str) {
    let error = girok_query::parse(query).expect_err(query);
    assert_eq!(error.render(query), shown, "{query}");
}

#[test]
fn the_manual_names_every_alias() {
    for name in girok_event::alias::GROUPS.concat() {
        assert!(MANUAL.contains(&format!("`{name}`")), "the manual does not name the alias `{name}`");
    }
}
