//! Counts the instructions of a child process between two marks, by letting it take one step at a time (ptrace).
//!
//! Only the child's first thread is counted. Its other threads stand still meanwhile, so that no clock of theirs ticks for work that
//! takes a thousand times as long as usual.

use std::fmt;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr::null_mut;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use libc::{c_int, c_void, pid_t};

use crate::process::end_with_this_thread;

/// What the child does first and last in what is measured.
const BEGIN: c_int = libc::SIGUSR1;
const END: c_int = libc::SIGUSR2;

/// glibc chooses how to copy by the processor: AVX2 is the newest that it may take. A `rep` instruction is a step for each of its turns, so
/// that copying a large block would count for thousands. What is freed is always taken again at once, so that it does not matter how
/// the heap has become what it is.
const GLIBC_TUNABLES: &str = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM:\
     glibc.cpu.x86_rep_movsb_threshold=1073741824:glibc.cpu.x86_rep_stosb_threshold=1073741824:\
     glibc.malloc.tcache_count=10000";

#[cfg(not(target_env = "musl"))]
type Request = libc::c_uint;
#[cfg(target_env = "musl")]
type Request = c_int;

/// Why nothing was counted.
#[derive(Debug)]
pub enum CountError {
    /// The system does not let a process step through its own child.
    Refused(io::Error),
    /// The child ended, and how.
    Ended(String),
    /// A system call failed.
    System(io::Error),
}

/// A child that is watched; it ends with this.
pub struct Counter {
    pid: pid_t,
    has_ended: bool,
    /// The child is killed when it has lived for too long, unless this is dropped before.
    _watchdog: Sender<()>,
}

/// In the child, first: without anybody who counts, marks are nothing, so that a profiler can run it.
pub fn ignore_marks() {
    for signal in [BEGIN, END] {
        // SAFETY: whoever traces a process sees also the signals that it ignores; nobody else uses these two here.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

/// In the child: does what is to be measured.
#[inline(never)]
pub fn marked(work: &mut dyn FnMut()) {
    mark(BEGIN);
    work();
    mark(END);
}

fn mark(signal: c_int) {
    // SAFETY: it is ignored, and whoever counts takes it away.
    unsafe { libc::raise(signal) };
}

// === impl Counter ===

impl Counter {
    /// Starts the child, which may live as long as `limit`.
    pub fn start(command: &mut Command, limit: Duration) -> Result<Self, CountError> {
        command.env("GLIBC_TUNABLES", GLIBC_TUNABLES);
        end_with_this_thread(command);
        // SAFETY: between fork and exec only two system calls are made, which take plain numbers.
        unsafe {
            command.pre_exec(|| {
                // The same addresses in each run, where that is allowed.
                libc::personality(libc::ADDR_NO_RANDOMIZE as libc::c_ulong);
                ptrace(libc::PTRACE_TRACEME, 0, 0)
            });
        }
        let child = command.spawn().map_err(|error| match error.raw_os_error() {
            Some(libc::EPERM | libc::EACCES | libc::ENOSYS) => CountError::Refused(error),
            _ => CountError::System(error),
        })?;
        let pid = child.id().cast_signed();
        let mut counter = Self { pid, has_ended: false, _watchdog: kill_after(pid, limit) };
        match counter.wait(pid)? {
            libc::SIGTRAP => Ok(counter),
            other => Err(CountError::Ended(format!("it began with signal {other}"))),
        }
    }

    /// Lets the child go on until it has done its next piece of work; how many instructions that took, the marks included.
    pub fn measure(&mut self) -> Result<u64, CountError> {
        self.run_to_begin()?;
        let frozen = self.freeze_others()?;
        let (mut steps, mut signal) = (0, 0);
        loop {
            ptrace(libc::PTRACE_SINGLESTEP, self.pid, signal).map_err(CountError::System)?;
            signal = 0;
            match self.wait(self.pid)? {
                libc::SIGTRAP => steps += 1,
                END => break,
                other => signal = other,
            }
        }
        for thread in frozen {
            ptrace(libc::PTRACE_DETACH, thread, 0).map_err(CountError::System)?;
        }
        Ok(steps)
    }

    fn run_to_begin(&mut self) -> Result<(), CountError> {
        let mut signal = 0;
        loop {
            ptrace(libc::PTRACE_CONT, self.pid, signal).map_err(CountError::System)?;
            match self.wait(self.pid)? {
                BEGIN => return Ok(()),
                other => signal = other,
            }
        }
    }

    /// Stops all threads but the first.
    fn freeze_others(&mut self) -> Result<Vec<pid_t>, CountError> {
        let mut frozen = Vec::new();
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.pid)).map_err(CountError::System)? {
            let thread = thread.map_err(CountError::System)?.file_name();
            let thread: Option<pid_t> = thread.to_str().and_then(|name| name.parse().ok());
            let Some(thread) = thread.filter(|thread| *thread != self.pid) else { continue };
            // One that is gone meanwhile need not be stopped.
            let stopped =
                ptrace(libc::PTRACE_SEIZE, thread, 0).and_then(|()| ptrace(libc::PTRACE_INTERRUPT, thread, 0));
            if stopped.is_ok() && self.wait(thread).is_ok() {
                frozen.push(thread);
            }
        }
        Ok(frozen)
    }

    /// Until the thread stops; the signal that it stopped with.
    fn wait(&mut self, thread: pid_t) -> Result<c_int, CountError> {
        let mut status = 0;
        // SAFETY: `status` is valid during the call.
        while unsafe { libc::waitpid(thread, &raw mut status, libc::__WALL) } == -1 {
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(CountError::System(error));
            }
        }
        if libc::WIFSTOPPED(status) {
            return Ok(libc::WSTOPSIG(status));
        }
        self.has_ended |= thread == self.pid;
        Err(CountError::Ended(match libc::WIFSIGNALED(status) {
            true => format!("signal {}", libc::WTERMSIG(status)),
            false => format!("status {}", libc::WEXITSTATUS(status)),
        }))
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        // SAFETY: plain numbers, and the child's is its own until its end is waited for.
        unsafe {
            libc::kill(self.pid, libc::SIGKILL);
            libc::waitpid(self.pid, null_mut(), libc::__WALL);
        }
    }
}

impl fmt::Display for CountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "the system does not let a process step through its child: {error}"),
            Self::Ended(how) => write!(f, "the process that was measured ended with {how}"),
            Self::System(error) => write!(f, "could not step through a process: {error}"),
        }
    }
}

fn kill_after(pid: pid_t, limit: Duration) -> Sender<()> {
    let (watchdog, dropped) = channel();
    std::thread::spawn(move || {
        if dropped.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            // SAFETY: plain numbers; the sender is dropped as soon as the child has ended.
            unsafe { libc::kill(pid, libc::SIGKILL) };
        }
    });
    watchdog
}

/// `data` is the signal to go on with, if any.
fn ptrace(request: Request, thread: pid_t, data: c_int) -> io::Result<()> {
    // SAFETY: the requests that are made here read and write no memory of ours.
    match unsafe { libc::ptrace(request, thread, null_mut::<c_void>(), data as usize as *mut c_void) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
