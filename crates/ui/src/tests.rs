use std::borrow::Cow;

use super::*;

/// A built page: an index, a script in all encodings, an icon as it is.
fn built(name: &str) -> Option<File> {
    let bytes: &'static [u8] = match name {
        "index.html" => b"<html>",
        "assets/index-Ab12.js" => b"script",
        "assets/index-Ab12.js.br" => b"br",
        "assets/index-Ab12.js.gz" => b"gz",
        "favicon.svg" => b"<svg>",
        _ => return None,
    };
    let mut sha256 = [0; 32];
    sha256[..bytes.len()].copy_from_slice(bytes);
    Some(File { bytes: Cow::Borrowed(bytes), sha256 })
}

#[track_caller]
fn check(path: &str, accept_encoding: &str, body: &str, encoding: Option<&str>) {
    let asset = find(path, accept_encoding, built).unwrap();
    assert_eq!((std::str::from_utf8(&asset.bytes).unwrap(), asset.encoding), (body, encoding));
}

#[test]
fn the_index_answers_for_places_inside_the_page_only() {
    for place in ["", "/", "/search", "/a/b", "/index.html"] {
        check(place, "", "<html>", None);
    }
    for missing in ["/missing.js", "/assets/old-Cd34.js", "/../etc/passwd.txt", "/api.v1"] {
        assert_eq!(find(missing, "", built), None, "{missing}");
    }
}

#[test]
fn the_smallest_accepted_encoding_is_sent() {
    let script = "/assets/index-Ab12.js";
    check(script, "gzip, deflate, br", "br", Some("br"));
    check(script, "GZIP;q=0.5", "gz", Some("gzip"));
    check(script, "br;q=0, gzip", "gz", Some("gzip"));
    check(script, "identity", "script", None);
    check("/favicon.svg", "gzip, br", "<svg>", None);
}

#[test]
fn only_hashed_names_are_immutable() {
    let script = find("/assets/index-Ab12.js", "br", built).unwrap();
    assert!(script.immutable);
    assert_eq!(script.mime, "text/javascript; charset=utf-8");
    let index = find("/", "br", built).unwrap();
    assert!(!index.immutable);
    assert_eq!(index.mime, "text/html; charset=utf-8");
}

#[test]
fn each_encoding_has_its_own_etag() {
    let tags: Vec<_> =
        ["br", "gzip", ""].map(|e| find("/assets/index-Ab12.js", e, built).unwrap().etag).into();
    assert!(tags[0] != tags[1] && tags[1] != tags[2]);
    assert!(tags[0].starts_with('"') && tags[0].ends_with('"'));
}

#[test]
fn without_a_build_a_placeholder_names_the_command() {
    let page = find("/", "br", |_| None).unwrap();
    assert!(std::str::from_utf8(&page.bytes).unwrap().contains("npm run build"));
    assert_eq!(find("/assets/index-Ab12.js", "br", |_| None), None);
}

#[test]
fn the_embedded_page_answers() {
    let index = asset("/", "").unwrap();
    assert!(index.bytes.starts_with(b"<!doctype html>"));
    assert_eq!(is_built(), index.etag != "\"placeholder\"");
}
