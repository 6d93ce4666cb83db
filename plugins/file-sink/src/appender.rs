//! A file that only grows, by whole lines: a torn write, of this task or of one that was killed, never swallows the next line.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek, SeekFrom, Write as _};
use std::time::Duration;

use wasm_connect_sdk::{Error, OrError, Result, SinkTaskContext, warn};

/// How long another task's write may take that is going on while the end of the file is looked at.
const SETTLE: Duration = Duration::from_millis(50);

pub struct Appender {
    path: String,
    file: File,
    context: SinkTaskContext,
    /// The last write failed and may have left half a line.
    torn: bool,
}

impl Appender {
    /// Opens or creates the file, and ends its last line if that has no end.
    pub fn open(path: &str, context: &SinkTaskContext) -> Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.or_fatal(|| format!("Couldn't find or create file '{path}' for FileStreamSinkTask"))?;
        let mut appender = Self { path: path.to_owned(), file, context: *context, torn: false };
        appender.end_last_line()?;
        Ok(appender)
    }

    /// Appends whole lines.
    pub fn append(&mut self, lines: &[u8]) -> Result<()> {
        if self.torn {
            self.end_last_line()?;
        }
        self.write(lines)
    }

    fn end_last_line(&mut self) -> Result<()> {
        if self.is_unterminated()? {
            warn!("the last line of {} has no end: ending it", self.path);
            self.write(b"\n")?;
        }
        self.torn = false;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.file.write_all(bytes).and_then(|()| self.file.flush());
        written.map_err(|error| {
            self.torn = true;
            let message = format!("cannot append to {}: {error}", self.path);
            match error.kind() {
                // Somebody will make room; until then nothing is lost.
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::Retriable(message),
                _ => Error::Fatal(message),
            }
        })
    }

    /// Whether the file ends within a line, and stays so: else another task is writing.
    fn is_unterminated(&self) -> Result<bool> {
        let mut seen = None;
        loop {
            let end = match last_byte(&self.path) {
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    warn!("cannot see whether the last line of {} has an end: {error}", self.path);
                    return Ok(false);
                }
                end => end.or_fatal(|| format!("cannot look at the end of {}", self.path))?,
            };
            match end {
                (_, None | Some(b'\n')) => return Ok(false),
                end if seen == Some(end) => return Ok(true),
                end => seen = Some(end),
            }
            if self.context.sleep(SETTLE) {
                return Ok(false);
            }
        }
    }
}

/// Length and last byte of the file; none if it is empty.
fn last_byte(path: &str) -> std::io::Result<(u64, Option<u8>)> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if length == 0 {
        return Ok((0, None));
    }
    file.seek(SeekFrom::Start(length - 1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok((length, Some(last[0])))
}
