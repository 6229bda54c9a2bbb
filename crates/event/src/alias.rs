//! Names that mean the same: what people type and what shippers send, beside the ECS name.
//!
//! An event keeps the names it came with. When a query names a field, every column of its group that
//! exists is asked, the typed name first.

/// The groups, each led by its canonical (ECS or system) name.
pub const GROUPS: [&[&str]; 12] = [
    &["_time", "@timestamp", "timestamp", "time", "ts"],
    &["message", "msg", "_msg", "body"],
    &["log.level", "level", "severity", "lvl", "loglevel", "levelname", "severity_text", "log_level"],
    &["host.name", "host", "hostname"],
    &["service.name", "service", "app", "application"],
    &["source.ip", "src_ip", "client_ip", "clientip", "remote_ip", "remote_addr", "srcip"],
    &["destination.ip", "dst_ip", "dest_ip", "dstip"],
    &["user.name", "user", "username"],
    &["http.response.status_code", "status", "status_code", "http.status"],
    &["http.request.method", "method"],
    &["url.original", "url", "uri", "request_uri"],
    &["trace.id", "trace_id", "traceid", "traceId"],
];

/// The group `name` belongs to, or nothing.
pub fn group(name: &str) -> Option<&'static [&'static str]> {
    GROUPS.iter().copied().find(|group| group.contains(&name))
}

/// The columns to ask for `name`, in order: itself first, then the rest of its group.
pub fn candidates(name: &str) -> Vec<&str> {
    let others = group(name).unwrap_or_default().iter().copied();
    std::iter::once(name).chain(others.filter(|other| *other != name)).collect()
}

/// The names whose value is an event's level.
pub fn level_names() -> &'static [&'static str] {
    GROUPS[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_name_comes_first() {
        assert_eq!(candidates("host"), ["host", "host.name", "hostname"]);
        assert_eq!(candidates("my.own"), ["my.own"]);
        assert_eq!(level_names()[0], "log.level");
    }

    #[test]
    fn no_name_is_in_two_groups() {
        let mut all: Vec<_> = GROUPS.concat();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
