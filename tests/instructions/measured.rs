//! The child that is measured: does the work of one row, on a batch and on one of twice as many records.
//!
//! Each row has a process of its own: what others leave in the heap decides which ways the allocator goes.

use std::hint::black_box;

use wasm_connect_tests::instructions::counter::{ignore_marks, marked};

use super::row::Row;
use super::{codec, converters, guests, transforms};

/// Makes this executable the child.
pub const ARGUMENT: &str = "--measured";
/// What is measured first: nothing, then this many additions.
pub const ADDITIONS: u64 = 100;

/// All rows that have one of the words in their names, or all.
pub fn rows(words: &[String]) -> Vec<Row> {
    let rows = [codec::rows(), converters::rows(), transforms::rows(), guests::rows()].into_iter().flatten();
    rows.filter(|row| words.is_empty() || words.iter().any(|word| row.name.contains(word.as_str()))).collect()
}

/// Does the work of the row of that name.
pub fn run(name: &str) {
    ignore_marks();
    let row = rows(&[name.to_owned()]).into_iter().find(|row| row.name == name);
    let Row { records, prepare, .. } = row.expect("a row's name");
    marked(&mut || ());
    marked(&mut || {
        black_box((0..ADDITIONS).fold(0, |sum, number| black_box(sum + number)));
    });
    for count in [records, 2 * records] {
        let mut work = prepare(count);
        // What is kept from batch to batch is there.
        (0..3).for_each(|_| work());
        marked(&mut work);
    }
}
