//! Which parts are out, because their bytes are not what was written?
//!
//! A part that is found to be damaged is left where it is and is no longer read: queries answer from the
//! rest and say which part is missing. Kept in memory only: what was restored is taken in at the next start.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

/// A part that is not read any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// Path of the part.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The damaged parts of this process.
#[derive(Debug, Default)]
pub struct Quarantine {
    outages: Mutex<Outages>,
    count: AtomicUsize,
}

#[derive(Debug, Default)]
struct Outages {
    reasons: BTreeMap<String, String>,
    latest: Option<Outage>,
}

impl Quarantine {
    /// Takes a part out; said once, as an error.
    pub(crate) fn add(&self, path: &str, reason: &str) {
        let mut outages = self.outages.lock();
        if outages.reasons.contains_key(path) {
            return;
        }
        tracing::error!(path, reason, "part is damaged and is left out from now on");
        outages.reasons.insert(path.to_owned(), reason.to_owned());
        outages.latest = Some(Outage { path: path.to_owned(), reason: reason.to_owned() });
        self.count.store(outages.reasons.len(), Ordering::Release);
    }

    /// The part that was found last.
    pub fn latest(&self) -> Option<Outage> {
        self.outages.lock().latest.clone()
    }

    /// How many parts are out; never falls.
    pub fn len(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Whether all parts are well as far as is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is wrong with a part, if anything is known.
    pub fn outage(&self, path: &str) -> Option<Outage> {
        if self.is_empty() {
            return None;
        }
        let reason = self.outages.lock().reasons.get(path).cloned()?;
        Some(Outage { path: path.to_owned(), reason })
    }
}
