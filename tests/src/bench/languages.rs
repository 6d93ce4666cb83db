//! What a plugin costs by its language: the same source and sink in each (`tests/bench/*-figures`), in the worker's own runtime.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::spread::Spread;
use super::{Scale, usage};
use crate::paths;
use crate::temp::TempDir;

/// As a page calls it, and the first part of the component's name.
const LANGUAGES: [(&str, &str); 5] =
    [("Rust", "rust"), ("C", "c"), ("Go", "go"), ("Python", "python"), ("JavaScript", "javascript")];

/// What is measured, by its name in the output of `host/examples/sandbox_costs`, or of this file. Times are of the processor.
const ROWS: [(&str, &str); 9] = [
    ("component_mb", "component, MB"),
    ("compile_ms", "compiled by a worker at its first use, ms"),
    ("load_ms", "from the cache to the first started task, ms"),
    ("instance_us", "a further task made and started, us"),
    ("instance_kb", "memory of a started task, KB"),
    ("poll_text_us", "poll: a text of 100 letters brought, us"),
    ("poll_struct_us", "poll: a struct of ten fields made and brought, us"),
    ("put_text_us", "put: a text of 100 letters looked at, us"),
    ("put_struct_us", "put: a struct of ten fields looked at, us"),
];

/// The lines around the table in `sdk/README.md`.
const BEGIN: &str = "<!-- measured by make bench BENCH=\"languages --renew\" -->";
const END: &str = "<!-- until here -->";

/// A language's figures, by their names.
pub struct Result {
    language: &'static str,
    figures: BTreeMap<String, Spread>,
}

/// The languages in turns, each in a process of its own.
pub fn run(scale: &Scale) -> Vec<Result> {
    let mut found: Vec<BTreeMap<String, Vec<f64>>> = vec![BTreeMap::new(); LANGUAGES.len()];
    for round in 0..scale.rounds {
        for ((language, name), found) in LANGUAGES.iter().zip(&mut found) {
            let component = paths::bench_plugins().join(format!("{name}-figures.wasm"));
            for (figure, value) in measure(&component) {
                found.entry(figure).or_default().push(value);
            }
            println!("  round {}: {language}", round + 1);
        }
    }
    let spreads = |found: BTreeMap<String, Vec<f64>>| {
        found.into_iter().filter_map(|(figure, values)| Some((figure, Spread::of(values)?))).collect()
    };
    LANGUAGES.iter().zip(found).map(|((language, _), found)| Result { language, figures: spreads(found) }).collect()
}

fn measure(component: &Path) -> Vec<(String, f64)> {
    let directory = TempDir::new("bench-languages");
    let compiled = directory.file("compiled");
    let before = usage::children_cpu_seconds();
    output(
        Command::new(paths::worker())
            .args(["plugins", "compile", "--plugin-path"])
            .arg(component)
            .arg("--cache-directory")
            .arg(&compiled),
    );
    let compile_ms = (usage::children_cpu_seconds() - before) * 1e3;
    let bytes = fs::metadata(component).expect("the component").len();
    let mut figures = vec![("component_mb".to_owned(), bytes as f64 / 1e6), ("compile_ms".to_owned(), compile_ms)];
    let said = output(Command::new(paths::sandbox_costs()).arg(component).arg(&compiled));
    figures.extend(said.lines().map(|line| {
        let figure = line.split_once(' ').and_then(|(name, value)| Some((name.to_owned(), value.parse().ok()?)));
        figure.unwrap_or_else(|| panic!("no figure: {line}"))
    }));
    figures
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A row of Markdown for each figure, each cell as `show` has it.
pub fn table(results: &[Result], show: impl Fn(&Spread) -> String) -> String {
    let row = |head: &str, cells: Vec<String>| format!("| {head} | {} |\n", cells.join(" | "));
    let mut table = row("", results.iter().map(|result| result.language.to_owned()).collect());
    table.push_str(&row("---", vec!["---".to_owned(); results.len()]));
    for (figure, what) in ROWS {
        let cell = |result: &Result| result.figures.get(figure).map(&show).unwrap_or_default();
        table.push_str(&row(what, results.iter().map(cell).collect()));
    }
    table
}

/// With two digits that count.
pub fn short(value: f64) -> String {
    let digits = (1.0 - value.abs().max(1e-9).log10().floor()).clamp(0.0, 6.0);
    format!("{value:.*}", digits as usize)
}

/// Puts the medians in the place of those in `sdk/README.md`.
pub fn renew(results: &[Result]) {
    let page = paths::repository().join("sdk/README.md");
    let text = fs::read_to_string(&page).expect("sdk/README.md");
    let parts = text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.expect("sdk/README.md has a place for the table");
    let table = table(results, |spread| short(spread.median));
    fs::write(&page, format!("{before}{BEGIN}\n\n{table}\n{END}{after}")).expect("sdk/README.md can be written");
}
