//! Dataset names: a dataset is a topic seen as a table, so its name obeys Kafka's rule for topics.

use std::fmt;
use std::sync::Arc;

/// A valid dataset name; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DatasetName(Arc<str>);

/// Why a text cannot name a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidDatasetName {
    /// The text as given.
    pub name: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl DatasetName {
    /// The longest name, as in Kafka.
    pub const LENGTH_MAX: usize = 249;

    /// The dataset that takes what names no other.
    pub fn default_dataset() -> Self {
        DatasetName("logs".into())
    }

    /// Checks `name` against Kafka's rule: 1 to 249 of `a-z A-Z 0-9 . _ -`, not `.` or `..`.
    pub fn new(name: &str) -> Result<Self, InvalidDatasetName> {
        let fail = |reason| Err(InvalidDatasetName { name: name.chars().take(64).collect(), reason });
        if name.is_empty() {
            return fail("it is empty");
        }
        if name.len() > Self::LENGTH_MAX {
            return fail("it is longer than 249 characters");
        }
        if name == "." || name == ".." {
            return fail("`.` and `..` are not allowed");
        }
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
            return fail("only a-z, A-Z, 0-9, `.`, `_` and `-` are allowed");
        }
        Ok(DatasetName(name.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatasetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for InvalidDatasetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use `{}` as a dataset name: {}", self.name, self.reason)
    }
}

impl std::error::Error for InvalidDatasetName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad_names() {
        for good in ["logs", "nginx-access", "a.b_c", "A1"] {
            assert_eq!(DatasetName::new(good).unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", "a/b", "로그", "a b", &"x".repeat(250)] {
            assert!(DatasetName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn error_says_what_to_do() {
        let error = DatasetName::new("a b").unwrap_err().to_string();
        assert_eq!(
            error,
            "cannot use `a b` as a dataset name: only a-z, A-Z, 0-9, `.`, `_` and `-` are allowed"
        );
    }
}
