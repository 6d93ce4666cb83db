//! `make bench`: what work costs in Java Connect, in our worker and in librdkafka alone, side by side; writes a page of Markdown.
//!
//! Arguments are words that the names of rows must have, and of the parts `profile`, `startup`, `idle`, `latency` and `languages`, if
//! not all are wanted. `--short` does little work, to see that everything runs; `--out FILE` names the page; `--renew` puts the table of languages
//! into `sdk/README.md`, too.

use std::cell::LazyCell;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use wasm_connect_tests::bench::page::Page;
use wasm_connect_tests::bench::{Scale, idle, languages, latency, native, profile, startup, throughput};
use wasm_connect_tests::kafka::Kafka;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, bootstrap] = &arguments[..]
        && word == "native"
    {
        native::run(bootstrap);
        return ExitCode::SUCCESS;
    }
    let scale = if taken(&mut arguments, "--short") { Scale::short() } else { Scale::full() };
    let renews = taken(&mut arguments, "--renew");
    let out = match arguments.iter().position(|argument| argument == "--out") {
        Some(at) if at + 1 < arguments.len() => {
            arguments.remove(at);
            Some(PathBuf::from(arguments.remove(at)))
        }
        _ => None,
    };
    let is_wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|word| name.contains(word.as_str()));

    let began = Instant::now();
    let kafka = LazyCell::new(|| Kafka::start("bench"));
    let mut page = Page::new(&scale);
    let mut done = Vec::new();
    for row in throughput::rows().into_iter().filter(|row| is_wanted(row.name)) {
        println!("{}", row.name);
        let results = throughput::run(&row, &scale, &kafka);
        kafka.clear(None);
        done.push((row, results));
    }
    if !done.is_empty() {
        page.throughput_head();
        done.iter().for_each(|(row, results)| page.throughput(row, results));
        done.iter().for_each(|(row, results)| page.targets(row, results));
    }
    if is_wanted("profile") {
        println!("profile");
        page.profile(&profile::run(&scale, &kafka));
    }
    if is_wanted("startup") {
        println!("startup");
        page.startup(&startup::run(&scale, &kafka));
    }
    if is_wanted("idle") {
        println!("idle");
        page.idle(&idle::run(&scale, &kafka));
        kafka.clear(None);
    }
    if is_wanted("latency") {
        println!("latency");
        page.latency(&latency::run(&scale, &kafka));
    }
    if is_wanted("languages") {
        println!("languages");
        let results = languages::run(&scale);
        page.languages(&results);
        if renews {
            languages::renew(&results);
        }
    }
    println!("in {:.0} minutes\n\n{}", began.elapsed().as_secs_f64() / 60.0, page.text());
    match out.map(|out| std::fs::write(&out, page.text()).map_err(|error| format!("{}: {error}", out.display()))) {
        None | Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn taken(arguments: &mut Vec<String>, word: &str) -> bool {
    let before = arguments.len();
    arguments.retain(|argument| argument != word);
    arguments.len() < before
}
