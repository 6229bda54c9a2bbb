//! The line a row was made of, in a form in which what was sent and what is kept can be compared.

use serde_json::Value;

/// The bytes of `line` that can be found again: all but a byte order mark before text.
pub(super) fn expected(line: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(line) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).into(),
        Err(_) => line.to_vec(),
    }
}

/// The line of a row: `_raw` where it is kept, else head and message. A JSON event has no line.
pub(super) fn found(row: &Value) -> Option<Vec<u8>> {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    let invalid = text("_parse_error").contains("invalid UTF-8");
    match row["_raw"].as_str() {
        Some(raw) if invalid => Some(unescaped(raw)),
        Some(raw) => Some(raw.into()),
        None if row["_format"] == "json" => None,
        None => Some([text("_head"), text("message")].concat().into()),
    }
}

/// Whether girok takes a line apart as JSON, so that its text is not to be compared.
pub(super) fn is_object(line: &[u8]) -> bool {
    serde_json::from_slice::<Value>(line).is_ok_and(|value| value.is_object())
}

/// The bytes that `_raw` spells: `\xff` is one that is no UTF-8, `\\` a backslash.
fn unescaped(raw: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), raw);
    while let Some(at) = rest.find('\\') {
        out.extend(&rest.as_bytes()[..at]);
        let (byte, length) = match rest.as_bytes()[at + 1] {
            b'\\' => (b'\\', 2),
            _ => (u8::from_str_radix(&rest[at + 2..at + 4], 16).expect("two digits"), 4),
        };
        out.push(byte);
        rest = &rest[at + length..];
    }
    out.extend(rest.as_bytes());
    out
}
