//! A part that is damaged on the disk: the server answers from the rest and says which part is out.

use std::path::{Path, PathBuf};

use crate::support::{Server, server, until};

const SMALL_PARTS: (&str, &str) = ("GIROK_STORE_PART_BYTES", "4096");

fn parts(folder: &Path) -> Vec<PathBuf> {
    let mut folders = vec![folder.join("data/parts/web")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// A stopped server's folder with several parts of `web`, and the rows in them.
fn stored() -> (tempfile::TempDir, u64) {
    let folder = server::folder();
    let server = Server::on(folder.path(), &[SMALL_PARTS]);
    for at in 0..6u64 {
        let body: String = (0..100)
            .map(|n| format!("{{\"id\":{},\"message\":\"{}\"}}\n", at * 100 + n, "line ".repeat(20)))
            .collect();
        server.ingest("web", body);
        server.wait_for_rows("web", "*", (at + 1) * 100);
        let is_sealed = |parts: &f64| *parts > at as f64;
        until("a part", || server.metric("girok_store_parts_total", "dataset=\"web\""), is_sealed);
    }
    assert!(server.stop().success());
    (folder, 600)
}

#[test]
fn a_damaged_part_is_left_out_by_name() {
    let (folder, rows) = stored();
    let files = parts(folder.path());
    assert!(files.len() >= 3, "{files:?}");
    let damages: [fn(&mut Vec<u8>); 3] = [
        |bytes| bytes[200] ^= 0x10,
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| {
            let length = bytes.len() - 8;
            bytes[length..length + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        },
    ];
    for damage in damages {
        let file = &files[1];
        let whole = std::fs::read(file).unwrap();
        let mut bytes = whole.clone();
        damage(&mut bytes);
        std::fs::write(file, &bytes).unwrap();

        let mut server = Server::on(folder.path(), &[SMALL_PARTS]);
        let form = [("dataset", "web"), ("query", "* | stats count() as n, sum(id) as s"), ("stats", "1")];
        let answer = server.form("/api/v1/query", &form).rows();
        let left = answer[0]["n"].as_u64().unwrap();
        assert!(left > 0 && left < rows, "{answer:?}");
        let out = &answer[1]["_stats"]["parts_out"][0];
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        assert!(out["part"].as_str().unwrap().ends_with(&name), "{answer:?}");
        let hits = server.form("/api/v1/hits", &[("dataset", "web"), ("by", "")]).json();
        assert_eq!(hits["total"].as_u64(), Some(left));
        assert_eq!(server.query("web", "*").len() as u64, left);
        assert_eq!(server.metric("girok_store_parts_out", "dataset=\"web\""), 1.0);
        assert!(server.stderr().contains(&name), "the log names it");
        server.check_alive("a damaged part");
        assert!(file.exists(), "it is left where it is");
        let verified = server.cli(&["part", "verify", &folder.path().join("data/parts").to_string_lossy()]);
        assert_eq!(verified.status.code(), Some(3), "{verified:?}");
        assert!(String::from_utf8_lossy(&verified.stdout).contains(&name));
        server.kill();

        std::fs::write(file, &whole).unwrap();
        let server = Server::on(folder.path(), &[SMALL_PARTS]);
        server.wait_for_rows("web", "*", rows);
        server.kill();
    }
}

#[test]
fn parts_can_be_looked_into_without_a_server() {
    let (folder, rows) = stored();
    let files = parts(folder.path());
    let verified =
        server::girok().args(["part", "verify"]).arg(folder.path().join("data/parts")).output().unwrap();
    assert!(verified.status.success(), "{verified:?}");
    let said = String::from_utf8(verified.stdout).unwrap();
    assert!(said.ends_with(&format!("{0} of {0} parts are whole, {rows} rows\n", files.len())), "{said}");

    let shown = server::girok().args(["part", "inspect", "--json"]).arg(&files[0]).output().unwrap();
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["dataset"], "web");
    assert_eq!(shown["size_bytes"].as_u64(), Some(std::fs::metadata(&files[0]).unwrap().len()));
    let names: Vec<_> =
        shown["columns"].as_array().unwrap().iter().map(|column| column["name"].clone()).collect();
    assert!(names.contains(&"id".into()) && names.contains(&"_time".into()), "{names:?}");
    let text = server::girok().args(["part", "inspect"]).arg(&files[0]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("dataset    web partition") && text.contains("message"), "{text}");

    let newer = folder.path().join("newer.parquet");
    let mut bytes = std::fs::read(&files[0]).unwrap();
    let key = b"\"version\":";
    let digit = bytes.windows(key.len()).rposition(|found| found == key).unwrap() + key.len();
    bytes[digit] = b'9';
    std::fs::write(&newer, bytes).unwrap();
    let code =
        |path: &Path| server::girok().args(["part", "verify"]).arg(path).output().unwrap().status.code();
    assert_eq!(code(&newer), Some(4));
    assert_eq!(code(&folder.path().join("absent.parquet")), Some(1));
}
