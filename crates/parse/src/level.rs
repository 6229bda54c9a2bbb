//! How grave is it? The words that logs use for their levels.

/// The one spelling of the level that `word` means, whatever its case.
pub(crate) fn normal(word: &[u8]) -> Option<&'static str> {
    const WORDS: [(&[u8], &str); 23] = [
        (b"info", "info"),
        (b"error", "error"),
        (b"warn", "warn"),
        (b"warning", "warn"),
        (b"debug", "debug"),
        (b"notice", "notice"),
        (b"trace", "trace"),
        (b"err", "error"),
        (b"fatal", "fatal"),
        (b"critical", "critical"),
        (b"crit", "critical"),
        (b"severe", "error"),
        (b"alert", "alert"),
        (b"emerg", "emergency"),
        (b"emergency", "emergency"),
        (b"panic", "fatal"),
        (b"information", "info"),
        (b"informational", "info"),
        (b"verbose", "trace"),
        (b"fine", "debug"),
        (b"finer", "trace"),
        (b"finest", "trace"),
        (b"dbg", "debug"),
    ];
    if !(3..=13).contains(&word.len()) {
        return None;
    }
    WORDS.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(word)).map(|(_, level)| *level)
}

/// The level that `text` begins with: `error: …`, `WARN …`, `[info] …`.
pub(crate) fn at_start(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    let bracket = usize::from(bytes.first() == Some(&b'['));
    let word_length = bytes[bracket..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = &bytes[bracket..bracket + word_length];
    let ends_well = match bytes.get(bracket + word_length) {
        Some(b']') => bracket == 1,
        Some(b':') => bracket == 0,
        Some(b' ') => bracket == 0 && word.iter().all(u8::is_ascii_uppercase),
        _ => false,
    };
    ends_well.then(|| normal(word)).flatten()
}

/// The level that Android and glog write as one letter.
pub(crate) fn of_letter(letter: u8) -> Option<&'static str> {
    match letter {
        b'V' => Some("trace"),
        b'D' => Some("debug"),
        b'I' => Some("info"),
        b'W' => Some("warn"),
        b'E' => Some("error"),
        b'F' => Some("fatal"),
        _ => None,
    }
}
