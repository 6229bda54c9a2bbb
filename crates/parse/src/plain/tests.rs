use girok_event::{Event, Value};

use crate::tests::hints;

/// The level that a line is found to have, or `-`.
fn level_of(line: &str) -> String {
    let arena = bumpalo::Bump::new();
    let mut event = Event::default();
    crate::parse(line.as_bytes(), &hints(), &arena, &mut event);
    assert_eq!(event.message, Some(line));
    match event.get("log.level") {
        Some(Value::Str(level)) => level.to_owned(),
        _ => "-".to_owned(),
    }
}

#[test]
fn levels_of_many_systems() {
    let table = [
        ("2026-11-20 10:00:00,123 ERROR [main] org.example.App: no", "error"),
        ("2026-11-20 10:00:00,123 - WARN  [QuorumPeer] - x", "warn"),
        ("2026-11-20 04:30:30, Info                  CBS    Loaded", "info"),
        ("[Sun Dec 04 04:47:44 2005] [notice] ok", "notice"),
        ("03-17 16:13:38.811  1702  2395 D WindowManager: x", "debug"),
        ("03-17 16:13:38.811  1702  2395 E AndroidRuntime: x", "error"),
        ("E1122 15:04:05.000000   1 file.go:12] failed", "error"),
        ("081109 203615 148 INFO dfs.DataNode: x", "info"),
        ("- 1117838570 2005.06.03 R02 2005-06-03-15.42.50.675872 R02 RAS KERNEL FATAL x", "fatal"),
        ("2026-11-20 10:00:00.123 UTC [99] shop@shop LOG:  statement took 3 ms", "info"),
        ("2026-11-20 10:00:00.123 UTC [99] shop@shop WARNING:  slow", "warn"),
        ("2026/11/20 10:00:00 [crit] 7#7: x", "critical"),
        ("error: no such file", "error"),
        ("something with an error in it", "-"),
        ("the LOG of today", "-"),
        ("MY_ERROR is not a level, nor is INFO-1", "-"),
        ("nothing", "-"),
        ("", "-"),
    ];
    for (line, expected) in table {
        assert_eq!(level_of(line), expected, "{line}");
    }
}
