//! A disk in memory whose plug can be pulled.
//!
//! It keeps, for every file, what is synced and the writes since; for every directory, the names that are
//! durable and the changes since. A crash keeps a random prefix of each directory's changes, and of each
//! file's writes it keeps, drops or tears each one by itself, in pieces of 512 bytes.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path};
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Disk, DiskFile};

const SECTOR: usize = 512;

#[derive(Clone)]
pub(crate) struct FaultyDisk(Arc<Mutex<State>>);

struct State {
    nodes: Vec<Node>,
    random: fastrand::Rng,
    /// Operations left until writes fail; none for never.
    writes_left: Option<u32>,
    syncs_left: Option<u32>,
    free_bytes: u64,
    now_ms: i64,
}

#[derive(Clone)]
enum Node {
    File { data: Vec<u8>, synced: Vec<u8>, pending: Vec<Pending>, modified_ms: i64 },
    Dir { names: Names, durable: Names, pending: Vec<Names> },
}

/// Names in a directory, with the nodes they stand for.
type Names = BTreeMap<String, usize>;

#[derive(Clone)]
enum Pending {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

fn dir() -> Node {
    Node::Dir { names: Names::new(), durable: Names::new(), pending: Vec::new() }
}

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl FaultyDisk {
    pub(crate) fn new(seed: u64) -> Self {
        FaultyDisk(Arc::new(Mutex::new(State {
            nodes: vec![dir()],
            random: fastrand::Rng::with_seed(seed),
            writes_left: None,
            syncs_left: None,
            free_bytes: u64::MAX / 2,
            now_ms: 0,
        })))
    }

    /// The disk as it is found when the power comes back. The old one stays as it was.
    pub(crate) fn crash(&self) -> Self {
        let mut state = self.0.lock();
        let State { nodes, random, .. } = &mut *state;
        let nodes = nodes.iter().map(|node| node.after_crash(random)).collect();
        let random = random.fork();
        let (free_bytes, now_ms) = (state.free_bytes, state.now_ms);
        FaultyDisk(Arc::new(Mutex::new(State {
            nodes,
            random,
            writes_left: None,
            syncs_left: None,
            free_bytes,
            now_ms,
        })))
    }

    pub(crate) fn fail_writes_after(&self, writes: u32) {
        self.0.lock().writes_left = Some(writes);
    }

    pub(crate) fn fail_syncs_after(&self, syncs: u32) {
        self.0.lock().syncs_left = Some(syncs);
    }

    pub(crate) fn set_free_bytes(&self, free_bytes: u64) {
        self.0.lock().free_bytes = free_bytes;
    }

    pub(crate) fn set_now_ms(&self, now_ms: i64) {
        self.0.lock().now_ms = now_ms;
    }

    /// Changes a byte that was written long ago.
    pub(crate) fn damage(&self, path: &Path, position: usize) {
        let mut state = self.0.lock();
        let at = state.find(path).unwrap();
        let Node::File { data, synced, .. } = &mut state.nodes[at] else { panic!("not a file") };
        data[position] ^= 0x55;
        if let Some(byte) = synced.get_mut(position) {
            *byte ^= 0x55;
        }
    }
}

impl Node {
    fn after_crash(&self, random: &mut fastrand::Rng) -> Node {
        match self {
            Node::Dir { durable, pending, .. } => {
                let kept = random.usize(..=pending.len());
                let names = kept.checked_sub(1).map_or(durable, |at| &pending[at]).clone();
                Node::Dir { durable: names.clone(), names, pending: Vec::new() }
            }
            Node::File { synced, pending, modified_ms, .. } => {
                let mut data = synced.clone();
                for change in pending {
                    change.tear(&mut data, random);
                }
                Node::File { synced: data.clone(), data, pending: Vec::new(), modified_ms: *modified_ms }
            }
        }
    }
}

impl Pending {
    fn apply(&self, data: &mut Vec<u8>) {
        match self {
            Pending::Truncate(size) => data.resize(*size, 0),
            Pending::Write(at, bytes) => {
                data.resize(data.len().max(at + bytes.len()), 0);
                data[*at..at + bytes.len()].copy_from_slice(bytes);
            }
        }
    }

    /// Applies all of it, nothing, or some sectors.
    fn tear(&self, data: &mut Vec<u8>, random: &mut fastrand::Rng) {
        let (Pending::Write(at, bytes), 0) = (self, random.u8(..3)) else {
            if random.bool() {
                self.apply(data);
            }
            return;
        };
        let mut from = *at;
        while from < at + bytes.len() {
            let to = ((from / SECTOR + 1) * SECTOR).min(at + bytes.len());
            if random.bool() {
                Pending::Write(from, bytes[from - at..to - at].to_vec()).apply(data);
            }
            from = to;
        }
    }
}

impl State {
    fn find(&self, path: &Path) -> io::Result<usize> {
        let mut at = 0;
        for component in path.components() {
            if let Component::Normal(name) = component {
                let Node::Dir { names, .. } = &self.nodes[at] else { return Err(not_found()) };
                at = *names.get(&*name.to_string_lossy()).ok_or_else(not_found)?;
            }
        }
        Ok(at)
    }

