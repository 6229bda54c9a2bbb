//! Files as if nobody had read them yet.

use std::fs::{self, File};
use std::path::Path;

use rustix::fs::{Advice, fadvise};

use super::folder;

/// Where Linux takes the wish to forget all files; only root may say it.
const DROP_CACHES: &str = "/proc/sys/vm/drop_caches";

/// Lets the system forget the files below `folder`, and all others where it may be asked to. The disk itself may still
/// have them in a cache of its own.
pub(super) fn forget_files(folder: &Path) {
    folder::each_file(folder, &mut |path, _| {
        // A file that cannot be forgotten stays warm.
        if let Ok(file) = File::open(path) {
            let _ = file.sync_data();
            let _ = fadvise(&file, 0, None, Advice::DontNeed);
        }
    });
    let _ = fs::write(DROP_CACHES, "3");
}
