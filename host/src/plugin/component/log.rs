//! What a guest says, by the logging interface or by printing: lines in the worker's log, a bounded number of bounded length.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use tracing::{Level, Span};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use super::logger::Logger;
use crate::config::keys::limits::{LOG_MAX_BYTES, LOG_MAX_LINES};
use crate::config::sandbox_limits::SandboxLimits;

/// What goes beyond the limits in this time is counted and dropped.
const WINDOW: Duration = Duration::from_secs(1);
/// Bytes of one line; the rest is cut off.
const MAX_LINE_BYTES: usize = 8 * 1024;
/// Bytes of a guest's name for its part; the rest is cut off.
const MAX_MODULE_BYTES: usize = 256;
/// How much of the standard error is kept to explain a trap.
const MAX_TAIL_BYTES: usize = 4 * 1024;
/// What a guest may print in one call.
const MAX_WRITE_BYTES: usize = 64 * 1024;

/// Rust says it after each panic, and a plugin has no environment in which it would help.
const RUST_HINT: &str = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace";

/// The log of one instance, in the context of its connector or task whoever makes the call.
pub struct GuestLog {
    logger: &'static Logger,
    span: Span,
    /// In one [`WINDOW`].
    max_lines: u64,
    max_bytes: u64,
    state: Mutex<LogState>,
}

struct LogState {
    window: Instant,
    lines: u64,
    bytes: u64,
    dropped: u64,
    /// The last lines of standard error since the call began.
    tail: String,
}

/// Which of a guest's streams a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Printed {
    Stdout,
    Stderr,
}

impl GuestLog {
    pub fn new(class: &str, connector: &str, task: Option<u32>, limits: &SandboxLimits) -> Arc<Self> {
        let logger = Logger::of(class);
        let span = crate::logging::context(connector, task);
        let state = LogState { window: Instant::now(), lines: 0, bytes: 0, dropped: 0, tail: String::new() };
        let SandboxLimits { log_max_lines: max_lines, log_max_bytes: max_bytes, .. } = *limits;
        Arc::new(Self { logger, span, max_lines, max_bytes, state: Mutex::new(state) })
    }

    /// Whether a line of that level would be written at all.
    pub fn enabled(&self, level: Level) -> bool {
        self.logger.enabled(level)
    }

    /// Writes one line; `module`: the guest's name for its part, empty for none.
    pub fn write(&self, level: Level, module: &str, message: &str) {
        let (message, module) = (cut(message), &module[..module.floor_char_boundary(MAX_MODULE_BYTES)]);
        if self.enabled(level) && self.admit(message.len() + module.len()) {
            self.logger.write(&self.span, level, module, message);
        }
    }

    /// Forgets the standard error of earlier calls.
    pub fn begin_call(&self) {
        self.state().tail.clear();
    }

    /// What the guest wrote to its standard error since the call began; a panic's message is there.
    pub fn take_tail(&self) -> String {
        std::mem::take(&mut self.state().tail)
    }

    fn printed(&self, from: Printed, line: &str) {
        let line = line.trim_end();
        if line.is_empty() || line == RUST_HINT {
            return;
        }
        if from == Printed::Stderr {
            self.state().remember(cut(line));
            self.write(Level::WARN, "", line);
        } else {
            self.write(Level::INFO, "", line);
        }
    }

    fn admit(&self, bytes: usize) -> bool {
        let mut state = self.state();
        let now = Instant::now();
        if now.duration_since(state.window) >= WINDOW {
            let dropped = std::mem::take(&mut state.dropped);
            (state.window, state.lines, state.bytes) = (now, 0, 0);
            self.tell_dropped(dropped);
        }
        if state.lines >= self.max_lines || state.bytes + bytes as u64 > self.max_bytes {
            state.dropped += 1;
            return false;
        }
        state.lines += 1;
        state.bytes += bytes as u64;
        true
    }

    fn tell_dropped(&self, lines: u64) {
        if lines > 0 {
            let (max_lines, max_bytes) = (self.max_lines, self.max_bytes);
            let message = format!(
                "{lines} log lines were dropped: more in a second than {LOG_MAX_LINES} ({max_lines}) and {LOG_MAX_BYTES} ({max_bytes}) \
                 allow"
            );
            self.logger.write(&self.span, Level::WARN, "", &message);
        }
    }