    fn change(&mut self, path: &Path, change: impl FnOnce(&mut Names, String)) -> io::Result<()> {
        let at = self.find(path.parent().unwrap_or(Path::new("")))?;
        let name = path.file_name().ok_or_else(not_found)?.to_string_lossy().into_owned();
        let Node::Dir { names, pending, .. } = &mut self.nodes[at] else { return Err(not_found()) };
        change(names, name);
        pending.push(names.clone());
        Ok(())
    }

    fn add(&mut self, path: &Path, node: Node) -> io::Result<usize> {
        self.nodes.push(node);
        let at = self.nodes.len() - 1;
        self.change(path, |names, name| {
            names.insert(name, at);
        })?;
        Ok(at)
    }

    /// Takes one from a counter of operations; an error when it is used up.
    fn take(counter: &mut Option<u32>) -> io::Result<()> {
        match counter {
            Some(0) => Err(io::Error::other("injected failure")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Disk for FaultyDisk {
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.0.lock();
        let at = match state.find(path) {
            Err(_) if create => {
                let modified_ms = state.now_ms;
                let file =
                    Node::File { data: Vec::new(), synced: Vec::new(), pending: Vec::new(), modified_ms };
                state.add(path, file)?
            }
            found => found?,
        };
        Ok(Arc::new(FaultyFile { disk: self.clone(), at }))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.0.lock();
        match &state.nodes[state.find(dir)?] {
            Node::Dir { names, .. } => Ok(names.keys().cloned().collect()),
            Node::File { .. } => Err(not_found()),
        }
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        let ancestors: Vec<_> = path.ancestors().filter(|path| !path.as_os_str().is_empty()).collect();
        for path in ancestors.into_iter().rev() {
            if state.find(path).is_err() {
                state.add(path, dir())?;
            }
        }
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        assert_eq!(from.parent(), to.parent(), "a name stays in its directory");
        let to = to.file_name().unwrap().to_string_lossy().into_owned();
        let mut state = self.0.lock();
        state.find(from)?;
        state.change(from, |names, from| {
            let at = names.remove(&from).unwrap();
            names.insert(to, at);
        })
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        state.find(path)?;
        state.change(path, |names, name| {
            names.remove(&name);
        })
    }

    fn remove_dir(&self, dir: &Path) -> io::Result<()> {
        self.remove_file(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        State::take(&mut state.syncs_left)?;
        let at = state.find(dir)?;
        if let Node::Dir { names, durable, pending } = &mut state.nodes[at] {
            durable.clone_from(names);
            pending.clear();
        }
        Ok(())
    }

    fn free_bytes(&self, _: &Path) -> io::Result<u64> {
        Ok(self.0.lock().free_bytes)
    }

    fn lock(&self, _: &Path) -> io::Result<Option<Box<dyn Any + Send + Sync>>> {
        Ok(Some(Box::new(())))
    }
}

struct FaultyFile {
    disk: FaultyDisk,
    at: usize,
}

impl FaultyFile {
    fn change(&self, change: Pending) -> io::Result<()> {
        let mut state = self.disk.0.lock();
        let failed = State::take(&mut state.writes_left);
        let now_ms = state.now_ms;
        let torn = failed.is_err().then(|| state.random.fork());
        let Node::File { data, pending, modified_ms, .. } = &mut state.nodes[self.at] else {
            return Err(not_found());
        };
        *modified_ms = now_ms;
        match torn {
            Some(mut random) => change.tear(data, &mut random),
            None => change.apply(data),
        }
        pending.push(change);
        failed
    }
}

impl DiskFile for FaultyFile {
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        let state = self.disk.0.lock();
        let Node::File { data, .. } = &state.nodes[self.at] else { return Err(not_found()) };
        let rest = data.get(position as usize..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        self.change(Pending::Write(position as usize, bytes.to_vec()))
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.0.lock();
        State::take(&mut state.syncs_left)?;
        if let Node::File { data, synced, pending, .. } = &mut state.nodes[self.at] {
            synced.clone_from(data);
            pending.clear();
        }
        Ok(())
    }

    fn size_bytes(&self) -> io::Result<u64> {
        let state = self.disk.0.lock();
        let Node::File { data, .. } = &state.nodes[self.at] else { return Err(not_found()) };
        Ok(data.len() as u64)
    }

    fn truncate(&self, size_bytes: u64) -> io::Result<()> {
        self.change(Pending::Truncate(size_bytes as usize))
    }

    fn modified_ms(&self) -> io::Result<i64> {
        let state = self.disk.0.lock();
        let Node::File { modified_ms, .. } = &state.nodes[self.at] else { return Err(not_found()) };
        Ok(*modified_ms)
    }
}
