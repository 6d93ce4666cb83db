//! A file that is followed by its name: it may not be there yet, grow, shrink, or be replaced.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek, SeekFrom};

use wasm_connect_sdk::{OrError, Result, warn};

use crate::input::Read;
use crate::lines::Lines;

/// How far to go back at once for the start of a line.
const STEP: u64 = 4096;

/// The file and how far it was read.
pub struct FollowedFile {
    path: String,
    file: Option<File>,
    /// Bytes of the file before the next read.
    at: u64,
    /// The last read brought nothing.
    idle: bool,
}

impl FollowedFile {
    /// Will be read from `position`, as soon as it is there.
    pub fn new(path: &str, position: u64) -> Self {
        Self { path: path.to_owned(), file: None, at: position, idle: false }
    }

    /// Reads on. What is no line yet is forgotten where the file starts anew.
    pub fn read(&mut self, lines: &mut Lines) -> Result<Read> {
        if self.file.is_none() {
            lines.clear();
            return self.open();
        }
        if self.idle && !self.has_changed()? {
            return Ok(Read::NothingYet);
        }
        let Some(file) = &mut self.file else {
            return self.read(lines);
        };
        let count = file.read(lines.space()).or_fatal(|| format!("cannot read {}", self.path))?;
        if count == 0 {
            // Some hosts never read beyond an end that was met once, unless the place is set anew.
            file.seek(SeekFrom::Start(self.at)).or_fatal(|| format!("cannot seek in {}", self.path))?;
            self.idle = true;
            return Ok(Read::NothingYet);
        }
        self.idle = false;
        self.at += count as u64;
        lines.filled(count);
        Ok(Read::Bytes)
    }

    /// Opens the file at a line's start; none is no error.
    fn open(&mut self) -> Result<Read> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if !self.idle {
                    warn!(
                        "Couldn't find file {} for FileStreamSourceTask, sleeping to wait for it to be created",
                        self.path
                    );
                }
                self.idle = true;
                return Ok(Read::NothingYet);
            }
            Err(error) => return Err(error).or_fatal(|| format!("cannot open {}", self.path)),
        };
        let wanted = self.at;
        self.at =
            self.starting_point(&mut file).or_fatal(|| format!("cannot resume {} at byte {wanted}", self.path))?;
        file.seek(SeekFrom::Start(self.at)).or_fatal(|| format!("cannot seek in {}", self.path))?;
        self.file = Some(file);
        // Not read before it has more: a task that waits at its file's end needs no buffer.
        self.idle = true;
        Ok(Read::StartAt(self.at))
    }

    /// Where to read from, given the committed position: there if a line ends before it, as it should.
    fn starting_point(&self, file: &mut File) -> std::io::Result<u64> {
        let length = file.metadata()?.len();
        if self.at > length {
            warn!("{} has {length} bytes, fewer than the {} that were read before: starting over", self.path, self.at);
            return Ok(0);
        }
        let start = line_start(file, self.at)?;
        if start < self.at {
            warn!("no line of {} ends before byte {}: going back to byte {start}, where one does", self.path, self.at);
        }
        Ok(start)
    }

    /// Whether there may be something to read after the end was met. A file that has shrunk, or whose name is now that of
    /// another file, is opened anew and read from its start, as `tail -F` does.
    fn has_changed(&mut self) -> Result<bool> {
        let Some(file) = &self.file else { return Ok(true) };
        let by_handle = |file: &File| {
            file.metadata().map(|metadata| metadata.len()).or_fatal(|| format!("cannot look at {}", self.path))
        };
        let length = by_handle(file)?;
        if length > self.at {
            return Ok(true);
        }
        let Ok(named) = std::fs::metadata(&self.path) else {
            return Ok(false);
        };
        // The handle is asked again: the same file may have grown in between, but then it has at least the length seen by name.
        let replaced = by_handle(file)? < named.len();
        if length == self.at && named.len() == self.at && !replaced {
            return Ok(false);
        }
        if length < self.at || named.len() < self.at || replaced {
            warn!("{} was truncated or replaced after byte {}: starting over", self.path, self.at);
            self.file = None;
            self.at = 0;
        }
        Ok(true)
    }
}

