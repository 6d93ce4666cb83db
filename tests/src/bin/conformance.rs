//! `make conformance`: plays the request scripts at Java Connect and at our worker, on one Kafka, and compares their answers.
//!
//! Arguments are names of scripts, if not all are to be played. `--stored` compares with the stored answers instead of starting Java.
//! With `UPDATE_GOLDEN=1` Java's answers are stored; without it, they must be those that are stored.

use std::process::ExitCode;

use wasm_connect_tests::conformance::difference::differences;
use wasm_connect_tests::conformance::player::{Exchange, Played, Target};
use wasm_connect_tests::conformance::report::Report;
use wasm_connect_tests::conformance::script::Script;
use wasm_connect_tests::conformance::{directory, golden};
use wasm_connect_tests::java_connect::JavaConnect;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::worker::WorkerOptions;

fn main() -> ExitCode {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_stored = wanted.iter().any(|argument| argument == "--stored");
    wanted.retain(|argument| argument != "--stored");
    let mut scripts = Script::all(&directory().join("scripts"));
    scripts.retain(|script| wanted.is_empty() || wanted.contains(&script.name));
    if scripts.is_empty() {
        eprintln!("no script has one of these names: {}", wanted.join(" "));
        return ExitCode::FAILURE;
    }

    let kafka = Kafka::start("conformance");
    let java = if is_stored { stored(&scripts) } else { play_at_java(&kafka, &scripts) };
    let same = is_stored || store_or_check(&scripts, &java);
    let ours = play_at_ours(&kafka, &scripts);
    let mut report = Report::new();
    for ((script, java), ours) in scripts.iter().zip(&java).zip(&ours) {
        report.compare(&script.name, java, ours);
    }
    report.finish();
    println!("{report}");
    if report.is_good() && same { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn play_at_java(kafka: &Kafka, scripts: &[Script]) -> Vec<Vec<Exchange>> {
    let directory = TempDir::new("conformance-java");
    let java = JavaConnect::start(&directory, kafka);
    let target = Target { name: "Java Connect", rest: java.rest(), kafka, directory: directory.path() };
    let played: Vec<Played> = scripts.iter().map(|script| target.play(script)).collect();
    let in_vain: Vec<&str> = played.iter().flat_map(|played| &played.in_vain).map(String::as_str).collect();
    assert!(in_vain.is_empty(), "{}", in_vain.join("\n"));
    played.into_iter().map(|played| played.exchanges).collect()
}

fn play_at_ours(kafka: &Kafka, scripts: &[Script]) -> Vec<Played> {
    let directory = TempDir::new("conformance-ours");
    let worker = WorkerOptions::new(&directory, kafka).start();
    let target = Target { name: "Wasm Connect", rest: worker.rest(), kafka, directory: directory.path() };
    scripts.iter().map(|script| target.play(script)).collect()
}

fn stored(scripts: &[Script]) -> Vec<Vec<Exchange>> {
    scripts.iter().map(|script| golden::read(&golden_file(script))).collect()
}

fn golden_file(script: &Script) -> std::path::PathBuf {
    directory().join("golden").join(format!("{}.txt", script.name))
}

/// Whether the stored answers are Java's, which they are once they are stored.
fn store_or_check(scripts: &[Script], java: &[Vec<Exchange>]) -> bool {
    let is_update = std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value != "0");
    let mut same = true;
    for (script, live) in scripts.iter().zip(java) {
        let file = golden_file(script);
        if is_update {
            golden::write(&file, live);
            continue;
        }
        if !file.exists() {
            same = false;
            println!("Java's answers to {} are not stored: UPDATE_GOLDEN=1 stores them", script.name);
            continue;
        }
        let stored = golden::read(&file);
        if !stored.iter().map(|exchange| &exchange.label).eq(live.iter().map(|exchange| &exchange.label)) {
            same = false;
            println!("Java's stored answers are those to another {}: UPDATE_GOLDEN=1 stores them anew", script.name);
            continue;
        }
        for (stored, live) in stored.iter().zip(live) {
            for difference in differences(&stored.answer, &live.answer) {
                same = false;
                println!("stored -> live answer of Java: {}: {}\n  {difference}", script.name, live.label);
            }
        }
    }
    same
}
