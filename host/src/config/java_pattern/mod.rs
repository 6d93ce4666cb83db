//! Regular expressions in Java's dialect, as Connect's keys use them: patterns that must match a whole name or value, and
//! replacements for what they match.
//!
//! `java.util.regex` syntax with its error texts: quoting by `\Q…\E`, nested and intersected classes, greedy, lazy and possessive
//! quantifiers, groups with names, look-around, atomic groups, back references and inline flags. Not there: `\G`, `\X`, `\N{…}`
//! and properties of scripts and blocks, which are errors. Matching backtracks, as Java's does, and gives up after
//! [`MAX_STEPS`] steps, where Java would go on for hours.

mod class;
mod compile;
mod parse;
mod replacement;
mod run;

use std::fmt;
use std::sync::Arc;

use compile::Instruction;
pub use replacement::{Replacement, ReplacementError};

/// Instructions that one match may take before it counts as no match.
pub const MAX_STEPS: usize = 2_000_000;

/// A compiled pattern; cheap to clone.
#[derive(Clone)]
pub struct JavaPattern {
    text: Arc<str>,
    program: Arc<[Instruction]>,
    /// Slots that the program saves positions in.
    slots: usize,
    /// Capturing groups, without the whole match.
    groups: usize,
    names: Arc<[(String, usize)]>,
}

impl JavaPattern {
    /// The error is the message of Java's `PatternSyntaxException`.
    pub fn compile(pattern: &str) -> Result<Self, String> {
        let parsed = parse::parse(pattern).map_err(|error| error.message(pattern))?;
        let (program, slots) = compile::compile(&parsed).map_err(|error| error.message(pattern))?;
        let (groups, names) = (parsed.groups, parsed.names.into());
        Ok(Self { text: pattern.into(), program: program.into(), slots, groups, names })
    }

    /// Whether the pattern matches all of `text` (Java's `Matcher.matches`).
    pub fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        run::matches(&self.program, self.slots, &chars, MAX_STEPS)
    }

    /// `text` with its first match replaced, which need not be all of it (Java's `Matcher.replaceFirst`).
    pub fn replace_first(&self, text: &str, replacement: &Replacement) -> String {
        let chars: Vec<char> = text.chars().collect();
        match run::find(&self.program, self.slots, &chars, MAX_STEPS) {
            Some(found) => replacement.apply(&chars, &found),
            None => text.to_owned(),
        }
    }

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for JavaPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.text)
    }
}

impl PartialEq for JavaPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// What is wrong with a pattern, and at which character; an index below 0 is not shown.
#[derive(Debug)]
struct SyntaxError {
    description: String,
    index: isize,
}

impl SyntaxError {
    fn new(description: impl Into<String>, index: isize) -> Self {
        Self { description: description.into(), index }
    }

    fn message(&self, pattern: &str) -> String {
        let Ok(index) = usize::try_from(self.index) else {
            return format!("{}\n{pattern}", self.description);
        };
        let marker = if index < pattern.chars().count() { format!("\n{}^", " ".repeat(index)) } else { String::new() };
        format!("{} near index {index}\n{pattern}{marker}", self.description)
    }
}

#[cfg(test)]
mod tests;