/// `position` if a line ends before it, else the start of the line that it is in.
fn line_start(file: &mut File, position: u64) -> std::io::Result<u64> {
    let mut end = position;
    let mut block = Vec::new();
    while end > 0 {
        let from = end.saturating_sub(STEP);
        file.seek(SeekFrom::Start(from))?;
        block.clear();
        // One byte more at first: `\r\n` is one line end, and `position` may be in its middle.
        file.take(end - from + u64::from(end == position)).read_to_end(&mut block)?;
        if end == position && block.ends_with(b"\r\n") && block.len() as u64 > end - from {
            return Ok(position + 1);
        }
        block.truncate((end - from) as usize);
        if let Some(at) = block.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')) {
            return Ok(from + at as u64 + 1);
        }
        end = from;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a follower at `position` began to read, and the lines up to the end.
    fn resume(content: &[u8], position: u64) -> (u64, Vec<u8>) {
        let file = tempfile(content);
        let mut follower = FollowedFile::new(&file, position);
        let mut lines = Lines::default();
        let Read::StartAt(start) = follower.read(&mut lines).unwrap() else { panic!("not opened") };
        while follower.read(&mut lines).unwrap() == Read::Bytes {}
        std::fs::remove_file(file).unwrap();
        let mut content = Vec::new();
        while let Some(line) = lines.next_line() {
            content.extend_from_slice(line.text);
            content.push(b'\n');
        }
        (start, content)
    }

    fn tempfile(content: &[u8]) -> String {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("file-source-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name).to_str().unwrap().to_owned();
        std::fs::write(&path, content).unwrap();
        path
    }

    #[test]
    fn reading_resumes_at_a_line_start() {
        assert_eq!(resume(b"one\ntwo\n", 4), (4, b"two\n".to_vec()));
        assert_eq!(resume(b"one\ntwo\n", 8), (8, b"".to_vec()));
        assert_eq!(resume(b"one\ntwo\n", 6), (4, b"two\n".to_vec()));
        assert_eq!(resume(b"one\ntwo\n", 2), (0, b"one\ntwo\n".to_vec()));
        assert_eq!(resume(b"one\r\ntwo\n", 4), (5, b"two\n".to_vec()));
        assert_eq!(resume(b"one\rtwo\n", 4), (4, b"two\n".to_vec()));
    }

    #[test]
    fn going_back_crosses_blocks() {
        let content = [b"a\n".to_vec(), vec![b'x'; 3 * STEP as usize]].concat();
        assert_eq!(resume(&content, content.len() as u64).0, 2);
    }

    #[test]
    fn a_file_shorter_than_the_position_is_read_from_its_start() {
        assert_eq!(resume(b"new\n", 100), (0, b"new\n".to_vec()));
    }

    #[test]
    fn a_follower_sees_what_happens_to_the_file() {
        let path = tempfile(b"");
        std::fs::remove_file(&path).unwrap();
        let mut follower = FollowedFile::new(&path, 0);
        let lines = &mut Lines::default();
        assert_eq!(follower.read(lines).unwrap(), Read::NothingYet);
        std::fs::write(&path, "abc\n").unwrap();
        assert_eq!(follower.read(lines).unwrap(), Read::StartAt(0));
        assert_eq!(follower.read(lines).unwrap(), Read::Bytes);
        assert_eq!(follower.read(lines).unwrap(), Read::NothingYet);
        // Appended.
        std::fs::write(&path, "abc\ndef\n").unwrap();
        assert_eq!(follower.read(lines).unwrap(), Read::Bytes);
        // Truncated.
        assert_eq!(follower.read(lines).unwrap(), Read::NothingYet);
        std::fs::write(&path, "x\n").unwrap();
        assert_eq!(follower.read(lines).unwrap(), Read::StartAt(0));
        assert_eq!(follower.read(lines).unwrap(), Read::Bytes);
        assert_eq!(follower.read(lines).unwrap(), Read::NothingYet);
        // Replaced by a longer file.
        std::fs::rename(&path, format!("{path}.1")).unwrap();
        std::fs::write(&path, "another\n").unwrap();
        assert_eq!(follower.read(lines).unwrap(), Read::StartAt(0));
        assert_eq!(follower.read(lines).unwrap(), Read::Bytes);
        std::fs::remove_file(&path).unwrap();
        std::fs::remove_file(format!("{path}.1")).unwrap();
    }
}
