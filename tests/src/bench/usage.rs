//! What a process has used, by the system's account (Linux's `/proc`).

use std::fs;

/// User and system time of all threads of a process since it began, in seconds; the system counts in hundredths.
#[track_caller]
pub fn cpu_seconds(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process's account");
    // The name, in parentheses, may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).expect("a number of ticks");
    // SAFETY: sysconf reads a constant of the system.
    let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64;
    (ticks(11) + ticks(12)) / per_second
}

/// Resident memory now, in megabytes. A page that is in several places, as the first memory of all instances of a plugin is, counts once.
#[track_caller]
pub fn resident_mb(pid: u32) -> f64 {
    number(&format!("/proc/{pid}/smaps_rollup"), "Pss:") / 1024.0
}

/// The most resident memory that the process ever had, in megabytes.
pub fn peak_mb(pid: u32) -> f64 {
    number(&format!("/proc/{pid}/status"), "VmHWM:") / 1024.0
}

/// Threads of the system.
pub fn threads(pid: u32) -> f64 {
    number(&format!("/proc/{pid}/status"), "Threads:")
}

/// What a line of the process's account says.
#[track_caller]
fn number(file: &str, key: &str) -> f64 {
    let text = fs::read_to_string(file).expect("the process's account");
    let line = text.lines().find_map(|line| line.strip_prefix(key)).expect("a line of it");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// User and system time of all children that have ended and were waited for, and of theirs, in seconds.
pub fn children_cpu_seconds() -> f64 {
    // SAFETY: zeros are a value of the structure.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the call writes to the structure that it is given, and reads nothing.
    let result = unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &mut usage) };
    assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}
