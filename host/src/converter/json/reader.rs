//! A pull parser that takes what Jackson takes with Connect's settings, and what it skips it checks all the same.
//!
//! That is JSON in UTF-8 (Jackson guesses UTF-16 and UTF-32 as well) with leading zeros in numbers. What follows the first value is not looked at. Nothing recurses here.

use std::borrow::Cow;
use std::fmt;

use super::scan;

/// Jackson's bound of the nesting of a document.
const MAX_DEPTH: u16 = 1000;

/// Jackson's bound of a number's length, which also bounds the work of reading one.
const MAX_NUMBER: usize = 1000;

/// Text that is no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    what: String,
    at: usize,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what, self.at)
    }
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// No value at all: the text is empty or blank.
    Missing,
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// Jackson's `JsonNodeType`.
    pub(super) fn node_type(self) -> &'static str {
        match self {
            Kind::Missing => "MISSING",
            Kind::Null => "NULL",
            Kind::Boolean => "BOOLEAN",
            Kind::Number => "NUMBER",
            Kind::String => "STRING",
            Kind::Array => "ARRAY",
            Kind::Object => "OBJECT",
        }
    }
}

/// Reads one document from its start.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: u16,
    /// What is known to be UTF-8, and where it begins.
    valid: (usize, &'a str),
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        let at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Reader { text, at, depth: 0, valid: (at, valid(text, at)) }
    }

    /// A reader of the value that begins at `at`, within an object; what is before it is known.
    pub(super) fn of_member(text: &'a [u8], at: usize) -> Self {
        Reader { text, at, depth: 1, valid: (at, valid(text, at)) }
    }

    /// A reader of the value that begins at `at`, within what surrounds it.
    pub(super) fn of_value_at(&self, at: usize) -> Self {
        Reader { at, depth: 1, ..self.clone() }
    }

    /// Where the next byte is.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The text from the position on.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The text from `start` up to the position.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// How many arrays and objects are open.
    pub(super) fn depth(&self) -> u16 {
        self.depth
    }

    /// What the next value is; blanks before it are passed.
    pub(super) fn kind(&mut self) -> Result<Kind, SyntaxError> {
        let Some(byte) = self.next_byte() else {
            return if self.depth == 0 { Ok(Kind::Missing) } else { Err(self.cut_off()) };
        };
        match byte {
            b'"' => Ok(Kind::String),
            b'{' => Ok(Kind::Object),
            b'[' => Ok(Kind::Array),
            b'-' | b'0'..=b'9' => Ok(Kind::Number),
            b't' | b'f' => Ok(Kind::Boolean),
            b'n' => Ok(Kind::Null),
            _ => Err(self.unexpected()),
        }
    }

    pub(super) fn null(&mut self) -> Result<(), SyntaxError> {
        self.word(b"null")
    }

    pub(super) fn boolean(&mut self) -> Result<bool, SyntaxError> {
        let value = self.next_byte() == Some(b't');
        self.word(if value { b"true" } else { b"false" })?;
        Ok(value)
    }

    /// The text of a number.
    pub(super) fn number(&mut self) -> Result<&'a str, SyntaxError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        self.digits()?;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        if self.at - start > MAX_NUMBER {
            return Err(self.error(format!("number of {} characters is longer than {MAX_NUMBER}", self.at - start)));
        }
        if self.depth == 0 && !matches!(self.peek(), None | Some(b' ' | b'\t' | b'\n' | b'\r')) {
            return Err(self.unexpected());
        }
        self.utf8(start)
    }

    /// The content of a string, borrowed unless it has escapes.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, SyntaxError> {
        self.literal(b'"')?;
        let first = self.plain()?;
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(first));
        }
        let mut content = first.to_owned();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(content));
                }
                Some(b'\\') => content.push(self.escape()?),
                Some(_) => return Err(self.error("unescaped control character in a string".into())),
                None => return Err(self.cut_off()),
            }
            content.push_str(self.plain()?);
        }
    }

    /// Begins an array; then comes [`Reader::item`].
    pub(super) fn open_array(&mut self) -> Result<(), SyntaxError> {
        self.literal(b'[')?;
        self.deeper()
    }

    /// Whether there is a further item, which then is the next value; else the array has been ended.
    pub(super) fn item(&mut self, first: bool) -> Result<bool, SyntaxError> {
        self.further(first, b']')
    }

    /// Begins an object; then comes [`Reader::member`].
    pub(super) fn open_object(&mut self) -> Result<(), SyntaxError> {
        self.literal(b'{')?;
        self.deeper()
    }

    /// The name of a further member, whose value is next; else the object has been ended.
    pub(super) fn member(&mut self, first: bool) -> Result<Option<Cow<'a, str>>, SyntaxError> {
        if !self.further(first, b'}')? {
            return Ok(None);
        }
        if self.next_byte() != Some(b'"') {
            return Err(self.unexpected());
        }
        let name = self.string()?;
        self.next_byte();
        self.literal(b':')?;
        Ok(Some(name))
    }

    /// Whether a further member is of that name and written as it mostly is, without blanks or escapes; then its value is next.
    /// Otherwise nothing has been passed.
    pub(super) fn pass_member(&mut self, first: bool, name: &str) -> bool {
        let comma = usize::from(!first);
        let length = comma + name.len() + 3;
        let found = match self.rest().get(..length).and_then(|start| start.split_at_checked(comma)) {
            Some((b"" | b",", [b'"', found @ .., b'"', b':'])) => {
                found == name.as_bytes() && scan::until_special(found) == found.len()
            }
            _ => false,
        };
        if found {
            self.at += length;
        }
        found
    }

    /// Passes a value, checking it.
    pub(super) fn skip(&mut self) -> Result<(), SyntaxError> {
        let mut open_objects = Vec::new();
        loop {
            match self.kind()? {
                Kind::Missing => return Ok(()),
                Kind::Null => self.null()?,
                Kind::Boolean => {
                    self.boolean()?;
                }
                Kind::Number => {
                    self.number()?;
                }
                Kind::String => {
                    self.string()?;
                }
                Kind::Array => {
                    self.open_array()?;
                    if self.item(true)? {
                        open_objects.push(false);
                        continue;
                    }
                }
                Kind::Object => {
                    self.open_object()?;
                    if self.member(true)?.is_some() {
                        open_objects.push(true);
                        continue;
                    }
                }
            }
            if !self.climb(&mut open_objects)? {
                return Ok(());
            }
        }
    }

    /// After a value: whether another one follows in what is open, which is closed where it ends.
    fn climb(&mut self, open_objects: &mut Vec<bool>) -> Result<bool, SyntaxError> {
        while let Some(is_object) = open_objects.last() {
            let further = if *is_object { self.member(false)?.is_some() } else { self.item(false)? };
            if further {
                return Ok(true);
            }
            open_objects.pop();
        }
        Ok(false)
    }

    // === parts

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// The next byte that is not blank.
    #[inline]
    fn next_byte(&mut self) -> Option<u8> {
        while let Some(byte) = self.peek() {
            if !matches!(byte, b' ' | b'\n' | b'\t' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    fn literal(&mut self, wanted: u8) -> Result<(), SyntaxError> {
        if self.peek() != Some(wanted) {
            return Err(self.unexpected());
        }
        self.at += 1;
        Ok(())
    }

    fn deeper(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(format!("document is nested deeper than {MAX_DEPTH}")));
        }
        Ok(())
    }

    fn further(&mut self, first: bool, end: u8) -> Result<bool, SyntaxError> {
        match self.next_byte() {
            Some(byte) if byte == end => {
                self.at += 1;
                self.depth = self.depth.saturating_sub(1);
                Ok(false)
            }
            Some(_) if first => Ok(true),
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), SyntaxError> {
        if !self.rest().starts_with(word) {
            return Err(self.unexpected());
        }
        self.at += word.len();
        match self.peek() {
            Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x7f..) => {
                Err(self.unexpected())
            }
            _ => Ok(()),
        }
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start { Err(self.unexpected()) } else { Ok(()) }
    }

    /// The part of a string up to a quote, a backslash, a control character or the end.
    fn plain(&mut self) -> Result<&'a str, SyntaxError> {
        let start = self.at;
        self.at += scan::until_special(self.rest());
        self.utf8(start)
    }

    /// The text from `start` up to the position, where characters begin.
    fn utf8(&self, start: usize) -> Result<&'a str, SyntaxError> {
        let (from, valid) = self.valid;
        if let Some(text) = start.checked_sub(from).and_then(|start| valid.get(start..self.at - from)) {
            return Ok(text);
        }
        str::from_utf8(self.since(start))
            .map_err(|error| SyntaxError { what: "invalid UTF-8 in a string".into(), at: start + error.valid_up_to() })
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        self.at += 1;
        let escaped = match self.peek() {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            Some(_) => return Err(self.error("unknown escape in a string".into())),
            None => return Err(self.cut_off()),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// `uXXXX`, or two of them for a surrogate pair. A surrogate alone becomes `?`, as Java writes it to bytes.
    fn unicode_escape(&mut self) -> Result<char, SyntaxError> {
        let high = self.hex()?;
        if let Some(c) = char::from_u32(high) {
            return Ok(c);
        }
        let after_high = self.at;
        if high < 0xdc00 && self.rest().starts_with(b"\\u") {
            self.at += 1;
            let low = self.hex()?;
            if (0xdc00..0xe000).contains(&low) {
                return Ok(char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)).unwrap_or('?'));
            }
            self.at = after_high;
        }
        Ok('?')
    }

    /// The four digits after the `u` at the position.
    fn hex(&mut self) -> Result<u32, SyntaxError> {
        self.at += 1;
        let mut value = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
                return Err(self.error("expected a hexadecimal digit in an escape".into()));
            };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }

    #[cold]
    fn error(&self, what: String) -> SyntaxError {
        SyntaxError { what, at: self.at }
    }

    #[cold]
    fn cut_off(&self) -> SyntaxError {
        self.error("unexpected end of input".into())
    }

    #[cold]
    fn unexpected(&self) -> SyntaxError {
        match self.peek() {
            Some(byte) if byte.is_ascii_graphic() => self.error(format!("unexpected character '{}'", char::from(byte))),
            Some(byte) => self.error(format!("unexpected byte 0x{byte:02x}")),
            None => self.cut_off(),
        }
    }
}

