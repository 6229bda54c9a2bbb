//! What is asked of the engine.

use girok_event::Timestamp;

use crate::time::TimeRange;

/// A search: which datasets, when, what.
#[derive(Debug, Clone, Default)]
pub struct QueryRequest {
    /// The query's text; empty for every event.
    pub text: String,
    /// When.
    pub range: TimeRange,
    /// At most so many rows, the newest; none for all.
    pub limit: Option<usize>,
    /// Names or globs such as `web*`; none for every dataset.
    pub datasets: Vec<String>,
    /// The clock's reading that `now` in the query means.
    pub now: Timestamp,
}

impl QueryRequest {
    /// Whether the request asks for the dataset called `name`.
    pub fn asks_for(&self, name: &str) -> bool {
        self.datasets.is_empty() || self.datasets.iter().any(|pattern| glob(pattern, name))
    }
}

/// Whether `name` fits `pattern`, in which `*` stands for any run of characters.
fn glob(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, rest)) => name.strip_prefix(head).is_some_and(|tail| {
            tail.char_indices().map(|(i, _)| i).chain([tail.len()]).any(|start| glob(rest, &tail[start..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_globs() {
        assert!(glob("web", "web") && !glob("web", "web2"));
        assert!(glob("web*", "web") && glob("*", "x") && glob("a*c*e", "abcde"));
        assert!(!glob("a*c", "abcd"));
    }
}
