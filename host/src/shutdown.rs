//! Tells when the process shall end: at SIGTERM or SIGINT, or when a part of the worker asks for it.

use std::fmt;
use std::io;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Signals that come so soon after the first are the same wish: `timeout` and terminals signal a process and its group.
const SAME_WISH: Duration = Duration::from_millis(500);

/// Why the process shall end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// What `kill` and container runtimes send.
    Sigterm,
    /// Ctrl-C.
    Sigint,
    /// A part of the worker asked for it.
    Requested,
}

/// Cheap to clone; all clones see the same.
#[derive(Clone, Debug)]
pub struct Shutdown {
    reason: Arc<watch::Sender<Option<Reason>>>,
}

// === impl Shutdown ===

impl Shutdown {
    /// Listens to no signals; for tests, and for a worker inside something else.
    pub fn new() -> Self {
        Self { reason: Arc::new(watch::Sender::new(None)) }
    }

    /// Listens to SIGTERM and SIGINT from now on, as process 1 of a container too. The first asks for an orderly end;
    /// the second, unless it comes together with the first, ends the process at once, with status 143 or 130 as if the signal had killed it.
    pub fn on_signals() -> io::Result<Self> {
        let shutdown = Self::new();
        let watcher = shutdown.clone();
        let (ready, listening) = mpsc::channel();
        // A thread and runtime of their own: the second signal must work when everything else hangs.
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            if let Err(error) = watcher.watch(&ready) {
                // Nobody waits for a second answer.
                let _ = ready.send(Err(error));
            }
        })?;
        listening.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))?;
        Ok(shutdown)
    }

    /// Asks for an orderly end; has no effect if that was done before.
    pub fn request(&self) {
        self.finish(Reason::Requested);
    }

    /// Whether the process shall end.
    pub fn is_requested(&self) -> bool {
        self.reason.borrow().is_some()
    }

    /// Waits until the process shall end.
    pub async fn requested(&self) -> Reason {
        let mut reason = self.reason.subscribe();
        // The sender lives as long as `self`, so this is no error; if it were, an end is the safe answer.
        reason.wait_for(Option::is_some).await.ok().and_then(|reason| *reason).unwrap_or(Reason::Requested)
    }

    /// Says that it is `ready`, then watches until the process ends.
    fn watch(&self, ready: &mpsc::Sender<io::Result<()>>) -> io::Result<()> {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            let mut signals = Signals::listen()?;
            let _ = ready.send(Ok(()));
            let first = signals.next().await;
            tracing::info!("{first}: shutting down; a second signal ends the process at once");
            self.finish(first);
            signals.swallow(SAME_WISH).await;
            let second = signals.next().await;
            tracing::warn!("{second} during the shutdown: ending at once");
            end_now(second)
        })
    }

    fn finish(&self, why: Reason) {
        self.reason.send_if_modified(|reason| {
            let first = reason.is_none();
            reason.get_or_insert(why);
            first
        });
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

impl Reason {
    /// The status of a process that the signal killed, as shells report it.
    fn exit_status(self) -> i32 {
        match self {
            Self::Sigterm => 128 + libc::SIGTERM,
            Self::Sigint => 128 + libc::SIGINT,
            Self::Requested => 1,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sigterm => "SIGTERM",
            Self::Sigint => "SIGINT",
            Self::Requested => "end requested",
        })
    }
}

struct Signals {
    sigterm: tokio::signal::unix::Signal,
    sigint: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self { sigterm: signal(SignalKind::terminate())?, sigint: signal(SignalKind::interrupt())? })
    }

    /// Takes no notice of what comes within `time`.
    async fn swallow(&mut self, time: Duration) {
        let ignore = async {
            loop {
                self.next().await;
            }
        };
        // It always ends by the time.
        let _: Result<(), _> = tokio::time::timeout(time, ignore).await;
    }

    async fn next(&mut self) -> Reason {
        tokio::select! {
            _ = self.sigterm.recv() => Reason::Sigterm,
            _ = self.sigint.recv() => Reason::Sigint,
        }
    }
}

/// Without exit handlers: those of C libraries may wait for threads that hang.
fn end_now(reason: Reason) -> ! {
    // SAFETY: `_exit` takes any status, touches no memory of ours and does not return.
    unsafe { libc::_exit(reason.exit_status()) }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::*;

    #[tokio::test]
    async fn the_first_reason_is_told_to_all_clones_and_stays() {
        let shutdown = Shutdown::new();
        let clone = shutdown.clone();
        assert!(!clone.is_requested());
        shutdown.finish(Reason::Sigterm);
        shutdown.request();
        assert!(clone.is_requested());
        assert_eq!(clone.requested().await, Reason::Sigterm);
    }

    #[tokio::test]
    async fn a_signal_asks_for_an_orderly_end() {
        let shutdown = Shutdown::on_signals().unwrap();
        // SAFETY: `raise` only sends a signal, and its handler was installed above.
        assert_eq!(unsafe { libc::raise(libc::SIGTERM) }, 0);
        let reason = tokio::time::timeout(std::time::Duration::from_secs(10), shutdown.requested()).await;
        assert_eq!(reason.unwrap(), Reason::Sigterm);
    }

    /// This test runs itself as the process that hangs: signals are for whole processes.
    #[test]
    fn a_second_signal_ends_a_process_that_hangs() {
        const HANG: &str = "WASM_CONNECT_TEST_HANG";
        let name = "shutdown::tests::a_second_signal_ends_a_process_that_hangs";
        if std::env::var_os(HANG).is_some() {
            hang();
        }
        let check = |signal: i32, status: i32| {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args([name, "--exact", "--nocapture"])
                .env(HANG, "1")
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
            // SAFETY: `kill` only sends a signal, to a child that has not been waited for.
            let send =
                |child: &std::process::Child| assert_eq!(unsafe { libc::kill(child.id().cast_signed(), signal) }, 0);
            assert!(lines.any(|line| line.ends_with("listening")), "the child does not listen");
            let began = std::time::Instant::now();
            send(&child);
            assert!(lines.any(|line| line.ends_with("asked")), "the child was not asked");
            let ended = loop {
                if let Some(ended) = child.try_wait().unwrap() {
                    break ended;
                }
                send(&child);
                thread::sleep(Duration::from_millis(10));
            };
            assert_eq!(ended.code(), Some(status));
            assert!(began.elapsed() >= SAME_WISH, "signals that came together were taken for two");
        };
        check(libc::SIGTERM, 143);
        check(libc::SIGINT, 130);
    }

    fn hang() -> ! {
        let shutdown = Shutdown::on_signals().unwrap();
        println!("listening");
        while !shutdown.is_requested() {
            thread::yield_now();
        }
        println!("asked");
        loop {
            thread::park();
        }
    }
}
