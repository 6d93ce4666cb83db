//! Processes that do not outlive the test.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// Where the system can do it: the process dies with the test's thread, also if the test is killed and drops nothing.
pub fn end_with_this_thread(command: &mut Command) {
    #[cfg(target_os = "linux")]
    // SAFETY: between fork and exec only prctl is called, which is async-signal-safe and takes plain integers.
    unsafe {
        command.pre_exec(|| {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            Ok(())
        });
    }
    #[cfg(not(target_os = "linux"))]
    let _ = command;
}
