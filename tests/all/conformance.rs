//! Promise: every answer of the REST API is that of Java Connect, but for the listed differences.

use wasm_connect_tests::conformance::player::Target;
use wasm_connect_tests::conformance::report::Report;
use wasm_connect_tests::conformance::script::Script;
use wasm_connect_tests::conformance::{directory, golden};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::worker::WorkerOptions;

#[test]
fn all_scripts_are_answered_as_java_answers_them() {
    // Scripts begin without topics and groups, so they have a node of their own.
    let kafka = Kafka::start("conformance");
    let files = TempDir::new("conformance");
    let worker = WorkerOptions::new(&files, &kafka).start();
    let target = Target { name: "Wasm Connect", rest: worker.rest(), kafka: &kafka, directory: files.path() };
    let mut report = Report::new();
    for script in Script::all(&directory().join("scripts")) {
        let java = golden::read(&directory().join("golden").join(format!("{}.txt", script.name)));
        report.compare(&script.name, &java, &target.play(&script));
    }
    report.finish();
    assert!(report.is_good(), "\n{report}");
}
