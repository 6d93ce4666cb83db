//! Compares what came out with what went in: byte for byte, or line by line where crashes may repeat lines.

use std::fmt;
use std::path::Path;

use crate::files::numbered_line;

/// Fails, naming the first line that differs, unless both files have the same bytes.
#[track_caller]
pub fn assert_same_bytes(expected: &Path, actual: &Path) {
    let read =
        |path: &Path| std::fs::read(path).unwrap_or_else(|error| panic!("could not read {}: {error}", path.display()));
    let (expected, actual) = (read(expected), read(actual));
    if expected == actual {
        return;
    }
    let same = expected.iter().zip(&actual).take_while(|(left, right)| left == right).count();
    let line = expected[..same].iter().filter(|byte| **byte == b'\n').count() + 1;
    panic!(
        "the files differ at byte {same}, line {line}: expected {} bytes with {:?} there, found {} bytes with {:?}",
        expected.len(),
        excerpt(&expected, same),
        actual.len(),
        excerpt(&actual, same),
    );
}

fn excerpt(bytes: &[u8], at: usize) -> String {
    String::from_utf8_lossy(&bytes[at..bytes.len().min(at + 60)]).into_owned()
}

/// What happened to the numbered lines from 0 to some count.
#[derive(Clone, Debug)]
pub struct Tally {
    line: fn(usize) -> String,
    seen: Vec<u32>,
    torn: usize,
    foreign: Vec<String>,
}

impl Tally {
    /// Expects the lines 0 to `count - 1`.
    pub fn new(count: usize) -> Self {
        Self::of(count, numbered_line)
    }

    /// The same for lines that are made in another way; each begins with its number in eight digits.
    pub fn of(count: usize, line: fn(usize) -> String) -> Self {
        Self { line, seen: vec![0; count], torn: 0, foreign: Vec::new() }
    }

    /// Counts one line, given without its end.
    pub fn add(&mut self, line: &[u8]) {
        let number = line.get(..8).and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<usize>().ok());
        match number.filter(|number| *number < self.seen.len()) {
            Some(number) => {
                let whole = (self.line)(number);
                if whole.as_bytes() == line {
                    self.seen[number] += 1;
                } else if whole.as_bytes().starts_with(line) {
                    self.torn += 1;
                } else {
                    self.add_foreign(line);
                }
            }
            // A write that a crash cut off in the number.
            None if line.len() < 8 && line.iter().all(u8::is_ascii_digit) => self.torn += 1,
            None => self.add_foreign(line),
        }
    }

    /// Counts the lines of a file; a last one without `\n` counts too.
    pub fn of_file(count: usize, path: &Path) -> Self {
        let content = std::fs::read(path).unwrap_or_else(|error| panic!("could not read {}: {error}", path.display()));
        let mut tally = Self::new(count);
        let body = content.strip_suffix(b"\n").unwrap_or(&content);
        body.split(|byte| *byte == b'\n').for_each(|line| tally.add(line));
        tally
    }

    /// Lines that did not come.
    pub fn lost(&self) -> usize {
        self.seen.iter().filter(|count| **count == 0).count()
    }

    /// Lines that came again after their first time.
    pub fn duplicates(&self) -> usize {
        self.seen.iter().map(|count| count.saturating_sub(1) as usize).sum()
    }

    /// Lines of which only the beginning came.
    pub fn torn(&self) -> usize {
        self.torn
    }

    /// Lines that never went in; some of them.
    pub fn foreign(&self) -> &[String] {
        &self.foreign
    }

    fn add_foreign(&mut self, line: &[u8]) {
        if self.foreign.len() < 5 {
            self.foreign.push(String::from_utf8_lossy(line).into_owned());
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (expected, lost, duplicates) = (self.seen.len(), self.lost(), self.duplicates());
        write!(f, "of {expected} lines {lost} lost, {duplicates} duplicates, {} torn", self.torn)?;
        if let Some(first) = self.seen.iter().position(|count| *count == 0) {
            write!(f, ", first lost: {first}")?;
        }
        if !self.foreign.is_empty() {
            write!(f, ", not ours: {:?}", self.foreign)?;
        }
        Ok(())
    }
}
