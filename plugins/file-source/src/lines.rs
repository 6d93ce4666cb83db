//! Splits what was read into lines, which end at `\n`, `\r\n` or `\r`.

/// Bytes asked of the input at once. The host returns no more than this in one call.
const BLOCK: usize = 64 * 1024;
/// Bytes asked of it at first: a task whose file has little to say shall be small. No less than the standard library's buffer for
/// standard input, so that it is passed by.
const FIRST_BLOCK: usize = 8 * 1024;
/// A buffer that one long line made larger than this is not kept.
const KEEP: usize = 16 * BLOCK;

/// Bytes that were read and are not lines yet.
pub struct Lines {
    buffer: Vec<u8>,
    /// Room to offer.
    block: usize,
    /// Where the next line starts.
    start: usize,
    /// Up to where there is no line end after `start`.
    scanned: usize,
    /// Up to where bytes were read.
    end: usize,
}

/// A complete line.
#[derive(Debug, PartialEq, Eq)]
pub struct Line<'b> {
    /// Without its end.
    pub text: &'b [u8],
    /// With its end.
    pub length: usize,
}

impl Default for Lines {
    fn default() -> Self {
        Self { buffer: Vec::new(), block: FIRST_BLOCK, start: 0, scanned: 0, end: 0 }
    }
}

impl Lines {
    /// Room for the next bytes, at least [`FIRST_BLOCK`]; call `filled` with how many came.
    pub fn space(&mut self) -> &mut [u8] {
        self.buffer.copy_within(self.start..self.end, 0);
        self.scanned -= self.start;
        self.end -= self.start;
        self.start = 0;
        if self.end == 0 && self.buffer.len() > KEEP {
            self.buffer = Vec::new();
        }
        if self.buffer.len() < self.end + self.block {
            // Twice the line so far: a long line is then copied a few times, not once a block.
            self.buffer.resize(2 * self.end + self.block, 0);
        }
        &mut self.buffer[self.end..]
    }

    /// That many bytes were read into `space`.
    pub fn filled(&mut self, count: usize) {
        self.end = (self.end + count).min(self.buffer.len());
        if self.end == self.buffer.len() {
            self.block = (2 * self.block).min(BLOCK);
        }
    }

    /// Forgets what is no line yet.
    pub fn clear(&mut self) {
        (self.start, self.scanned, self.end) = (0, 0, 0);
    }

    /// The next line, if its end was read. A `\r` at the end of what was read waits: a `\n` may follow.
    #[inline]
    pub fn next_line(&mut self) -> Option<Line<'_>> {
        let unread = &self.buffer[self.scanned..self.end];
        let Some(found) = find_line_end(unread) else {
            self.scanned = self.end;
            return None;
        };
        let at = self.scanned + found;
        let after = match (self.buffer[at], self.buffer[..self.end].get(at + 1)) {
            (b'\r', None) => {
                self.scanned = at;
                return None;
            }
            (b'\r', Some(b'\n')) => at + 2,
            _ => at + 1,
        };
        let start = std::mem::replace(&mut self.start, after);
        self.scanned = after;
        Some(Line { text: &self.buffer[start..at], length: after - start })
    }
}

/// The first `\n` or `\r`, eight bytes at a time.
#[inline]
fn find_line_end(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let ends = lowest_equal(word, b'\n') | lowest_equal(word, b'\r');
        if ends != 0 {
            return Some(8 * i + ends.trailing_zeros() as usize / 8);
        }
    }
    let in_rest = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    in_rest.map(|at| bytes.len() - rest.len() + at)
}

/// Marks the lowest byte of `word` that is `byte`; marks above it may be wrong.
#[inline]
fn lowest_equal(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let zero_where_equal = word ^ (ONES * u64::from(byte));
    zero_where_equal.wrapping_sub(ONES) & !zero_where_equal & (ONES << 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `chunks` one after the other; returns texts and lengths of the lines.
    fn split(chunks: &[&[u8]]) -> Vec<(String, usize)> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for chunk in chunks {
            lines.space()[..chunk.len()].copy_from_slice(chunk);
            lines.filled(chunk.len());
            while let Some(line) = lines.next_line() {
                found.push((String::from_utf8_lossy(line.text).into_owned(), line.length));
            }
        }
        found
    }

    fn check(chunks: &[&str], expected: &[(&str, usize)]) {
        let chunks: Vec<&[u8]> = chunks.iter().map(|chunk| chunk.as_bytes()).collect();
        let expected: Vec<_> = expected.iter().map(|(text, length)| ((*text).to_owned(), *length)).collect();
        assert_eq!(split(&chunks), expected);
    }

    #[test]
    fn lines_end_as_in_java() {
        check(&["a\nbc\r\n\nd\re"], &[("a", 2), ("bc", 4), ("", 1), ("d", 2)]);
        check(&["\r\r\n\n"], &[("", 1), ("", 2), ("", 1)]);
    }

    #[test]
    fn a_partial_line_waits_for_its_end() {
        check(&["ab", "c", "\n"], &[("abc", 4)]);
        check(&["abc"], &[]);
    }

    #[test]
    fn a_carriage_return_waits_for_the_next_byte() {
        check(&["a\r"], &[]);
        check(&["a\r", "\nb\n"], &[("a", 3), ("b", 2)]);
        check(&["a\r", "b\n"], &[("a", 2), ("b", 2)]);
    }

    #[test]
    fn any_cut_gives_the_same_lines() {
        let text = b"first line, long enough for words\r\nsecond\n\n\rx\r\r\n\xff\xfe\nlast line that is complete\n";
        let whole = split(&[text]);
        for cut in 0..text.len() {
            let (a, b) = text.split_at(cut);
            assert_eq!(split(&[a, b]), whole, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(split(&bytes), whole);
    }

    #[test]
    fn lines_longer_than_a_block_come_whole() {
        let long = "x".repeat(5 * BLOCK + 17);
        let mut chunks: Vec<&str> = vec![&long[..FIRST_BLOCK]; 5 * BLOCK / FIRST_BLOCK];
        chunks.extend([&long[..17], "\nshort\n"]);
        check(&chunks, &[(&long, long.len() + 1), ("short", 6)]);
    }

    #[test]
    fn line_ends_are_found_at_every_place() {
        for length in 0..40 {
            for at in 0..length {
                for end in *b"\n\r" {
                    let mut bytes = vec![end + 1; length];
                    bytes[at] = end;
                    bytes[at + 1..].fill(end ^ 0x80);
                    assert_eq!(find_line_end(&bytes), Some(at));
                }
            }
            assert_eq!(find_line_end(&vec![b'\t'; length]), None);
        }
    }
}
