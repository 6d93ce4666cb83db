//! Lines to copy: mixed ones for byte-for-byte comparison, numbered ones for counting what is lost and what comes twice.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::random::Random;

/// Pieces of one to four bytes a character.
const WORDS: [&str; 8] =
    ["line", "Übergröße", "καλημέρα", "日本語", "🦀🦀", "tab\there", "\"quoted\\\"", "plain ASCII words"];

/// Writes `count` lines with `\n`: empty ones, short ones, UTF-8 of all widths, and now and then one of some ten thousand bytes.
pub fn write_mixed_lines(path: &Path, count: usize, seed: u64) {
    let mut random = Random::new(seed);
    let mut out = BufWriter::new(create(path));
    for number in 0..count {
        let words = match random.below(1000) {
            0 => 1000,
            1..100 => 0,
            _ => 1 + random.below(15),
        };
        if words > 0 {
            write!(out, "{number}").expect("the input can be written");
        }
        for _ in 0..words {
            let word = WORDS[random.below(WORDS.len() as u64) as usize];
            write!(out, " {word}").expect("the input can be written");
        }
        out.write_all(b"\n").expect("the input can be written");
    }
    out.flush().expect("the input can be written");
}

/// Line `number` of a file of numbered lines, without its end: the number in eight digits, then text that depends on it.
pub fn numbered_line(number: usize) -> String {
    let word = WORDS[number % WORDS.len()];
    format!("{number:08} {}", word.repeat(number * 7 % 11))
}

/// The same in ASCII alone, whose bytes and characters are as many.
pub fn plain_line(number: usize) -> String {
    format!("{number:08} {}", "plain ".repeat(number * 7 % 11))
}

/// Appends the numbered lines of `numbers`, each with `\n`.
pub fn append_numbered_lines(path: &Path, numbers: std::ops::Range<usize>) {
    append_lines(path, numbers, numbered_line);
}

/// Appends a line for each of `numbers`, each with `\n`.
pub fn append_lines(path: &Path, numbers: std::ops::Range<usize>, line: impl Fn(usize) -> String) {
    let file = OpenOptions::new().create(true).append(true).open(path);
    let mut out = BufWriter::new(file.unwrap_or_else(|error| panic!("could not open {}: {error}", path.display())));
    for number in numbers {
        writeln!(out, "{}", line(number)).expect("the input can be written");
    }
    out.flush().expect("the input can be written");
}

/// Appends `text`; a source that follows the file never sees it shorter.
pub fn append(path: &Path, text: &str) {
    let file = OpenOptions::new().create(true).append(true).open(path);
    let mut file = file.unwrap_or_else(|error| panic!("could not open {}: {error}", path.display()));
    file.write_all(text.as_bytes()).expect("the input can be written");
}

/// How many bytes the file has; 0 if it is not there.
pub fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// How many `\n` the file has; 0 if it is not there.
pub fn count_lines(path: &Path) -> usize {
    std::fs::read(path).map_or(0, |content| content.iter().filter(|byte| **byte == b'\n').count())
}

fn create(path: &Path) -> File {
    File::create(path).unwrap_or_else(|error| panic!("could not create {}: {error}", path.display()))
}
