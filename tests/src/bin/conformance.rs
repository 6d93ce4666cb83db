//! `make conformance`: plays the request scripts at Java Connect and at our worker, on one Kafka, and compares their answers.
//!
//! Arguments are names of scripts, if not all are to be played. `--distributed`: at workers in distributed mode, and at ours through
//! the leader of its cluster and through a follower. `--stored` compares with the stored answers instead of starting Java. With
//! `UPDATE_GOLDEN=1` Java's answers are stored; without it, they must be those that are stored.

use std::process::ExitCode;

use wasm_connect_tests::conformance::difference::differences;
use wasm_connect_tests::conformance::directory;
use wasm_connect_tests::conformance::mode::Mode;
use wasm_connect_tests::conformance::player::{Exchange, Played, Target};
use wasm_connect_tests::conformance::report::Report;
use wasm_connect_tests::conformance::script::Script;
use wasm_connect_tests::java_connect::{JavaConnect, JavaRelease};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::worker::{Worker, WorkerOptions};
use wasm_connect_tests::worker_cluster::WorkerCluster;

fn main() -> ExitCode {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut option = |name: &str| {
        let is_given = wanted.iter().any(|argument| argument == name);
        wanted.retain(|argument| argument != name);
        is_given
    };
    let is_stored = option("--stored");
    let mode = if option("--distributed") { Mode::Distributed } else { Mode::Standalone };
    let mut scripts = Script::all(&directory().join("scripts"));
    scripts.retain(|script| wanted.is_empty() || wanted.contains(&script.name));
    if scripts.is_empty() {
        eprintln!("no script has one of these names: {}", wanted.join(" "));
        return ExitCode::FAILURE;
    }

    let kafka = Kafka::start("conformance");
    let java = match (is_stored, mode) {
        (true, _) => scripts.iter().map(|script| mode.stored(script)).collect(),
        (false, Mode::Standalone) => play_at_java(&kafka, &scripts),
        (false, Mode::Distributed) => play_at_java_cluster(&kafka, &scripts),
    };
    let mut is_good = is_stored || store_or_check(mode, &scripts, &java);
    let played = match mode {
        Mode::Standalone => vec![play_at_ours(&kafka, &scripts)],
        Mode::Distributed => play_at_our_cluster(&kafka, &scripts),
    };
    for ours in played {
        let mut report = Report::new(mode);
        for ((script, java), ours) in scripts.iter().zip(&java).zip(&ours) {
            report.compare(&script.name, java, ours);
        }
        report.finish();
        println!("{report}");
        is_good &= report.is_good();
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn play_at_java(kafka: &Kafka, scripts: &[Script]) -> Vec<Vec<Exchange>> {
    let directory = TempDir::new("conformance-java");
    let java = JavaConnect::start(&directory, kafka);
    play(
        &Target { name: "Java Connect", rest: java.rest(), kafka, directory: directory.path(), cluster: None },
        scripts,
    )
}

fn play_at_java_cluster(kafka: &Kafka, scripts: &[Script]) -> Vec<Vec<Exchange>> {
    let directory = TempDir::new("conformance-java");
    let cluster = WorkerCluster::new(&directory, kafka, "conformance-java");
    let mut java = cluster.java(JavaRelease::V4_3, "java");
    java.wait_ready();
    let directory = directory.path();
    play(&Target { name: "Java Connect", rest: java.rest(), kafka, directory, cluster: Some(&cluster) }, scripts)
}

fn play(target: &Target<'_>, scripts: &[Script]) -> Vec<Vec<Exchange>> {
    let played: Vec<Played> = scripts.iter().map(|script| target.play(script)).collect();
    let in_vain: Vec<&str> = played.iter().flat_map(|played| &played.in_vain).map(String::as_str).collect();
    assert!(in_vain.is_empty(), "{}", in_vain.join("\n"));
    played.into_iter().map(|played| played.exchanges).collect()
}

fn play_at_ours(kafka: &Kafka, scripts: &[Script]) -> Vec<Played> {
    let directory = TempDir::new("conformance-ours");
    let worker = WorkerOptions::new(&directory, kafka).start();
    let directory = directory.path();
    let target = Target { name: "Wasm Connect", rest: worker.rest(), kafka, directory, cluster: None };
    scripts.iter().map(|script| target.play(script)).collect()
}

/// Through the leader of a cluster, then through a follower of another.
fn play_at_our_cluster(kafka: &Kafka, scripts: &[Script]) -> Vec<Vec<Played>> {
    let played = ["the leader", "a follower"].into_iter().enumerate().map(|(asked, name)| {
        println!("Through {name}");
        let directory = TempDir::new("conformance-ours");
        let cluster = WorkerCluster::new(&directory, kafka, "conformance");
        // Who is first leads.
        let workers: [Worker; 2] = ["first", "second"].map(|name| cluster.worker(name).start());
        let (rest, directory) = (workers[asked].rest(), directory.path());
        let target = Target { name, rest, kafka, directory, cluster: Some(&cluster) };
        scripts.iter().map(|script| target.play(script)).collect()
    });
    played.collect()
}

/// Whether the stored answers are Java's, which they are once they are stored.
fn store_or_check(mode: Mode, scripts: &[Script], java: &[Vec<Exchange>]) -> bool {
    let is_update = std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value != "0");
    let mut same = true;
    for (script, live) in scripts.iter().zip(java) {
        if is_update {
            mode.store(script, live);
            continue;
        }
        if !mode.has_stored(script) {
            same = false;
            println!("Java's answers to {} are not stored: UPDATE_GOLDEN=1 stores them", script.name);
            continue;
        }
        let stored = mode.stored(script);
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
