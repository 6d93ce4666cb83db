//! Promise: every answer of the REST API is that of Java Connect, but for the listed differences.

use wasm_connect_tests::conformance::directory;
use wasm_connect_tests::conformance::mode::Mode;
use wasm_connect_tests::conformance::player::Target;
use wasm_connect_tests::conformance::report::Report;
use wasm_connect_tests::conformance::script::Script;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::worker::WorkerOptions;
use wasm_connect_tests::worker_cluster::WorkerCluster;

#[test]
fn all_scripts_are_answered_as_java_answers_them() {
    // Scripts begin without topics and groups, so they have a node of their own.
    let kafka = Kafka::start("conformance");
    let files = TempDir::new("conformance");
    let worker = WorkerOptions::new(&files, &kafka).start();
    let target =
        Target { name: "Wasm Connect", rest: worker.rest(), kafka: &kafka, directory: files.path(), cluster: None };
    compare(Mode::Standalone, &target);
}

#[test]
fn all_scripts_are_answered_by_a_follower_as_java_answers_them() {
    let kafka = Kafka::start("conformance");
    let files = TempDir::new("conformance");
    let cluster = WorkerCluster::new(&files, &kafka, "conformance");
    let leader = cluster.worker("leader").start();
    let follower = cluster.worker("follower").start();
    let (rest, directory) = (follower.rest(), files.path());
    let target = Target { name: "a follower", rest, kafka: &kafka, directory, cluster: Some(&cluster) };
    compare(Mode::Distributed, &target);
    drop(leader);
}

#[track_caller]
fn compare(mode: Mode, target: &Target<'_>) {
    let mut report = Report::new(mode);
    for script in Script::all(&directory().join("scripts")) {
        report.compare(&script.name, &mode.stored(&script), &target.play(&script));
    }
    report.finish();
    assert!(report.is_good(), "\n{report}");
}
