//! How much memory may this process have?

use std::fs;
use std::path::Path;

/// Bytes of memory of the machine, or of the control group that the process runs in if that has fewer.
pub(crate) fn memory_bytes() -> u64 {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    machine_bytes().min(limit_of(&groups, Path::new("/sys/fs/cgroup")).unwrap_or(u64::MAX))
}

/// Bytes of memory of the machine; 0 where the system does not say.
pub(crate) fn machine_bytes() -> u64 {
    let told = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = told.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kilobytes = total.and_then(|total| total.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}

/// The lowest limit of the process's control group and those above it; `groups` is what the system lists for the process.
fn limit_of(groups: &str, root: &Path) -> Option<u64> {
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let own = root.join(group);
    let limit = |group: &Path| fs::read_to_string(group.join("memory.max")).ok()?.trim().parse().ok();
    own.ancestors().take_while(|group| group.starts_with(root)).filter_map(limit).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_has_no_more_than_those_above_it() {
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join("system.slice/girok.service");
        fs::create_dir_all(&own).unwrap();
        let limit = || limit_of("1:name=systemd:/x\n0::/system.slice/girok.service\n", root.path());
        assert_eq!(limit(), None);
        fs::write(own.join("memory.max"), "max\n").unwrap();
        fs::write(root.path().join("system.slice/memory.max"), "2147483648\n").unwrap();
        assert_eq!(limit(), Some(2 << 30));
        fs::write(own.join("memory.max"), "1073741824\n").unwrap();
        assert_eq!(limit(), Some(1 << 30));
        assert_eq!(limit_of("", root.path()), None);
    }

    #[test]
    fn the_machine_has_some() {
        assert!(memory_bytes() > 64 << 20 && memory_bytes() <= machine_bytes());
    }
}
