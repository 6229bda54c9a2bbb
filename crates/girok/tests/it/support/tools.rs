//! Programs and data that are not part of the project: found, or said to be missing.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The folder of real logs, if it is there.
pub(crate) fn data(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("GIROK_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED {test}: no real logs in `{}`; name their folder in GIROK_DATA", folder.display());
    None
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Whether `program` is installed. Where everything has to be (`CI=true`), a missing one is a failure.
pub(crate) fn has(program: &str, test: &str) -> bool {
    let found = ["", "/usr/sbin/"].iter().any(|folder| {
        let asked = Command::new(format!("{folder}{program}"))
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        asked.is_ok()
    });
    if !found {
        skip(test, &format!("`{program}` is not installed"));
    }
    found
}

/// Says that a test did not run, and why; with `CI=true` that is a failure.
pub(crate) fn skip(test: &str, why: &str) {
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "cannot run {test}: {why}");
    println!("SKIPPED {test}: {why}");
}
