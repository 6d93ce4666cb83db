//! Promise: what `make bench-guard` measures may take a tenth more instructions than the baseline says, and no more.

use wasm_connect_tests::instructions::Cost;
use wasm_connect_tests::instructions::baseline::{Baseline, Change};
use wasm_connect_tests::paths;

fn row(name: &str, record: u64, batch: u64) -> (String, Cost) {
    (name.to_owned(), Cost { record, batch })
}

#[track_caller]
fn check(before: &[(String, Cost)], now: &[(String, Cost)], changes: &[Change]) {
    let baseline = Baseline { machine: "this one".to_owned(), rows: before.to_vec() };
    assert_eq!(baseline.changes(now, true), changes);
}

#[test]
fn a_row_that_grew_is_named_with_both_figures() {
    let more = |what: &str| Change::More(what.to_owned());
    check(&[row("a", 100, 5_000)], &[row("a", 110, 5_500)], &[]);
    check(&[row("a", 100, 0)], &[row("a", 111, 0)], &[more("a: 100 -> 111 instructions a record (+11.0 %)")]);
    check(&[row("a", 0, 5_000)], &[row("a", 0, 6_000)], &[more("a: 5000 -> 6000 instructions a batch (+20.0 %)")]);
    let less = Change::Less("a: 100 -> 80 instructions a record (-20.0 %)".to_owned());
    assert!(less.is_harmless());
    check(&[row("a", 100, 0)], &[row("a", 80, 0)], &[less]);
    // A tenth of next to nothing.
    check(&[row("a", 10, 100)], &[row("a", 13, 300)], &[]);
}

#[test]
fn a_row_that_is_new_or_gone_is_named() {
    let changes = [Change::New("b".to_owned()), Change::Gone("a".to_owned())];
    assert!(changes.iter().all(|change| !change.is_harmless()));
    check(&[row("a", 100, 0)], &[row("b", 100, 0)], &changes);
    let baseline = Baseline { machine: String::new(), rows: vec![row("a", 1, 1), row("b", 1, 1)] };
    assert_eq!(baseline.changes(&[row("b", 1, 1)], false), [], "only some were measured");
}

#[test]
fn a_record_is_what_twice_the_batch_takes_more() {
    assert_eq!(Cost::of(10, 1_540, 2_540, 40), Cost { record: 100, batch: 500 });
}

#[test]
fn the_baseline_is_read_as_it_was_written() {
    let baseline =
        Baseline { machine: "a compiler, a processor".to_owned(), rows: vec![row("a: b", 1, 2), row("c", 3, 4)] };
    assert_eq!(Baseline::parse(&baseline.to_string()), baseline);
    let page =
        std::fs::read_to_string(paths::repository().join("tests/bench/instructions.md")).expect("it is committed");
    assert_eq!(Baseline::parse(&page).to_string(), page, "written by hand?");
}
