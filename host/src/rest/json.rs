//! Reads request bodies as Jackson reads them for Java Connect: scalars keep the text that was sent (`1.10` stays
//! `1.10`), the last of equal keys wins; unlike there, an error says what is wrong and where.

use std::fmt;

use serde::de::IgnoredAny;

/// Why a body is refused; `Display` is meant for the client and never shows a value, which may be a secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum JsonError {
    /// There is no body, or it is blank.
    #[error("Missing request body: expected a JSON object")]
    Missing,
    /// It is not JSON; `what` ends with the place.
    #[error("Malformed JSON: {what}")]
    Malformed { what: String },
    /// A value has a type that its place does not take; `what` names the place.
    #[error("{what} must be {expected}, not {found} ({at})")]
    WrongType { what: String, expected: &'static str, found: Kind, at: Position },
    /// A field that must be there is not.
    #[error("Missing field \"{field}\": {expected}")]
    MissingField { field: &'static str, expected: &'static str },
    /// A field that nobody reads: a typing error, most likely.
    #[error("Unrecognized field \"{field}\" ({at}); known fields: {known}")]
    UnknownField { field: String, known: &'static str, at: Position },
    /// A text that is none of the allowed ones.
    #[error("Unknown {field} \"{found}\" ({at}); known values: {known}")]
    UnknownValue { field: &'static str, found: String, known: &'static str, at: Position },
}

/// Where in a body, both counted from 1; columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    line: usize,
    column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// The types of JSON values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    String,
    Number,
    Boolean,
    Null,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Null => "null",
        })
    }
}

/// A value of a document that is known to be well-formed; its parts are found when they are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'a> {
    document: &'a str,
    start: usize,
    end: usize,
}

// === impl Node ===

impl<'a> Node<'a> {
    /// The value that is `body`.
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(body)
            .map_err(|error| JsonError::Malformed { what: format!("no UTF-8 after byte {}", error.valid_up_to()) })?;
        let document = text.strip_prefix('\u{feff}').unwrap_or(text);
        if document.trim_ascii().is_empty() {
            return Err(JsonError::Missing);
        }
        // Checks the grammar once, so that what follows needs to look for ends only. Neither recurses.
        serde_json::from_str::<IgnoredAny>(document)
            .map_err(|error| JsonError::Malformed { what: error.to_string() })?;
        let start = skip_blanks(document, 0);
        Ok(Self { document, start, end: end_of_value(document, start) })
    }

    /// The value's type.
    pub(super) fn kind(&self) -> Kind {
        match self.document.as_bytes().get(self.start) {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Boolean,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// Where the value starts.
    pub(super) fn position(&self) -> Position {
        let before = &self.document[..self.start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }

    /// The members of an object in the order in which they were sent; `what` names this value in an error.
    pub(super) fn members(&self, what: impl fmt::Display) -> Result<Vec<(String, Node<'a>)>, JsonError> {
        if self.kind() != Kind::Object {
            return Err(self.wrong_type(what, "an object"));
        }
        let mut members = Vec::new();
        let mut at = self.start + 1;
        loop {
            at = skip_blanks(self.document, at);
            match self.document.as_bytes().get(at) {
                Some(b',') => at += 1,
                Some(b'"') => {
                    let key = self.part(at);
                    // Past the colon.
                    let value = self.part(skip_blanks(self.document, skip_blanks(self.document, key.end) + 1));
                    members.push((key.unescaped()?, value));
                    at = value.end;
                }
                _ => return Ok(members),
            }
        }
    }

    /// The elements of an array; `what` names this value in an error.
    pub(super) fn elements(&self, what: impl fmt::Display) -> Result<Vec<Node<'a>>, JsonError> {
        if self.kind() != Kind::Array {
            return Err(self.wrong_type(what, "an array"));
        }
        let mut elements = Vec::new();
        let mut at = self.start + 1;
        loop {
            at = skip_blanks(self.document, at);
            match self.document.as_bytes().get(at) {
                Some(b',') => at += 1,
                Some(b']') | None => return Ok(elements),
                Some(_) => {
                    let element = self.part(at);
                    // A value is never empty in a document that is well-formed; this is for the reader of the loop.
                    at = element.end.max(at + 1);
                    elements.push(element);
                }
            }
        }
    }

    /// The value as it was sent.
    pub(super) fn raw(&self) -> &'a str {
        &self.document[self.start..self.end]
    }

    /// The text of a string, number or boolean as it was sent; none: null.
    pub(super) fn text(&self, what: impl fmt::Display) -> Result<Option<String>, JsonError> {
        match self.kind() {
            Kind::String => self.unescaped().map(Some),
            Kind::Number | Kind::Boolean => Ok(Some(self.raw().to_owned())),
            Kind::Null => Ok(None),
            Kind::Object | Kind::Array => Err(self.wrong_type(what, "a string, number, boolean or null")),
        }
    }

    /// The error that this value, named `what`, has another type than expected.
    pub(super) fn wrong_type(&self, what: impl fmt::Display, expected: &'static str) -> JsonError {
        JsonError::WrongType { what: what.to_string(), expected, found: self.kind(), at: self.position() }
    }

    fn part(&self, start: usize) -> Node<'a> {
        Node { document: self.document, start, end: end_of_value(self.document, start) }
    }

    fn unescaped(&self) -> Result<String, JsonError> {
        // The grammar check does not look at surrogates; a lone one is found here.
        serde_json::from_str(self.raw()).map_err(|_| JsonError::Malformed {
            what: format!("a string with half of a surrogate pair ({})", self.position()),
        })
    }
}

