//! What takes the place of a match: text with `$1` and `${name}` for groups and `\` before what is meant as such.

use std::iter::Peekable;
use std::str::Chars;

use super::JavaPattern;
use super::run::Found;

/// A replacement for matches of one pattern (what Java's `Matcher.appendReplacement` takes).
#[derive(Clone, Debug)]
pub struct Replacement(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    /// What the group matched; nothing if it took no part.
    Group(usize),
}

/// Why a text is no replacement; the messages are Java's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplacementError {
    /// `java.lang.IllegalArgumentException`
    #[error("{0}")]
    IllegalArgument(String),
    /// `java.lang.IndexOutOfBoundsException`
    #[error("No group {0}")]
    NoGroup(usize),
}

impl Replacement {
    /// Reads a replacement, as it is for `pattern`, whose groups it may name.
    pub fn parse(text: &str, pattern: &JavaPattern) -> Result<Self, ReplacementError> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => literal.push(chars.next().ok_or_else(|| illegal("character to be escaped is missing"))?),
                '$' => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Group(group(&mut chars, pattern)?));
                }
                c => literal.push(c),
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        Ok(Self(pieces))
    }

    /// `text` with what was found replaced.
    pub(super) fn apply(&self, text: &[char], found: &Found) -> String {
        let mut result: String = text.iter().take(found.whole.start).collect();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => result.push_str(text),
                Piece::Group(group) => {
                    let matched = found.group(*group).and_then(|range| text.get(range)).unwrap_or_default();
                    result.extend(matched);
                }
            }
        }
        result.extend(text.iter().skip(found.whole.end));
        result
    }
}

fn illegal(message: impl Into<String>) -> ReplacementError {
    ReplacementError::IllegalArgument(message.into())
}

/// The group that is meant by what follows a `$`.
fn group(chars: &mut Peekable<Chars<'_>>, pattern: &JavaPattern) -> Result<usize, ReplacementError> {
    match chars.next() {
        None => Err(illegal("Illegal group reference: group index is missing")),
        Some('{') => named_group(chars, pattern),
        Some(c) => {
            let first = c.to_digit(10).ok_or_else(|| illegal("Illegal group reference"))?;
            let mut group = first as usize;
            // As many digits as make the number of a group that there is.
            while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                let longer = group * 10 + digit as usize;
                if longer > pattern.groups {
                    break;
                }
                group = longer;
                chars.next();
            }
            if group > pattern.groups { Err(ReplacementError::NoGroup(group)) } else { Ok(group) }
        }
    }
}

fn named_group(chars: &mut Peekable<Chars<'_>>, pattern: &JavaPattern) -> Result<usize, ReplacementError> {
    let mut name = String::new();
    while let Some(c) = chars.next_if(char::is_ascii_alphanumeric) {
        name.push(c);
    }
    if name.is_empty() || chars.next() != Some('}') {
        return Err(illegal("named capturing group is missing trailing '}'"));
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(illegal(format!("capturing group name {{{name}}} starts with digit character")));
    }
    let named = pattern.names.iter().find(|(known, _)| *known == name);
    named.map(|(_, group)| *group).ok_or_else(|| illegal(format!("No group with name {{{name}}}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(pattern: &str, text: &str, replacement: &str) -> Result<String, ReplacementError> {
        let pattern = JavaPattern::compile(pattern).unwrap();
        Ok(pattern.replace_first(text, &Replacement::parse(replacement, &pattern)?))
    }

    #[test]
    fn groups_are_put_in_by_number_and_by_name() {
        let ok = |pattern, text, replacement| replaced(pattern, text, replacement).unwrap();
        assert_eq!(ok("(.*)-([0-9]+)", "a-12", "$2/$1"), "12/a");
        assert_eq!(ok("(?<env>[a-z]+)\\.(.*)", "dev.x", "${env}_$2$0"), "dev_xdev.x");
        assert_eq!(ok("(a)(b)?", "a", "[$2$11]"), "[a1]", "an unused group is nothing, $11 is $1 and 1");
        assert_eq!(ok("x", "axb", "\\$\\\\"), "a$\\b");
        assert_eq!(ok("a|ab", "ab", "-"), "-b", "the first match, not the longest");
        assert_eq!(ok("z", "ab", "-"), "ab");
        assert_eq!(ok("", "ab", "-"), "-ab");
        assert_eq!(ok("b$", "abb", "-"), "ab-");
    }

    #[test]
    fn mistakes_are_javas() {
        let error = |replacement| replaced("(a)", "a", replacement).unwrap_err().to_string();
        assert_eq!(error("$2"), "No group 2");
        assert_eq!(error("$"), "Illegal group reference: group index is missing");
        assert_eq!(error("$x"), "Illegal group reference");
        assert_eq!(error("${x"), "named capturing group is missing trailing '}'");
        assert_eq!(error("${x}"), "No group with name {x}");
        assert_eq!(error("${1}"), "capturing group name {1} starts with digit character");
        assert_eq!(error("a\\"), "character to be escaped is missing");
    }
}
