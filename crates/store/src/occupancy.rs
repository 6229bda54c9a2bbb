//! Which processes are at work in a data folder?
//!
//! A process that has the folder to itself may tidy up and change what all rely on. Then it either stays alone,
//! because its commit log lies there too, or lets others of its kind in. The system's file locks say who is
//! there, and end with their process.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::StoreError;

/// The file that is locked.
const FILE: &str = "in-use";
/// How long a process that starts may have the folder to itself before another one gives up.
const WAIT_MAX: Duration = Duration::from_secs(30);
const WATCH_INTERVAL: Duration = Duration::from_millis(20);

/// A place in a folder; given back when it is dropped.
#[derive(Debug)]
pub struct Occupancy {
    file: File,
    is_alone: bool,
}

impl Occupancy {
    /// Takes the folder `dir` alone if nobody is there, or else joins those who let others in.
    pub fn enter(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(FILE);
        let file = open(&path)?;
        let until = Instant::now() + WAIT_MAX;
        loop {
            if try_lock(&file, FlockOperation::NonBlockingLockExclusive).map_err(failed("lock", &path))? {
                return Ok(Occupancy { file, is_alone: true });
            }
            if try_lock(&file, FlockOperation::NonBlockingLockShared).map_err(failed("lock", &path))? {
                return Ok(Occupancy { file, is_alone: false });
            }
            if Instant::now() >= until {
                return Err(StoreError::Occupied { dir: dir.display().to_string() });
            }
            std::thread::sleep(WATCH_INTERVAL);
        }
    }

    /// Takes a task in the folder `dir` that one process does for all, unless another one has it.
    pub fn take_task(dir: &Path, task: &str) -> Result<Option<Self>, StoreError> {
        let file = open(&dir.join(task))?;
        let is_ours =
            try_lock(&file, FlockOperation::NonBlockingLockExclusive).map_err(failed("lock", dir))?;
        Ok(is_ours.then_some(Occupancy { file, is_alone: true }))
    }

    /// Whether nobody else is there.
    pub fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// Lets others in from now on.
    pub fn let_others_in(&mut self) -> Result<(), StoreError> {
        let shared = flock(&self.file, FlockOperation::LockShared).map_err(std::io::Error::from);
        shared.map_err(failed("share the lock of", Path::new(FILE)))?;
        self.is_alone = false;
        Ok(())
    }
}

fn open(path: &Path) -> Result<File, StoreError> {
    let file = File::options().create(true).write(true).truncate(false).open(path);
    file.map_err(failed("open", path))
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.display().to_string();
    move |source| StoreError::File { action, path, source }
}

fn try_lock(file: &File, operation: FlockOperation) -> std::io::Result<bool> {
    match flock(file, operation) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_alone_until_it_lets_others_in() {
        let dir = tempfile::tempdir().unwrap();
        let mut first = Occupancy::enter(dir.path()).unwrap();
        assert!(first.is_alone());
        first.let_others_in().unwrap();
        let second = Occupancy::enter(dir.path()).unwrap();
        assert!(!first.is_alone() && !second.is_alone());
        drop(first);
        assert!(!Occupancy::enter(dir.path()).unwrap().is_alone());
        drop(second);
        assert!(Occupancy::enter(dir.path()).unwrap().is_alone());
    }

    #[test]
    fn a_task_is_one_s_until_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        let take = || Occupancy::take_task(dir.path(), "merging").unwrap();
        let first = take().unwrap();
        assert!(take().is_none());
        drop(first);
        assert!(take().is_some());
    }
}
