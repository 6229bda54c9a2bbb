//! The house rules that a compiler does not check: arrows between crates point down, and the languages on
//! floor 1 touch no file, socket, clock, thread or runtime.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every crate and its floor, as in ARCHITECTURE.md.
const FLOORS: [&[&str]; 6] = [
    &["event"],
    &["wire", "parse", "query", "sample"],
    &["commitlog", "log", "index", "store"],
    &["ingest", "pipeline", "exec", "broker", "admin"],
    &["api", "ui"],
    &["girok"],
];

/// Arrows within a floor that are meant: a part carries its index, the embedded log is one of the logs, HTTP
/// serves the page.
const SIDEWAYS: [(&str, &str); 3] = [("store", "index"), ("log", "commitlog"), ("api", "ui")];

/// What floor 1 does not name outside its tests.
const IMPURE: [&str; 9] = [
    "std::fs",
    "TcpStream",
    "UdpSocket",
    "std::process",
    "std::thread",
    "std::env",
    "SystemTime",
    "Instant::now",
    "tokio::",
];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("crates stand in one folder").to_owned()
}

fn floor_of(name: &str) -> usize {
    let floor = FLOORS.iter().position(|floor| floor.contains(&name));
    floor.unwrap_or_else(|| panic!("crate `{name}` has no floor; give it one here and in ARCHITECTURE.md"))
}

/// The crates of the workspace that each crate names, those for its tests left out.
fn arrows() -> BTreeMap<String, Vec<String>> {
    let folders =
        fs::read_dir(crates()).expect("the folder of crates").map(|entry| entry.expect("a crate").path());
    let manifests = folders.filter(|folder| folder.join("Cargo.toml").is_file());
    let arrows = manifests.map(|folder| {
        let text = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        let manifest: toml::Table = text.parse().expect("valid TOML");
        let named = manifest.get("dependencies").and_then(toml::Value::as_table).cloned().unwrap_or_default();
        let ours = named.keys().filter_map(|name| name.strip_prefix("girok-").map(String::from));
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        (name, ours.collect())
    });
    arrows.collect()
}

#[test]
fn arrows_point_down() {
    let arrows = arrows();
    assert!(arrows.len() >= 14, "found only {} crates", arrows.len());
    for (from, targets) in &arrows {
        for to in targets {
            let down = floor_of(to) < floor_of(from);
            let meant = SIDEWAYS.contains(&(from.as_str(), to.as_str()));
            assert!(
                down || meant,
                "`{from}` (floor {}) names `{to}` (floor {})",
                floor_of(from),
                floor_of(to)
            );
        }
    }
}

#[test]
fn one_crate_names_datafusion_and_one_names_axum() {
    for (library, owner) in [("datafusion", "exec"), ("axum", "api")] {
        for name in FLOORS.concat() {
            let manifest = crates().join(name).join("Cargo.toml");
            let Ok(text) = fs::read_to_string(manifest) else { continue };
            let names_it = text.lines().any(|line| line.starts_with(library));
            assert!(!names_it || name == owner, "`{name}` names {library}; only `{owner}` may");
        }
    }
}

#[test]
fn floor_one_does_no_io() {
    for name in FLOORS[0].iter().chain(FLOORS[1]) {
        let mut looked_at = 0;
        visit(&crates().join(name).join("src"), &mut |path, text| {
            looked_at += 1;
            // What stands below a test module, or in a file of tests, may read files.
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for impure in IMPURE {
                assert!(!code.contains(impure), "{} names `{impure}`", path.display());
            }
        });
        assert!(looked_at > 0, "no source found for `{name}`");
    }
}

fn visit(folder: &Path, each: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if path.is_dir() {
            if name != "tests" {
                visit(&path, each);
            }
        } else if name.ends_with(".rs") && !name.contains("tests") {
            each(&path, &fs::read_to_string(&path).expect("a source file"));
        }
    }
}
