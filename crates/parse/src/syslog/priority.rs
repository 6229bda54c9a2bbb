//! The number in `<34>`: which facility speaks, and how grave it is.

/// 24 facilities with 8 severities each.
const PRIORITY_MAX: u8 = 191;

const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
];

const SEVERITIES: [&str; 8] =
    ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"];

/// Facility and severity in one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Priority(u8);

impl Priority {
    /// The facility's name in RFC 5424's order, spelled as in `syslog.conf`.
    pub(super) fn facility(self) -> &'static str {
        FACILITIES[usize::from(self.0 / 8)]
    }

    /// The severity's name in RFC 5424.
    pub(super) fn severity(self) -> &'static str {
        SEVERITIES[usize::from(self.0 % 8)]
    }
}

/// Reads `<34>` and says how long it is.
pub(super) fn read(bytes: &[u8]) -> Option<(Priority, usize)> {
    let inside = bytes.strip_prefix(b"<")?;
    let count = crate::cursor::digit_count(inside);
    if !(1..=3).contains(&count) || inside.get(count) != Some(&b'>') {
        return None;
    }
    let number = inside[..count].iter().fold(0u16, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    let number = u8::try_from(number).ok().filter(|number| *number <= PRIORITY_MAX)?;
    Some((Priority(number), count + 2))
}