    /// A panic while it was held leaves counters and text, both of which are usable.
    fn state(&self) -> MutexGuard<'_, LogState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for GuestLog {
    /// A flood may end with the instance.
    fn drop(&mut self) {
        let dropped = self.state().dropped;
        self.tell_dropped(dropped);
    }
}

impl LogState {
    fn remember(&mut self, line: &str) {
        self.tail.push_str(line);
        self.tail.push('\n');
        let excess = self.tail.len().saturating_sub(MAX_TAIL_BYTES);
        if excess > 0 {
            // From the next whole line on, or within the only one.
            let excess = self.tail.ceil_char_boundary(excess);
            let next_line =
                self.tail[excess..].find('\n').map(|end| excess + end + 1).filter(|cut| *cut < self.tail.len());
            self.tail.drain(..next_line.unwrap_or(excess));
        }
    }
}

/// The first [`MAX_LINE_BYTES`] of a line, at a character's border.
fn cut(line: &str) -> &str {
    &line[..line.floor_char_boundary(MAX_LINE_BYTES)]
}

/// A guest's standard output or error: whole lines go to the log.
#[derive(Clone)]
pub struct LineStream(Arc<LineBuffer>);

struct LineBuffer {
    log: Arc<GuestLog>,
    from: Printed,
    partial: Mutex<Vec<u8>>,
}

impl LineStream {
    pub fn new(log: Arc<GuestLog>, from: Printed) -> Self {
        Self(Arc::new(LineBuffer { log, from, partial: Mutex::default() }))
    }

    fn push(&self, bytes: &[u8]) {
        let mut partial = self.0.partial.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            partial.extend_from_slice(&rest[..end]);
            self.0.log.printed(self.0.from, &String::from_utf8_lossy(&partial));
            partial.clear();
            rest = &rest[end + 1..];
        }
        // A line without an end does not fill the worker's memory.
        let room = MAX_LINE_BYTES.saturating_sub(partial.len());
        partial.extend_from_slice(&rest[..rest.len().min(room)]);
    }
}

impl Drop for LineBuffer {
    fn drop(&mut self) {
        let partial = self.partial.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !partial.is_empty() {
            self.log.printed(self.from, &String::from_utf8_lossy(partial));
        }
    }
}

impl IsTerminal for LineStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LineStream {
    /// Only WASI 0.3 asks for this one, which the worker does not link.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl OutputStream for LineStream {
    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_WRITE_BYTES)
    }

    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LineStream {
    async fn ready(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stderr() -> (Arc<GuestLog>, LineStream) {
        let log = GuestLog::new("a.B", "c", Some(0), &SandboxLimits::default());
        (log.clone(), LineStream::new(log, Printed::Stderr))
    }

    #[test]
    fn the_tail_has_the_lines_of_this_call() {
        let (log, stream) = stderr();
        stream.push(b"of an earlier call\n");
        log.begin_call();
        stream.push(b"\nthread panicked at lib.rs:1:\nbo");
        stream.push(b"om\n");
        stream.push(format!("{RUST_HINT}\n").as_bytes());
        assert_eq!(log.take_tail(), "thread panicked at lib.rs:1:\nboom\n");
        assert_eq!(log.take_tail(), "");
    }

    #[test]
    fn the_tail_keeps_the_end_of_much_output() {
        let (log, stream) = stderr();
        (0..1_000).for_each(|line| stream.push(format!("line {line}\n").as_bytes()));
        let tail = log.take_tail();
        assert!(tail.len() <= MAX_TAIL_BYTES && tail.ends_with("line 999\n") && tail.starts_with("line "), "{tail}");
    }

    #[test]
    fn a_line_without_an_end_is_bounded() {
        let (log, stream) = stderr();
        (0..100).for_each(|_| stream.push("é".repeat(1_000).as_bytes()));
        stream.push(b"\n");
        let tail = log.take_tail();
        assert!(tail.len() <= MAX_LINE_BYTES + 1, "{} bytes", tail.len());
    }

    #[test]
    fn lines_beyond_the_limit_are_dropped() {
        let admitted = |log_max_lines, log_max_bytes| {
            let limits = SandboxLimits { log_max_lines, log_max_bytes, ..SandboxLimits::default() };
            let log = GuestLog::new("a.B", "c", None, &limits);
            let admitted = (0..100).filter(|_| log.admit(10)).count();
            assert_eq!(log.state().dropped, 100 - admitted as u64);
            admitted
        };
        assert_eq!(admitted(30, 1_000), 30);
        assert_eq!(admitted(1_000, 305), 30);
    }
}
