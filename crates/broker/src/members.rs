//! Which members of groups speak over which connection? One that has lost its last connection is perhaps gone.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use girok_commitlog::CommitLog;

/// Members that one connection may speak for and that are looked after; others have their session.
const MEMBERS_MAX: usize = 100;

/// A group and a member's id in it.
type Name = (String, String);

/// Over how many connections each member speaks.
#[derive(Debug, Default)]
pub(crate) struct Connections(Mutex<HashMap<Name, usize>>);

impl Connections {
    fn add(&self, name: Name) {
        *lock(&self.0).entry(name).or_default() += 1;
    }

    /// One connection less; whether it was the last.
    fn remove(&self, name: &Name) -> bool {
        let mut counts = lock(&self.0);
        let Some(count) = counts.get_mut(name) else { return false };
        *count -= 1;
        let is_last = *count == 0;
        if is_last {
            counts.remove(name);
        }
        is_last
    }
}

/// The members that speak over one connection.
#[derive(Debug)]
pub(crate) struct Members {
    connections: Arc<Connections>,
    own: Mutex<BTreeSet<Name>>,
}

impl Members {
    pub(crate) fn new(connections: Arc<Connections>) -> Self {
        Members { connections, own: Mutex::default() }
    }

    /// A member speaks over this connection.
    pub(crate) fn note(&self, group: &str, member: &str) {
        let mut own = lock(&self.own);
        let name = (group.to_owned(), member.to_owned());
        if own.len() < MEMBERS_MAX && own.insert(name.clone()) {
            self.connections.add(name);
        }
    }

    /// A member leaves its group.
    pub(crate) fn forget(&self, group: &str, member: &str) {
        let name = (group.to_owned(), member.to_owned());
        if lock(&self.own).remove(&name) {
            self.connections.remove(&name);
        }
    }

    /// The connection has ended: members that have no other must come back.
    pub(crate) fn lose(&self, log: &CommitLog) {
        for (group, member) in std::mem::take(&mut *lock(&self.own)) {
            let name = (group, member);
            if self.connections.remove(&name) {
                log.lose_connection(&name.0, &name.1);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_connection_of_a_member_is_missed() {
        let connections = Arc::new(Connections::default());
        let [first, second] = [(); 2].map(|()| Members::new(connections.clone()));
        let name = ("group".to_owned(), "member".to_owned());
        for members in [&first, &first, &second] {
            members.note("group", "member");
        }
        assert!(!connections.remove(&name), "it speaks over the other");
        assert!(connections.remove(&name));
        first.note("group", "leaves");
        first.forget("group", "leaves");
        assert!(!connections.remove(&("group".to_owned(), "leaves".to_owned())), "who left is not missed");
    }
}
