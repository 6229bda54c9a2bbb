//! Does the manual show the table that is served?

#[test]
fn the_manual_shows_what_is_served() {
    let rows = girok_broker::served().iter().map(|served| {
        let versions = format!("{} to {}", served.min, served.max);
        format!("| {} | {} | {versions} |\n", served.api.key, served.api.name)
    });
    let table = format!("| key | API | versions |\n|---:|---|---|\n{}", rows.collect::<String>());
    let manual = include_str!("../../../../docs/kafka.md");
    assert!(manual.contains(&table), "docs/kafka.md lacks this table:\n{table}");
}
