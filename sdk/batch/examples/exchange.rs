//! Batches as hexadecimal digits and as the JSON of `wit/vectors`, for the codecs of other languages to be compared with this one:
//!
//! ```text
//! exchange random COUNT SEED     random batches, a line each: digits, a tab, JSON
//! exchange mutated COUNT SEED    damaged ones; where JSON would be: `refused` and the record, or - for the whole batch
//! exchange decode                each line's digits (a batch or a list of acks) as JSON, or `refused ...`
//! exchange encode                each line's JSON as digits
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a tool of tests: panicking is how it fails"
)]

use std::io::{self, BufRead, Write};

use serde_json::Value as Json;
use wasm_connect_batch::MalformedBatch;

#[path = "../tests/all/batch_json.rs"]
mod batch_json;
#[path = "../tests/all/mutate.rs"]
mod mutate;
#[path = "../tests/all/random.rs"]
mod random;
#[path = "../tests/all/random_batch.rs"]
mod random_batch;
#[path = "../tests/all/schema_json.rs"]
mod schema_json;
#[path = "../tests/all/value_json.rs"]
mod value_json;

use batch_json::{decode, decode_acks, encode, encode_acks};
use random::Random;
use value_json::{from_hex, to_hex};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["random", count, seed] => generate(count, seed, |_, _| {}),
        ["mutated", count, seed] => generate(count, seed, mutate::mutate),
        ["decode"] => each_line(|line| described(&from_hex(line))),
        ["encode"] => each_line(|line| {
            let json: Json = serde_json::from_str(line).expect("a line of JSON");
            to_hex(&if json.get("acks").is_some() { encode_acks(&json) } else { encode(&json) })
        }),
        _ => panic!("exchange random COUNT SEED | mutated COUNT SEED | decode | encode"),
    }
}

fn generate(count: &str, seed: &str, change: impl Fn(&mut Random, &mut Vec<u8>)) {
    let mut random = Random(seed.parse().expect("a seed"));
    let mut out = io::stdout().lock();
    for _ in 0..count.parse().expect("a count") {
        let mut bytes = random_batch::random_batch(&mut random);
        change(&mut random, &mut bytes);
        writeln!(out, "{}\t{}", to_hex(&bytes), described(&bytes)).expect("standard output");
    }
}

fn each_line(answer: impl Fn(&str) -> String) {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&line.expect("a line of text"))).expect("standard output");
    }
}

/// The JSON of a batch or a list of acks, or that it is refused.
fn described(bytes: &[u8]) -> String {
    let json = if bytes.starts_with(b"KCA") { decode_acks(bytes) } else { decode(bytes) };
    match json {
        Ok(json) => json.to_string(),
        Err(MalformedBatch { record, .. }) => {
            format!("refused {}", record.map_or("-".to_owned(), |record| record.to_string()))
        }
    }
}
