//! `make bench-guard`: counts instructions and fails when work takes more of them than the baseline says; see `tests/bench/README.md`.
//!
//! Arguments are words that the names of rows must have, if not all are wanted. With `--where-possible`, a
//! machine that does not let instructions be counted, or whose figures are not comparable, is no failure. `UPDATE_BASELINE=1` writes
//! the baseline.

#[cfg(target_os = "linux")]
mod codec;
#[cfg(target_os = "linux")]
mod converters;
#[cfg(target_os = "linux")]
mod guard;
#[cfg(target_os = "linux")]
mod guests;
#[cfg(target_os = "linux")]
mod measured;
#[cfg(target_os = "linux")]
mod records;
#[cfg(target_os = "linux")]
mod row;
#[cfg(target_os = "linux")]
mod transforms;

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mut taken = |word: &str| {
        let before = words.len();
        words.retain(|argument| argument != word);
        words.len() < before
    };
    if taken(measured::ARGUMENT) {
        measured::run(&words.concat());
        return ExitCode::SUCCESS;
    }
    let where_possible = taken("--where-possible");
    match guard::run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(guard::Failure::NotHere(why)) if where_possible => {
            println!("\nNOT CHECKED: {why}");
            ExitCode::SUCCESS
        }
        Err(guard::Failure::NotHere(why) | guard::Failure::Failed(why)) => {
            eprintln!("\nerror: {why}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    println!("NOT CHECKED: instructions are counted on Linux only");
    ExitCode::SUCCESS
}
