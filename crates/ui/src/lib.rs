//! Which bytes answer a request for a page of the web UI?
//!
//! The build of `ui/` is embedded; without one a placeholder says how to make it. In debug builds the files are read
//! from disk at each request, so a new build of the page shows without one of this crate.
//! Knows no HTTP library: it takes a path and an `Accept-Encoding`, and gives bytes and what to say about them.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt::Write as _;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";

/// What is served while no page is built.
const PLACEHOLDER: &str = include_str!("placeholder.html");

/// The folder whose file names carry a hash of their content.
const HASHED_FOLDER: &str = "assets/";

/// A file of the page, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// The body, in the encoding named below.
    pub bytes: Cow<'static, [u8]>,
    /// `Content-Type`.
    pub mime: &'static str,
    /// `ETag`, with its quotes; different for each encoding.
    pub etag: String,
    /// Whether the content of this path never changes, so that it may be cached for ever; else it must be revalidated.
    pub immutable: bool,
    /// `Content-Encoding`, if the body is compressed.
    pub encoding: Option<&'static str>,
}

/// One file of the build as it lies there.
struct File {
    bytes: Cow<'static, [u8]>,
    sha256: [u8; 32],
}

/// The file at `path` (with or without a leading `/`), compressed if `accept_encoding` (the header's value) allows it.
///
/// A path without an extension that names no file is a place inside the page, which `index.html` answers.
/// Nothing if no such file exists.
pub fn asset(path: &str, accept_encoding: &str) -> Option<Asset> {
    find(path, accept_encoding, embedded)
}

/// Whether a built page is there, and not only the placeholder.
pub fn is_built() -> bool {
    Dist::get(INDEX).is_some()
}

fn embedded(name: &str) -> Option<File> {
    Dist::get(name).map(|file| File { sha256: file.metadata.sha256_hash(), bytes: file.data })
}

fn find(path: &str, accept_encoding: &str, get: impl Fn(&str) -> Option<File>) -> Option<Asset> {
    let wanted = path.trim_start_matches('/');
    let is_place = !wanted.rsplit('/').next().unwrap_or_default().contains('.');
    let name = if is_place && get(wanted).is_none() { INDEX } else { wanted };
    match get(name) {
        Some(plain) => {
            Some(compressed(name, accept_encoding, &get).unwrap_or_else(|| describe(name, plain, None)))
        }
        None => (name == INDEX).then(placeholder),
    }
}

/// The smallest form of the file that the client takes.
fn compressed(name: &str, accept_encoding: &str, get: impl Fn(&str) -> Option<File>) -> Option<Asset> {
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(accept_encoding, encoding))
        .find_map(|(encoding, suffix)| {
            Some(describe(name, get(&format!("{name}.{suffix}"))?, Some(encoding)))
        })
}

/// Whether an `Accept-Encoding` names `encoding` and does not refuse it with `q=0`.
fn accepts(accept_encoding: &str, encoding: &str) -> bool {
    accept_encoding.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = parts.filter_map(|part| part.strip_prefix("q=")).any(|q| q.parse::<f32>() == Ok(0.0));
        named && !refused
    })
}

fn describe(name: &str, file: File, encoding: Option<&'static str>) -> Asset {
    Asset {
        mime: mime_of(name),
        etag: etag(&file.sha256),
        immutable: name.starts_with(HASHED_FOLDER),
        encoding,
        bytes: file.bytes,
    }
}

fn placeholder() -> Asset {
    Asset {
        bytes: Cow::Borrowed(PLACEHOLDER.as_bytes()),
        mime: mime_of(INDEX),
        etag: "\"placeholder\"".to_owned(),
        immutable: false,
        encoding: None,
    }
}

/// Half of a SHA-256 tells files apart well enough, and headers stay short.
fn etag(hash: &[u8; 32]) -> String {
    let mut text = String::from("\"");
    for byte in &hash[..16] {
        let _ = write!(text, "{byte:02x}");
    }
    text.push('"');
    text
}

fn mime_of(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "map" => "application/json",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
