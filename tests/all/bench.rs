//! Promise: `make bench` runs, and all take part. What it measures here, beside other tests, means nothing.

use std::process::Command;

use wasm_connect_tests::paths;

#[test]
fn a_short_bench_has_figures_of_all_contenders() {
    let bench = paths::target().join("release/bench");
    let output = Command::new(bench).args(["--short", "file source, String, 100 B"]).output().expect("the bench runs");
    let page = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{page}{}", String::from_utf8_lossy(&output.stderr));
    for contender in ["Java Connect", "Wasm Connect", "librdkafka alone", "Wasm Connect, once more"] {
        assert!(
            page.contains(&format!("| file source, String, 100 B | {contender} | ")),
            "{contender} is missing:\n{page}"
        );
    }
    assert!(page.contains("times Java's records/s"), "no target:\n{page}");
}
