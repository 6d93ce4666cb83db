//! Differences that are meant to be: files for people, in whose code blocks the harness finds the exchanges and their differences.
//!
//! A block has a line `SCRIPT: LABEL` for an exchange, or `any` for all of them, and below it, indented, the differences as the
//! report prints them. Only exactly these may be there, and all of them must be.

use std::path::Path;

/// A list of differences, each with its reason in the text around it.
#[derive(Debug)]
pub struct Listed {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    /// `SCRIPT: LABEL`; none: any.
    exchange: Option<String>,
    difference: String,
    seen: bool,
}

// === impl Listed

impl Listed {
    /// Reads a file.
    ///
    /// # Panics
    /// If it cannot be read, or a difference belongs to no exchange.
    pub fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut entries = Vec::new();
        let mut exchange: Option<Option<String>> = None;
        let mut is_code = false;
        for line in text.lines() {
            if line.starts_with("```") {
                is_code = !is_code;
                exchange = None;
            } else if !is_code || line.trim().is_empty() {
            } else if let Some(difference) = line.strip_prefix("  ") {
                let of = exchange.clone().unwrap_or_else(|| panic!("{}: of which exchange: {line}", file.display()));
                entries.push(Entry { exchange: of, difference: difference.to_owned(), seen: false });
            } else {
                exchange = Some((line != "any").then(|| line.to_owned()));
            }
        }
        Self { entries }
    }

    /// Whether the exchange may differ in this way; notes that it did.
    pub fn has(&mut self, script: &str, label: &str, difference: &str) -> bool {
        let exchange = format!("{script}: {label}");
        let mut found = false;
        for entry in &mut self.entries {
            if entry.difference == difference && entry.exchange.as_ref().is_none_or(|of| *of == exchange) {
                entry.seen = true;
                found = true;
            }
        }
        found
    }

    /// What is listed but was not seen in the scripts that `played` names.
    pub fn unseen(&self, played: &[&str]) -> Vec<String> {
        let unseen = self.entries.iter().filter(|entry| !entry.seen);
        let of_played = unseen.filter(|entry| match &entry.exchange {
            Some(exchange) => exchange.split_once(": ").is_none_or(|(script, _)| played.contains(&script)),
            // Of those for any exchange nothing can be said when only some scripts were played.
            None => false,
        });
        of_played
            .map(|entry| format!("{}\n  {}", entry.exchange.as_deref().unwrap_or("any"), entry.difference))
            .collect()
    }
}
