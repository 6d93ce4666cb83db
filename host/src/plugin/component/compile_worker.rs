//! The process that compiles one component: it limits itself before it reads a byte of it, and ends with its parent.

use std::io::{self, Read, Write};

use super::compiler::CompileLimits;
use super::engine;

/// Compiles what comes on standard input to standard output. An error is the reason for exit code 1.
pub fn run(limits: CompileLimits) -> Result<(), String> {
    confine(limits).map_err(|error| format!("the limits of the compiler could not be set: {error}"))?;
    let mut component = Vec::new();
    io::stdin().lock().read_to_end(&mut component).map_err(|error| format!("it did not arrive: {error}"))?;
    let engine = engine::engine().map_err(|error| format!("{error:#}"))?;
    let code = engine.precompile_component(&component).map_err(|error| format!("{error:#}"))?;
    io::stdout().lock().write_all(&code).map_err(|error| format!("nobody took the code: {error}"))
}

/// Limits this process: address space, computing time, no files written, no core dump. It gives way to the worker's threads, and if
/// the system runs out of memory, it goes first.
fn confine(limits: CompileLimits) -> io::Result<()> {
    let seconds = limits.timeout.as_secs() + 1;
    // Refused where /proc is read-only; then the kernel chooses by size, which is as good.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    for (resource, most) in [
        (libc::RLIMIT_AS, limits.memory_max_bytes),
        (libc::RLIMIT_CPU, seconds * CompileLimits::threads() as u64),
        (libc::RLIMIT_FSIZE, 0),
        (libc::RLIMIT_CORE, 0),
    ] {
        let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
        // SAFETY: the pointer is to a whole rlimit, which setrlimit only reads.
        if unsafe { libc::setrlimit(resource, &limit) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    // SAFETY: prctl with PR_SET_PDEATHSIG takes a signal's number, and nice has no preconditions.
    unsafe {
        libc::nice(10);
        if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}
