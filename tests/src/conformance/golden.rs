//! Java Connect's answers as they are stored, one transcript a script.
//!
//! The long elements of a validation's `configs` are written once, at the end, and referred to by number.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::normalise::{Answer, Body};
use super::player::Exchange;

const SHARED: &str = "=== shared";

/// Writes the exchanges of one script.
pub fn write(file: &Path, exchanges: &[Exchange]) {
    std::fs::write(file, text(exchanges)).unwrap_or_else(|error| panic!("could not write {}: {error}", file.display()));
}

/// Reads what `write` wrote.
pub fn read(file: &Path) -> Vec<Exchange> {
    let text = std::fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("{}: {error}; `UPDATE_GOLDEN=1 make conformance` writes it", file.display()));
    parse(&text).unwrap_or_else(|| panic!("{} is not as it was written", file.display()))
}

/// The transcript of the exchanges.
pub fn text(exchanges: &[Exchange]) -> String {
    let mut shared: Vec<String> = Vec::new();
    let mut text = String::new();
    for Exchange { label, answer } in exchanges {
        let _ = writeln!(text, "{label}");
        if answer.status != 0 {
            let _ = writeln!(text, "  {}", answer.status);
        }
        for (name, value) in &answer.headers {
            let _ = writeln!(text, "  {name}: {value}");
        }
        match &answer.body {
            Body::Empty => {}
            Body::Text(body) => {
                let _ = writeln!(text, "  text {}", Value::from(body.as_str()));
            }
            Body::Json(body) => {
                let mut body = body.clone();
                for config in configs(&mut body) {
                    let line = config.to_string();
                    let number = shared.iter().position(|other| *other == line).unwrap_or_else(|| {
                        shared.push(line);
                        shared.len() - 1
                    });
                    *config = number.into();
                }
                let _ = writeln!(text, "  json {body}");
            }
        }
    }
    if !shared.is_empty() {
        let _ = writeln!(text, "{SHARED}\n{}", shared.join("\n"));
    }
    text
}

fn parse(text: &str) -> Option<Vec<Exchange>> {
    let (text, shared) = text.split_once(&format!("{SHARED}\n")).unwrap_or((text, ""));
    let shared: Vec<Value> = shared.lines().map(|line| serde_json::from_str(line).ok()).collect::<Option<_>>()?;
    let mut exchanges: Vec<Exchange> = Vec::new();
    for line in text.lines() {
        let Some(line) = line.strip_prefix("  ") else {
            let answer = Answer { status: 0, headers: Vec::new(), body: Body::Empty };
            exchanges.push(Exchange { label: line.to_owned(), answer });
            continue;
        };
        let answer = &mut exchanges.last_mut()?.answer;
        if let Some(body) = line.strip_prefix("json ") {
            let mut body = serde_json::from_str(body).ok()?;
            for config in configs(&mut body) {
                *config = shared.get(usize::try_from(config.as_u64()?).ok()?)?.clone();
            }
            answer.body = Body::Json(body);
        } else if let Some(body) = line.strip_prefix("text ") {
            answer.body = Body::Text(serde_json::from_str(body).ok()?);
        } else if let Some((name, value)) = line.split_once(": ") {
            answer.headers.push((name.to_owned(), value.to_owned()));
        } else {
            answer.status = line.parse().ok()?;
        }
    }
    Some(exchanges)
}

fn configs(body: &mut Value) -> impl Iterator<Item = &mut Value> {
    body.get_mut("configs").and_then(Value::as_array_mut).into_iter().flatten()
}