/// The first place at or after `at` that is no white space.
fn skip_blanks(document: &str, at: usize) -> usize {
    document.as_bytes()[at..].iter().position(|byte| !byte.is_ascii_whitespace()).map_or(document.len(), |n| at + n)
}

/// Behind the value that starts at `at`.
fn end_of_value(document: &str, at: usize) -> usize {
    let bytes = document.as_bytes();
    let mut depth = 0_usize;
    let mut end = at;
    while let Some(&byte) = bytes.get(end) {
        match byte {
            b'"' => end = end_of_string(bytes, end),
            b'{' | b'[' => {
                depth += 1;
                end += 1;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                end += 1;
            }
            _ if depth > 0 => {
                end += 1;
                continue;
            }
            _ => return end_of_literal(bytes, end),
        }
        if depth == 0 {
            return end;
        }
    }
    end
}

fn end_of_string(bytes: &[u8], quote: usize) -> usize {
    let mut end = quote + 1;
    while let Some(&byte) = bytes.get(end) {
        match byte {
            b'\\' => end += 2,
            b'"' => return end + 1,
            _ => end += 1,
        }
    }
    bytes.len()
}

fn end_of_literal(bytes: &[u8], at: usize) -> usize {
    let literal = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
    bytes[at..].iter().position(|byte| !literal(byte)).map_or(bytes.len(), |n| at + n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(json: &str) -> Vec<(String, Option<String>)> {
        let node = Node::parse(json.as_bytes()).unwrap();
        let members = node.members("it").unwrap();
        members.into_iter().map(|(key, value)| (key, value.text("it").unwrap())).collect()
    }

    fn error(json: &[u8]) -> String {
        Node::parse(json)
            .and_then(|node| node.members("The request body"))
            .and_then(|members| members.iter().map(|(key, value)| value.text(key)).collect::<Result<Vec<_>, _>>())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn scalars_keep_the_text_that_was_sent() {
        let json = "\u{feff} {\"a\" : 1.10,\"b\":true,\n\"c\\u00e9\":\"x\\\"},\\n\", \"d\":null,\"e\":-1e400,\"\":12345678901234567890123 }\n";
        let expected = [
            ("a", Some("1.10")),
            ("b", Some("true")),
            ("cé", Some("x\"},\n")),
            ("d", None),
            ("e", Some("-1e400")),
            ("", Some("12345678901234567890123")),
        ];
        let expected: Vec<_> = expected.map(|(k, v)| (k.to_owned(), v.map(str::to_owned))).into();
        assert_eq!(texts(json), expected);
        assert_eq!(texts("{}"), []);
    }

    #[test]
    fn an_error_says_what_and_where() {
        let check = |json: &[u8], message: &str| assert_eq!(error(json), message);
        check(b"", "Missing request body: expected a JSON object");
        check(b" \n ", "Missing request body: expected a JSON object");
        check(b"{bad", "Malformed JSON: key must be a string at line 1 column 2");
        check(b"{\"a\":1} x", "Malformed JSON: trailing characters at line 1 column 9");
        check(b"{\"a\":\xff}", "Malformed JSON: no UTF-8 after byte 5");
        check(br#"{"a":"\ud800"}"#, "Malformed JSON: a string with half of a surrogate pair (line 1, column 6)");
        check(b"[]", "The request body must be an object, not an array (line 1, column 1)");
        check(b"null", "The request body must be an object, not null (line 1, column 1)");
        check(
            "{\"é\":1,\n \"a\": {\"b\":[\"}\"]}}".as_bytes(),
            "a must be a string, number, boolean or null, not an object (line 2, column 7)",
        );
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        check(deep.as_bytes(), "The request body must be an object, not an array (line 1, column 1)");
    }
}
