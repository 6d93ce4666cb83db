//! Promise: `make bench` runs, and all take part. What it measures here, beside other tests, means nothing.

use std::process::Command;

use wasm_connect_tests::paths;

/// What a short run of the part prints.
#[track_caller]
fn bench(part: &str) -> String {
    let bench = paths::target().join("release/bench");
    let output = Command::new(bench).args(["--short", part]).output().expect("the bench runs");
    let page = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{page}{}", String::from_utf8_lossy(&output.stderr));
    page
}

#[test]
fn a_short_bench_has_figures_of_all_contenders() {
    let page = bench("file source, String, 100 B");
    for contender in ["Java Connect", "Wasm Connect", "librdkafka alone", "Wasm Connect, once more"] {
        assert!(
            page.contains(&format!("| file source, String, 100 B | {contender} | ")),
            "{contender} is missing:\n{page}"
        );
    }
    assert!(page.contains("times Java's records/s"), "no target:\n{page}");
}

#[test]
fn a_short_bench_of_languages_has_all_figures_of_each() {
    let page = bench("languages");
    let table = page.lines().skip_while(|line| !line.contains("| Rust | C | Go | Python |"));
    let table: Vec<&str> = table.take_while(|line| !line.is_empty()).collect();
    assert_eq!(table.len(), 11, "{page}");
    for row in &table[2..] {
        let figures: Vec<Option<f64>> = row.split('|').skip(2).take(5).map(|cell| cell.trim().parse().ok()).collect();
        assert!(figures.iter().all(|figure| figure.is_some_and(|figure| figure > 0.0)), "{row}");
    }
}
