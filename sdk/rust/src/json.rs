//! Flat JSON objects, as the offsets topic holds them: written as Java's Jackson does, read by RFC 8259.

use crate::Scalar;

/// Appends `text` as a JSON string, escaped as Jackson does: only what must be.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..'\u{20}' => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Appends a number as Java's `Double.toString` prints it; what JSON cannot say is quoted, as Jackson does.
pub(crate) fn number(number: f64, out: &mut String) {
    let text = crate::java::double(number);
    match number.is_finite() {
        true => out.push_str(&text),
        false => quote(&text, out),
    }
}

/// Reads an object of names and scalars.
pub(crate) fn flat_object(text: &str) -> Result<Vec<(String, Scalar)>, String> {
    let mut reader = Reader { text, at: 0 };
    let mut entries = Vec::new();
    reader.expect("{")?;
    if !reader.take("}") {
        loop {
            let name = reader.string()?;
            reader.expect(":")?;
            let value = reader.scalar()?;
            entries.push((name, value));
            if !reader.take(",") {
                break;
            }
        }
        reader.expect("}")?;
    }
    match reader.rest().trim_ascii_start() {
        "" => Ok(entries),
        _ => Err(reader.error("nothing more")),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn error(&self, expected: &str) -> String {
        format!("no flat JSON object: expected {expected} at byte {}", self.at)
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.take(token) { Ok(()) } else { Err(self.error(token)) }
    }

    fn scalar(&mut self) -> Result<Scalar, String> {
        if self.take("null") {
            return Ok(Scalar::Null);
        }
        if self.take("true") {
            return Ok(Scalar::Boolean(true));
        }
        if self.take("false") {
            return Ok(Scalar::Boolean(false));
        }
        if self.rest().starts_with('"') {
            return self.string().map(Scalar::String);
        }
        self.number()
    }

    fn number(&mut self) -> Result<Scalar, String> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_digit() && !"+-.eE".contains(c)).unwrap_or(rest.len());
        let text = &rest[..end];
        let whole = text.parse().map(Scalar::Integer);
        let number = whole.or_else(|_| text.parse().map(Scalar::Float)).map_err(|_| self.error("a scalar"))?;
        self.at += end;
        Ok(number)
    }

    fn string(&mut self) -> Result<String, String> {
        self.expect("\"")?;
        let mut out = String::new();
        loop {
            let mut chars = self.rest().chars();
            let c = chars.next().ok_or_else(|| self.error("the end of a string"))?;
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(out),
                '\\' => out.push(self.escaped()?),
                c => out.push(c),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, String> {
        let c = self.rest().chars().next().ok_or_else(|| self.error("an escape"))?;
        let plain = match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            't' => '\t',
            'n' => '\n',
            'f' => '\u{c}',
            'r' => '\r',
            'u' => return self.unicode(),
            _ => return Err(self.error("an escape")),
        };
        self.at += 1;
        Ok(plain)
    }

    /// `uXXXX`, or two of them that are a surrogate pair; a lone surrogate becomes U+FFFD.
    fn unicode(&mut self) -> Result<char, String> {
        let first = self.unit()?;
        if (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u") {
            let before = self.at;
            self.at += 1;
            let second = self.unit()?;
            if let Some(Ok(c)) = char::decode_utf16([first, second]).next() {
                return Ok(c);
            }
            self.at = before;
        }
        Ok(char::from_u32(first.into()).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn unit(&mut self) -> Result<u16, String> {
        let digits = self.rest().get(1..5).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.error("four hexadecimal digits"))?;
        self.at += 5;
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_read() {
        let entries =
            flat_object(" { \"a\" : null , \"b\":\"\\u00e4\\ud83d\\ude00\\/\" ,\"c\":-1,\"d\":2.5e3 } ").unwrap();
        let values: Vec<_> = entries.into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, [Scalar::Null, Scalar::String("ä😀/".into()), Scalar::Integer(-1), Scalar::Float(2500.0)]);
        assert_eq!(flat_object("{}").unwrap(), []);
    }

    #[test]
    fn errors_name_the_place() {
        let check = |text, error: &str| {
            assert_eq!(flat_object(text).unwrap_err(), format!("no flat JSON object: expected {error}"))
        };
        check("", "{ at byte 0");
        check("{\"a\":[1]}", "a scalar at byte 5");
        check("{\"a\":1", "} at byte 6");
        check("{\"a\":\"x", "the end of a string at byte 7");
        check("{} x", "nothing more at byte 2");
        check("{\"\\uZZZZ\":1}", "four hexadecimal digits at byte 3");
    }
}
