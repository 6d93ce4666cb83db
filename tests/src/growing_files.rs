//! Files that grow while a test does other things.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::files::append_lines;

/// Lines that each file grows by at a time.
const STEP: usize = 10;
const PAUSE: Duration = Duration::from_millis(100);

/// The most lines that a file grows by in a second.
pub const LINES_A_SECOND: usize = STEP * 10;

/// Lets all files grow, by numbered lines that are in one of them only, until it is told to end.
#[derive(Debug)]
pub struct GrowingFiles {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

// === impl GrowingFiles

impl GrowingFiles {
    /// `line`: each line without its end.
    pub fn start(files: Vec<PathBuf>, line: fn(usize) -> String) -> Self {
        let (stop, written) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let (ended, count) = (stop.clone(), written.clone());
        let thread = std::thread::spawn(move || {
            while !ended.load(Ordering::SeqCst) {
                for file in &files {
                    let from = count.load(Ordering::SeqCst);
                    append_lines(file, from..from + STEP, line);
                    count.store(from + STEP, Ordering::SeqCst);
                }
                std::thread::sleep(PAUSE);
            }
        });
        Self { stop, written, thread }
    }

    /// How many lines there are by now in all files.
    pub fn written(&self) -> usize {
        self.written.load(Ordering::SeqCst)
    }

    /// How many lines there are now in all files, and will be.
    pub fn finish(self) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().expect("the files could be written");
        self.written.load(Ordering::SeqCst)
    }
}
