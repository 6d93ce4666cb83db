//! Java's `.properties` files, read by the rules of `java.util.Properties.load`.
//!
//! Comments start with `#` or `!`; a line that ends with an odd number of backslashes goes on in the next one; key and value are
//! separated by `=`, `:` or white space; `\t \n \r \f \uXXXX` and `\` before any other character are escapes; the last of equal
//! keys wins.
//!
//! Java reads bytes as ISO 8859-1, so that a file saved as UTF-8 has its accents garbled. Here a file that is valid UTF-8 is UTF-8
//! (a byte order mark is skipped), and any other file is ISO 8859-1; plain ASCII is the same in both.

use std::path::{Path, PathBuf};

use crate::connect::Config;

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PropertiesError {
    #[error("could not read properties file '{path}': {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("could not read properties file '{path}': {source}")]
    Malformed { path: PathBuf, source: MalformedProperties },
}

/// Something that is not an entry.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct MalformedProperties {
    /// From 1.
    pub line: usize,
    pub what: String,
}

/// Reads a file; errors name it.
pub fn load(path: &Path) -> Result<Config, PropertiesError> {
    let bytes = std::fs::read(path).map_err(|source| PropertiesError::Read { path: path.to_owned(), source })?;
    parse(&decode(&bytes)).map_err(|source| PropertiesError::Malformed { path: path.to_owned(), source })
}

/// UTF-8 if it is that, ISO 8859-1 otherwise.
pub fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// Reads the text of a file.
pub fn parse(text: &str) -> Result<Config, MalformedProperties> {
    let mut entries = Config::new();
    for (line, text) in logical_lines(text) {
        let (key, value) = split(&text);
        let unescaped = |text| unescape(text).map_err(|what| MalformedProperties { line, what });
        entries.insert(unescaped(key)?, unescaped(value)?);
    }
    Ok(entries)
}

/// Lines with their continuations, without comments and blank ones, each with the number of its first line.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut continues = false;
    for (number, line) in (1..).zip(natural_lines(text)) {
        let line = line.trim_start_matches(is_space);
        if !continues && (line.is_empty() || line.starts_with(['#', '!'])) {
            continue;
        }
        let ends_with_escape = line.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1;
        let part = if ends_with_escape { &line[..line.len() - 1] } else { line };
        match lines.last_mut().filter(|_| continues) {
            Some((_, logical)) => logical.push_str(part),
            None => lines.push((number, part.to_owned())),
        }
        continues = ends_with_escape;
    }
    lines
}

/// Split at `\n`, `\r` or `\r\n`.
fn natural_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{c}')
}

/// Key and value, still escaped.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = line
        .char_indices()
        .find(|(_, c)| {
            let ends = !escaped && (is_space(*c) || matches!(c, '=' | ':'));
            escaped = !escaped && *c == '\\';
            ends
        })
        .map_or(line.len(), |(i, _)| i);
    let (key, rest) = line.split_at(end);
    let rest = rest.trim_start_matches(is_space);
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    (key, rest.trim_start_matches(is_space))
}

/// Works in UTF-16, since `\u` escapes name its units.
fn unescape(text: &str) -> Result<String, String> {
    if !text.contains('\\') {
        return Ok(text.to_owned());
    }
    let mut units = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    let mut buffer = [0; 2];
    while let Some(c) = chars.next() {
        let c = if c != '\\' {
            c
        } else {
            match chars.next() {
                Some('u') => {
                    units.push(unicode_escape(&mut chars)?);
                    continue;
                }
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\u{c}',
                Some(c) => c,
                None => continue,
            }
        };
        units.extend_from_slice(c.encode_utf16(&mut buffer));
    }
    Ok(String::from_utf16_lossy(&units))
}

fn unicode_escape(chars: &mut std::str::Chars<'_>) -> Result<u16, String> {
    let digits: String = chars.as_str().chars().take(4).take_while(char::is_ascii_hexdigit).collect();
    if digits.len() < 4 {
        return Err("Malformed \\uxxxx encoding.".to_owned());
    }
    *chars = chars.as_str()[4..].chars();
    u16::from_str_radix(&digits, 16).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, entries: &[(&str, &str)]) {
        let parsed = parse(text).unwrap();
        let parsed: Vec<_> = parsed.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(parsed, entries, "{text:?}");
    }

    #[test]
    fn separators_and_white_space() {
        check("a=b", &[("a", "b")]);
        check("  a : b  ", &[("a", "b  ")]);
        check("a b c", &[("a", "b c")]);
        check("a\t=\tb", &[("a", "b")]);
        check("a = = b", &[("a", "= b")]);
        check("a", &[("a", "")]);
        check("=b", &[("", "b")]);
        check("a=b\r\nc=d\re=f\n", &[("a", "b"), ("c", "d"), ("e", "f")]);
        check("url=http://x:1/?a=b", &[("url", "http://x:1/?a=b")]);
    }

    #[test]
    fn comments_and_blank_lines() {
        check("# a=b\n ! c=d\n\n \t\ne=f#g", &[("e", "f#g")]);
        check("# ends with a backslash \\\na=b", &[("a", "b")]);
    }

    #[test]
    fn continuation_lines() {
        check("a=b,\\\n   c,\\\r\n\td", &[("a", "b,c,d")]);
        check("a=b\\\\\nc=d", &[("a", "b\\"), ("c", "d")]);
        check("a=b\\\n# no comment", &[("a", "b# no comment")]);
        check("a=b\\\n\nc=d", &[("a", "b"), ("c", "d")]);
        check("a=b\\", &[("a", "b")]);
    }

    #[test]
    fn escapes() {
        check("a\\ b\\=c\\:d=e", &[("a b=c:d", "e")]);
        check("a=\\t\\n\\r\\f\\x\\\\", &[("a", "\t\n\r\u{c}x\\")]);
        check("a=\\u00e9\\ud83d\\ude00", &[("a", "é😀")]);
    }

    #[test]
    fn the_last_of_equal_keys_wins() {
        check("a=1\na=2", &[("a", "2")]);
    }

    #[test]
    fn a_malformed_escape_names_its_line() {
        let error = parse("a=b\n\nc=\\u00g0").unwrap_err();
        assert_eq!(error.to_string(), "line 3: Malformed \\uxxxx encoding.");
        assert!(parse("a=\\u12").is_err());
        assert!(parse("a=\\u12é4").is_err());
    }

    #[test]
    fn bytes_are_utf8_if_they_can_be() {
        assert_eq!(decode("é".as_bytes()), "é");
        assert_eq!(decode(b"\xe9"), "é");
        assert_eq!(decode(b"\xef\xbb\xbfa"), "a");
    }

    #[test]
    fn an_unreadable_file_is_named() {
        let error = load(Path::new("no/such/file.properties")).unwrap_err();
        assert!(error.to_string().contains("no/such/file.properties"), "{error}");
    }
}
