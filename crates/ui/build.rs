//! Is there a built page to embed? If not, says how to get one; `REQUIRE_UI=1` makes that an error.

use std::path::Path;
use std::{env, fs};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let dist = Path::new(&root).join("../../ui/dist");
    // A watched path that does not exist would count as changed at every build; an empty folder does not.
    // In a read-only tree it stays absent, which costs time and nothing else.
    let _ = fs::create_dir_all(&dist);
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-env-changed=REQUIRE_UI");

    if dist.join("index.html").is_file() {
        return;
    }
    let how = "run `npm ci && npm run build` in ui/";
    if env::var("REQUIRE_UI").is_ok_and(|value| value == "1") {
        println!("cargo::error=the web UI is not built and REQUIRE_UI=1: {how}");
    } else {
        println!("cargo::warning=the web UI is not built, a placeholder is served instead: {how}");
    }
}
