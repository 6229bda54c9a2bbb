//! Which known name a mistyped one probably meant.

/// The candidate that is the fewest edits away, if it is near enough to be meant.
pub(crate) fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed: Vec<char> = typed.to_lowercase().chars().collect();
    let allowed = match typed.len() {
        0..=1 => 0,
        2..=5 => 1,
        6..=64 => 2,
        _ => return None,
    };
    candidates
        .into_iter()
        .map(|candidate| (edits(&typed, candidate), candidate))
        .filter(|(edits, _)| *edits <= allowed)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn edits(typed: &[char], candidate: &str) -> usize {
    let candidate: Vec<char> = candidate.chars().collect();
    let mut before_last = vec![0; candidate.len() + 1];
    let mut last: Vec<usize> = (0..=candidate.len()).collect();
    for i in 1..=typed.len() {
        let mut row = vec![i];
        for j in 1..=candidate.len() {
            let replaced = last[j - 1] + usize::from(typed[i - 1] != candidate[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && typed[i - 1] == candidate[j - 2] && typed[i - 2] == candidate[j - 1] {
                least = least.min(before_last[j - 2] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[candidate.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_the_near_and_leaves_the_far() {
        let names = ["stats", "sort", "head", "top"];
        assert_eq!(nearest("stat", names), Some("stats"));
        assert_eq!(nearest("SROT", names), Some("sort"));
        assert_eq!(nearest("haed", names), Some("head"));
        assert_eq!(nearest("tpo", names), Some("top"));
        assert_eq!(nearest("explode", names), None);
        assert_eq!(nearest("x", names), None);
    }
}