/// As much of the text from `at` on as is UTF-8, looked at once and not string by string.
fn valid(text: &[u8], at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    str::from_utf8(rest).unwrap_or_else(|_| rest.utf8_chunks().next().map_or("", |chunk| chunk.valid()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(text: &str) -> Result<usize, SyntaxError> {
        let mut reader = Reader::new(text.as_bytes());
        reader.skip().map(|()| reader.position())
    }

    #[test]
    fn what_jackson_takes_is_taken() {
        let cases = [
            "{}",
            "[]",
            "[ ]",
            "{\"a\":[1,{\"b\":null}],\"c\":{}}",
            " \t\r\n1",
            "007",
            "-007.50e+03",
            "0",
            "\"\\u00e9\\ud83d\\ude00\\/\"",
            "true",
            "false",
            "null",
            "[true,false]",
            "\u{feff}1",
            "",
            "   ",
        ];
        for text in cases {
            assert_eq!(skip(text), Ok(text.len()), "{text}");
        }
        for text in ["{} x", "\"a\"b", "1 2", "null,", "[1]]"] {
            assert!(skip(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_jackson_refuses_is_refused() {
        let cases = [
            "{bad",
            "{",
            "[",
            "[1,]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "'a'",
            "+1",
            ".5",
            "5.",
            "-",
            "1e",
            "1x",
            "1,2",
            "1}",
            "nul",
            "nullx",
            "truefalse",
            "NaN",
            "Infinity",
            "\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"a\nb\"",
            "//c\n1",
            "]",
            "1.e5",
        ];
        for text in cases {
            assert!(skip(text).is_err(), "{text}");
        }
        assert!(Reader::new(b"\"\xff\"").skip().is_err());
        assert!(skip(&"1".repeat(1001)).is_err());
        assert!(skip(&"[".repeat(100_000)).is_err());
        assert!(skip(&("[".repeat(1000) + &"]".repeat(1000))).is_ok());
    }

    #[test]
    fn strings_are_unescaped() {
        let string = |text: &str| Reader::new(text.as_bytes()).string().map(Cow::into_owned);
        assert_eq!(string(r#""a\"\\\/\b\f\n\r\tz""#).unwrap(), "a\"\\/\u{8}\u{c}\n\r\tz");
        assert_eq!(string(r#""\ud83d\ude00 and \ud800x \ud800\u0041 \udc00""#).unwrap(), "😀 and ?x ?A ?");
        let long = "x".repeat(1000);
        assert_eq!(string(&format!("\"{long}\"")).unwrap(), long);
        assert!(matches!(Reader::new(b"\"plain\"").string(), Ok(Cow::Borrowed("plain"))));
    }

    #[test]
    fn invalid_characters_matter_only_where_they_are() {
        let text = b"[\"\xc3\xa9\", \"a\", \"\xff\"] \xff";
        let mut reader = Reader::new(text);
        reader.open_array().unwrap();
        let mut strings = Vec::new();
        while reader.item(strings.is_empty()).unwrap() {
            reader.kind().unwrap();
            strings.push(reader.string());
            if strings.len() == 3 {
                break;
            }
        }
        assert_eq!(strings[0].as_deref(), Ok("\u{e9}"));
        assert_eq!(strings[1].as_deref(), Ok("a"));
        assert_eq!(strings[2].as_ref().unwrap_err().to_string(), "invalid UTF-8 in a string at byte 13");
        assert!(Reader::new(b"1 \xff").skip().is_ok());
        assert_eq!(Reader::of_member(b"\xff,\"a\"", 2).string().as_deref(), Ok("a"));
    }

    #[test]
    fn a_member_is_passed_only_if_it_is_of_that_name() {
        let passes = |text: &str, first, name| Reader::new(text.as_bytes()).pass_member(first, name);
        assert!(passes(r#""a":1"#, true, "a"));
        assert!(passes(r#","a":1"#, false, "a"));
        for (text, name) in [
            (r#""a" :1"#, "a"),
            (r#" "a":1"#, "a"),
            (r#""ab":1"#, "a"),
            (r#""a":1"#, "ab"),
            (r#","a":1"#, "a"),
            (r#""a"b":1"#, "a\"b"),
            (r#""a\b":1"#, "a\\b"),
            ("\"a\nb\":1", "a\nb"),
            ("}", "a"),
        ] {
            assert!(!passes(text, true, name), "{text}");
        }
    }

    #[test]
    fn errors_name_the_place() {
        assert_eq!(skip("{bad").unwrap_err().to_string(), "unexpected character 'b' at byte 1");
        assert_eq!(skip("[1").unwrap_err().to_string(), "unexpected end of input at byte 2");
    }
}
