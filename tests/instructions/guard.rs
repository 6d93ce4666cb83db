//! Measures all rows and holds them against the baseline.

use std::process::Command;
use std::time::Duration;

use wasm_connect_tests::instructions::baseline::{Baseline, Change, percent};
use wasm_connect_tests::instructions::counter::{CountError, Counter};
use wasm_connect_tests::instructions::{Cost, machine};
use wasm_connect_tests::paths;

use super::measured::{ADDITIONS, ARGUMENT, rows};
use super::row::Row;

/// A row takes a second at most, but to compile the guests, the first time, a minute on a slow machine.
const LIMIT: Duration = Duration::from_secs(300);
/// More than this for an addition are not those of an optimised build.
const OPTIMISED: u64 = 15;

/// Why the guard does not say that all is well.
pub enum Failure {
    /// Nothing is known against the code.
    NotHere(String),
    Failed(String),
}

pub fn run(words: &[String]) -> Result<(), Failure> {
    let update = std::env::var_os("UPDATE_BASELINE").is_some_and(|value| !value.is_empty());
    if update && !words.is_empty() {
        return Err(Failure::Failed("UPDATE_BASELINE renews all rows: leave the words out".to_owned()));
    }
    let file = paths::repository().join("tests/bench/instructions.md");
    let baseline = Baseline::parse(&std::fs::read_to_string(&file).unwrap_or_default());
    let rows = measure(words, &baseline)?;
    let machine = machine::name();
    if update {
        let page = Baseline { machine, rows }.to_string();
        std::fs::write(&file, page).map_err(|error| Failure::Failed(format!("{}: {error}", file.display())))?;
        println!("\nwritten: {}", file.display());
        return Ok(());
    }
    if machine != baseline.machine {
        return Err(Failure::NotHere(format!(
            "these figures are not comparable with the baseline's, which were\n  measured with: {}\n  this is:       {machine}\n\
             They say what a change costs if they are compared with those of the code without it; UPDATE_BASELINE=1 makes them the baseline.",
            baseline.machine
        )));
    }
    let (harmless, changes): (Vec<Change>, _) =
        baseline.changes(&rows, words.is_empty()).into_iter().partition(Change::is_harmless);
    if !harmless.is_empty() {
        println!("\nMuch has become cheaper; UPDATE_BASELINE=1 make bench-guard keeps it so:{}", list(&harmless));
    }
    if changes.is_empty() {
        println!("\nNo row takes 10 % more instructions than in tests/bench/instructions.md.");
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "the table is not that of tests/bench/instructions.md, which a row may exceed by 10 %:{}\n\
         See what costs so much (tests/bench/README.md says how). If it is worth it, or the row is new or gone:\n  \
         UPDATE_BASELINE=1 make bench-guard\nand commit the table with the change.",
        list(&changes)
    )))
}

fn list(changes: &[Change]) -> String {
    changes.iter().map(|change| format!("\n  {change}")).collect()
}

/// Prints the rows as they come.
fn measure(words: &[String], baseline: &Baseline) -> Result<Vec<(String, Cost)>, Failure> {
    let rows = rows(words);
    if rows.iter().any(|row| row.name.starts_with("guest")) {
        // Says what is missing.
        paths::test_plugins();
    }
    println!("{:<44} {:>9} {:>9} {:>9} {:>9}", "instructions", "a record", "", "a batch", "");
    let mut measured = Vec::with_capacity(rows.len());
    for row in rows {
        let cost = cost(&row)?;
        let before = baseline.cost(&row.name);
        let change = |of: fn(&Cost) -> u64| before.map_or("new".to_owned(), |before| percent(of(&before), of(&cost)));
        let (record, batch) = (change(|cost| cost.record), change(|cost| cost.batch));
        println!("{:<44} {:>9} {record:>9} {:>9} {batch:>9}", row.name, cost.record, cost.batch);
        measured.push((row.name, cost));
    }
    Ok(measured)
}

fn cost(row: &Row) -> Result<Cost, Failure> {
    let failed = |error: CountError| match error {
        CountError::Refused(_) => Failure::NotHere(error.to_string()),
        error => Failure::Failed(format!("{}: {error}", row.name)),
    };
    let this = std::env::current_exe().map_err(|error| Failure::Failed(error.to_string()))?;
    let mut child = Counter::start(Command::new(this).args([ARGUMENT, &row.name]), LIMIT).map_err(failed)?;
    let around = child.measure().map_err(failed)?;
    if child.measure().map_err(failed)?.saturating_sub(around) > OPTIMISED * ADDITIONS {
        return Err(Failure::Failed(
            "this was built without optimisation, which no figure is about: leave the release profile as it is"
                .to_owned(),
        ));
    }
    let one = child.measure().map_err(failed)?;
    let two = child.measure().map_err(failed)?;
    Ok(Cost::of(row.records, one, two, around))
}
